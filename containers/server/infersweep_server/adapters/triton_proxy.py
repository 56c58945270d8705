"""A front of Triton, or of any server that speaks KServe v2: text becomes tokens here, the model runs there.

As in source 001, whose gunicorn workers tokenised for a Triton beside them; `tokenizer` in the configuration does that.
"""

from __future__ import annotations

import platform
import time
from typing import Any

from ..adapter import Adapter
from ..datatypes import ITEM_SIZE, pack, unpack_integers
from ..errors import ConfigError, RequestError
from ..fields import Field, integer, nullable, number, read_fields, text
from ..kserve_client import KserveClient
from ..tensor import Tensor, TensorSpec


def _names(name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(v, str) and v for v in value.values()):
        raise ConfigError(f'"{name}" must be an object like {{"input_ids": "token_ids"}}')
    return value


def _settings(name: str, value: Any) -> dict[str, int | float]:
    ok = isinstance(value, dict) and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in value.values())
    if not ok:
        raise ConfigError(f'"{name}" must be an object of numbers like {{"max_output_len": 40}}')
    return value


_PARAMETERS = {
    "url": Field(text, "http://127.0.0.1:8000"),
    "model": Field(text, "model"),
    # Requests on their way to the other server at once: fewer than its largest batch only make it wait.
    "connections": Field(integer(1, 256), 8),
    "timeoutSeconds": Field(number(0.1, 600), 60.0),
    "startupSeconds": Field(number(0, 3600), 600.0),
    # Names that the model upstream gives to what is called input_ids, attention_mask and token_type_ids here.
    "inputNames": Field(_names, {}),
    # Input upstream that takes the number of tokens of each item, which FasterTransformer wants instead of a mask.
    "lengthInput": Field(nullable(text), None),
    # Inputs upstream with one number for each item, such as max_output_len; a request may send its own.
    "generation": Field(_settings, {}),
}
_WARM_UP_LENGTH = 8
_MASK = "attention_mask"


class TritonProxy(Adapter):
    def __init__(self, client: KserveClient, metadata: dict[str, Any], read: dict[str, Any]) -> None:
        self._client = client
        self._upstream: dict[str, str] = read["inputNames"]
        self._length = read["lengthInput"]
        self._generation = read["generation"]
        here = {there: here for here, there in self._upstream.items()}
        known = {spec["name"]: spec for spec in metadata["inputs"]}
        wrong = [name for name in (*here, *self._generation, *filter(None, [self._length])) if name not in known]
        if wrong:
            raise ConfigError(f'the model upstream takes {", ".join(known)}, and nothing called {", ".join(wrong)}')
        self._specs = {name: _spec(name, spec) for name, spec in known.items()}
        self.inputs = [
            spec._replace(name=here.get(name, name), optional=name in self._generation)
            for name, spec in self._specs.items()
            if name != self._length
        ]
        #: A model without a mask still needs to know where texts end: it is asked for here, and kept here.
        self._mask_only_here = self._length is not None and _MASK not in {spec.name for spec in self.inputs}
        if self._mask_only_here:
            self.inputs.append(TensorSpec(_MASK, "INT64", (-1, -1), pad_value=0))
        self.outputs = [_spec(spec["name"], spec) for spec in metadata["outputs"]]
        self.versions = {"upstream": str(metadata.get("platform", "unknown")), "python": platform.python_version()}
        self.executors = read["connections"]

    def infer(self, inputs: dict[str, Tensor], outputs: list[str]) -> dict[str, Tensor]:
        items = next(iter(inputs.values())).shape[0]
        sent = []
        for name, tensor in inputs.items():
            if not (name == _MASK and self._mask_only_here):
                sent.append(tensor._replace(name=self._upstream.get(name, name)))
        if self._length is not None:
            mask = inputs[_MASK]
            values, row = unpack_integers(mask.datatype, mask.data), mask.shape[1]
            sent.append(self._column(self._length, [sum(values[at * row : (at + 1) * row]) for at in range(items)]))
        sent += [self._column(name, [v] * items) for name, v in self._generation.items() if name not in inputs]
        answer = self._client.infer(sent, outputs)
        missing = [name for name in outputs if name not in answer]
        if missing:
            raise RequestError(f"the upstream answer lacks {', '.join(missing)}", 502)
        return answer

    def _column(self, name: str, values: list[Any]) -> Tensor:
        """One number for each item, in the datatype and rank that the model upstream says."""
        spec = self._specs[name]
        whole = [int(v) for v in values] if "INT" in spec.datatype else values
        return Tensor(name, spec.datatype, (len(values), *[1] * (len(spec.shape) - 1)), pack(spec.datatype, whole))

    def warm_up_inputs(self) -> dict[str, Tensor]:
        tensors = {}
        for spec in self.inputs:
            if not spec.optional and spec.datatype in ITEM_SIZE:
                shape = tuple(n if n >= 0 else 1 if at == 0 else _WARM_UP_LENGTH for at, n in enumerate(spec.shape))
                ones = Tensor(spec.name, spec.datatype, shape, b"")
                tensors[spec.name] = ones._replace(data=pack(spec.datatype, [1] * ones.elements))
        return tensors


def load(path: str | None, parameters: dict[str, Any]) -> Adapter:
    read = read_fields(parameters, _PARAMETERS, "parameters")
    client = KserveClient(read["url"], read["model"], read["timeoutSeconds"])
    deadline_s = time.monotonic() + read["startupSeconds"]
    while not client.ready():
        if time.monotonic() > deadline_s:
            raise TimeoutError(f'{read["url"]} has no model "{read["model"]}" ready after {read["startupSeconds"]:g} s')
        time.sleep(0.1)
    return TritonProxy(client, client.metadata(), read)


def _spec(name: str, value: dict[str, Any]) -> TensorSpec:
    return TensorSpec(name, value["datatype"], tuple(int(n) for n in value["shape"]))
