"""The transformers adapter: the library's own answers, for each kind of task, alone and under gunicorn with Falcon."""

from __future__ import annotations

import pathlib
import tempfile
import unittest
from array import array

from infersweep_server.errors import ConfigError, RequestError
from tests.running_server import RunningServer
from tests.test_torch_adapter import MISSING, floats, tokens
from tests.tiny_encoder import WORDS, missing, skipped_once, write_config, write_encoder
from tests.tiny_t5 import DECODER_TOKENS, prompts, reference, tiny_t5

WITHOUT_FALCON = missing("gunicorn", "falcon", lock="gunicorn")


@skipped_once(MISSING)
class TransformersAdapterTest(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="infersweep-transformers-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name, "model")

    def load(self, **parameters: object):
        from infersweep_server.adapters import transformers

        return transformers.load(str(self.folder), parameters)

    def test_hidden_states_are_those_of_the_torch_adapter(self) -> None:
        from infersweep_server.adapters import torch

        write_encoder(self.folder)
        ours, name = self.load(), "last_hidden_state"
        rows = tokens([2, 6, 7, 3], [2, 5, 9, 3])
        a, b = ours.infer(rows, [name])[name], torch.load(str(self.folder), {}).infer(rows, [name])[name]
        self.assertEqual(a.shape, b.shape)
        self.assertLess(max(abs(x - y) for x, y in zip(floats(a), floats(b), strict=True)), 1e-5)
        self.assertEqual(ours.facts["architecture"], "BertModel")
        ours, name = self.load(task="sentence-embedding"), "embedding"
        self.assertEqual([spec.name for spec in ours.outputs], [name])
        a, b = ours.infer(rows, [name])[name], torch.load(str(self.folder), {}).infer(rows, [name])[name]
        self.assertEqual((a.shape, floats(a)), (b.shape, floats(b)))

    def test_token_classification_has_a_row_for_each_token(self) -> None:
        import torch
        import transformers

        config = write_config(self.folder)
        torch.manual_seed(2)
        model = transformers.BertForTokenClassification(transformers.BertConfig(**config, num_labels=5)).eval()
        model.save_pretrained(str(self.folder))
        answer = self.load(task="token-classification").infer(tokens([2, 6, 7, 3]), ["logits"])["logits"]
        self.assertEqual(answer.shape, (1, 4, 5))
        with torch.inference_mode():
            wanted = model(torch.tensor([[2, 6, 7, 3]])).logits.flatten().tolist()
        self.assertLess(max(abs(x - y) for x, y in zip(floats(answer), wanted, strict=True)), 1e-5)
        with self.assertRaisesRegex(ConfigError, "no model for task fill-mask: it lacks .* tensors"):
            self.load(task="fill-mask")

    def test_generation_is_greedy(self) -> None:
        model = tiny_t5()
        model.save_pretrained(str(self.folder))
        [row] = prompts(model, 1, 5)
        adapter = self.load(task="text2text-generation", maxNewTokens=DECODER_TOKENS - 1)
        answer = adapter.infer(tokens(row), ["sequences"])["sequences"]
        self.assertEqual(array("q", answer.data).tolist(), reference(model, row)[0])

    def test_refuses(self) -> None:
        write_encoder(self.folder)
        adapter = self.load()
        with self.assertRaisesRegex(RequestError, f"from 0 to {len(WORDS) - 1}"):
            adapter.preprocess(tokens([2, len(WORDS)]))
        with self.assertRaisesRegex(ConfigError, "fp16 is mixed precision"):
            self.load(precision="fp16")
        with self.assertRaisesRegex(ConfigError, "one of feature-extraction, sentence-embedding, fill-mask"):
            self.load(task="poetry")

    @unittest.skipIf(WITHOUT_FALCON is not None, WITHOUT_FALCON)
    def test_as_source_001_served_it(self) -> None:
        """gunicorn, Falcon, a model in each worker, text in front."""
        write_encoder(self.folder)
        with RunningServer(
            adapter="transformers",
            model={"name": "m", "path": str(self.folder)},
            tokenizer={"padding": "max", "maxLength": 16},
            gunicorn={"workers": 2, "threads": 4, "falcon": True},
        ) as server:
            body = {"inputs": [{"name": "text", "datatype": "BYTES", "shape": [1], "data": ["the cat is late"]}]}
            answers = [server.infer(body) for _ in range(8)]
            self.assertEqual({status for status, _ in answers}, {200})
            self.assertEqual(answers[0][1]["outputs"][0]["shape"][:2], [1, 16])
            self.assertTrue(all(answer == answers[0][1] for _, answer in answers))
