"""KServe v2 inference requests: JSON, and JSON followed by raw tensors (the binary extension)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .datatypes import ITEM_SIZE, flatten, pack
from .errors import RequestError
from .tensor import Tensor, TensorSpec, check_consistent, check_datatype


@dataclass(frozen=True)
class InferRequest:
    id: str | None
    inputs: dict[str, Tensor]
    #: Wanted outputs with whether each is wanted as raw bytes; None for all of them.
    outputs: dict[str, bool] | None
    #: Whether outputs that nothing else is said about are wanted as raw bytes.
    binary: bool


def decode(body: bytes, json_length: int | None, specs: Sequence[TensorSpec]) -> InferRequest:
    """`json_length` as the header or the content type says; None for a body that is all JSON. Raises RequestError."""
    if json_length == 0:
        tensor = _whole_body(body, specs)
        return InferRequest(None, {tensor.name: tensor}, None, True)
    if json_length is not None and json_length > len(body):
        raise RequestError(f"the JSON length {json_length} exceeds the body of {len(body)} bytes")
    head = body if json_length is None else body[:json_length]
    try:
        value = json.loads(head)
    except (ValueError, RecursionError) as error:
        raise RequestError(f"the body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise RequestError("the body must be a JSON object")
    identifier = value.get("id")
    if identifier is not None and not isinstance(identifier, str):
        raise RequestError('"id" must be a string')
    raw = b"" if json_length is None else body[json_length:]
    binary = _parameters(value, "the request").get("binary_data_output") is True
    return InferRequest(identifier, _inputs(value.get("inputs"), raw), _outputs(value.get("outputs"), binary), binary)


def _inputs(values: Any, raw: bytes) -> dict[str, Tensor]:
    if not isinstance(values, list) or not values:
        raise RequestError('"inputs" must be an array of at least one tensor')
    tensors: dict[str, Tensor] = {}
    at = 0
    for value in values:
        name = _name(value, "input")
        if name in tensors:
            raise RequestError(f'input "{name}" stands twice')
        shape = _shape(name, value.get("shape"))
        datatype = check_datatype(name, value.get("datatype"))
        size = _parameters(value, name).get("binary_data_size")
        if size is None:
            if "data" not in value:
                raise RequestError(f'input "{name}" has neither data nor binary_data_size')
            try:
                data = pack(datatype, flatten(value["data"], shape))
            except RequestError as error:
                raise RequestError(f'input "{name}": {error}') from None
        else:
            if "data" in value:
                raise RequestError(f'input "{name}" has both data and binary_data_size')
            if isinstance(size, bool) or not isinstance(size, int) or size < 0:
                raise RequestError(f'input "{name}": binary_data_size must be an integer of 0 or more')
            if at + size > len(raw):
                raise RequestError(f'input "{name}": binary_data_size {size} exceeds the {len(raw) - at} bytes left')
            data = raw[at : at + size]
            at += size
        tensor = Tensor(name, datatype, shape, data)
        check_consistent(tensor)
        tensors[name] = tensor
    if at != len(raw):
        raise RequestError(f"{len(raw) - at} bytes after the last tensor")
    return tensors


def _outputs(values: Any, binary: bool) -> dict[str, bool] | None:
    if values is None or values == []:
        return None
    if not isinstance(values, list):
        raise RequestError('"outputs" must be an array')
    wanted: dict[str, bool] = {}
    for value in values:
        name = _name(value, "output")
        if name in wanted:
            raise RequestError(f'output "{name}" stands twice')
        own = _parameters(value, name).get("binary_data")
        wanted[name] = binary if own is None else own is True
    return wanted


def _name(value: Any, kind: str) -> str:
    name = value.get("name") if isinstance(value, dict) else None
    if not isinstance(name, str) or not name:
        raise RequestError(f'each {kind} must be an object with a "name"')
    return name


def _shape(name: str, value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(type(n) is int and n >= 0 for n in value):
        raise RequestError(f'input "{name}": shape must be an array of integers of 0 or more')
    return tuple(value)


def _parameters(value: dict[str, Any], where: str) -> dict[str, Any]:
    parameters = value.get("parameters", {})
    if not isinstance(parameters, dict):
        raise RequestError(f"parameters of {where} must be an object")
    return parameters


def _whole_body(body: bytes, specs: Sequence[TensorSpec]) -> Tensor:
    """A body without any JSON: the only input of the model, one item, at most one axis of open length."""
    if len(specs) != 1 or specs[0].datatype == "BYTES":
        raise RequestError("a body without JSON needs a model with one input that is not BYTES")
    spec = specs[0]
    shape = [1 if i == 0 and n == -1 else n for i, n in enumerate(spec.shape)]
    known = ITEM_SIZE[spec.datatype]
    for n in shape:
        known *= n if n != -1 else 1
    if shape.count(-1) > 1:
        raise RequestError("a body without JSON needs a model with at most one axis of open length")
    if -1 in shape:
        shape[shape.index(-1)] = len(body) // known if known else 0
    tensor = Tensor(spec.name, spec.datatype, tuple(shape), body)
    check_consistent(tensor)
    return tensor
