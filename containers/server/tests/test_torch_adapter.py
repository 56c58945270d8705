"""The torch adapter on a tiny BERT: eager and TorchScript, alone and behind the server."""

from __future__ import annotations

import math
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from array import array
from concurrent.futures import ThreadPoolExecutor

from infersweep_server.errors import ConfigError, RequestError
from infersweep_server.tensor import Tensor
from tests.running_server import RunningServer
from tests.tiny_encoder import HIDDEN, POSITIONS, WORDS, missing, skipped_once, write_encoder

MISSING = missing("torch", "transformers", "tokenizers", "numpy")
PREPARE = pathlib.Path(__file__).parents[2] / "prepare"


def tokens(*rows: list[int]) -> dict[str, Tensor]:
    """Rows of ids, filled with zeros to the longest, and their mask."""
    length = max(map(len, rows))
    ids = array("q", [value for row in rows for value in row + [0] * (length - len(row))])
    mask = array("q", [value for row in rows for value in [1] * len(row) + [0] * (length - len(row))])
    shape = (len(rows), length)
    return {
        "input_ids": Tensor("input_ids", "INT64", shape, ids.tobytes()),
        "attention_mask": Tensor("attention_mask", "INT64", shape, mask.tobytes()),
    }


def floats(tensor: Tensor) -> list[float]:
    return array("f", tensor.data).tolist()


@skipped_once(MISSING)
class TorchAdapterTest(unittest.TestCase):
    folder: pathlib.Path
    traced: pathlib.Path

    @classmethod
    def setUpClass(cls) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="infersweep-torch-")
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = write_encoder(pathlib.Path(temporary.name, "model"))
        cls.traced = pathlib.Path(temporary.name, "traced")
        subprocess.run(
            [sys.executable, str(PREPARE / "trace.py"), str(cls.folder), str(cls.traced)], check=True, timeout=120
        )

    def load(self, path: pathlib.Path | None = None, **parameters: object):
        from infersweep_server.adapters import torch

        return torch.load(str(path or self.folder), parameters)

    def close(self, a: list[float], b: list[float], absolute: float = 1e-5) -> None:
        self.assertEqual(len(a), len(b))
        self.assertLess(max(abs(x - y) for x, y in zip(a, b)), absolute)

    def test_gives_a_normalised_embedding_and_every_state(self) -> None:
        adapter = self.load()
        answer = adapter.infer(tokens([2, 6, 7, 3]), ["embedding", "last_hidden_state"])
        self.assertEqual(answer["embedding"].shape, (1, HIDDEN))
        self.assertEqual(answer["last_hidden_state"].shape, (1, 4, HIDDEN))
        self.assertAlmostEqual(math.hypot(*floats(answer["embedding"])), 1, places=5)
        states = floats(answer["last_hidden_state"])
        mean = [sum(states[t * HIDDEN + h] for t in range(4)) / 4 for h in range(HIDDEN)]
        self.close([value / math.hypot(*mean) for value in mean], floats(answer["embedding"]))

    def test_computes_only_what_is_wanted_and_the_same_every_time(self) -> None:
        adapter = self.load()
        first = adapter.infer(tokens([2, 9, 3]), ["embedding"])
        self.assertEqual(list(first), ["embedding"])
        self.assertEqual(first, adapter.infer(tokens([2, 9, 3]), ["embedding"]))

    def test_padding_and_neighbours_change_nothing(self) -> None:
        adapter = self.load()
        short, long = [2, 8, 3], [2, 5, 6, 7, 8, 9, 10, 3]
        both = floats(adapter.infer(tokens(short, long), ["embedding"])["embedding"])
        self.close(both[:HIDDEN], floats(adapter.infer(tokens(short), ["embedding"])["embedding"]))
        self.close(both[HIDDEN:], floats(adapter.infer(tokens(long), ["embedding"])["embedding"]))

    def test_torchscript_answers_as_eager_does_in_shapes_it_never_saw(self) -> None:
        eager, script = self.load(), self.load(self.traced, mode="torchscript")
        for rows in ([[2, 3]], [[2, 6, 3], [2, 5, 6, 7, 8, 3]], [[5] * POSITIONS] * 5):
            for name in ("embedding", "last_hidden_state"):
                a, b = eager.infer(tokens(*rows), [name])[name], script.infer(tokens(*rows), [name])[name]
                self.assertEqual(a.shape, b.shape)
                self.close(floats(a), floats(b))

    def test_a_trace_made_on_one_device_computes_on_another(self) -> None:
        import torch

        from infersweep_server.adapters.torch import retarget

        def devices(asked: str | None) -> set[str]:
            module = torch.jit.load(str(self.traced / "model.pt"))
            if asked is not None:
                retarget(module, asked)
            return set(re.findall(r'Device = prim::Constant\[value="(.*?)"', str(module.inlined_graph)))

        # The control: the model asks its inputs where they are, and the trace answers with where they were.
        self.assertEqual(devices(None), {"cpu"})
        self.assertEqual(devices("cuda:0"), {"cuda:0"})

    def test_bf16_is_near_and_not_the_same(self) -> None:
        exact = floats(self.load().infer(tokens([2, 6, 7, 3]), ["embedding"])["embedding"])
        rough = self.load(precision="bf16").infer(tokens([2, 6, 7, 3]), ["embedding"])["embedding"]
        self.assertEqual(rough.datatype, "FP32")
        self.close(exact, floats(rough), 0.05)
        self.assertNotEqual(exact, floats(rough))

    def test_sets_the_threads_and_names_its_versions(self) -> None:
        import torch

        adapter = self.load(threads=2)
        self.assertEqual(torch.get_num_threads(), 2)
        self.assertEqual(sorted(adapter.versions), ["numpy", "python", "torch", "transformers"])
        self.load(threads=1)
        self.assertEqual(torch.get_num_threads(), 1)

    def test_refuses_one_request_before_it_fails_its_batch(self) -> None:
        adapter = self.load()
        good = tokens([2, 6, 3])
        self.assertEqual(adapter.preprocess(good), good)
        other = {**good, "attention_mask": tokens([2, 6])["attention_mask"]}
        for inputs, message in (
            (tokens([2] * (POSITIONS + 1)), f"takes 1 to {POSITIONS} tokens, not {POSITIONS + 1}"),
            (tokens([]), "not 0"),
            (tokens([2, len(WORDS)]), f"from 0 to {len(WORDS) - 1}"),
            (tokens([-1, 3]), "token ids go from 0"),
            (other, r"shape \[1, 2\]"),
        ):
            with self.subTest(message), self.assertRaisesRegex(RequestError, message):
                adapter.preprocess(inputs)

    def test_parameters_that_are_not_legal(self) -> None:
        for parameters, message in (
            ({"mode": "fast"}, "one of eager, torchscript, compile, not 'fast'"),
            ({"precision": "int8"}, "one of fp32, bf16, fp16"),
            ({"precision": "fp16"}, "mixed precision of a GPU: set \"device\" to cuda"),
            ({"shapes": "8x"}, 'must be "dynamic" or shapes'),
            ({"shapes": "8x16"}, "belongs to mode compile; mode eager"),
            ({"threads": 0}, "integer from 1"),
            ({"provider": "cuda"}, "allowed: mode, device, precision, threads, shapes, environment"),
            ({"mode": "torchscript"}, "no model.pt; make it with"),
            ({"mode": "torchscript", "precision": "bf16"}, "must be fp32, or fp16 on cuda, with mode torchscript"),
        ):
            with self.subTest(message), self.assertRaisesRegex(ConfigError, message):
                self.load(**parameters)

    def test_folders_that_are_no_model(self) -> None:
        from infersweep_server.adapters import torch

        with tempfile.TemporaryDirectory() as name:
            broken = pathlib.Path(name)
            for message in ("holds no config.json", "holds no model.safetensors"):
                with self.assertRaisesRegex(ConfigError, message):
                    torch.load(name, {})
                shutil.copy(self.folder / "config.json", broken)
            with self.assertRaisesRegex(ConfigError, "is not a folder"):
                torch.load(str(broken / "nothing"), {})

    def test_a_model_file_that_lacks_a_tensor_is_refused(self) -> None:
        from safetensors.torch import load_file, save_file

        with tempfile.TemporaryDirectory() as name:
            broken = pathlib.Path(name)
            shutil.copy(self.folder / "config.json", broken)
            tensors = load_file(self.folder / "model.safetensors")
            del tensors["encoder.layer.1.output.dense.weight"]
            save_file(tensors, broken / "model.safetensors", metadata={"format": "pt"})
            with self.assertRaisesRegex(ConfigError, "lacks 1 tensors.*layer.1.output.dense.weight"):
                self.load(broken)

    def test_the_server_answers_texts_in_batches_as_it_answers_them_alone(self) -> None:
        texts = ["rain", "the cat is late", "a red lamp", "the river was warm", "bread", "the dog is quiet"] * 4
        alone = self.load()
        from infersweep_server.datatypes import pack
        from infersweep_server.tokenizer import wrap_with_tokenizer

        front = wrap_with_tokenizer(alone, str(self.folder), {})
        model = {"name": "m", "path": str(self.traced)}
        with RunningServer(
            adapter="torch",
            model=model,
            parameters={"mode": "torchscript"},
            tokenizer={"padding": "multipleOf8"},
            batching={"maxBatchSize": 8, "maxQueueDelayMs": 5},
        ) as server:
            ask = lambda t: server.infer({"inputs": [{"name": "text", "datatype": "BYTES", "shape": [1], "data": [t]}]})  # noqa: E731
            with ThreadPoolExecutor(8) as pool:
                answers = list(pool.map(ask, texts))
            numbers = {"name": "text", "datatype": "FP32", "shape": [1], "data": [1]}
            self.assertEqual(server.infer({"inputs": [numbers]})[0], 400)
        for sent, (status, answer) in zip(texts, answers):
            self.assertEqual(status, 200, answer)
            wanted = front.infer(front.preprocess({"text": Tensor("text", "BYTES", (1,), pack("BYTES", [sent]))}), ["embedding"])
            got = {o["name"]: o for o in answer["outputs"]}
            self.close(got["embedding"]["data"], floats(wanted["embedding"]))


if __name__ == "__main__":
    unittest.main()
