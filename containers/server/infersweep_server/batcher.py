"""The inference thread and the queue in front of it.

Threads that each run the model lose 12-18 % to one thread that runs batches, so there is exactly one; adapters that wait
for a device or for another server ask for more (`Adapter.executors`).
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable

from .adapter import Adapter
from .batch import Merger
from .config import Batching
from .errors import RequestError
from .statistics import Statistics
from .tensor import Tensor


class Job:
    """One request on its way through the inference thread; its own thread waits in `result`."""

    __slots__ = ("inputs", "outputs", "items", "key", "queued_ns", "_done", "_result", "_error")

    def __init__(self, inputs: dict[str, Tensor], outputs: list[str], items: int, key: Hashable) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self.items = items
        self.key = key
        self._result: dict[str, Tensor] | None = None
        self._error: BaseException | None = None
        self.queued_ns = time.perf_counter_ns()
        self._done = threading.Lock()  # a bare lock wakes its waiter faster than an Event
        self._done.acquire()

    def result(self) -> dict[str, Tensor]:
        self._done.acquire()
        if self._error is not None:
            raise self._error
        assert self._result is not None
        return self._result

    def finish(self, result: dict[str, Tensor]) -> None:
        self._result = result
        self._done.release()

    def fail(self, error: BaseException) -> None:
        self._error = error
        self._done.release()


class Change:
    """Other settings on their way through the queue: what was asked for before is executed under the old ones."""

    def __init__(self, batching: Batching | None) -> None:
        self.batching = batching
        self._lock = threading.Lock()
        self._given_up = False
        self._in_force = threading.Event()

    def put_in_force(self, apply: Callable[[Batching | None], None]) -> None:
        """By the inference thread; nothing happens when nobody waits for it any more."""
        with self._lock:
            if not self._given_up:
                apply(self.batching)
                self._in_force.set()

    def wait(self, seconds: float) -> bool:
        """Whether it came into force. After False it never will."""
        self._in_force.wait(seconds)
        with self._lock:
            self._given_up = not self._in_force.is_set()
            return not self._given_up


class Batcher:
    """Runs on the threads that call `run_forever`; `submit` and `change` may be called from any other."""

    def __init__(
        self, adapter: Adapter, batching: Batching | None, max_queue_size: int, statistics: Statistics
    ) -> None:
        self.merger = Merger(adapter.inputs, adapter.outputs)
        self._adapter = adapter
        self._statistics = statistics
        self._apply(batching)
        self._max_queue_size = max_queue_size
        self._queue: queue.SimpleQueue[Job | Change] = queue.SimpleQueue()
        self._change: Change | None = None  # met while a batch was being filled: next, once nothing is held
        self._held: deque[Job] = deque()  # taken from the queue, but not fit for the batch then being filled
        self._forming = threading.Lock()  # one batch is filled at a time, however many are executed

    def submit(self, inputs: dict[str, Tensor], outputs: list[str]) -> Job:
        """Raises RequestError when the request can never run, or not now."""
        items = self.merger.items(inputs)
        if self._limit and items > self._limit:
            raise RequestError(f"the request holds {items} items, a batch at most {self._limit}")
        if self._queue.qsize() + len(self._held) >= self._max_queue_size:
            raise RequestError(f"{self._max_queue_size} requests are waiting already", 503, "Retry-After: 1\r\n")
        job = Job(inputs, outputs, items, self.merger.key(inputs) if self._limit else None)
        self._queue.put(job)
        return job

    def change(self, batching: Batching | None, seconds: float) -> bool:
        """Whether the settings came into force in this time, after all requests before them; else they never will."""
        change = Change(batching)
        self._queue.put(change)
        return change.wait(seconds)

    def _apply(self, batching: Batching | None) -> None:
        #: In force for whatever is executed from now on.
        self.batching = batching
        self._limit = batching.max_batch_size if batching and self.merger.mergeable else 0
        self._delay_s = batching.max_queue_delay_ms / 1000 if batching else 0.0

    def run_forever(self) -> None:
        while True:
            with self._forming:
                batch = self._next_batch()
            self._execute(batch)

    def _next_batch(self) -> list[Job]:
        first = self._next()
        if not self._limit or first.key is None:  # without a key: from before the settings that are in force
            return [first]
        batch, room = [first], self._limit - first.items
        for job in list(self._held):
            if job.key == first.key and job.items <= room:
                self._held.remove(job)
                batch.append(job)
                room -= job.items
        deadline_s = first.queued_ns / 1e9 + self._delay_s
        while room > 0 and self._change is None and len(self._held) < self._max_queue_size:
            taken = self._take_until(deadline_s)
            if taken is None:
                break
            if isinstance(taken, Change):
                self._change = taken
                break
            if taken.key == first.key and taken.items <= room:
                batch.append(taken)
                room -= taken.items
            else:
                self._held.append(taken)
        return batch

    def _next(self) -> Job:
        """The request that has waited longest, after whatever changes came before it."""
        while not self._held:
            taken = self._change or self._queue.get()
            self._change = None
            if isinstance(taken, Job):
                return taken
            taken.put_in_force(self._apply)
        return self._held.popleft()

    def _take_until(self, deadline_s: float) -> Job | Change | None:
        try:
            return self._queue.get_nowait()
        except queue.Empty:
            left_s = deadline_s - time.perf_counter()
            if not self._delay_s or left_s <= 0:
                return None
        try:
            return self._queue.get(timeout=left_s)
        except queue.Empty:
            return None

    def _execute(self, batch: list[Job]) -> None:
        started_ns = time.perf_counter_ns()
        failed: Exception | None = None
        try:
            requests = [job.inputs for job in batch]
            outputs = list(dict.fromkeys(name for job in batch for name in job.outputs))
            merged = self.merger.merge(requests)
            merged_ns = time.perf_counter_ns()
            produced = self._adapter.infer(merged, outputs)
            inferred_ns = time.perf_counter_ns()
            results = self.merger.split(produced, requests)
        except Exception as error:  # whatever a runtime raises belongs to the requests, not to this thread
            failed = _without_frames(error)
        if failed is not None:
            if len(batch) == 1:
                batch[0].fail(failed)
            else:
                for job in batch:  # one bad request must not fail those that shared its batch
                    self._execute([job])
            return
        self._statistics.executed(batch, started_ns, merged_ns, inferred_ns, time.perf_counter_ns())
        for job, result in zip(batch, results):
            job.finish(result)


def _without_frames(error: Exception) -> Exception:
    """They hold the tensors of the batch: on a full device just the memory that its requests need when they run alone."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
