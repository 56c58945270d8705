"""Preparations of devices with their device calls replaced: the same code, `torch.jit.trace` in the place of a compiler."""

from __future__ import annotations

import importlib.util
import json
import pathlib
import sys
import tempfile
import unittest

PREPARE = pathlib.Path(__file__).resolve().parents[1]
SERVER_TESTS = PREPARE.parent / "server" / "tests"
sys.path.insert(0, str(PREPARE))

import fastertransformer_convert  # noqa: E402
import neuron_trace  # noqa: E402
import t5_split  # noqa: E402
import tensorrt_engine  # noqa: E402
import torch_tensorrt_compile  # noqa: E402
from artifact import PreparationError  # noqa: E402
from neuron_calls import NeuronCalls  # noqa: E402
from parts import Parts  # noqa: E402


def by_path(name: str):
    """A module of the server's tests, whose package is called `tests` as ours is."""
    spec = importlib.util.spec_from_file_location(name, SERVER_TESTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tiny = by_path("tiny_encoder")
MISSING = tiny.missing("torch", "transformers", "tokenizers", "onnx", "onnxruntime")
PASS = "Compiler status PASS\npercent compiled = 91.86%\nNot compiled operators:\n => aten::embedding: 3 [not supported]\n"


class Stand:
    """`torch.jit.trace` in the place of neuron-cc, with its log and a count of its calls."""

    def __init__(self, log: str = PASS, dies_at: int | None = None) -> None:
        self.arguments: list[list[str]] = []
        self.calls = NeuronCalls(self.trace, {"torch": "stand-in", "torch-neuron": "1.13.1"}, runs_here=True)
        self._log = log
        self._dies_at = dies_at

    def trace(self, module, example, arguments):
        import torch

        self.arguments.append(arguments)
        if len(self.arguments) == self._dies_at:
            raise KeyboardInterrupt
        print(self._log)
        return torch.jit.trace(module, example, check_trace=False, strict=False)


class Folder(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="infersweep-device-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.out = self.folder / "out"

    def manifest(self) -> dict:
        return json.loads((self.out / "manifest.json").read_text())


class PartsTest(Folder):
    def test_a_part_is_made_again_only_when_something_changed(self) -> None:
        made: list[str] = []

        def make(file: pathlib.Path) -> dict:
            made.append(file.name)
            file.write_text("content")
            return {"fact": len(made)}

        for made_from in ({"a": 1}, {"a": 1}, {"a": 2}):
            Parts(self.out).make("x", made_from, make)
        self.assertEqual(len(made), 2)
        (self.out / "x").write_text("damaged")
        Parts(self.out).make("x", {"a": 2}, make)
        self.assertEqual(len(made), 3)
        self.assertEqual(json.loads((self.out / "parts.json").read_text())["x"]["fact"], 3)

    def test_a_part_that_broke_off_is_not_there(self) -> None:
        def breaks(file: pathlib.Path) -> dict:
            file.write_text("half")
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            Parts(self.out).make("x", {}, breaks)
        self.assertFalse((self.out / "x").exists())


class TensorRtTest(Folder):
    settings = {"precision": "fp16", "maxBatch": 16, "tokens": 512, "device": "nvidia-t4"}

    def setUp(self) -> None:
        super().setUp()
        self.onnx = self.folder / "model.onnx"
        self.onnx.write_bytes(b"onnx")
        self.commands: list[list[str]] = []

    def calls(self, version: str = "10.13.3", code: int | None = 0, log: str = "", writes: bool = True):
        def run(command: list[str]) -> tuple[int | None, str]:
            self.commands.append(command)
            if writes:
                plan = next(part for part in command if part.startswith("--saveEngine=")).partition("=")[2]
                pathlib.Path(plan).write_bytes(b"engine")
            return code, log

        return tensorrt_engine.TensorRtCalls(run, version, "7.5")

    def prepare(self, calls) -> None:
        tensorrt_engine.prepare(self.onnx, self.out, self.settings, calls)

    def test_builds_for_what_is_served_and_names_its_device(self) -> None:
        self.prepare(self.calls(log="layer falls back to fp32"))
        command = self.commands[0]
        self.assertIn("--fp16", command)
        self.assertIn("--maxShapes=input_ids:16x512,attention_mask:16x512", command)
        self.assertIn("--minShapes=input_ids:1x512,attention_mask:1x512", command)
        manifest = self.manifest()
        self.assertEqual(
            manifest["device"], {"name": "nvidia-t4", "computeCapability": "7.5", "neuronCores": None}
        )
        self.assertEqual(manifest["versions"]["tensorrt"], "10.13.3")
        self.assertEqual(manifest["fallingBack"], ["layer falls back to fp32"])

    def test_a_finished_engine_is_kept_and_another_tensorrt_builds_anew(self) -> None:
        for version in ("10.13.3", "10.13.3", "10.14.1"):
            self.prepare(self.calls(version))
        self.assertEqual(len(self.commands), 2)

    def test_refuses_half_precision_where_there_is_no_flag_for_it(self) -> None:
        with self.assertRaisesRegex(PreparationError, "TensorRT 11.1.0 has no --fp16"):
            self.prepare(self.calls("11.1.0"))
        self.assertEqual(self.commands, [])
        self.settings = {**self.settings, "precision": "fp32"}
        self.prepare(self.calls("11.1.0"))
        self.assertNotIn("--fp16", self.commands[0])

    def test_says_why_there_is_no_engine_and_leaves_no_manifest(self) -> None:
        for calls, why in (
            (self.calls(code=137, writes=False), "out of memory"),
            (self.calls(code=1, log="[E] bad", writes=False), r"ended with 1: \[E\] bad"),
            (self.calls(writes=False), "wrote no engine"),
        ):
            with self.assertRaisesRegex(PreparationError, why):
                self.prepare(calls)
            self.assertFalse((self.out / "manifest.json").exists())


class FasterTransformerTest(Folder):
    def test_converts_with_the_family_s_own_words(self) -> None:
        source = self.folder / "model"
        source.mkdir()
        (source / "config.json").write_text('{"model_type": "gpt2"}')
        weights = source / "pytorch_model.bin"
        weights.write_bytes(b"one")
        commands: list[list[str]] = []

        def run(command: list[str]) -> tuple[int, str]:
            commands.append(command)
            (self.out / "1-gpu").mkdir(exist_ok=True)
            (self.out / "1-gpu" / "config.ini").write_text("[gpt]")
            return 0, "[WARNING] cannot convert key 'pooler.dense.bias'\n"

        settings = {"precision": "fp16", "repository": "/opt/FasterTransformer"}
        fastertransformer_convert.prepare(source, self.out, settings, run)
        self.assertEqual(commands[0][-4:], ["-infer_gpu_num", "1", "-weight_data_type", "fp16"])
        self.assertTrue(commands[0][1].endswith("examples/pytorch/gpt/utils/huggingface_gpt_convert.py"))
        self.assertEqual(self.manifest()["unconverted"], ["[WARNING] cannot convert key 'pooler.dense.bias'"])
        fastertransformer_convert.prepare(source, self.out, settings, run)
        self.assertEqual(len(commands), 1)
        weights.write_bytes(b"other weights of the same architecture")
        fastertransformer_convert.prepare(source, self.out, settings, run)
        self.assertEqual(len(commands), 2)

    def test_refuses_a_folder_without_weights(self) -> None:
        source = self.folder / "model"
        source.mkdir()
        (source / "config.json").write_text('{"model_type": "bert"}')
        settings = {"precision": "fp16", "repository": "/opt"}
        with self.assertRaisesRegex(PreparationError, "holds no weights"):
            fastertransformer_convert.prepare(source, self.out, settings, lambda _: (0, ""))

    def test_refuses_what_it_has_no_converter_for(self) -> None:
        source = self.folder / "model"
        source.mkdir()
        (source / "config.json").write_text('{"model_type": "llama"}')
        settings = {"precision": "fp16", "repository": "/opt"}
        with self.assertRaisesRegex(PreparationError, "converts bert, gpt, t5, not llama"):
            fastertransformer_convert.prepare(source, self.out, settings, lambda _: (0, ""))


class TorchTensorRtOptionsTest(unittest.TestCase):
    def test_explicit_typing_is_switched_off_where_it_exists(self) -> None:
        self.assertNotIn("use_explicit_typing", torch_tensorrt_compile.options("fp16", "2.9.0"))
        self.assertIs(torch_tensorrt_compile.options("fp16", "2.10.0")["use_explicit_typing"], False)


@unittest.skipIf(MISSING is not None, MISSING)
class EncoderTest(Folder):
    def setUp(self) -> None:
        super().setUp()
        self.source = tiny.write_encoder(self.folder / "source")

    def test_neuron_data_parallel(self) -> None:
        stand = Stand()
        neuron_trace.prepare(self.source, self.out, {"batch": 6, "tokens": 16}, stand.calls)
        manifest = self.manifest()
        self.assertEqual((manifest["kind"], stand.arguments), ("neuron-data-parallel", [[]]))
        self.assertEqual(manifest["compiledShare"], 0.9186)
        self.assertEqual(manifest["notCompiled"], {"aten::embedding": 3})
        self.assertEqual(manifest["device"]["neuronCores"], 1)
        for name in ("config.json", "tokenizer.json"):
            self.assertEqual((self.out / name).read_bytes(), (self.source / name).read_bytes())

    def test_neuron_pipeline_is_another_artifact(self) -> None:
        stand = Stand()
        neuron_trace.prepare(self.source, self.out, {"batch": 1, "tokens": 16, "cores": 4}, stand.calls)
        self.assertEqual(stand.arguments, [["--neuroncore-pipeline-cores", "4"]])
        self.assertEqual((self.manifest()["kind"], self.manifest()["device"]["neuronCores"]), ("neuron-pipeline", 4))

    def test_its_artifact_is_what_the_server_serves(self) -> None:
        from infersweep_server.adapters import neuron

        neuron_trace.prepare(self.source, self.out, {"batch": 2, "tokens": 16}, Stand().calls)
        parameters = {"batch": 2, "tokens": 16, "cores": 1, "device": "cpu"}
        self.assertEqual(neuron.load(str(self.out), parameters).facts["replicas"], 1)

    def test_a_compiler_that_took_nothing_over_is_refused(self) -> None:
        with self.assertRaisesRegex(PreparationError, "never said `Compiler status PASS`"):
            neuron_trace.prepare(self.source, self.out, {"batch": 1, "tokens": 16}, Stand(log="").calls)
        self.assertFalse((self.out / "manifest.json").exists())

    def test_more_tokens_than_positions(self) -> None:
        with self.assertRaisesRegex(PreparationError, "64 tokens are more than the 32"):
            neuron_trace.prepare(self.source, self.out, {"batch": 1, "tokens": 64}, Stand().calls)

    def test_tensorrt_exports_once(self) -> None:
        import onnx

        def run(command: list[str]) -> tuple[int, str]:
            pathlib.Path(command[2].partition("=")[2]).write_bytes(b"engine")
            return (0, "")

        settings = {"precision": "fp32", "maxBatch": 4, "tokens": 16, "device": "nvidia-t4"}
        for version in ("10.13.3", "10.14.1"):
            calls = tensorrt_engine.TensorRtCalls(run, version, "7.5")
            tensorrt_engine.prepare(self.source, self.out, settings, calls)
        self.assertEqual(self.manifest()["partsKept"], ["model.onnx"])
        onnx.checker.check_model(str(self.out / "model.onnx"))

    def test_torch_tensorrt(self) -> None:
        import torch

        asked: list[dict] = []

        def compile(module, feed, smallest, largest, options):
            asked.append({"smallest": smallest, "largest": largest, **options})
            print("Falling back to eager for aten::gather")
            return torch.jit.trace(module, feed, check_trace=False)

        versions = {"torch": "2.9.0", "torch-tensorrt": "2.9.0", "tensorrt": "10.13.3"}
        calls = torch_tensorrt_compile.TorchTensorRtCalls(
            compile, lambda module, file, _: torch.jit.save(module, str(file)), versions, "7.5"
        )
        settings = {"precision": "fp16", "maxBatch": 4, "tokens": 16, "device": "nvidia-t4"}
        torch_tensorrt_compile.prepare(self.source, self.out, settings, calls)
        self.assertEqual((asked[0]["smallest"], asked[0]["largest"]), ((1, 16), (4, 16)))
        self.assertEqual(self.manifest()["fallingBack"], ["Falling back to eager for aten::gather"])
        self.assertEqual(self.manifest()["device"]["computeCapability"], "7.5")


@unittest.skipIf(MISSING is not None, MISSING)
class T5Test(Folder):
    settings = {"batch": 1, "tokens": 16, "decoderTokens": 14}

    def setUp(self) -> None:
        super().setUp()
        self.tiny_t5 = by_path("tiny_t5")
        self.source = self.folder / "source"
        self.model = self.tiny_t5.tiny_t5()
        self.model.save_pretrained(str(self.source))

    def test_a_broken_off_split_keeps_its_encoder(self) -> None:
        broken = Stand(dies_at=2)
        with self.assertRaises(KeyboardInterrupt):
            t5_split.prepare(self.source, self.out, self.settings, broken.calls)
        self.assertTrue((self.out / "encoder.pt").is_file())
        self.assertFalse((self.out / "manifest.json").exists())
        again = Stand()
        t5_split.prepare(self.source, self.out, self.settings, again.calls)
        self.assertEqual(len(again.arguments), 1)
        self.assertEqual(self.manifest()["partsKept"], ["encoder.pt"])
        self.assertEqual(self.manifest()["compiledShare"], 0.9186)

    def test_both_modules_answer_as_generate_does_through_the_server(self) -> None:
        import torch
        from infersweep_server.adapters import neuron

        t5_split.prepare(self.source, self.out, self.settings, Stand().calls)
        parameters = {"mode": "seq2seq", "tokens": 16, "decoderTokens": 14, "cores": 1, "device": "cpu"}
        adapter = neuron.load(str(self.out), parameters)
        prompt = [5, 9, 17, 33, 1]
        expected, _ = self.tiny_t5.reference(self.model, prompt)
        ids = torch.tensor([prompt])
        inputs = {name: self.tensor(name, value) for name, value in (("input_ids", ids), ("attention_mask", torch.ones_like(ids)))}
        sequences = adapter.infer(inputs, ["sequences"])["sequences"]
        answer = memoryview(sequences.data).cast("q").tolist()
        self.assertEqual(answer[: len(expected)], expected)

    @staticmethod
    def tensor(name, value):
        from infersweep_server.tensor import Tensor

        return Tensor(name, "INT64", tuple(value.shape), value.numpy().tobytes())

    def test_only_t5_is_split(self) -> None:
        (self.source / "config.json").write_text('{"model_type": "bert"}')
        with self.assertRaisesRegex(PreparationError, "only T5 is split in two, not bert"):
            t5_split.prepare(self.source, self.out, self.settings, Stand().calls)


if __name__ == "__main__":
    unittest.main()
