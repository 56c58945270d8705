"""What the server says of the use of its host: formats, and a real server that works, grows and ends."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from infersweep_server import accelerators, host_usage, process_tree
from infersweep_server.process_tree import ProcessTree
from infersweep_server.usage_ring import SECONDS, UsageRing
from tests.running_server import RunningServer, x_input
from tests.test_lifetime import gone

#: Rows to wait for at most.
PATIENCE_SECONDS = 30

#: Neuron Monitor User Guide, "The JSON output format", with two runtimes; its example for neuroncore_counters and memory_used.
NEURON_DOCUMENT = {
    "neuron_runtime_data": [
        {
            "pid": 1,
            "error": "",
            "report": {
                "neuroncore_counters": {
                    "period": 1.000113182,
                    "neuroncores_in_use": {
                        "0": {"neuroncore_utilization": 42.01, "loaded_models": ["my_model:my_subgraph1"]},
                        "2": {"neuroncore_utilization": 42.02, "loaded_models": ["my_model:my_subgraph2"]},
                    },
                    "error": "",
                },
                "memory_used": {
                    "period": 1.030366715,
                    "neuron_runtime_used_bytes": {"host": 1000000, "neuron_device": 2 << 20},
                    "error": "",
                },
            },
        },
        {
            "pid": 2,
            "error": "",
            "report": {
                "neuroncore_counters": {"neuroncores_in_use": {"10": {"neuroncore_utilization": 7}}},
                "memory_used": {"neuron_runtime_used_bytes": {"host": 0, "neuron_device": 1 << 20}},
            },
        },
    ],
    "neuron_hardware_info": {"neuron_device_count": 4, "neuron_device_memory_size": 8 << 30},
}


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
        self.assertEqual(host_usage.parse_cpu("cpu  100 1 20 3000 300 4 5 6 70 8\ncpu0 1 1\n"), busy / ticks)
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
            self.assertEqual(group.stalled_seconds(), 0.07)
            # A container sees its own group as the root, whatever path the host has for it.
            pathlib.Path(root, "memory.max").write_text("2000")
            self.assertEqual(host_usage.ControlGroup("0::/kubepods/x\n", root).limit_bytes(None), 2000)

    def test_the_limit_of_a_control_group_of_version_1(self) -> None:
        with tempfile.TemporaryDirectory() as root:
            pathlib.Path(root, "memory/a").mkdir(parents=True)
            pathlib.Path(root, "memory/memory.limit_in_bytes").write_text("9223372036854771712")
            pathlib.Path(root, "memory/a/memory.limit_in_bytes").write_text("5000")
            groups = "9:name=systemd:/\n4:memory:/a\n0::/\n"
            self.assertEqual(host_usage.ControlGroup(groups, root).limit_bytes(1 << 40), 5000)
            self.assertIsNone(host_usage.ControlGroup("4:memory:/\n0::/\n", root).limit_bytes(1 << 40))

    def test_nvidia_smi_as_its_manual_prints(self) -> None:
        """nvidia-smi(1) and `--help-query-gpu`: fields in the order asked for, `[N/A]` where a device does not tell."""
        lines = ["0, 97, 10240, 15360\n", "1, 3, 100, 15360\n", "Failed to initialize NVML: Unknown Error\n", "0, 50, 1, 15360\n"]
        readings = list(accelerators.parse_nvidia(lines))
        self.assertEqual(readings[1].busy, [0.97, 0.03])
        self.assertEqual((readings[1].memory_bytes, readings[1].memory_total_bytes), (10340 << 20, 30720 << 20))
        self.assertEqual(readings[2].busy, [0.5], "index 0 begins the next report")
        silent = list(accelerators.parse_nvidia(["0, [N/A], [Not Supported], 15360"]))
        self.assertEqual((silent[0].busy, silent[0].memory_bytes), ([None], None))

    def test_neuron_monitor_as_its_guide_prints(self) -> None:
        broken = ["not JSON\n", "{}\n", "[]\n", '{"neuron_runtime_data": [{"report": null}]}\n']
        readings = list(accelerators.parse_neuron([*broken, json.dumps(NEURON_DOCUMENT) + "\n"]))
        self.assertEqual(len(readings), 1)
        self.assertEqual(readings[0].busy, [0.4201, 0.4202, 0.07])
        self.assertEqual((readings[0].memory_bytes, readings[0].memory_total_bytes), (3 << 20, 32 << 30))


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


class AcceleratorsTest(unittest.TestCase):
    """No device here: programs on the path that print what the manuals say, through a real server. A live device: see below."""

    def test_nvidia_smi_played_by_a_program_that_prints_its_documented_format(self) -> None:
        asked = accelerators.NVIDIA_QUERY
        script = f"""#!/bin/sh
case "$*" in "--query-gpu={asked} --format=csv,noheader,nounits --loop=1") ;; *) exit 2;; esac
echo $$ > "$(dirname "$0")/pid"
while :; do echo "0, 97, 10240, 15360"; echo "1, 12, 5120, 15360"; sleep 0.5; done
"""
        usage = self.usage_with("nvidia-smi", script)
        self.assertEqual(usage["capacity"]["accelerators"], {"source": "nvidia-smi", "count": 2, "memory_mib": 30720.0})
        self.assertEqual(usage["rows"][-1]["accelerator_busy"], [0.97, 0.12])
        self.assertEqual(usage["rows"][-1]["accelerator_memory_mib"], 15360.0)

    def test_neuron_monitor_played_by_a_program_that_prints_its_documented_format(self) -> None:
        script = f"""#!/bin/sh
grep -q '"period": "1s"' "$2" && grep -q neuroncore_counters "$2" || exit 2
while :; do echo '{json.dumps(NEURON_DOCUMENT)}'; sleep 0.5; done
"""
        usage = self.usage_with("neuron-monitor", script)
        expected = {"source": "neuron-monitor", "count": 3, "memory_mib": 32768.0}
        self.assertEqual(usage["capacity"]["accelerators"], expected)
        self.assertEqual(usage["rows"][-1]["accelerator_busy"], [0.42, 0.42, 0.07])
        self.assertEqual(usage["rows"][-1]["accelerator_memory_mib"], 3.0)

    def test_a_tool_without_its_driver_tells_of_no_device(self) -> None:
        usage = self.usage_with("nvidia-smi", "#!/bin/sh\necho 'NVIDIA-SMI has failed'; exit 9\n", rows=2)
        self.assertIsNone(usage["capacity"]["accelerators"])
        self.assertIsNone(usage["rows"][-1]["accelerator_busy"])

    @unittest.skipUnless(os.environ.get("INFERSWEEP_LIVE_ACCELERATOR"), "INFERSWEEP_LIVE_ACCELERATOR is not set")
    def test_live_device_of_this_host(self) -> None:
        monitor = accelerators.monitor_here()
        assert monitor is not None, "neither nvidia-smi nor neuron-monitor is here"
        self.addCleanup(monitor.stop)
        end = time.monotonic() + PATIENCE_SECONDS
        while (reading := monitor.reading()) is None and time.monotonic() < end:
            time.sleep(0.1)
        assert reading is not None, "it printed nothing that could be read"
        print(f"{monitor.source}: {reading}", file=sys.stderr)
        self.assertTrue(all(busy is None or 0 <= busy <= 1 for busy in reading.busy))

    def usage_with(self, name: str, script: str, rows: int = 0) -> dict:
        """A server whose path begins with a folder that has this program."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        program = pathlib.Path(folder.name, name)
        program.write_text(script)
        program.chmod(0o755)
        path = os.environ["PATH"]
        self.addCleanup(os.environ.__setitem__, "PATH", path)
        os.environ["PATH"] = f"{folder.name}:{path}"
        with RunningServer() as server:
            if rows:
                wait_for_rows(server, rows)
            else:
                wait_until(lambda: known(usage_of(server)))
            usage = usage_of(server)
            assert usage is not None
        if pathlib.Path(folder.name, "pid").exists():
            self.assertTrue(gone(int(pathlib.Path(folder.name, "pid").read_text()), PATIENCE_SECONDS), "it ends with its server")
        return usage


def known(usage: dict | None) -> bool:
    devices = usage["capacity"]["accelerators"] if usage is not None else None
    return devices is not None and devices["count"] == len(usage["rows"][-1]["accelerator_busy"] or [])


def usage_of(server: RunningServer) -> dict | None:
    status, body = server.get("/v2/utilisation/60")
    return body if status == 200 else None


def wait_until(condition) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.05)


def wait_for_rows(server: RunningServer, more: int) -> list[dict]:
    """Until there are as many rows as now and so many more."""
    before = len((usage_of(server) or {"rows": []})["rows"])
    wait_until(lambda: len((usage_of(server) or {"rows": []})["rows"]) >= before + more)
    usage = usage_of(server)
    assert usage is not None
    return usage["rows"]


def watchers_of(pid: int) -> list[int]:
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            stat = process_tree.parse_stat(pathlib.Path("/proc", name, "stat").read_text())
            line = pathlib.Path("/proc", name, "cmdline").read_bytes()
        except (OSError, ValueError):
            continue
        if stat.parent == pid and b"host_watch" in line:
            found.append(int(name))
    return found


if __name__ == "__main__":
    unittest.main()
