"""Where the kernel's counters of a processor quota are read, under both versions of control groups."""

from __future__ import annotations

import pathlib
import tempfile
import unittest

from infersweep_server.cpu_quota import cpu_periods

#: As Linux writes them: cgroup v2 (with more lines) and v1.
V2 = "usage_usec 900\nuser_usec 800\nnr_periods 40\nnr_throttled 31\nthrottled_usec 2500\n"
V1 = "nr_periods 10\nnr_throttled 2\nthrottled_time 123456\n"


class CpuQuotaTest(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.root = pathlib.Path(temporary.name)

    def stat(self, folder: str, text: str) -> None:
        (self.root / folder).mkdir(parents=True, exist_ok=True)
        (self.root / folder / "cpu.stat").write_text(text)

    def periods(self, memberships: str) -> dict[str, int] | None:
        file = self.root / "membership"
        file.write_text(memberships)
        return cpu_periods(str(self.root), str(file))

    def test_version_2(self) -> None:
        self.stat("a/b", V2)
        self.assertEqual(self.periods("0::/a/b\n"), {"count": 40, "throttled": 31})

    def test_version_1_among_other_controllers(self) -> None:
        self.stat("cpu,cpuacct/a", V1)
        self.stat("cpuset/a", V2)
        self.assertEqual(self.periods("5:cpuset:/a\n4:cpu,cpuacct:/a\n"), {"count": 10, "throttled": 2})

    def test_a_container_that_sees_its_group_as_the_root(self) -> None:
        self.stat(".", V2)
        self.assertEqual(self.periods("0::/system.slice/docker-1234.scope\n"), {"count": 40, "throttled": 31})

    def test_no_quota(self) -> None:
        self.stat("a", "nr_periods 0\nnr_throttled 0\n")
        self.assertIsNone(self.periods("0::/a\n"))
        self.assertIsNone(self.periods("0::/elsewhere\n"))
        self.assertIsNone(self.periods(""))

    def test_no_control_groups(self) -> None:
        self.assertIsNone(cpu_periods(str(self.root), str(self.root / "missing")))


if __name__ == "__main__":
    unittest.main()
