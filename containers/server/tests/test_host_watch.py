"""What the server says of the use of its host: formats, and a real server that works, grows and ends."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from infersweep_server import host_usage, process_tree
from infersweep_server.process_tree import ProcessTree
from infersweep_server.usage_ring import SECONDS, UsageRing
from tests.running_server import RunningServer, x_input
from tests.test_lifetime import gone
from tests.usage_watch import PATIENCE_SECONDS, wait_for_rows, watchers_of


class FormatsTest(unittest.TestCase):
    def test_process_status_with_a_name_that_imitates_it(self) -> None:
        fields = ["S", "7", *["0"] * 7, "11", "0", "250", "50", *["0"] * 8, "3"]
        stat = process_tree.parse_stat("42 (a) R 1 (b) " + " ".join(fields))
        ticks = os.sysconf("SC_CLK_TCK")
        self.assertEqual((stat.parent, stat.cpu_seconds, stat.major_faults), (7, 300 / ticks, 11))
        self.assertEqual(stat.rss_bytes, 3 * os.sysconf("SC_PAGE_SIZE"))

    def test_processor_memory_and_pressure(self) -> None:
        busy = 100 + 1 + 20 + 4 + 5 + 6
        ticks = os.sysconf("SC_CLK_TCK")
        cpu = "cpu  100 1 20 3000 300 4 5 6 70 8\ncpu0 1 1\n"
        self.assertEqual(host_usage.parse_cpu(cpu), busy / ticks)
        self.assertEqual(host_usage.parse_occupied(cpu), (busy + 300) / ticks)
        self.assertEqual(host_usage.parse_meminfo("MemTotal: 10 kB\nMemFree: 1 kB\nMemAvailable: 4 kB\n"), (6 << 10, 10 << 10))
        self.assertIsNone(host_usage.parse_meminfo("MemTotal: 10 kB\n"))
        text = "some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=9\n"
        self.assertEqual(host_usage.parse_stalled(text), 2.5)
        self.assertIsNone(host_usage.parse_stalled("full avg10=0.00 total=9\n"))

    def test_the_limit_of_a_control_group_is_the_least_on_the_way_up(self) -> None:
        with tempfile.TemporaryDirectory() as root:
            for path, limit in {"": "max", "a": "3000", "a/b": "9000"}.items():
                pathlib.Path(root, path).mkdir(exist_ok=True)
                pathlib.Path(root, path, "memory.max").write_text(limit + "\n")
            pathlib.Path(root, "a/b/memory.pressure").write_text("some avg10=0.00 total=70000\n")
            group = host_usage.ControlGroup("0::/a/b\n", root)
            self.assertEqual(group.limit_bytes(None), 3000)
            self.assertEqual(group.limit_bytes(4000), 3000)
            self.assertIsNone(group.limit_bytes(3000), "no limit below what the host has")
            self.assertEqual(group.stalled(), (0.07, False))
            # Only the group of all has no limit: what presses there presses somewhere on the host.
            pathlib.Path(root, "a/b/memory.max").unlink()
            self.assertEqual(group.stalled(), (0.07, True))
            # A container sees its own group as the root, whatever path the host has for it.
            pathlib.Path(root, "memory.max").write_text("2000")
            self.assertEqual(host_usage.ControlGroup("0::/kubepods/x\n", root).limit_bytes(None), 2000)

    def test_a_stall_of_the_server_is_not_thinned_by_cores_that_others_keep_busy(self) -> None:
        # It waits all the time on its core, and one, or fifteen, others work: the kernel says a half, or a sixteenth.
        self.assertEqual(host_usage.own_stall_share(1 / 2, 2.0, own_cores=1), 1.0)
        self.assertAlmostEqual(host_usage.own_stall_share(1 / 16, 16.0, own_cores=1), 1.0)
        # A quarter of the time, on each of its two cores, beside two of others.
        self.assertEqual(host_usage.own_stall_share(1 / 8, 4.0, own_cores=2), 1 / 4)
        # Alone on the host there is nothing to correct, nor where it may run everywhere.
        self.assertEqual(host_usage.own_stall_share(0.3, 0.6, own_cores=1), 0.3)
        self.assertEqual(host_usage.own_stall_share(0.3, 4.0, own_cores=4), 0.3)
        self.assertEqual(host_usage.own_stall_share(0.9, 2.0, own_cores=1), 1.0)

    def test_the_limit_of_a_control_group_of_version_1(self) -> None:
        with tempfile.TemporaryDirectory() as root:
            pathlib.Path(root, "memory/a").mkdir(parents=True)
            pathlib.Path(root, "memory/memory.limit_in_bytes").write_text("9223372036854771712")
            pathlib.Path(root, "memory/a/memory.limit_in_bytes").write_text("5000")
            groups = "9:name=systemd:/\n4:memory:/a\n0::/\n"
            self.assertEqual(host_usage.ControlGroup(groups, root).limit_bytes(1 << 40), 5000)
            self.assertIsNone(host_usage.ControlGroup("4:memory:/\n0::/\n", root).limit_bytes(1 << 40))


class UsageRingTest(unittest.TestCase):
    def test_keeps_the_newest_and_tells_them_in_order(self) -> None:
        ring = UsageRing.create()
        self.addCleanup(os.close, ring.descriptor)
        self.assertEqual((ring.capacity(), ring.since(0, 9)), (None, []))
        ring.describe({"cores": 2})
        for at in range(SECONDS + 5):
            ring.add({"at": at + 0.25})
        self.assertEqual(ring.capacity(), {"cores": 2})
        self.assertEqual([row["at"] for row in ring.since(SECONDS, SECONDS + 2)], [SECONDS + 0.25, SECONDS + 1.25])
        self.assertEqual(ring.since(0, 4), [], "their places hold later ones")

    def test_leaves_devices_out_rather_than_the_second(self) -> None:
        ring = UsageRing.create()
        self.addCleanup(os.close, ring.descriptor)
        ring.add({"at": 1.0, "accelerator_busy": [0.123] * 64})
        ring.add({"at": 2.0, "accelerator_busy": [0.123] * 640})
        self.assertEqual([row["accelerator_busy"] and len(row["accelerator_busy"]) for row in ring.since(0, 3)], [64, None])


@unittest.skipUnless(os.path.exists("/proc/self/stat"), "this host has no /proc")
class ProcessTreeTest(unittest.TestCase):
    def test_adds_up_descendants_but_not_the_one_left_out(self) -> None:
        work = "import time\nwhile input() != '':\n end = time.process_time() + 0.3\n while time.process_time() < end: pass\n print(flush=True)"
        # A shell in between: its child is a grandchild.
        command = ["sh", "-c", '"$0" -c "$1"; exit 0', sys.executable, work]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
            assert child.stdin is not None and child.stdout is not None

            def turn() -> None:
                child.stdin.write(b"work\n")
                child.stdin.flush()
                child.stdout.readline()

            tree = ProcessTree(child.pid)
            self.assertIsNone(tree.read())
            turn()
            tree.read()
            turn()
            second = tree.read()
            worker = next(pid for pid in tree._members if pid != child.pid)
            late = ProcessTree(os.getpid())
            late.read()
            self.assertIn(worker, late._members, "a grandchild at the first look")
            alone = ProcessTree(child.pid, without=worker)
            alone.read()
            turn()
            without = alone.read()
            child.communicate(b"\n")
        assert second is not None and without is not None
        self.assertAlmostEqual(second.cpu_seconds, 0.3, delta=0.1)
        self.assertGreater(second.rss_bytes, without.rss_bytes + (4 << 20))
        self.assertLess(without.cpu_seconds, 0.1)
        self.assertIsNone(tree.read(), "the root has ended")

    def test_forgets_those_that_have_ended(self) -> None:
        with subprocess.Popen(["sh", "-c", "read line"], stdin=subprocess.PIPE) as child:
            tree = ProcessTree(os.getpid())
            tree.read()
            self.assertIn(child.pid, tree._members)
            child.communicate(b"\n")
        tree.read()
        self.assertNotIn(child.pid, tree._members)


@unittest.skipUnless(os.path.exists("/proc/self/stat"), "this host has no /proc")
class WatchedServerTest(unittest.TestCase):
    def setUp(self) -> None:
        self.server = RunningServer().__enter__()
        self.addCleanup(self.server.__exit__)

    def test_a_server_that_works(self) -> None:
        rows = wait_for_rows(self.server, 1)
        stop = time.monotonic() + 3.5
        before, began = self.cpu_seconds(), time.monotonic()
        while time.monotonic() < stop:
            self.server.infer({"inputs": [x_input(0.5, items=200)]})
        told = (self.cpu_seconds() - before) / (time.monotonic() - began)
        usage = self.server.get("/v2/utilisation/3")[1]
        seen = sum(row["cpu_cores"] for row in usage["rows"]) / len(usage["rows"])
        self.assertGreaterEqual(len(usage["rows"]), 2)
        self.assertGreater(seen, 2 * max(row["cpu_cores"] for row in rows[-1:]))
        self.assertAlmostEqual(seen / told, 1, delta=0.35, msg="what the server itself counts")
        for row in usage["rows"]:
            self.assertLessEqual(row["cpu_cores"], usage["capacity"]["server_cpu_cores"] + 0.1)
            self.assertGreaterEqual(row["host_cpu_cores"] + 0.1, row["cpu_cores"])
        self.assertIsNone(self.server.get("/v2/utilisation/x")[1].get("rows"))
        self.assertEqual([self.server.get(f"/v2/utilisation/{n}")[0] for n in (0, 1, 3600, 3601)], [400, 200, 200, 400])

    def test_a_server_that_grows(self) -> None:
        rows = wait_for_rows(self.server, 1)
        size, sent = 96 << 20, 80 << 20
        with socket.create_connection((self.server.host, self.server.port)) as connection:
            head = f"POST /v2/models/m/infer HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n"
            connection.sendall(head.encode())
            connection.sendall(bytes(sent))  # it holds what it has of a request that never ends
            grown = wait_for_rows(self.server, 2)[-1]["rss_mib"] - rows[-1]["rss_mib"]
        self.assertGreater(grown, 0.9 * (sent >> 20))
        self.assertLess(grown, 2.5 * (size >> 20))

    def cpu_seconds(self) -> float:
        return self.server.get("/v2/models/m/stats")[1]["process"]["cpu_seconds"]


@unittest.skipUnless(os.path.exists("/proc/self/stat"), "this host has no /proc")
class WatcherLifeTest(unittest.TestCase):
    def test_ends_with_a_server_that_is_killed(self) -> None:
        with RunningServer() as server:
            wait_for_rows(server, 1)
            watchers = watchers_of(server.pid)
            self.assertEqual(len(watchers), 1)
            os.kill(server.pid, signal.SIGKILL)
            self.assertTrue(gone(watchers[0], PATIENCE_SECONDS))


if __name__ == "__main__":
    unittest.main()
