"""Several requests as one batch, and the batch's outputs as each request's own. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from .datatypes import ITEM_SIZE, pack
from .tensor import Tensor, TensorSpec

Inputs = dict[str, Tensor]


class Merger:
    """Knows from the specs of a model which requests may share a batch."""

    def __init__(self, inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec]) -> None:
        self._pad = {spec.name: spec.pad_value for spec in inputs if spec.pad_value is not None}
        self._cut = {spec.name for spec in outputs if spec.follows_padding}
        #: Axis 0 of every tensor is the batch; without that each request runs alone.
        self.mergeable = all(spec.shape[:1] == (-1,) for spec in (*inputs, *outputs))

    def items(self, inputs: Inputs) -> int:
        """How many items a request carries."""
        return next(iter(inputs.values())).shape[0] if self.mergeable and inputs else 1

    def key(self, inputs: Inputs) -> Hashable:
        """Requests with equal keys may share a batch."""
        return tuple(
            (t.name, t.datatype, t.shape[2 if t.name in self._pad else 1 :])
            for t in (inputs[n] for n in sorted(inputs))
        )

    def merge(self, requests: Sequence[Inputs]) -> Inputs:
        """Joins requests along axis 0, padded to the longest of them."""
        if len(requests) == 1:
            return requests[0]
        merged = {}
        for name, first in requests[0].items():
            parts = [request[name] for request in requests]
            if name in self._pad:
                longest = max(part.shape[1] for part in parts)
                parts = [_padded(part, longest, self._pad[name]) for part in parts]
                first = parts[0]
            shape = (sum(part.shape[0] for part in parts), *first.shape[1:])
            merged[name] = Tensor(name, first.datatype, shape, b"".join(part.data for part in parts))
        return merged

    def split(self, outputs: dict[str, Tensor], requests: Sequence[Inputs]) -> list[dict[str, Tensor]]:
        """The rows of each request, cut back to its own length where padding had lengthened them."""
        if len(requests) == 1:
            return [outputs]
        counts = [self.items(request) for request in requests]
        total = sum(counts)
        results: list[dict[str, Tensor]] = [{} for _ in requests]
        for name, tensor in outputs.items():
            if tensor.shape[:1] != (total,):
                raise ValueError(f'output "{name}" has shape {list(tensor.shape)} for a batch of {total} items')
            row = len(tensor.data) // total
            at = 0
            for result, request, count in zip(results, requests, counts):
                end = at + count * row
                part = Tensor(name, tensor.datatype, (count, *tensor.shape[1:]), tensor.data[at:end])
                result[name] = _cut(part, self._own_length(request)) if name in self._cut else part
                at = end
        return results

    def _own_length(self, request: Inputs) -> int:
        return max(request[name].shape[1] for name in self._pad if name in request)


def _padded(tensor: Tensor, length: int, value: Any) -> Tensor:
    missing = length - tensor.shape[1]
    if missing == 0:
        return tensor
    row = len(tensor.data) // tensor.shape[0]
    inner = row // tensor.shape[1] if tensor.shape[1] else _inner_size(tensor)
    filling = pack(tensor.datatype, [value]) * (missing * inner // ITEM_SIZE[tensor.datatype])
    rows = (tensor.data[i * row : (i + 1) * row] + filling for i in range(tensor.shape[0]))
    return tensor._replace(shape=(tensor.shape[0], length, *tensor.shape[2:]), data=b"".join(rows))


def _inner_size(tensor: Tensor) -> int:
    size = ITEM_SIZE[tensor.datatype]
    for n in tensor.shape[2:]:
        size *= n
    return size


def _cut(tensor: Tensor, length: int) -> Tensor:
    count, padded = tensor.shape[:2]
    if padded <= length:
        return tensor
    row = len(tensor.data) // count
    keep = row // padded * length
    data = b"".join(tensor.data[i * row : i * row + keep] for i in range(count))
    return tensor._replace(shape=(count, length, *tensor.shape[2:]), data=data)
