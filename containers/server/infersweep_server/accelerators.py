"""How busy accelerators are, from the programs that their makers give: `nvidia-smi` and `neuron-monitor`.

Each prints once a second until it is stopped; what it does not say is not said here either.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

#: A reading older than this says nothing of the present second.
_STALE_SECONDS = 2.5


class Reading(NamedTuple):
    #: Of each device or core, share of its last period in which it worked; None where it is not told.
    busy: list[float | None]
    #: Of all of them together.
    memory_bytes: int | None
    memory_total_bytes: int | None


#: From lines of the program to readings, one for each complete report.
Parser = Callable[[Iterable[str]], Iterable[Reading]]

#: `utilization.gpu`: percent of time over the past sample period (1/6 to 1 second) during which one or more kernels was
#: executing, in nvidia-smi(1), "Utilization", and nvmlUtilization_t; memory in MiB. `--help-query-gpu` lists the names.
NVIDIA_QUERY = "index,utilization.gpu,memory.used,memory.total"
_NVIDIA = ["--query-gpu=" + NVIDIA_QUERY, "--format=csv,noheader,nounits", "--loop=1"]

#: Neuron Monitor User Guide, "Configuration": metric groups of all runtimes, at 1 s instead of the usual 5.
_NEURON_CONFIG = {
    "period": "1s",
    "neuron_runtimes": [
        {"tag_filter": ".*", "metrics": [{"type": "neuroncore_counters"}, {"type": "memory_used"}]},
    ],
    "system_metrics": [],
}
#: Where the package aws-neuronx-tools puts its programs, which is not always on the path.
_NEURON_FOLDER = "/opt/aws/neuron/bin"


def parse_nvidia(lines: Iterable[str]) -> Iterable[Reading]:
    """`0, 97, 10240, 15360` for each device in the order of its index; `[N/A]` or `[Not Supported]` where it does not tell."""
    rows: list[list[float | None]] = []
    for line in lines:
        cells = [_number(cell) for cell in line.split(",")]
        if len(cells) != 4 or cells[0] is None:
            continue
        if cells[0] == 0 and rows:
            rows = []
        rows.append(cells[1:])
        # There is no mark at the end of a report: it is as good as its rows so far.
        yield Reading(
            busy=[None if busy is None else busy / 100 for busy, _, _ in rows],
            memory_bytes=_mib_sum(row[1] for row in rows),
            memory_total_bytes=_mib_sum(row[2] for row in rows),
        )


def parse_neuron(lines: Iterable[str]) -> Iterable[Reading]:
    """
    One JSON document a line (Neuron Monitor User Guide, "The JSON output format"): of each runtime,
    `report.neuroncore_counters.neuroncores_in_use.INDEX.neuroncore_utilization` in percent, and
    `report.memory_used.neuron_runtime_used_bytes.neuron_device`. Several runtimes never share a core.
    """
    for line in lines:
        try:
            document = json.loads(line)
            reports = [runtime.get("report") or {} for runtime in document.get("neuron_runtime_data") or []]
            cores: dict[int, float] = {}
            used = None
            for report in reports:
                in_use = (report.get("neuroncore_counters") or {}).get("neuroncores_in_use") or {}
                for index, core in in_use.items():
                    cores[int(index)] = core["neuroncore_utilization"] / 100
                memory = (report.get("memory_used") or {}).get("neuron_runtime_used_bytes") or {}
                if "neuron_device" in memory:
                    used = (used or 0) + int(memory["neuron_device"])
            hardware = document.get("neuron_hardware_info") or {}
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
        size, count = hardware.get("neuron_device_memory_size"), hardware.get("neuron_device_count")
        if cores:
            yield Reading([cores[index] for index in sorted(cores)], used, size * count if size and count else None)


class Monitor:
    """One program that runs along. Raises OSError where it cannot be started."""

    def __init__(self, source: str, command: list[str], parse: Parser) -> None:
        #: Names the program that says so.
        self.source = source
        self._last: tuple[float, Reading] | None = None
        self._program = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace"
        )
        threading.Thread(target=self._follow, args=(parse,), name="accelerators", daemon=True).start()

    def _follow(self, parse: Parser) -> None:
        assert self._program.stdout is not None
        for reading in parse(self._program.stdout):
            self._last = (time.monotonic(), reading)
        self._program.wait()

    def stop(self) -> None:
        self._program.kill()

    def reading(self) -> Reading | None:
        """The present one; None before the first and after the last."""
        if self._last is None or time.monotonic() - self._last[0] > _STALE_SECONDS:
            return None
        return self._last[1]


def monitor_here() -> Monitor | None:
    """Of the accelerators of this host; None where no program tells of any."""
    nvidia = shutil.which("nvidia-smi")
    neuron = shutil.which("neuron-monitor") or shutil.which("neuron-monitor", path=_NEURON_FOLDER)
    try:
        if nvidia is not None:
            return Monitor("nvidia-smi", [nvidia, *_NVIDIA], parse_nvidia)
        if neuron is not None:
            return Monitor("neuron-monitor", [neuron, "-c", _neuron_config_file()], parse_neuron)
    except OSError:
        pass  # it is there and cannot run, as a tool without its driver
    return None


def _neuron_config_file() -> str:
    """It reads a file, by name, at its start. The folder of temporary files keeps it for as long as the container lives."""
    path = os.path.join(tempfile.gettempdir(), f"infersweep-neuron-monitor-{os.getuid()}.json")
    with open(path, "w", encoding="ascii") as file:
        json.dump(_NEURON_CONFIG, file)
    return path


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _mib_sum(values: Iterable[float | None]) -> int | None:
    known = list(values)
    return None if any(value is None for value in known) else int(sum(v for v in known if v is not None) * 2**20)


def shown(reading: Reading | None) -> dict[str, Any]:
    """Of one second."""
    return {
        "accelerator_busy": None if reading is None else [None if b is None else round(b, 3) for b in reading.busy],
        "accelerator_memory_mib": None if reading is None else mib(reading.memory_bytes),
    }


def mib(count: int | None) -> float | None:
    return None if count is None else round(count / 2**20, 1)
