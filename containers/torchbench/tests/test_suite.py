"""Batch runs: TorchBench replaced by a script that behaves like it, and real modules on this CPU."""

from __future__ import annotations

import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
TORCHBENCH = HERE.parent

#: Writes what TorchBench writes; `alexnet` crashes there, and the run ends well nevertheless.
FAKE = """import json, pathlib, sys
models = sys.argv[sys.argv.index("--model") + 1].split(",")
out = pathlib.Path(".userbenchmark/cpu")
out.mkdir(parents=True, exist_ok=True)
metrics = {}
for at, name in enumerate(models):
    if name != "alexnet":
        metrics[f"{name}-eval_latency"] = 10.0 + at
        metrics[f"{name}-eval_cmem"] = 0.5
number = len(list(out.iterdir()))
(out / f"metrics-2026010100000{number}.json").write_text(json.dumps({"name": "cpu", "environ": {"argv": sys.argv[1:]}, "metrics": metrics}))
"""


class SuiteTest(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="infersweep-torchbench-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.out = self.folder / "out"

    def run_suite(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(TORCHBENCH / "suite.py"), "--out", str(self.out), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=600)

    def written(self, name: str):
        return json.loads((self.out / name).read_text())


class TorchBenchTest(SuiteTest):
    def setUp(self) -> None:
        super().setUp()
        self.benchmark = self.folder / "benchmark"
        self.benchmark.mkdir()
        (self.benchmark / "run_benchmark.py").write_text(FAKE)

    def test_names_the_models_that_crashed(self) -> None:
        done = self.run_suite("--mode", "eager", "--benchmark", self.benchmark)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.written("missing-eager.json"), ["alexnet"])
        metrics = self.written("metrics-eager.json")
        self.assertEqual(metrics["name"], "cpu")
        self.assertEqual(len(metrics["metrics"]), 44 * 2)
        self.assertNotIn("--torchdynamo", metrics["environ"]["argv"])
        self.assertIn("44 of 45 models measured", done.stderr)

    def test_compiles_as_the_source_does(self) -> None:
        self.run_suite("--mode", "compile", "--benchmark", self.benchmark, "--models", "vgg16")
        argv = self.written("metrics-compile.json")["environ"]["argv"]
        self.assertEqual(argv[argv.index("--torchdynamo") + 1 :][:2], ["inductor", "--freeze_prepack_weights"])
        self.assertIn("--metrics=latencies,cpu_peak_mem", argv)

    def test_figures_of_an_earlier_run_are_not_taken_for_its_own(self) -> None:
        self.run_suite("--mode", "eager", "--benchmark", self.benchmark)
        (self.benchmark / "run_benchmark.py").write_text("raise SystemExit(1)")
        done = self.run_suite("--mode", "eager", "--benchmark", self.benchmark)
        self.assertEqual((done.returncode, done.stderr.splitlines()[-1]), (1, "no model gave a figure"))
        self.assertEqual(self.written("metrics-eager.json")["metrics"], {})

    def test_unknown_models(self) -> None:
        done = self.run_suite("--mode", "eager", "--models", "bert")
        self.assertEqual(done.returncode, 2)
        self.assertIn("unknown models bert; known: BERT_pytorch, ", done.stderr)


MISSING = None if importlib.util.find_spec("torch") else "torch is not installed; install environments/torch.txt"


@unittest.skipIf(MISSING is not None, MISSING)
class TinyModelsTest(SuiteTest):
    def measured(self, mode: str) -> None:
        done = self.run_suite("--mode", mode, "--source", HERE / "tiny_models.py")
        self.assertEqual(done.returncode, 0, done.stderr)
        metrics = self.written(f"metrics-{mode}.json")["metrics"]
        models = ("mlp", "convolution", "attention")
        self.assertEqual(sorted(metrics), sorted(f"{m}-eval_{each}" for m in models for each in ("latency", "cmem")))
        self.assertTrue(all(value > 0 for value in metrics.values()))
        self.assertEqual(self.written(f"missing-{mode}.json"), ["crashes"])
        print(mode, json.dumps(metrics), file=sys.stderr)

    def test_eager(self) -> None:
        self.measured("eager")

    @unittest.skipIf(shutil.which("g++") is None, "torch.compile needs a C++ compiler: apt-get install g++")
    def test_compiled(self) -> None:
        self.measured("compile")

    def test_t5_is_one_forward_pass(self) -> None:
        import torch
        import transformers

        torch.manual_seed(0)
        config = transformers.T5Config(vocab_size=64, d_model=16, d_kv=4, d_ff=32, num_layers=1, num_heads=2)
        transformers.T5Model(config).save_pretrained(str(self.folder / "t5"))
        command = [sys.executable, str(TORCHBENCH / "measure.py"), str(TORCHBENCH / "t5_translation.py"), "t5", "eager", "2", "5"]
        environment = {**os.environ, "T5_MODEL": str(self.folder / "t5")}
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertGreater(json.loads(done.stdout.splitlines()[-1])["latency"], 0)


if __name__ == "__main__":
    unittest.main()
