"""T5 with its loop on the host equals transformers' `generate()`, token for token and logit for logit."""

from __future__ import annotations

import pathlib
import tempfile
import unittest
from array import array
from typing import Any
from unittest import mock

from infersweep_server.errors import ConfigError, RequestError
from tests.running_server import RunningServer
from tests.test_torch_adapter import MISSING, tokens
from tests.tiny_t5 import DECODER_TOKENS, ENCODER_TOKENS, prompts, reference, tiny_t5, write_t5

PROMPTS, DISTINCT = 24, 5


@unittest.skipIf(MISSING is not None, MISSING)
class GreedyTest(unittest.TestCase):
    model: Any
    prompts: list[list[int]]
    wanted: list[tuple[list[int], Any]]

    @classmethod
    def setUpClass(cls) -> None:
        import torch

        torch.set_num_threads(1)
        cls.model = tiny_t5()
        cls.prompts = prompts(cls.model, PROMPTS, DISTINCT)
        cls.wanted = [reference(cls.model, prompt) for prompt in cls.prompts]

    def differences(self, model: Any, *, shift: int = 0, scaled: bool = True, masked: bool = True) -> tuple[int, int]:
        """How many prompts differ from transformers in their tokens, and how many in their logits."""
        import torch

        from infersweep_server.greedy import generate
        from infersweep_server.t5_modules import encoder_and_decoder

        encoder, decoder = encoder_and_decoder(model, DECODER_TOKENS)
        if not scaled:
            decoder.scale = 1.0
        ids_differ = logits_differ = 0
        for prompt, (ids_wanted, logits_wanted) in zip(self.prompts, self.wanted):
            ids = torch.tensor([prompt + [0] * (ENCODER_TOKENS - len(prompt))])
            mask = (torch.arange(ENCODER_TOKENS) < len(prompt)).long()[None]
            if not masked:
                mask = torch.ones_like(mask)
            step = lambda a, b, c, index: decoder(a, b, c, index + shift)  # noqa: E731
            with torch.inference_mode():
                sequences, steps = generate(
                    torch, encoder, step, ids, mask, length=DECODER_TOKENS, start=0, end=1, pad=0
                )
            got = sequences[0].tolist()
            ids_differ += got != ids_wanted + [0] * (DECODER_TOKENS - len(ids_wanted))
            logits = torch.stack(steps, 1)[0]
            logits_differ += logits.shape != logits_wanted.shape or not bool(
                (logits - logits_wanted).abs().max() <= 1e-3 * logits_wanted.abs().max()
            )
        return ids_differ, logits_differ

    def test_equals_generate(self) -> None:
        self.assertEqual(len(self.prompts), PROMPTS)
        self.assertTrue(all(len(set(ids)) >= DISTINCT for ids, _ in self.wanted))
        self.assertGreater(len({tuple(ids) for ids, _ in self.wanted}), PROMPTS // 2)
        self.assertTrue(any(ids[-1] == 1 for ids, _ in self.wanted), "no answer ends before its length")
        self.assertTrue(any(ids[-1] != 1 for ids, _ in self.wanted), "every answer ends before its length")
        self.assertEqual(self.differences(self.model), (0, 0))

    def test_mutants_are_seen(self) -> None:
        for wrong in ({"shift": 1}, {"shift": -1}, {"masked": False}):
            with self.subTest(wrong):
                ids, logits = self.differences(self.model, **wrong)
                self.assertGreater(ids, PROMPTS // 2)
                self.assertGreater(logits, PROMPTS // 2)
        # The scale moves every logit by one factor, so the greedy tokens stay: the logits tell.
        self.assertEqual(self.differences(self.model, scaled=False), (0, PROMPTS))

    def test_t5_1_1_has_no_scale(self) -> None:
        model = tiny_t5(scaled=False)
        with mock.patch.object(self, "wanted", [reference(model, prompt) for prompt in self.prompts]):
            self.assertEqual(self.differences(model), (0, 0))


@unittest.skipIf(MISSING is not None, MISSING)
class AdapterTest(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="infersweep-t5-")
        self.addCleanup(temporary.cleanup)
        self.folder = write_t5(pathlib.Path(temporary.name, "model"), items=2)

    def parameters(self, **more: object) -> dict[str, object]:
        return {
            "mode": "seq2seq",
            "device": "cpu",
            "batch": 2,
            "tokens": ENCODER_TOKENS,
            "decoderTokens": DECODER_TOKENS,
            "cores": 1,
            **more,
        }

    def test_every_row_of_a_batch_equals_generate(self) -> None:
        from infersweep_server.adapters import neuron

        model = tiny_t5()
        rows = prompts(model, 5, DISTINCT)  # five rows over a model compiled for two: three executions, one of them filled up
        adapter = neuron.load(str(self.folder), self.parameters())
        answer = adapter.infer(tokens(*rows), ["sequences"])["sequences"]
        self.assertEqual(answer.shape, (5, DECODER_TOKENS))
        got = array("q", answer.data).tolist()
        for at, row in enumerate(rows):
            wanted = reference(model, row)[0]
            self.assertEqual(
                got[at * DECODER_TOKENS : (at + 1) * DECODER_TOKENS], wanted + [0] * (DECODER_TOKENS - len(wanted))
            )

    def test_behind_the_server(self) -> None:
        model = tiny_t5()
        [row] = prompts(model, 1, DISTINCT)
        body = {
            "inputs": [
                {"name": "input_ids", "datatype": "INT64", "shape": [1, len(row)], "data": row},
                {"name": "attention_mask", "datatype": "INT64", "shape": [1, len(row)], "data": [1] * len(row)},
            ]
        }
        with RunningServer(
            adapter="neuron", model={"name": "m", "path": str(self.folder)}, parameters=self.parameters()
        ) as server:
            status, answer = server.infer(body)
            facts = server.get("/v2/models/m")[1]["facts"]
        self.assertEqual(status, 200, answer)
        wanted = reference(model, row)[0]
        self.assertEqual(answer["outputs"][0]["data"], wanted + [0] * (DECODER_TOKENS - len(wanted)))
        self.assertEqual((facts["device"], facts["neuronCores"], facts["threads"]), ("cpu", "0", 2))

    def test_refuses_what_was_not_compiled(self) -> None:
        from infersweep_server.adapters import neuron

        adapter = neuron.load(str(self.folder), self.parameters())
        with self.assertRaisesRegex(RequestError, f"compiled for {ENCODER_TOKENS} tokens, not {ENCODER_TOKENS + 1}"):
            adapter.preprocess(tokens([2] * (ENCODER_TOKENS + 1)))
        with self.assertRaisesRegex(RequestError, "go from 0 to 255"):
            adapter.preprocess(tokens([2, 256]))
        (self.folder / "manifest.json").write_text('{"flags": {"tokens": 40}}')
        with self.assertRaisesRegex(ConfigError, f"is {ENCODER_TOKENS}, but the model was compiled for 40"):
            neuron.load(str(self.folder), self.parameters())
        (self.folder / "decoder.pt").unlink()
        with self.assertRaisesRegex(ConfigError, "holds no decoder.pt, which mode seq2seq needs"):
            neuron.load(str(self.folder), self.parameters())
