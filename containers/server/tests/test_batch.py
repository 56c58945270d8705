"""Merging and splitting, with padding."""

import struct
import unittest

from infersweep_server.batch import Merger
from infersweep_server.tensor import Tensor, TensorSpec

IN = [TensorSpec("ids", "INT64", (-1, -1), pad_value=9), TensorSpec("bias", "FP32", (-1, 1))]
OUT = [TensorSpec("hidden", "INT64", (-1, -1, 2), follows_padding=True), TensorSpec("pooled", "FP32", (-1, 1))]


def request(*rows: list[int]) -> dict[str, Tensor]:
    flat = [v for row in rows for v in row]
    return {
        "ids": Tensor("ids", "INT64", (len(rows), len(rows[0])), struct.pack(f"<{len(flat)}q", *flat)),
        "bias": Tensor("bias", "FP32", (len(rows), 1), bytes(4 * len(rows))),
    }


def numbers(tensor: Tensor) -> list[int]:
    return list(struct.unpack(f"<{len(tensor.data) // 8}q", tensor.data))


class MergerTest(unittest.TestCase):
    def test_padding_and_cutting(self) -> None:
        merger = Merger(IN, OUT)
        requests = [request([1, 2]), request([3, 4, 5], [6, 7, 8])]
        self.assertEqual(merger.key(requests[0]), merger.key(requests[1]))
        merged = merger.merge(requests)["ids"]
        self.assertEqual((merged.shape, numbers(merged)), ((3, 3), [1, 2, 9, 3, 4, 5, 6, 7, 8]))
        doubled = [n for v in numbers(merged) for n in (v, v)]
        outputs = {
            "hidden": Tensor("hidden", "INT64", (3, 3, 2), struct.pack("<18q", *doubled)),
            "pooled": Tensor("pooled", "FP32", (3, 1), struct.pack("<3f", 1, 2, 3)),
        }
        first, second = merger.split(outputs, requests)
        self.assertEqual((first["hidden"].shape, numbers(first["hidden"])), ((1, 2, 2), [1, 1, 2, 2]))
        self.assertEqual((second["hidden"].shape, numbers(second["hidden"])[:6]), ((2, 3, 2), [3, 3, 4, 4, 5, 5]))
        self.assertEqual(struct.unpack("<2f", second["pooled"].data), (2, 3))

    def test_other_lengths_do_not_share_a_batch_without_padding(self) -> None:
        merger = Merger([spec._replace(pad_value=None) for spec in IN], OUT)
        self.assertNotEqual(merger.key(request([1, 2])), merger.key(request([1, 2, 3])))

    def test_model_without_batch_axis(self) -> None:
        self.assertFalse(Merger([TensorSpec("x", "FP32", (1, 8))], OUT).mergeable)

    def test_output_that_lost_its_batch_axis(self) -> None:
        merger = Merger(IN, OUT)
        outputs = {"pooled": Tensor("pooled", "FP32", (1,), bytes(4))}
        with self.assertRaisesRegex(ValueError, "for a batch of 2 items"):
            merger.split(outputs, [request([1]), request([2])])
