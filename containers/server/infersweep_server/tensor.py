"""The one form a tensor has inside the server: little-endian, row-major bytes beside name, datatype and shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from .datatypes import DATATYPES, ITEM_SIZE, split_bytes
from .errors import RequestError


class Tensor(NamedTuple):
    name: str
    datatype: str
    shape: tuple[int, ...]
    data: bytes

    @property
    def elements(self) -> int:
        return math.prod(self.shape)


class TensorSpec(NamedTuple):
    """What a model takes or gives under one name."""

    name: str
    datatype: str
    #: -1 where any length goes; axis 0 is the batch when it is -1.
    shape: tuple[int, ...]
    #: Inputs: axis 1 may be filled with this value so that requests of different lengths share a batch.
    pad_value: int | float | None = None
    #: Outputs: axis 1 follows the padded axis of the inputs and is cut back to each request's own length.
    follows_padding: bool = False
    #: Inputs: a request may leave it out.
    optional: bool = False


def check_consistent(tensor: Tensor) -> None:
    """Does the tensor hold what its shape says? Raises RequestError."""
    if tensor.datatype == "BYTES":
        held = len(split_bytes(tensor.data))
        if held != tensor.elements:
            raise RequestError(
                f'"{tensor.name}": shape {list(tensor.shape)} means {tensor.elements} elements, data holds {held}'
            )
        return
    expected = tensor.elements * ITEM_SIZE[tensor.datatype]
    if expected != len(tensor.data):
        raise RequestError(
            f'"{tensor.name}": shape {list(tensor.shape)} of {tensor.datatype} means {expected} bytes, '
            f"data holds {len(tensor.data)}"
        )


def check_datatype(name: str, datatype: object) -> str:
    if datatype not in DATATYPES:
        raise RequestError(f'"{name}": datatype must be one of {", ".join(DATATYPES)}, not {datatype!r}')
    return str(datatype)


def check_inputs(tensors: dict[str, Tensor], specs: Sequence[TensorSpec]) -> None:
    """Are these exactly the model's inputs, in its datatypes and shapes? Raises RequestError."""
    known = {spec.name for spec in specs}
    for name in tensors:
        if name not in known:
            raise RequestError(f'unknown input "{name}"; the model takes {", ".join(sorted(known))}')
    items = None
    for spec in specs:
        tensor = tensors.get(spec.name)
        if tensor is None:
            if spec.optional:
                continue
            raise RequestError(f'input "{spec.name}" is missing')
        if tensor.datatype != spec.datatype:
            raise RequestError(f'"{spec.name}": the model takes {spec.datatype}, not {tensor.datatype}')
        if len(tensor.shape) != len(spec.shape) or any(w not in (-1, g) for w, g in zip(spec.shape, tensor.shape)):
            raise RequestError(f'"{spec.name}": the model takes the shape {list(spec.shape)}, not {list(tensor.shape)}')
        if spec.shape and spec.shape[0] == -1:
            if tensor.shape[0] == 0:
                raise RequestError(f'"{spec.name}": a request needs at least one item')
            if items not in (None, tensor.shape[0]):
                raise RequestError(f'"{spec.name}": holds {tensor.shape[0]} items where another input holds {items}')
            items = tensor.shape[0]
