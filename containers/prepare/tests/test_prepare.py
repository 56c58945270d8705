"""Both preparations as they are run: `python FILE SOURCE_DIR OUT_DIR`, on a tiny seeded BERT."""

from __future__ import annotations

import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

PREPARE = pathlib.Path(__file__).resolve().parents[1]
SERVER_TESTS = PREPARE.parent / "server" / "tests"


def tiny_encoder():
    """The server's own, by path: its package is called `tests` as ours is."""
    spec = importlib.util.spec_from_file_location("tiny_encoder", SERVER_TESTS / "tiny_encoder.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tiny = tiny_encoder()
MISSING = tiny.missing("torch", "transformers", "tokenizers", "onnx", "onnxruntime")


def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PREPARE / script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@unittest.skipIf(MISSING is not None, MISSING)
class PrepareTest(unittest.TestCase):
    folder: pathlib.Path
    source: pathlib.Path

    @classmethod
    def setUpClass(cls) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="infersweep-prepare-")
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        cls.source = tiny.write_encoder(cls.folder / "source")
        (cls.source / "sentence_bert_config.json").write_text('{"max_seq_length": 16}')

    def made(self, script: str, artifact: str) -> pathlib.Path:
        """The folder of a run, after checking what every preparation leaves there."""
        out = self.folder / artifact
        done = run(script, self.source, out)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        manifest = json.loads((out / "manifest.json").read_text())
        self.assertEqual(manifest["artifact"], artifact)
        self.assertEqual(sorted(manifest["source"]), ["config.json", "model.safetensors", "tokenizer.json"])
        self.assertIn("torch", manifest["versions"])
        self.assertGreater(manifest["seconds"], 0)
        self.assertLess(max(manifest["maxAbsoluteDeviation"].values()), 1e-5)
        for name in ("tokenizer.json", "config.json", "sentence_bert_config.json"):
            self.assertEqual((out / name).read_bytes(), (self.source / name).read_bytes())
        return out

    def again(self, script: str, artifact: str) -> None:
        """A second run gives the same bytes."""
        import hashlib

        out = self.folder / "again"
        self.assertEqual(run(script, self.source, out).returncode, 0)
        manifest = json.loads((self.folder / artifact / "manifest.json").read_text())
        self.assertEqual(hashlib.sha256((out / artifact).read_bytes()).hexdigest(), manifest["sha256"])

    def test_trace(self) -> None:
        out = self.made("trace.py", "model.pt")
        self.again("trace.py", "model.pt")
        self.assertEqual(json.loads((out / "manifest.json").read_text())["flags"]["precision"], "fp32")

    def test_export_onnx(self) -> None:
        import onnxruntime

        out = self.made("export_onnx.py", "model.onnx")
        self.again("export_onnx.py", "model.onnx")
        session = onnxruntime.InferenceSession(str(out / "model.onnx"), providers=["CPUExecutionProvider"])
        taken = {value.name: value.shape for value in session.get_inputs()}
        self.assertEqual(taken, dict.fromkeys(("input_ids", "attention_mask"), ["batch", "sequence"]))
        shapes = {v.name: v.shape for v in session.get_outputs()}
        self.assertEqual(list(shapes), ["embedding", "last_hidden_state"])
        self.assertEqual(shapes["embedding"][0], "batch")

    def test_a_folder_without_a_model_ends_with_one_line(self) -> None:
        for script in ("trace.py", "export_onnx.py"):
            done = run(script, self.folder, self.folder / "nothing")
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, rf"^{script}: .* holds no config.json of a Hugging Face model\n$")

    def test_an_artifact_that_differs_is_refused_and_leaves_no_manifest(self) -> None:
        sys.path.insert(0, str(PREPARE))
        self.addCleanup(sys.path.remove, str(PREPARE))
        import artifact

        out = self.folder / "different"
        out.mkdir()
        (out / "manifest.json").write_text("{}")

        def wrong(factor: float):
            def make(encoder, _out):
                return lambda ids, mask: [part * factor for part in encoder(ids, mask)], {}

            return make

        for factor in (1.01, float("nan")):
            with self.assertRaisesRegex(artifact.PreparationError, '"embedding" differs from eager by up to'):
                artifact.prepare(self.source, out, "model.pt", wrong(factor), ("torch",))
            self.assertFalse((out / "manifest.json").exists())

    def test_usage(self) -> None:
        done = run("trace.py", self.source)
        self.assertEqual((done.returncode, done.stderr), (1, "usage: python trace.py SOURCE_DIR OUT_DIR\n"))


if __name__ == "__main__":
    unittest.main()
