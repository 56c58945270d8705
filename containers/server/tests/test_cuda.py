"""The torch and transformers adapters on a GPU, behind real servers: they answer as the CPU does, as far as precision goes.

How far that is was measured on a CPU, on this model, as the greatest difference of any hidden state (of 3.7 at most) from
fp32's: 6e-6 in double precision, 3.1e-3 with weights rounded to TF32's mantissa, 4.9e-3 in fp16 mixed precision, 6e-2 in bf16.
"""

from __future__ import annotations

import pathlib
import subprocess
import sys
import tempfile
import unittest
from array import array
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from infersweep_server import torch_compile
from infersweep_server.errors import ConfigError
from tests.gpu import DEVICE, ask, deviation, device_server, id_rows, unavailable
from tests.running_server import RunningServer
from tests.test_torch_adapter import PREPARE
from tests.tiny_encoder import SENTENCE_ENCODER, skipped_once, write_encoder

#: Thirty times what another order of summing does, a fifteenth of what TF32 would: it cannot pass for fp32.
FP32 = 2e-4
#: Four times what the CPU's fp16 and bf16 do: other kernels round in other places.
FP16 = 2e-2
BF16 = 0.25
LENGTHS = (48, 30, 9, 1)
HIDDEN = "last_hidden_state"

VARIANTS: dict[str, dict[str, Any]] = {
    "eager fp32": {},
    "eager fp16": {"parameters": {"precision": "fp16"}},
    "eager bf16": {"parameters": {"precision": "bf16"}},
    "torchscript fp32": {"parameters": {"mode": "torchscript"}},
    "torchscript fp16": {"parameters": {"mode": "torchscript", "precision": "fp16"}},
    "compile fp32": {"parameters": {"mode": "compile"}},
    "compile fp16": {"parameters": {"mode": "compile", "precision": "fp16", "shapes": "4x48"}},
    "compile bf16": {"parameters": {"mode": "compile", "precision": "bf16"}},
    "transformers fp32": {"adapter": "transformers"},
    "transformers fp16": {"adapter": "transformers", "parameters": {"precision": "fp16"}},
    "batching": {"batching": {"maxBatchSize": 8, "maxQueueDelayMs": 20}},
}


def not_on_this_device(name: str) -> str | None:
    if DEVICE == "cpu" and "fp16" in name:
        return "fp16 is mixed precision of a GPU"
    if DEVICE == "cpu" and "compile" in name:
        return "test_torch_compile.py compiles for the CPU"
    if "compile" in name:
        try:
            torch_compile.check_compiler()
        except ConfigError as error:
            return str(error)
    return None


@skipped_once(unavailable())
class CudaTest(unittest.TestCase):
    folder: pathlib.Path
    servers: dict[str, RunningServer]
    reference: Any = None

    @classmethod
    def setUpClass(cls) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="infersweep-cuda-")
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = write_encoder(pathlib.Path(temporary.name, "model"), **SENTENCE_ENCODER)
        traced = pathlib.Path(temporary.name, "traced")
        # On the CPU, as every preparation of a trace is: what serves it may have another device.
        made = [sys.executable, "-W", "ignore", str(PREPARE / "trace.py"), str(cls.folder), str(traced)]
        subprocess.run(made, check=True, timeout=150)
        cls.servers = {}
        for name, config in VARIANTS.items():
            if not_on_this_device(name) is None:
                folder = traced if "torchscript" in name else cls.folder
                # They load at the same time; whoever asks one waits for it.
                cls.servers[name] = device_server(ready=False, model=folder, **config).__enter__()
                cls.addClassCleanup(cls.servers[name].__exit__)

    def server(self, name: str) -> RunningServer:
        reason = not_on_this_device(name)
        if reason is not None:
            self.skipTest(reason)
        server = self.servers[name]
        server.wait_for(lambda: server.status("/v2/health/ready") == 200)
        return server

    def exact(self, inputs: dict[str, Any]) -> dict[str, array[float]]:
        """In fp32 on the CPU."""
        from infersweep_server.adapters import torch

        cls = type(self)
        cls.reference = cls.reference or torch.load(str(self.folder), {"device": "cpu"})
        answer = cls.reference.infer(inputs, ["embedding", HIDDEN])
        return {name: array("f", tensor.data) for name, tensor in answer.items()}

    def off(self, name: str) -> float:
        """How far this variant's hidden states are from the exact ones. Its embedding is nearer: normalised means of them."""
        inputs = id_rows(*LENGTHS)
        exact, found = self.exact(inputs), {}
        for output in (HIDDEN,) if name.startswith("transformers") else (HIDDEN, "embedding"):
            status, answer = ask(self.server(name), inputs, output)
            self.assertEqual(status, 200, answer)
            found[output] = deviation(answer, exact[output])
        print(f"off: {name} {', '.join(f'{output} {far:.1e}' for output, far in found.items())}", file=sys.stderr)
        self.assertLessEqual(found.get("embedding", 0.0), found[HIDDEN])
        return found[HIDDEN]

    def test_fp32_answers_as_the_cpu_does(self) -> None:
        for name in ("eager fp32", "torchscript fp32", "transformers fp32"):
            with self.subTest(name):
                self.assertLess(self.off(name), FP32)

    def test_fp16_is_as_far_off_as_half_precision_is(self) -> None:
        for name in ("eager fp16", "torchscript fp16", "transformers fp16"):
            with self.subTest(name):
                self.assertTrue(FP32 < self.off(name) < FP16)

    def test_bf16_is_coarser_still(self) -> None:
        self.assertTrue(FP16 < self.off("eager bf16") < BF16)

    def test_shapes_that_no_warm_up_saw(self) -> None:
        for name in ("eager fp32", "torchscript fp32"):
            with self.subTest(name):
                self.check_shapes(name)

    def check_shapes(self, name: str) -> None:
        for lengths in ((1,), (7, 3), (130,), (5,) * 33):
            inputs = id_rows(*lengths, seed=len(lengths))
            status, answer = ask(self.server(name), inputs, HIDDEN)
            self.assertEqual(status, 200, answer)
            self.assertLess(deviation(answer, self.exact(inputs)[HIDDEN]), FP32, lengths)

    def test_when_compiled_every_precision_keeps_its_distance(self) -> None:
        """The last in the alphabet, so the last to be run: compilation takes longest."""
        # Fused kernels keep what lies between two roundings: bf16 may be nearer than its eager form.
        for name, least, most in (("compile fp32", 0, FP32), ("compile fp16", FP32, FP16), ("compile bf16", FP32, BF16)):
            with self.subTest(name):
                off = self.off(name)
                self.assertTrue(least <= off < most, off)

    def test_when_compiled_shapes_that_no_warm_up_saw(self) -> None:
        self.check_shapes("compile fp32")

    def test_names_its_device(self) -> None:
        facts = {name: self.server(name).get("/v2/models/m")[1]["facts"] for name in ("eager fp32", "transformers fp32")}
        for name, told in facts.items():
            with self.subTest(name):
                if DEVICE == "cpu":
                    self.assertEqual(told["device"], "cpu")
                else:
                    import torch

                    self.assertEqual((told["device"], told["cuda"]), (torch.cuda.get_device_name(0), torch.version.cuda))

    def test_the_comparison_can_fail(self) -> None:
        """What is wrong by as little as TF32, by one swap of layers, and by padding that is attended to: each is seen."""
        inputs = id_rows(*LENGTHS)
        exact = self.exact(inputs)[HIDDEN]
        with tempfile.TemporaryDirectory() as name:
            rounded = self.changed(pathlib.Path(name, "rounded"), tf32)
            swapped = self.changed(pathlib.Path(name, "swapped"), swap_layers)
            self.assertTrue(FP32 < deviation(self.on_device(rounded, inputs), exact) < FP16)
            self.assertGreater(deviation(self.on_device(swapped, inputs), exact), BF16)
        ones = inputs["attention_mask"]._replace(data=array("q", [1] * inputs["attention_mask"].elements).tobytes())
        self.assertGreater(deviation(self.on_device(self.folder, {**inputs, "attention_mask": ones}), exact), BF16)

    @unittest.skipIf(DEVICE == "cpu", "TF32 is a GPU's")
    def test_tf32_is_not_used_and_would_be_seen(self) -> None:
        import torch

        inputs = id_rows(*LENGTHS)
        exact = self.exact(inputs)[HIDDEN]
        self.assertLess(deviation(self.on_device(self.folder, inputs), exact), FP32)
        self.addCleanup(torch.set_float32_matmul_precision, torch.get_float32_matmul_precision())
        torch.set_float32_matmul_precision("high")
        self.assertGreater(deviation(self.on_device(self.folder, inputs), exact), FP32)

    def on_device(self, folder: pathlib.Path, inputs: dict[str, Any]) -> array[float]:
        from infersweep_server.adapters import torch

        return array("f", torch.load(str(folder), {"device": DEVICE}).infer(inputs, [HIDDEN])[HIDDEN].data)

    def changed(self, folder: pathlib.Path, change: Any) -> pathlib.Path:
        from safetensors.torch import load_file, save_file

        folder.mkdir()
        (folder / "config.json").write_bytes((self.folder / "config.json").read_bytes())
        tensors = change(load_file(self.folder / "model.safetensors"))
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        return folder

    def test_requests_in_batches_are_answered_as_alone(self) -> None:
        server, alone = self.server("batching"), self.server("eager fp32")
        rows = [id_rows(3 + at % 40, seed=at) for at in range(48)]
        before = server.stats()
        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda inputs: ask(server, inputs, HIDDEN), rows))
        after = server.stats()
        for inputs, (status, answer) in zip(rows, answers):
            self.assertEqual(status, 200, answer)
            self.assertLess(deviation(answer, ask(alone, inputs, HIDDEN)[1]), FP32)
        items = after["inference_count"] - before["inference_count"]
        executions = after["execution_count"] - before["execution_count"]
        self.assertEqual(items, len(rows))
        self.assertLess(executions, items / 1.5)
        self.assertLessEqual(max(size["batch_size"] for size in after["batch_stats"]), 8)


def tf32(tensors: dict[str, Any]) -> dict[str, Any]:
    """Mantissas of ten bits, rounded to the nearest."""
    import torch

    return {
        key: ((value.contiguous().view(torch.int32) + 0x1000) & ~0x1FFF).view(torch.float32)
        if value.dtype == torch.float32
        else value
        for key, value in tensors.items()
    }


def swap_layers(tensors: dict[str, Any]) -> dict[str, Any]:
    names = {"layer.2.": "layer.3.", "layer.3.": "layer.2."}
    return {
        next((key.replace(one, other) for one, other in names.items() if one in key), key): value
        for key, value in tensors.items()
    }


if __name__ == "__main__":
    unittest.main()
