"""A device that is not here: the reference model's answers after a sleep of `fixedMs + perItemMs x items`."""

from __future__ import annotations

import random
import time
from typing import Any

from ..adapter import Adapter
from ..fields import Field, integer, number, read_fields
from ..tensor import Tensor
from .reference import ReferenceAdapter

_PARAMETERS = {
    "fixedMs": Field(number(0, 60_000), 5.0),
    "perItemMs": Field(number(0, 60_000), 1.0),
    # Relative half-width of the service time: 0.1 spreads it evenly over 90-110 %.
    "jitter": Field(number(0, 1), 0.0),
    "seed": Field(integer(0, 2**32 - 1), 1),
}


class EmulatedAdapter(ReferenceAdapter):
    def __init__(self, fixed_s: float, per_item_s: float, jitter: float, seed: int) -> None:
        super().__init__()
        self._fixed_s = fixed_s
        self._per_item_s = per_item_s
        self._jitter = jitter
        self._random = random.Random(seed)

    def infer(self, inputs: dict[str, Tensor], outputs: list[str]) -> dict[str, Tensor]:
        started_s = time.perf_counter()
        results = super().infer(inputs, outputs)
        service_s = self._fixed_s + self._per_item_s * inputs["x"].shape[0]
        if self._jitter:
            service_s *= 1 + self._jitter * self._random.uniform(-1, 1)
        left_s = started_s + service_s - time.perf_counter()
        if left_s > 0:
            time.sleep(left_s)
        return results


def load(path: str | None, parameters: dict[str, Any]) -> Adapter:
    read = read_fields(parameters, _PARAMETERS, "parameters")
    return EmulatedAdapter(read["fixedMs"] / 1000, read["perItemMs"] / 1000, read["jitter"], read["seed"])
