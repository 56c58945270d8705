"""Greedy generation by the host, for devices whose shapes are fixed: every step runs the whole padded decoder again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: (ids [B, E], mask [B, E]) → hidden [B, E, d]
Encode = Callable[[Any, Any], Any]
#: (decoder ids [B, D], mask [B, E], hidden, index) → logits [B, V] of the token after position `index`
Decode = Callable[[Any, Any, Any, Any], Any]


def generate(
    torch: Any, encode: Encode, decode: Decode, ids: Any, mask: Any, *, length: int, start: int, end: int, pad: int
) -> tuple[Any, list[Any]]:
    """Token ids [B, length], `start` first and `pad` behind `end`; and the logits of every step.

    Equals `generate(do_sample=False, num_beams=1, max_length=length)` of transformers, padded to `length`.
    """
    items = ids.shape[0]
    hidden = encode(ids, mask)
    sequences = torch.full((items, length), pad, dtype=torch.int64)
    sequences[:, 0] = start
    finished = torch.zeros(items, dtype=torch.bool)
    steps = []
    for index in range(length - 1):
        logits = decode(sequences, mask, hidden, torch.tensor(index))
        steps.append(logits)
        token = logits.argmax(-1).masked_fill(finished, pad)
        sequences[:, index + 1] = token
        finished |= token == end
        if bool(finished.all()):
            break
    return sequences, steps
