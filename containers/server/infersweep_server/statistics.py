"""Counters as in Triton's statistics extension, plus what a request's own thread does: receive, decode, encode."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .batcher import Job


class Duration:
    __slots__ = ("count", "ns")

    def __init__(self) -> None:
        self.count = 0
        self.ns = 0

    def add(self, ns: int, count: int = 1) -> None:
        self.count += count
        self.ns += ns * count

    def shown(self) -> dict[str, int]:
        return {"count": self.count, "ns": self.ns}


_COMPUTE = ("compute_input", "compute_infer", "compute_output")


class Statistics:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inference_count = 0
        self._execution_count = 0
        self._last_ms = 0
        self._requests = {name: Duration() for name in ("success", "fail", "queue", *_COMPUTE)}
        self._front = {name: Duration() for name in ("receive", "decode", "encode")}
        self._batches: dict[int, dict[str, Duration]] = {}

    def executed(self, batch: Sequence[Job], started_ns: int, merged_ns: int, inferred_ns: int, split_ns: int) -> None:
        """One execution; as in Triton, each of its requests is charged the whole of it."""
        parts = (merged_ns - started_ns, inferred_ns - merged_ns, split_ns - inferred_ns)
        items = sum(job.items for job in batch)
        with self._lock:
            self._inference_count += items
            self._execution_count += 1
            self._last_ms = int(time.time() * 1000)
            for job in batch:
                self._requests["queue"].add(started_ns - job.queued_ns)
            size = self._batches.setdefault(items, {name: Duration() for name in _COMPUTE})
            for name, ns in zip(_COMPUTE, parts):
                self._requests[name].add(ns, len(batch))
                size[name].add(ns)

    def succeeded(self, whole_ns: int, decode_ns: int, encode_ns: int, receive_ns: int) -> None:
        """`receive_ns` lies before the whole: the request is whole only then."""
        with self._lock:
            self._requests["success"].add(whole_ns)
            self._front["receive"].add(receive_ns)
            self._front["decode"].add(decode_ns)
            self._front["encode"].add(encode_ns)

    def failed(self, whole_ns: int) -> None:
        with self._lock:
            self._requests["fail"].add(whole_ns)

    def shown(self, model: str) -> dict[str, Any]:
        with self._lock:
            return {
                "name": model,
                "version": "1",
                "last_inference": self._last_ms,
                "inference_count": self._inference_count,
                "execution_count": self._execution_count,
                "inference_stats": {name: d.shown() for name, d in self._requests.items()},
                "batch_stats": [
                    {"batch_size": size, **{name: d.shown() for name, d in parts.items()}}
                    for size, parts in sorted(self._batches.items())
                ],
                "front_stats": {name: d.shown() for name, d in self._front.items()},
            }
