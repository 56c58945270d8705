"""The same token ids for both sides, as arrays and as requests."""

from __future__ import annotations

import json
import random
from typing import Any

_VOCABULARY = 900


def rows(items: int, tokens: int) -> list[list[int]]:
    generator = random.Random(1)
    return [[generator.randrange(5, _VOCABULARY) for _ in range(tokens)] for _ in range(items)]


def feed(items: int, tokens: int) -> dict[str, Any]:
    import numpy

    ids = numpy.array(rows(items, tokens), dtype=numpy.int64)
    return {"input_ids": ids, "attention_mask": numpy.ones_like(ids)}


def requests(items: int, tokens: int, output: str, each: int) -> list[bytes]:
    """Whole HTTP requests of `each` items, that together carry the `items` rows, in KServe's binary form."""
    import numpy

    made, every = [], rows(items, tokens)
    for at in range(0, items, each):
        ids = numpy.array(every[at : at + each], dtype=numpy.int64)
        raw = ids.tobytes() + numpy.ones_like(ids).tobytes()
        described = [
            {"name": name, "datatype": "INT64", "shape": [each, tokens], "parameters": {"binary_data_size": ids.nbytes}}
            for name in ("input_ids", "attention_mask")
        ]
        head = json.dumps(
            {"inputs": described, "outputs": [{"name": output, "parameters": {"binary_data": True}}]}
        ).encode()
        made.append(
            b"POST /v2/models/m/infer HTTP/1.1\r\nHost: a\r\nInference-Header-Content-Length: %d\r\nContent-Length: %d\r\n\r\n"
            % (len(head), len(head) + len(raw))
            + head
            + raw
        )
    return made
