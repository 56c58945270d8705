"""What the server reads of accelerators: formats, and programs that print them, through a real server."""

import json
import os
import pathlib
import sys
import tempfile
import time
import unittest

from infersweep_server import accelerators
from tests.running_server import RunningServer
from tests.test_lifetime import gone
from tests.usage_watch import PATIENCE_SECONDS, known, usage_of, wait_for_rows, wait_until

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


class AcceleratorFormatsTest(unittest.TestCase):
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


if __name__ == "__main__":
    unittest.main()
