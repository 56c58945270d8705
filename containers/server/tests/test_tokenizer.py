"""Text in front of an adapter: what reaches the adapter, and what is refused before it does."""

from __future__ import annotations

import json
import pathlib
import tempfile
import unittest
from array import array

from infersweep_server.adapter import Adapter
from infersweep_server.datatypes import pack
from infersweep_server.errors import ConfigError, RequestError
from infersweep_server.tensor import Tensor, TensorSpec
from infersweep_server.tokenizer import wrap_with_tokenizer
from tests.tiny_encoder import POSITIONS, WORDS, missing, write_config, write_tokenizer

MISSING = missing("tokenizers")


class Recorder(Adapter):
    """Takes token tensors and gives them back."""

    def __init__(self, *names: str, datatype: str = "INT64", length: int = -1) -> None:
        self.inputs = [TensorSpec(name, datatype, (-1, length), pad_value=0) for name in names]
        self.outputs = [TensorSpec("input_ids", datatype, (-1, -1))]
        self.versions = {"recorder": "1"}

    def infer(self, inputs: dict[str, Tensor], outputs: list[str]) -> dict[str, Tensor]:
        return inputs

    def warm_up_inputs(self) -> dict[str, Tensor]:
        return {}


def text(*values: str) -> dict[str, Tensor]:
    return {"text": Tensor("text", "BYTES", (len(values),), pack("BYTES", values))}


def rows(tensor: Tensor, code: str = "q") -> list[list[int]]:
    flat = array(code, tensor.data).tolist()
    return [flat[i : i + tensor.shape[1]] for i in range(0, len(flat), tensor.shape[1])]


def ids(*words: str) -> list[int]:
    return [WORDS.index(word) for word in words]


@unittest.skipIf(MISSING is not None, MISSING)
class TokenizerTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="infersweep-tokenizer-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        write_tokenizer(self.folder)
        write_config(self.folder)

    def wrap(self, adapter: Adapter | None = None, **options: object) -> Adapter:
        return wrap_with_tokenizer(adapter or Recorder("input_ids", "attention_mask"), str(self.folder), options)

    def refused(self, expected: str, **options: object) -> None:
        with self.assertRaisesRegex(ConfigError, expected):
            self.wrap(**options)

    def test_a_text_becomes_ids_and_mask_without_the_padding_its_file_asks_for(self) -> None:
        made = self.wrap().preprocess(text("The cat is late"))
        self.assertEqual(sorted(made), ["attention_mask", "input_ids"])
        self.assertEqual(made["input_ids"].shape, (1, 6))
        self.assertEqual(rows(made["input_ids"]), [ids("[CLS]", "the", "cat", "is", "late", "[SEP]")])
        self.assertEqual(rows(made["attention_mask"]), [[1] * 6])

    def test_texts_of_one_request_are_filled_to_the_longest(self) -> None:
        made = self.wrap().preprocess(text("rain", "the dog was quiet"))
        self.assertEqual(rows(made["input_ids"])[0], [*ids("[CLS]", "rain", "[SEP]"), 0, 0, 0])
        self.assertEqual(rows(made["attention_mask"]), [[1, 1, 1, 0, 0, 0], [1] * 6])

    def test_padding_to_multiples_of_8_and_to_the_maximum(self) -> None:
        nine = "the cat is late the dog is"
        for padding, words, expected in (
            ("multipleOf8", "rain", 8),
            ("multipleOf8", nine, 16),
            ("max", "rain", 20),
            ("none", nine, 9),
        ):
            made = self.wrap(maxLength=20, padding=padding).preprocess(text(words))
            self.assertEqual(made["input_ids"].shape, (1, expected), padding)
            self.assertEqual(sum(rows(made["attention_mask"])[0]), len(words.split()) + 2)

    def test_a_multiple_of_8_never_exceeds_the_maximum(self) -> None:
        made = self.wrap(maxLength=12, padding="multipleOf8").preprocess(text("cat " * 30))
        self.assertEqual(made["input_ids"].shape, (1, 12))

    def test_long_texts_are_cut_and_keep_their_end_mark(self) -> None:
        made = self.wrap(maxLength=5).preprocess(text("cat " * 50))
        self.assertEqual(rows(made["input_ids"]), [ids("[CLS]", "cat", "cat", "cat", "[SEP]")])

    def test_the_length_comes_from_the_sentence_model_before_the_positions(self) -> None:
        long = text("cat " * 100)
        self.assertEqual(self.wrap().preprocess(long)["input_ids"].shape, (1, POSITIONS))
        (self.folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 10}))
        self.assertEqual(self.wrap().preprocess(long)["input_ids"].shape, (1, 10))

    def test_an_empty_text_is_its_two_marks(self) -> None:
        self.assertEqual(rows(self.wrap().preprocess(text(""))["input_ids"]), [ids("[CLS]", "[SEP]")])

    def test_the_model_says_which_tensors_and_which_integers_it_takes(self) -> None:
        adapter = Recorder("input_ids", "token_type_ids", datatype="INT32")
        made = self.wrap(adapter).preprocess(text("the lamp"))
        self.assertEqual(sorted(made), ["input_ids", "token_type_ids"])
        self.assertEqual(made["input_ids"].datatype, "INT32")
        self.assertEqual(rows(made["token_type_ids"], "i"), [[0] * 4])

    def test_tensors_pass_as_they_came(self) -> None:
        sent = self.wrap().preprocess(text("rain"))
        self.assertEqual(self.wrap().preprocess(sent), sent)

    def test_what_a_request_may_not_hold(self) -> None:
        front = self.wrap()
        tensors = front.preprocess(text("rain"))
        one = Tensor("text", "BYTES", (1,), b"\x02\0\0\0\xff\xfe")
        for inputs, message in (
            ({**text("rain"), "input_ids": tensors["input_ids"]}, 'in the place of tokens.*"input_ids"'),
            ({"input_ids": tensors["input_ids"]}, '"attention_mask" is missing.*"text" alone'),
            ({}, '"input_ids" is missing'),
            ({"text": one}, "not UTF-8"),
            ({"text": one._replace(shape=(2,))}, "means 2 elements, data holds 1"),
            ({"text": one._replace(shape=(1, 1))}, r"the shape \[-1\], not BYTES \[1, 1\]"),
            ({"text": one._replace(datatype="UINT8", shape=(6,))}, "not UINT8"),
            ({"text": Tensor("text", "BYTES", (0,), b"")}, "at least one item"),
        ):
            with self.subTest(message), self.assertRaisesRegex(RequestError, message):
                front.preprocess(inputs)

    def test_metadata_shows_the_text_and_the_tokenizer(self) -> None:
        front = self.wrap()
        self.assertEqual([spec.name for spec in front.inputs], ["text", "input_ids", "attention_mask"])
        self.assertTrue(all(spec.optional for spec in front.inputs))
        self.assertEqual(sorted(front.versions), ["recorder", "tokenizers"])

    def test_warm_up_has_the_shape_requests_will_have(self) -> None:
        self.assertEqual(self.wrap(maxLength=16, padding="max").warm_up_inputs()["input_ids"].shape, (1, 16))

    def test_options_that_are_not_legal(self) -> None:
        self.refused("none, multipleOf8, max, not 'longest'", padding="longest")
        self.refused('unknown key "tokenizer.length"; allowed: maxLength, padding', length=3)
        self.refused("integer from 3", maxLength=2)
        self.refused(f"from 3 to {POSITIONS}, the positions of the model, not 64", maxLength=64)

    def test_a_model_of_one_length_needs_that_length(self) -> None:
        fixed = Recorder("input_ids", "attention_mask", length=16)
        with self.assertRaisesRegex(ConfigError, "exactly 16 tokens.*maxLength 16, padding max"):
            self.wrap(fixed, maxLength=16)
        self.assertEqual(self.wrap(fixed, maxLength=16, padding="max").preprocess(text("a"))["input_ids"].shape, (1, 16))

    def test_folders_and_models_that_do_not_fit(self) -> None:
        with self.assertRaisesRegex(ConfigError, 'this model takes "pixels" INT64'):
            self.wrap(Recorder("pixels"))
        with self.assertRaisesRegex(ConfigError, 'needs "model.path"'):
            wrap_with_tokenizer(Recorder("input_ids"), None, {})
        (self.folder / "tokenizer.json").write_text("{}")
        self.refused("is not a tokenizer")
        (self.folder / "tokenizer.json").unlink()
        self.refused("holds no tokenizer.json")

    def test_a_model_file_has_its_tokenizer_beside_it(self) -> None:
        (self.folder / "model.onnx").write_bytes(b"")
        front = wrap_with_tokenizer(Recorder("input_ids"), str(self.folder / "model.onnx"), {})
        self.assertEqual(front.preprocess(text("rain"))["input_ids"].shape, (1, 3))

    def test_threads_share_it(self) -> None:
        from concurrent.futures import ThreadPoolExecutor

        front = self.wrap()
        texts = [" ".join(WORDS[5 : 5 + n]) for n in range(1, 15)] * 20
        with ThreadPoolExecutor(8) as pool:
            lengths = list(pool.map(lambda t: front.preprocess(text(t))["input_ids"].shape[1], texts))
        self.assertEqual(lengths, [len(t.split()) + 2 for t in texts])


if __name__ == "__main__":
    unittest.main()
