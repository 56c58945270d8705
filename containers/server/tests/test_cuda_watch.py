"""What the server says of its GPU, second by second, beside what NVML says to somebody else at the same time."""

from __future__ import annotations

import pathlib
import statistics
import sys
import tempfile
import threading
import time
import unittest
from typing import Any

from tests.gpu import ask, device_server, id_rows, unavailable
from tests.running_server import RunningServer
from tests.usage_watch import known, usage_of, wait_until
from tests.tiny_encoder import SENTENCE_ENCODER, missing, skipped_once, write_encoder

LOAD_SECONDS = 8.0
#: A reading is of up to a second before it, and the watch keeps the newest of a program that prints once a second.
SETTLE_SECONDS = 3.0
#: Each is a mean of samples of the same steady load, taken at different moments: shares, not points of a hundred.
BUSY_TOLERANCE = 0.15
#: NVML counts bytes, nvidia-smi prints MiB. Another 16 for a kernel that is loaded between the two looks.
MEMORY_TOLERANCE_MIB = 17
IDLE_BUSY = 0.05


class Nvml(threading.Thread):
    """Samples ten times a second: moment, share busy, MiB used, of all devices."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        import pynvml

        self._nvml = pynvml
        pynvml.nvmlInit()
        self.devices = [pynvml.nvmlDeviceGetHandleByIndex(at) for at in range(pynvml.nvmlDeviceGetCount())]
        self.samples: list[tuple[float, float, float]] = []
        self._ended = threading.Event()

    def memory(self) -> tuple[float, float]:
        """MiB used and there. Version 2 counts as nvidia-smi does: what the driver keeps for itself is not in use."""
        kind = self._nvml.nvmlMemory_v2
        told = [self._nvml.nvmlDeviceGetMemoryInfo(device, version=kind) for device in self.devices]
        return sum(m.used for m in told) / 2**20, sum(m.total for m in told) / 2**20

    def run(self) -> None:
        while not self._ended.wait(0.1):
            busy = [self._nvml.nvmlDeviceGetUtilizationRates(device).gpu / 100 for device in self.devices]
            self.samples.append((time.monotonic(), max(busy), self.memory()[0]))

    def end(self) -> None:
        self._ended.set()
        self.join()

    def between(self, begin: float, end: float) -> tuple[float, float]:
        """Mean share busy of the busiest device, and MiB in use."""
        inside = [(busy, used) for at, busy, used in self.samples if begin <= at <= end]
        return statistics.mean(b for b, _ in inside), statistics.mean(u for _, u in inside)


@skipped_once(unavailable() or missing("pynvml"))
class CudaWatchTest(unittest.TestCase):
    server: RunningServer
    nvml: Nvml

    @classmethod
    def setUpClass(cls) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="infersweep-cuda-")
        cls.addClassCleanup(temporary.cleanup)
        folder = write_encoder(pathlib.Path(temporary.name, "model"), **SENTENCE_ENCODER)
        cls.nvml = Nvml()
        cls.server = device_server(model=folder).__enter__()
        cls.addClassCleanup(cls.server.__exit__)
        wait_until(lambda: known(usage_of(cls.server)))
        cls.nvml.start()
        cls.addClassCleanup(cls.nvml.end)

    def rows(self, begin: float, end: float) -> list[dict[str, Any]]:
        """Those whose second ended between these moments."""
        usage, now = usage_of(self.server), time.monotonic()
        assert usage is not None
        return [row for row in usage["rows"] if begin <= now - row["ago_s"] <= end]

    def load(self, seconds: float) -> tuple[float, float]:
        """Two clients that always wait, with large requests: when it began and ended."""
        inputs = id_rows(*[256] * 64)
        ask(self.server, inputs, "embedding")
        begin = time.monotonic()
        failed: list[Any] = []

        def client() -> None:
            while time.monotonic() < begin + seconds and not failed:
                status, answer = ask(self.server, inputs, "embedding")
                if status != 200:
                    failed.append(answer)

        clients = [threading.Thread(target=client) for _ in range(2)]
        for thread in clients:
            thread.start()
        for thread in clients:
            thread.join()
        self.assertEqual(failed, [])
        return begin, time.monotonic()

    def test_names_the_devices(self) -> None:
        capacity = usage_of(self.server)["capacity"]["accelerators"]
        self.assertEqual((capacity["source"], capacity["count"]), ("nvidia-smi", len(self.nvml.devices)))
        self.assertAlmostEqual(capacity["memory_mib"], self.nvml.memory()[1], delta=1)

    def test_busy_under_load_as_nvml_says_and_idle_without(self) -> None:
        time.sleep(SETTLE_SECONDS)
        before = self.idle()
        begin, end = self.load(LOAD_SECONDS)
        begin += SETTLE_SECONDS / 2
        seen = self.rows(begin, end)
        busy, used = self.nvml.between(begin, end)
        told = [max(row["accelerator_busy"]) for row in seen if row["accelerator_busy"] is not None]
        memory = f"MiB: told {seen[-1]['accelerator_memory_mib']}, NVML {used:.0f}"
        print(f"busy: told {told}, NVML {busy:.2f}; {memory}", file=sys.stderr)
        with self.subTest("once a second"):
            self.assertEqual(len(told), len(seen))
            self.assertAlmostEqual(len(seen), end - begin, delta=1.5)
            self.assertAlmostEqual(statistics.mean(row["period_s"] for row in seen), 1, delta=0.1)
        with self.subTest("busy"):
            self.assertGreater(min(told), IDLE_BUSY)
            self.assertAlmostEqual(statistics.mean(told), busy, delta=BUSY_TOLERANCE)
        with self.subTest("memory"):
            for row in seen:
                self.assertAlmostEqual(row["accelerator_memory_mib"], used, delta=MEMORY_TOLERANCE_MIB)
            # The weights alone are 90 MB, and a CUDA context is more.
            self.assertGreater(used, 90)
        time.sleep(SETTLE_SECONDS)
        with self.subTest("idle again"):
            self.assertLessEqual(max(before, self.idle()), IDLE_BUSY)

    def idle(self) -> float:
        now = time.monotonic()
        rows = self.rows(now - 1.5, now)
        self.assertTrue(rows)
        return max(busy for row in rows for busy in row["accelerator_busy"])


if __name__ == "__main__":
    unittest.main()
