"""Logs as compilers write them; the Neuron one stands in source 001."""

from __future__ import annotations

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from compile_log import failure, falling_back, read_neuron_log  # noqa: E402
from supervise import supervise  # noqa: E402

NEURON = """INFO:Neuron:Number of arithmetic operators (pre-compilation) before = 598, fused = 556, percent fused = 92.98%
Compiler status PASS
INFO:Neuron:Number of arithmetic operators (post-compilation) before = 598, compiled = 556, percent compiled = 92.98%
INFO:Neuron:Compiled these operators (and operator counts) to Neuron:
INFO:Neuron: => aten::linear: 73
INFO:Neuron:Not compiled operators (and operator counts) to Neuron:
INFO:Neuron: => aten::embedding: 3 [not supported]
INFO:Neuron: => aten::gather: 1 [not supported]
"""


class LogTest(unittest.TestCase):
    def test_neuron(self) -> None:
        self.assertEqual(
            read_neuron_log(NEURON),
            {
                "passed": True,
                "compiledShare": 0.9298,
                "notCompiled": {"aten::embedding": 3, "aten::gather": 1},
                "fallingBack": [],
            },
        )

    def test_what_the_log_does_not_say_is_unknown_and_not_zero(self) -> None:
        self.assertEqual(read_neuron_log("")["compiledShare"], None)
        self.assertFalse(read_neuron_log("Compiler status FAIL")["passed"])

    def test_falling_back(self) -> None:
        log = "[W] layer 3 falls back to FP32\nfine\nWARNING: Falling back to eager\n"
        self.assertEqual(falling_back(log), ["[W] layer 3 falls back to FP32", "WARNING: Falling back to eager"])

    def test_why_a_compilation_gave_nothing(self) -> None:
        self.assertIsNone(failure(0, "", ""))
        for code in (137, -9):
            self.assertIn("out of memory looks like: 16 GiB", failure(code, "", "16 GiB"))
        self.assertIn("still running", failure(None, "", ""))
        self.assertEqual(failure(2, "a\n\nb\nc\nd\n", ""), "the compilation ended with 2: b | c | d")


class SuperviseTest(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="infersweep-supervise-")
        self.addCleanup(temporary.cleanup)
        self.out = pathlib.Path(temporary.name) / "out"

    def run_python(self, code: str, seconds: float = 20, grace: float = 0.2) -> str | None:
        return supervise(seconds, [sys.executable, "-c", code, str(self.out)], self.out, grace)

    def test_an_entrypoint_that_never_ends_has_succeeded_once_its_manifest_is_there(self) -> None:
        code = "import sys, time; open(sys.argv[1] + '/manifest.json', 'w').write('{}'); time.sleep(60)"
        self.assertIsNone(self.run_python(code))

    def test_a_good_end_without_a_manifest_is_a_failure(self) -> None:
        self.assertIn("it ended well and left no", self.run_python("pass"))

    def test_a_manifest_of_an_earlier_run_does_not_count(self) -> None:
        self.out.mkdir()
        (self.out / "manifest.json").write_text("{}")
        self.assertIn("left no", self.run_python("pass"))

    def test_a_kill_is_memory_and_a_limit_is_a_limit(self) -> None:
        self.assertIn("at least 16 GiB", self.run_python("import os; os.kill(os.getpid(), 9)"))
        self.assertIn("still running", self.run_python("import time; time.sleep(60)", seconds=0.5))


if __name__ == "__main__":
    unittest.main()
