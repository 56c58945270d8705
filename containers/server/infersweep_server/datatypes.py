"""KServe's datatypes: size of an element, and its way from and to JSON values, by the standard library alone."""

from __future__ import annotations

import itertools
import json
import struct
import sys
from array import array
from collections.abc import Sequence
from typing import Any

from .errors import RequestError

if sys.byteorder != "little":
    raise ImportError("tensors travel little-endian, and this machine is not")

#: Bytes per element; BYTES has none, its elements carry a length of four bytes each.
ITEM_SIZE = {
    "BOOL": 1, "UINT8": 1, "UINT16": 2, "UINT32": 4, "UINT64": 8,
    "INT8": 1, "INT16": 2, "INT32": 4, "INT64": 8, "FP16": 2, "BF16": 2, "FP32": 4, "FP64": 8,
}  # fmt: skip
DATATYPES = (*ITEM_SIZE, "BYTES")
_ARRAY = {
    "UINT8": "B", "UINT16": "H", "UINT32": "I", "UINT64": "Q",
    "INT8": "b", "INT16": "h", "INT32": "i", "INT64": "q", "FP32": "f", "FP64": "d",
}  # fmt: skip
_LENGTH = struct.Struct("<I")


def pack(datatype: str, values: Sequence[Any]) -> bytes:
    """Flat JSON values to little-endian bytes. Raises RequestError."""
    try:
        if datatype == "BYTES":
            return b"".join(_LENGTH.pack(len(raw)) + raw for raw in (value.encode() for value in values))
        if datatype == "BOOL":
            if not all(value in (0, 1) for value in values):
                raise ValueError("elements must be true or false")
            return bytes(values)
        if datatype == "FP16":
            return struct.pack(f"<{len(values)}e", *values)
        return array(_ARRAY[datatype], values).tobytes()
    except KeyError:
        raise RequestError(f"{datatype} has no JSON form; send it as binary data") from None
    except (TypeError, ValueError, OverflowError, AttributeError, struct.error) as error:
        raise RequestError(f"data does not fit {datatype}: {error}") from None


def unpack_integers(datatype: str, data: bytes) -> Sequence[int]:
    return array(_ARRAY[datatype], data)


def to_json(datatype: str, data: bytes) -> str:
    """The JSON array of a tensor. Raises RequestError where the datatype has no JSON form."""
    if datatype == "FP32":
        return _floats("%.9g,", array("f", data))  # nine digits give every float32 back exactly
    if datatype == "FP16":
        return _floats("%.5g,", struct.unpack(f"<{len(data) // 2}e", data))
    if datatype == "FP64":
        return _floats("%.17g,", array("d", data))
    if datatype == "BOOL":
        return json.dumps([value != 0 for value in data])
    if datatype == "BYTES":
        return json.dumps([raw.decode("utf-8", "replace") for raw in split_bytes(data)])
    if datatype not in _ARRAY:
        raise RequestError(f"{datatype} has no JSON form; ask for binary data")
    return json.dumps(array(_ARRAY[datatype], data).tolist(), separators=(",", ":"))


def _floats(form: str, values: Sequence[float]) -> str:
    # One formatting call for all elements is 2.7 times as fast as json.dumps, and half as long.
    written = (form * len(values) % tuple(values))[:-1]
    if "n" in written:  # nan and inf have no JSON form; all other numbers are written without letters but "e"
        written = ",".join("null" if "n" in part else part for part in written.split(","))
    return f"[{written}]"


def split_bytes(data: bytes) -> list[bytes]:
    """The elements of a BYTES tensor. Raises RequestError when a length runs past the end."""
    elements, at = [], 0
    while at < len(data):
        start = at + 4
        end = start + _LENGTH.unpack_from(data, at)[0] if start <= len(data) else start
        if end > len(data):
            raise RequestError("a BYTES element runs past the end of its tensor")
        elements.append(data[start:end])
        at = end
    return elements


def flatten(values: Any, shape: Sequence[int]) -> list[Any]:
    """JSON data, flat or nested as its shape says, as one flat list. Raises RequestError."""
    if not isinstance(values, list):
        raise RequestError("data must be an array")
    for length in shape[1:]:
        if not values or not isinstance(values[0], list):
            break
        if not all(isinstance(row, list) and len(row) == length for row in values):
            raise RequestError(f"nested data does not follow the shape {list(shape)}")
        values = list(itertools.chain.from_iterable(values))
    return values
