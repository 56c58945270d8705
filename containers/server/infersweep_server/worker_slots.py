"""Numbers 0 to N-1 for N worker processes: a worker that replaces a dead one gets the dead one's number, and its cores."""

from __future__ import annotations

import mmap
import os

SLOT_VARIABLE = "INFERSWEEP_WORKER_SLOT"
WORKERS_VARIABLE = "INFERSWEEP_WORKERS"


class WorkerSlots:
    """Lives in the process that forks the workers."""

    def __init__(self, workers: int) -> None:
        self._free = list(range(workers))
        self._taken: dict[int, int] = {}

    def take(self, age: int) -> int:
        """The lowest free number, for the worker that the master counts as `age`."""
        slot = self._taken[age] = self._free.pop(0)
        return slot

    def give_back(self, age: int) -> None:
        slot = self._taken.pop(age, None)
        if slot is not None:
            self._free = sorted([*self._free, slot])


class StartGate:
    """Open once every worker has been ready: until then none of them says so, or a client would meet one that loads."""

    def __init__(self, workers: int) -> None:
        self._ready = mmap.mmap(-1, workers)  # shared by all processes forked from here
        self._workers = workers

    def pass_through(self, slot: int) -> None:
        self._ready[slot] = 1

    @property
    def open(self) -> bool:
        return self._ready[: self._workers] == b"\1" * self._workers


def own_slot() -> int:
    """Of this process; 0 outside a pool of workers."""
    return int(os.environ.get(SLOT_VARIABLE, "0"))


def pool_size() -> int:
    """Worker processes that share this host with us, ourselves included."""
    return int(os.environ.get(WORKERS_VARIABLE, "1"))
