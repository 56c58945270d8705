"""CPU and memory of the host, the limit that a control group sets, and the time that work waited for memory."""

from __future__ import annotations

import os
from typing import NamedTuple


class Stalled(NamedTuple):
    seconds: float
    #: Of all that runs on the host, not of a control group.
    of_host: bool


def host_cpu_seconds() -> float | None:
    """Busy time of all cores since the start of the host (proc(5), /proc/stat): all but idle and iowait."""
    text = _text("/proc/stat")
    return None if text is None else parse_cpu(text)


def parse_cpu(text: str) -> float:
    ticks = _cpu_ticks(text)
    return (sum(ticks) - sum(ticks[3:5])) / os.sysconf("SC_CLK_TCK")


def host_occupied_seconds() -> float | None:
    """Time of all cores in which something ran on them, or waited on them for a disk: all but idle."""
    text = _text("/proc/stat")
    return None if text is None else parse_occupied(text)


def parse_occupied(text: str) -> float:
    ticks = _cpu_ticks(text)
    return (sum(ticks) - ticks[3]) / os.sysconf("SC_CLK_TCK")


def _cpu_ticks(text: str) -> list[int]:
    """user nice system idle iowait irq softirq steal; guest times are in user already."""
    return [int(field) for field in text.splitlines()[0].split()[1:9]]


def host_memory() -> tuple[int, int] | None:
    """Bytes of memory in use and in all. In use is what cannot be had without swapping (MemAvailable, proc(5))."""
    text = _text("/proc/meminfo")
    return None if text is None else parse_meminfo(text)


def parse_meminfo(text: str) -> tuple[int, int] | None:
    kib = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in text.splitlines()) if rest}
    if "MemTotal" not in kib or "MemAvailable" not in kib:
        return None
    return (kib["MemTotal"] - kib["MemAvailable"]) * 1024, kib["MemTotal"] * 1024


class ControlGroup:
    """Where the files of this process's memory control group are: version 2 or 1, seen from a container or from the host."""

    def __init__(self, groups: str | None = None, root: str = "/sys/fs/cgroup") -> None:
        """`groups`: what /proc/self/cgroup says (cgroups(7)): `0::/path`, or `4:memory:/path` for version 1."""
        self._folders: list[str] = []
        self._version = 2
        for line in (groups if groups is not None else _text("/proc/self/cgroup") or "").splitlines():
            _, controllers, path = line.split(":", 2)
            if "memory" in controllers.split(","):
                self._version, self._folders = 1, _upwards(os.path.join(root, "memory"), path)
                break
            if controllers == "":
                self._folders = _upwards(root, path)

    def limit_bytes(self, memory_bytes: int | None) -> int | None:
        """The least of its own limit and those above it; None without one below the memory of the host."""
        limits = [limit for folder in self._folders if (limit := self._limit_of(folder)) is not None]
        least = min(limits, default=None)
        return None if least is None or (memory_bytes is not None and least >= memory_bytes) else least

    def _limit_of(self, folder: str) -> int | None:
        text = _text(os.path.join(folder, "memory.max" if self._version == 2 else "memory.limit_in_bytes"))
        return int(text) if text is not None and text.strip().isdigit() else None

    def stalled(self) -> Stalled | None:
        """
        Time in which some task of the group, or of the host where the group does not tell, waited for memory: for pages that
        were taken from it, for others to be freed (pressure stall information, Documentation/accounting/psi.rst).
        """
        own = self._folders[0] if self._version == 2 and self._folders else None
        if own is not None and (text := _text(os.path.join(own, "memory.pressure"))) is not None:
            # The group of all has no limit of its own (Documentation/admin-guide/cgroup-v2.rst): its pressure is the host's.
            return _stalled(text, of_host=not os.path.exists(os.path.join(own, "memory.max")))
        text = _text("/proc/pressure/memory")
        return None if text is None else _stalled(text, of_host=True)


def parse_stalled(text: str) -> float | None:
    """`some avg10=0.00 avg60=0.00 avg300=0.00 total=12345`, in microseconds."""
    for line in text.splitlines():
        kind, *figures = line.split()
        totals = [figure[6:] for figure in figures if figure.startswith("total=")]
        if kind == "some" and totals:
            return int(totals[0]) / 1e6
    return None


def _stalled(text: str, of_host: bool) -> Stalled | None:
    seconds = parse_stalled(text)
    return None if seconds is None else Stalled(seconds, of_host)


def own_stall_share(host_share: float, occupied_cores: float, own_cores: int) -> float:
    """
    Share of the time in which work on `own_cores` waited for memory, from that of the whole host. The kernel's figure is the mean
    over the cores, each weighed by how long it was not idle (the head of kernel/sched/psi.c), so that a server that does nothing
    but wait shows as half of it beside another busy core. All that waited is taken for the server's, whose own page faults say
    whether that is so; never more than all of the time.
    """
    return min(1.0, host_share * max(1.0, occupied_cores / own_cores))


def _upwards(root: str, path: str) -> list[str]:
    """The group's folder and those above it. A container may see its own as the root, whatever the path says."""
    folders = []
    while path not in ("", "/"):
        folders.append(root + path)
        path = os.path.dirname(path)
    return [folder for folder in (*folders, root) if os.path.isdir(folder)]


def _text(path: str) -> str | None:
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except OSError:
        return None  # PSI can be switched off: then reading says EOPNOTSUPP
