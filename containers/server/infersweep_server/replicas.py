"""Loaded copies of a model, lent to threads: one copy for each core, lent to several threads so that none waits idle."""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Iterator
from typing import Any


class Replicas:
    def __init__(self, replicas: list[Any], threads_each: int) -> None:
        self.count = len(replicas)
        self._free: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for _ in range(threads_each):
            for replica in replicas:  # in turn, so that the second thread goes to another core, not to the same one
                self._free.put(replica)

    @contextlib.contextmanager
    def lent(self) -> Iterator[Any]:
        replica = self._free.get()
        try:
            yield replica
        finally:
            self._free.put(replica)
