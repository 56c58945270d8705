"""A tiny model in pure Python: the same numbers on every machine, so that all but a runtime can be tested anywhere."""

from __future__ import annotations

import math
import platform
from array import array
from typing import Any

from ..adapter import Adapter
from ..fields import read_fields
from ..tensor import Tensor, TensorSpec

WIDTH = 8
#: A fixed linear map: y = tanh(W x), with W[i][j] = sin(1 + 8 i + j) / 2.
WEIGHTS = [[math.sin(1 + WIDTH * i + j) / 2 for j in range(WIDTH)] for i in range(WIDTH)]


class ReferenceAdapter(Adapter):
    inputs = [TensorSpec("x", "FP32", (-1, WIDTH))]
    outputs = [TensorSpec("y", "FP32", (-1, WIDTH)), TensorSpec("pooled", "FP32", (-1, 1))]

    def __init__(self) -> None:
        self.versions = {"python": platform.python_version()}

    def infer(self, inputs: dict[str, Tensor], outputs: list[str]) -> dict[str, Tensor]:
        x = array("f", inputs["x"].data)
        items = len(x) // WIDTH
        y, pooled = array("f"), array("f")
        for at in range(0, len(x), WIDTH):
            row = x[at : at + WIDTH]
            mapped = [math.tanh(sum(w * v for w, v in zip(weights, row))) for weights in WEIGHTS]
            y.extend(mapped)
            pooled.append(math.fsum(mapped))
        results = {
            "y": Tensor("y", "FP32", (items, WIDTH), y.tobytes()),
            "pooled": Tensor("pooled", "FP32", (items, 1), pooled.tobytes()),
        }
        return {name: results[name] for name in outputs}

    def warm_up_inputs(self) -> dict[str, Tensor]:
        return {"x": Tensor("x", "FP32", (1, WIDTH), bytes(4 * WIDTH))}


def load(path: str | None, parameters: dict[str, Any]) -> Adapter:
    read_fields(parameters, {}, "parameters")
    return ReferenceAdapter()
