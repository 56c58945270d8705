"""KServe v2 inference responses: JSON, followed by the raw bytes of those outputs that were wanted so."""

from __future__ import annotations

import json
from typing import NamedTuple

from .datatypes import to_json
from .kserve_request import InferRequest
from .tensor import Tensor


class Encoded(NamedTuple):
    body: bytes
    #: Length of the JSON part when raw tensors follow it, else None.
    json_length: int | None


def encode(model: str, request: InferRequest, outputs: dict[str, Tensor]) -> Encoded:
    """The outputs in the order in which they were asked for. Raises RequestError for a datatype without JSON form."""
    wanted = request.outputs or dict.fromkeys(outputs, request.binary)
    written, raw = [], []
    for name, binary in wanted.items():
        tensor = outputs[name]
        start = f'{{"name":{json.dumps(name)},"datatype":"{tensor.datatype}","shape":{list(tensor.shape)},'
        if binary:
            written.append(f'{start}"parameters":{{"binary_data_size":{len(tensor.data)}}}}}')
            raw.append(tensor.data)
        else:
            written.append(f'{start}"data":{to_json(tensor.datatype, tensor.data)}}}')
    identifier = "" if request.id is None else f'"id":{json.dumps(request.id)},'
    text = (
        f'{{"model_name":{json.dumps(model)},"model_version":"1",{identifier}"outputs":[{",".join(written)}]}}'.encode()
    )
    return Encoded(b"".join((text, *raw)), len(text)) if raw else Encoded(text, None)
