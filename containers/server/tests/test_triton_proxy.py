"""The proxy in front of the kit's own server, and of one that records: same answers, same refusals, few connections."""

from __future__ import annotations

import pathlib
import tempfile
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from infersweep_server.adapters import triton_proxy
from infersweep_server.datatypes import pack
from infersweep_server.errors import ConfigError, RequestError
from infersweep_server.tensor import Tensor
from infersweep_server.tokenizer import wrap_with_tokenizer
from tests.running_server import RunningServer, x_input
from tests.tiny_encoder import missing
from tests.upstream import Upstream

MISSING = missing("tokenizers")
TOKENS = [{"name": name, "datatype": "INT64", "shape": [-1, -1]} for name in ("input_ids", "attention_mask")]


def proxied(upstream: RunningServer, **more: object) -> RunningServer:
    url = f"http://127.0.0.1:{upstream.port}"
    return RunningServer(adapter="triton-proxy", parameters={"url": url, "model": "m", **more})


class ProxyTest(unittest.TestCase):
    def test_answers_as_the_server_behind_it(self) -> None:
        with RunningServer() as behind, proxied(behind) as front:
            for body in (
                {"id": "1", "inputs": [x_input(0.1, -0.2, 0.3, items=3)]},
                {"inputs": [x_input(0.5)], "outputs": [{"name": "pooled"}]},
            ):
                self.assertEqual(front.infer(body), behind.infer(body))
            self.assertEqual(front.get("/v2/models/m")[1]["inputs"], behind.get("/v2/models/m")[1]["inputs"])
            self.assertEqual(front.get("/v2/models/m")[1]["versions_of"]["upstream"], "reference")

    def test_many_requests_are_on_their_way_at_once_and_batched_behind(self) -> None:
        with RunningServer(
            adapter="emulated", parameters={"fixedMs": 50, "perItemMs": 0}, batching={"maxBatchSize": 8}
        ) as behind, proxied(behind, connections=8) as front:
            with ThreadPoolExecutor(8) as pool:
                statuses = [s for s, _ in pool.map(lambda i: front.infer({"inputs": [x_input(i / 10)]}), range(24))]
            self.assertEqual(set(statuses), {200})
            self.assertGreater(max(b["batch_size"] for b in behind.stats()["batch_stats"]), 3)
            self.assertEqual(front.stats()["execution_count"], 24)  # none of them was joined here

    def test_a_full_queue_behind_is_503_in_front(self) -> None:
        with RunningServer(
            adapter="emulated", parameters={"fixedMs": 300, "perItemMs": 0}, maxQueueSize=1
        ) as behind, proxied(behind) as front:
            with ThreadPoolExecutor(8) as pool:
                answers = list(pool.map(lambda _: front.infer({"inputs": [x_input(1)]}), range(8)))
            self.assertEqual({status for status, _ in answers}, {200, 503})
            refused = next(answer for status, answer in answers if status == 503)
            self.assertEqual(refused["error"], "upstream: 1 requests are waiting already")

    def test_a_server_that_is_gone_is_502(self) -> None:
        behind = RunningServer().__enter__()
        with proxied(behind) as front:
            self.assertEqual(front.infer({"inputs": [x_input(1)]})[0], 200)
            behind.__exit__()
            status, answer = front.infer({"inputs": [x_input(1)]})
            self.assertEqual(status, 502)
            self.assertIn("cannot be reached", answer["error"])


class RecordedTest(unittest.TestCase):
    def load(self, upstream: Upstream, **parameters: object):
        return triton_proxy.load(None, {"url": upstream.url, "startupSeconds": 5, **parameters})

    def tokens(self, *rows: list[int]) -> dict[str, Tensor]:
        from tests.test_torch_adapter import tokens

        return tokens(*rows)

    def test_names_lengths_and_generation_parameters(self) -> None:
        """What source 001's front sent to FasterTransformer: ids, their number, and one column for each setting."""
        inputs = [
            {"name": "ids", "datatype": "INT64", "shape": [-1, -1]},
            {"name": "sequence_length", "datatype": "UINT32", "shape": [-1, 1]},
            {"name": "max_output_len", "datatype": "UINT32", "shape": [-1, 1]},
            {"name": "temperature", "datatype": "FP32", "shape": [-1, 1]},
            {"name": "random_seed", "datatype": "UINT64", "shape": [-1, 1]},
        ]
        with Upstream(inputs) as upstream:
            adapter = self.load(
                upstream,
                inputNames={"input_ids": "ids"},
                lengthInput="sequence_length",
                generation={"max_output_len": 40, "temperature": 0.5, "random_seed": 7},
            )
            self.assertEqual(
                [(s.name, s.optional) for s in adapter.inputs],
                [("input_ids", False), ("max_output_len", True), ("temperature", True), ("random_seed", True), ("attention_mask", False)],
            )
            adapter.infer(self.tokens([5, 6, 7], [8]), ["y"])
            self.assertEqual(
                upstream.requests[0],
                {
                    "ids": [[2, 3], [5, 6, 7, 8, 0, 0]],
                    "sequence_length": [[2, 1], [3, 1]],
                    "max_output_len": [[2, 1], [40, 40]],
                    "temperature": [[2, 1], [0.5, 0.5]],
                    "random_seed": [[2, 1], [7, 7]],
                },
            )
            own = Tensor("max_output_len", "UINT32", (1, 1), pack("UINT32", [9]))
            adapter.infer({**self.tokens([5]), "max_output_len": own}, ["y"])
            self.assertEqual(upstream.requests[1]["max_output_len"], [[1, 1], [9]])

    def test_connections_are_kept_and_replaced_when_the_other_side_closed_them(self) -> None:
        with Upstream(TOKENS) as upstream:
            adapter = self.load(upstream)
            for _ in range(20):
                adapter.infer(self.tokens([5, 6]), ["y"])
            self.assertEqual(len(upstream.connections), 1)
            upstream.close_after_answer = True
            for _ in range(3):
                adapter.infer(self.tokens([5, 6]), ["y"])
                time.sleep(0.05)
            self.assertEqual(len(upstream.requests), 23)
            self.assertGreaterEqual(len(upstream.connections), 3)

    def test_refusals(self) -> None:
        with Upstream(TOKENS) as upstream:
            adapter = self.load(upstream)
            for refusal, status, words in (
                ((503, b'{"error": "busy"}'), 503, "upstream: busy"),
                ((400, b'{"error": "bad shape"}'), 400, "upstream: bad shape"),
                ((500, b'{"error": "CUDA error"}'), 502, "upstream: CUDA error"),
                ((500, b"<html>"), 502, "upstream: <html>"),
                ((200, b"no json"), 502, "cannot be read"),
                ((200, b'{"outputs": []}'), 502, "lacks y"),
            ):
                upstream.refusal = refusal
                with self.subTest(refusal), self.assertRaises(RequestError) as caught:
                    adapter.infer(self.tokens([5]), ["y"])
                self.assertEqual(caught.exception.status, status)
                self.assertIn(words, str(caught.exception))
                self.assertEqual(bool(caught.exception.headers), status == 503)

    def test_parameters_that_do_not_fit(self) -> None:
        with Upstream(TOKENS) as upstream:
            for parameters, words in (
                ({"url": "ftp://x"}, "must be like http://127.0.0.1:8000"),
                ({"inputNames": {"input_ids": "ids"}}, "takes input_ids, attention_mask, and nothing called ids"),
                ({"generation": {"beam_width": 1}}, "nothing called beam_width"),
                ({"generation": {"beam_width": "1"}}, "object of numbers"),
                ({"connections": 0}, "integer from 1 to 256"),
            ):
                with self.subTest(words), self.assertRaisesRegex(ConfigError, words):
                    self.load(upstream, **parameters)
        with self.assertRaisesRegex(TimeoutError, 'has no model "model" ready after 0 s'):
            triton_proxy.load(None, {"url": upstream.url, "startupSeconds": 0})


@unittest.skipIf(MISSING is not None, MISSING)
class TextTest(unittest.TestCase):
    """Japanese as source 001 sent it, through a WordPiece and a Unigram tokenizer.json; no other library takes part."""

    TEXT = "幸運にも彼は死ななかった。"

    def wordpiece(self):
        from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

        words = ["[PAD]", "[UNK]", "幸", "運", "彼", "死", "に", "##も", "は", "な", "##な", "##か", "##っ", "##た", "。", "が"]
        tokenizer = Tokenizer(models.WordPiece({w: at for at, w in enumerate(words)}, unk_token="[UNK]"))
        # Lower-casing would also strip accents, and with them the voicing of kana: が would become か.
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        return tokenizer, ["幸", "運", "に", "##も", "彼", "は", "死", "な", "##な", "##か", "##っ", "##た", "。"], words.index

    def unigram(self):
        from tokenizers import Tokenizer, models, pre_tokenizers

        pieces = ["<pad>", "<unk>", "▁", "幸運", "にも", "彼は", "死", "ななかった", "。"]
        tokenizer = Tokenizer(models.Unigram([(p, -1.0 - at) for at, p in enumerate(pieces)], unk_id=1))
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        return tokenizer, pieces[2:], pieces.index

    def test_japanese_becomes_tokens_with_every_padding(self) -> None:
        for make in (self.wordpiece, self.unigram):
            tokenizer, words, index = make()
            ids = [index(word) for word in words]
            with tempfile.TemporaryDirectory() as name, Upstream(TOKENS) as upstream:
                tokenizer.save(str(pathlib.Path(name, "tokenizer.json")))
                for options, left, right in (
                    ({"padding": "none"}, 0, 0),
                    ({"padding": "multipleOf8"}, 0, -len(ids) % 8),
                    ({"padding": "max"}, 0, 40 - len(ids)),
                    ({"padding": "max", "paddingSide": "left"}, 40 - len(ids), 0),
                ):
                    adapter = triton_proxy.load(None, {"url": upstream.url})
                    front = wrap_with_tokenizer(adapter, name, {"maxLength": 40, **options})
                    self.assertEqual(front.executors, 8)
                    text = Tensor("text", "BYTES", (1,), pack("BYTES", [self.TEXT]))
                    front.infer(front.preprocess({"text": text}), ["y"])
                    self.assertEqual(
                        {name: values for name, (_, values) in upstream.requests[-1].items()},
                        {
                            "input_ids": [0] * left + ids + [0] * right,
                            "attention_mask": [0] * left + [1] * len(ids) + [0] * right,
                        },
                    )

    def test_generation_parameters_may_stand_beside_the_text(self) -> None:
        inputs = [*TOKENS, {"name": "max_output_len", "datatype": "INT32", "shape": [-1, 1]}]
        tokenizer, _, _ = self.wordpiece()
        with tempfile.TemporaryDirectory() as name, Upstream(inputs) as upstream:
            tokenizer.save(str(pathlib.Path(name, "tokenizer.json")))
            adapter = triton_proxy.load(None, {"url": upstream.url, "generation": {"max_output_len": 40}})
            front = wrap_with_tokenizer(adapter, name, {"maxLength": 40})
            text = {"text": Tensor("text", "BYTES", (1,), pack("BYTES", ["彼は"]))}
            front.infer(front.preprocess(text), ["y"])
            front.infer(front.preprocess({**text, "max_output_len": Tensor("max_output_len", "INT32", (1, 1), pack("INT32", [5]))}), ["y"])
            self.assertEqual([r["max_output_len"][1] for r in upstream.requests], [[40], [5]])
