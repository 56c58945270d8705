"""What tests of a GPU share: which device they use, whether it is here, and how far its answers are from the CPU's.

`INFERSWEEP_TEST_DEVICE=cpu` runs on the CPU what does not need a GPU by its nature: it tries the tests themselves.
"""

from __future__ import annotations

import json
import math
import os
import random
from array import array
from collections.abc import Sequence
from typing import Any

from infersweep_server.tensor import Tensor
from tests.client import Client
from tests.running_server import RunningServer
from tests.tiny_encoder import missing

DEVICE = os.environ.get("INFERSWEEP_TEST_DEVICE", "cuda")
#: Of a server that loads beside others, or compiles first.
START_SECONDS = 110
_LENGTH = "Inference-Header-Content-Length"


def unavailable() -> str | None:
    """Why no test of this device can run here; None where they can."""
    reason = missing("torch", "transformers", "tokenizers", "numpy")
    if reason is None and DEVICE == "cuda":
        import torch

        if not torch.cuda.is_available():
            return "torch sees no GPU here (torch.cuda.is_available() is false)"
    return reason


def device_server(ready: bool = True, **config: Any) -> RunningServer:
    """On the device; `model` is the folder."""
    return RunningServer(
        ready=ready,
        start_seconds=START_SECONDS,
        **{
            "adapter": "torch",
            **config,
            "model": {"name": "m", "path": str(config["model"])},
            "parameters": {"device": DEVICE, **config.get("parameters", {})},
        },
    )


def id_rows(*lengths: int, vocabulary: int = 30522, seed: int = 1) -> dict[str, Tensor]:
    """Rows of random ids with these lengths, filled with zeros to the longest, and their mask."""
    generator, longest = random.Random(seed), max(lengths)
    ids, mask = array("q"), array("q")
    for length in lengths:
        ids.extend([generator.randrange(5, vocabulary) for _ in range(length)] + [0] * (longest - length))
        mask.extend([1] * length + [0] * (longest - length))
    shape = (len(lengths), longest)
    return {
        "input_ids": Tensor("input_ids", "INT64", shape, ids.tobytes()),
        "attention_mask": Tensor("attention_mask", "INT64", shape, mask.tobytes()),
    }


def ask(server: Client, inputs: dict[str, Tensor], output: str) -> tuple[int, Any]:
    """Status, and the output's values or the error's text. Binary both ways: no decimal comes in between."""
    described = [
        {"name": t.name, "datatype": t.datatype, "shape": t.shape, "parameters": {"binary_data_size": len(t.data)}}
        for t in inputs.values()
    ]
    wanted = [{"name": output, "parameters": {"binary_data": True}}]
    head = json.dumps({"inputs": described, "outputs": wanted}).encode()
    body = head + b"".join(t.data for t in inputs.values())
    path = f"/v2/models/{server.model}/infer"
    status, headers, answer = server.request("POST", path, body, {_LENGTH: str(len(head))})
    if status != 200:
        return status, json.loads(answer)["error"]
    return status, array("f", answer[int(headers[_LENGTH]) :])


def deviation(a: Sequence[float], b: Sequence[float]) -> float:
    """The greatest difference of two elements; infinite where one is not a number, which `max` would pass over."""
    if len(a) != len(b) or not all(map(math.isfinite, a)) or not all(map(math.isfinite, b)):
        return math.inf
    return max(abs(x - y) for x, y in zip(a, b))
