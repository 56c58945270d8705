"""The codec alone: what it takes, what it refuses."""

import json
import struct
import unittest

from infersweep_server.errors import RequestError
from infersweep_server.kserve_request import decode
from infersweep_server.kserve_response import encode
from infersweep_server.tensor import Tensor, TensorSpec, check_inputs

SPECS = [TensorSpec("ids", "INT64", (-1, -1)), TensorSpec("mask", "INT64", (-1, -1))]
DATA = struct.pack("<4q", 1, 2, 3, 4)


def ids(**change: object) -> dict:
    return {"name": "ids", "datatype": "INT64", "shape": [2, 2], "data": [1, 2, 3, 4], **change}


def binary(*sizes: object, raw: bytes) -> tuple[bytes, int]:
    inputs = []
    for i, size in enumerate(sizes):
        tensor = ids(name=f"t{i}", parameters={"binary_data_size": size})
        del tensor["data"]
        inputs.append(tensor)
    head = json.dumps({"inputs": inputs}).encode()
    return head + raw, len(head)


class DecodeTest(unittest.TestCase):
    def test_json_and_binary_give_equal_tensors(self) -> None:
        plain = decode(json.dumps({"inputs": [ids(name="t0")]}).encode(), None, SPECS)
        raw = decode(*binary(32, raw=DATA), SPECS)
        nested = decode(json.dumps({"inputs": [ids(name="t0", data=[[1, 2], [3, 4]])]}).encode(), None, SPECS)
        self.assertEqual(plain.inputs, raw.inputs)
        self.assertEqual(plain.inputs, nested.inputs)
        self.assertEqual(plain.inputs["t0"].data, DATA)

    def test_outputs_and_binary_flags(self) -> None:
        wanted = [{"name": "a"}, {"name": "b", "parameters": {"binary_data": False}}]
        body = {"id": "7", "inputs": [ids()], "outputs": wanted, "parameters": {"binary_data_output": True}}
        request = decode(json.dumps(body).encode(), None, SPECS)
        self.assertEqual((request.id, request.outputs, request.binary), ("7", {"a": True, "b": False}, True))

    def test_refused_bodies(self) -> None:
        def body(**change: object) -> bytes:
            return json.dumps({"inputs": [ids(**change)]}).encode()

        refused = {
            "not JSON": b"{",
            "not UTF-8": b'{"inputs": "\xff"}',
            "must be a JSON object": b"[]",
            "must be an array of at least one": b'{"inputs": []}',
            "each input must be": b'{"inputs": [1]}',
            "stands twice": json.dumps({"inputs": [ids(), ids()]}).encode(),
            "shape must be": body(shape=[2, -1]),
            "means 4 bytes|means 48 bytes": body(shape=[3, 2]),
            "datatype must be one of": body(datatype="INT65"),
            "does not fit INT64": body(data=[1, 2, 3, "4"]),
            "nested data": body(data=[[1, 2, 3], [4]]),
            "both data and": body(parameters={"binary_data_size": 32}),
            "parameters of ids": body(parameters=[]),
        }
        for words, sent in refused.items():
            with (
                self.subTest(words),
                self.assertRaisesRegex(RequestError, words if words != "not UTF-8" else "not JSON"),
            ):
                decode(sent, None, SPECS)

    def test_refused_binary_sizes(self) -> None:
        refused = {
            "exceeds the 31 bytes left": binary(32, raw=DATA[:31]),
            "1 bytes after the last tensor": binary(32, raw=DATA + b"x"),
            "means 32 bytes, data holds 24": binary(24, raw=DATA[:24]),
            "binary_data_size must be": binary(-1, raw=DATA),
            "exceeds the 0 bytes left": binary(32, 32, raw=DATA),
        }
        for words, (sent, length) in refused.items():
            with self.subTest(words), self.assertRaisesRegex(RequestError, words):
                decode(sent, length, SPECS)
        with self.assertRaisesRegex(RequestError, "exceeds the body"):
            decode(b"{}", 3, SPECS)

    def test_body_without_json(self) -> None:
        request = decode(DATA, 0, SPECS[:1])
        self.assertEqual(request.inputs["ids"], Tensor("ids", "INT64", (1, 4), DATA))
        with self.assertRaises(RequestError):
            decode(DATA[:31], 0, SPECS[:1])
        with self.assertRaises(RequestError):
            decode(DATA, 0, SPECS)


class CheckInputsTest(unittest.TestCase):
    def test_refusals(self) -> None:
        good = Tensor("ids", "INT64", (2, 2), DATA)
        mask = good._replace(name="mask")
        check_inputs({"ids": good, "mask": mask}, SPECS)
        for words, tensors in {
            'unknown input "x"; the model takes ids, mask': [good, mask, good._replace(name="x")],
            '"mask" is missing': [good],
            "takes INT64, not FP64": [good, mask._replace(datatype="FP64")],
            r"takes the shape \[-1, -1\], not \[4\]": [good, mask._replace(shape=(4,))],
            "holds 1 items where another": [good, mask._replace(shape=(1, 4))],
            "at least one item": [good._replace(shape=(0, 2), data=b""), mask],
        }.items():
            with self.subTest(words), self.assertRaisesRegex(RequestError, words):
                check_inputs({t.name: t for t in tensors}, SPECS)


class EncodeTest(unittest.TestCase):
    def test_mixed_forms(self) -> None:
        body = {
            "id": 'a"b',
            "inputs": [ids()],
            "outputs": [{"name": "b", "parameters": {"binary_data": True}}, {"name": "a"}],
        }
        request = decode(json.dumps(body).encode(), None, SPECS)
        tensors = {n: Tensor(n, "INT64", (2, 2), DATA) for n in ("a", "b", "c")}
        encoded = encode("m", request, tensors)
        assert encoded.json_length is not None
        answer = json.loads(encoded.body[: encoded.json_length])
        self.assertEqual(encoded.body[encoded.json_length :], DATA)
        self.assertEqual(answer["id"], 'a"b')
        self.assertEqual([o["name"] for o in answer["outputs"]], ["b", "a"])
        self.assertEqual(answer["outputs"][0]["parameters"], {"binary_data_size": 32})
        self.assertEqual(answer["outputs"][1]["data"], [1, 2, 3, 4])
