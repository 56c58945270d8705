import json
import math
import random
import struct
import unittest

from infersweep_server.datatypes import ITEM_SIZE, flatten, pack, split_bytes, to_json
from infersweep_server.errors import RequestError


class DatatypesTest(unittest.TestCase):
    def test_round_trip_of_every_datatype(self) -> None:
        samples = {name: [0, 1, 100] for name in ITEM_SIZE if name != "BF16"}
        samples["BOOL"] = [True, False, True]
        samples["INT64"] = [-(2**63), 0, 2**63 - 1]
        samples["FP16"] = [0.5, -2.0, 65504.0]
        samples["BYTES"] = ["", "é", 'a"b']
        for datatype, values in samples.items():
            with self.subTest(datatype):
                packed = pack(datatype, values)
                if datatype in ITEM_SIZE:
                    self.assertEqual(len(packed), len(values) * ITEM_SIZE[datatype])
                self.assertEqual(json.loads(to_json(datatype, packed)), values)

    def test_floats_come_back_exactly(self) -> None:
        random_ = random.Random(1)
        for datatype, form in (("FP32", "f"), ("FP64", "d"), ("FP16", "e")):
            values = [random_.uniform(-1, 1) * 10.0 ** random_.randint(-4, 4) for _ in range(500)]
            packed = struct.pack(f"<500{form}", *values)
            self.assertEqual(pack(datatype, json.loads(to_json(datatype, packed))), packed)

    def test_not_a_number_becomes_null(self) -> None:
        packed = struct.pack("<4f", 1, math.nan, math.inf, -math.inf)
        self.assertEqual(json.loads(to_json("FP32", packed)), [1, None, None, None])

    def test_empty(self) -> None:
        self.assertEqual(to_json("FP32", b""), "[]")

    def test_refusals(self) -> None:
        for datatype, values in (("INT64", [1.5]), ("INT8", [200]), ("FP32", ["1"]), ("UINT8", [-1]), ("BF16", [1]),
                                 ("BOOL", [2]), ("BYTES", [1]), ("INT64", [None]), ("FP16", [1e9])):  # fmt: skip
            with self.subTest(datatype), self.assertRaises(RequestError):
                pack(datatype, values)

    def test_nested_data(self) -> None:
        self.assertEqual(flatten([[1, 2], [3, 4]], [2, 2]), [1, 2, 3, 4])
        self.assertEqual(flatten([[[1], [2]]], [1, 2, 1]), [1, 2])
        self.assertEqual(flatten([1, 2, 3, 4], [2, 2]), [1, 2, 3, 4])
        for ragged in ([[1, 2, 3], [4]], [[1, 2], 3], "text", {"a": 1}):
            with self.assertRaises(RequestError):
                flatten(ragged, [2, 2])

    def test_bytes_that_run_past_the_end(self) -> None:
        for broken in (b"\x05\x00\x00\x00abc", b"\x01\x00"):
            with self.assertRaises(RequestError):
                split_bytes(broken)
