"""A device whose memory is full: what a failed batch held is free again before anything else runs."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import threading
import unittest
import weakref
from unittest import mock

from infersweep_server.adapter import Adapter
from infersweep_server.batcher import Batcher, Job
from infersweep_server.config import Batching, parse_config
from infersweep_server.errors import RequestError
from infersweep_server.model import Model
from infersweep_server.statistics import Statistics
from infersweep_server.tensor import Tensor, TensorSpec

ROOM = 4


class _Block:
    """Memory that is free when nothing refers to it, as a tensor's is."""


class _SmallDevice(Adapter):
    """Each item takes one block while it is computed."""

    inputs = [TensorSpec("x", "UINT8", (-1,))]
    outputs = [TensorSpec("y", "UINT8", (-1,))]

    def __init__(self) -> None:
        self.taken: weakref.WeakSet[_Block] = weakref.WeakSet()

    def infer(self, inputs: dict[str, Tensor], outputs: list[str]) -> dict[str, Tensor]:
        held = []
        for _ in range(inputs["x"].shape[0]):
            if len(self.taken) == ROOM:
                raise MemoryError(f"{ROOM} blocks are taken")
            held.append(_Block())
            self.taken.add(held[-1])
        return {"y": Tensor("y", "UINT8", inputs["x"].shape, inputs["x"].data)}

    def warm_up_inputs(self) -> dict[str, Tensor]:
        return {"x": Tensor("x", "UINT8", (1,), bytes(1))}


class FullDeviceTest(unittest.TestCase):
    def setUp(self) -> None:
        # A collection would free it too, some time; the next batch comes before.
        gc.disable()
        self.addCleanup(gc.enable)
        self.device = _SmallDevice()

    def batcher(self, limit: int) -> Batcher:
        return Batcher(self.device, Batching(limit, 0), 100, Statistics())

    def submit(self, batcher: Batcher, items: int) -> Job:
        return batcher.submit({"x": Tensor("x", "UINT8", (items,), bytes(items))}, ["y"])

    def test_requests_that_fit_alone_are_answered_when_their_batch_does_not(self) -> None:
        batcher = self.batcher(limit=8)
        jobs = [self.submit(batcher, 2) for _ in range(4)]
        threading.Thread(target=batcher.run_forever, daemon=True).start()
        self.assertEqual([job.result()["y"].shape for job in jobs], [(2,)] * 4)

    def test_a_request_that_never_fits_leaves_room_for_the_next(self) -> None:
        batcher = self.batcher(limit=8)
        large = self.submit(batcher, ROOM + 1)
        threading.Thread(target=batcher.run_forever, daemon=True).start()
        try:
            large.result()
        except MemoryError as error:
            # Held while the answer is on its way to a slow client. (assertRaises would clear its frames.)
            self.assertIn("blocks are taken", str(error))
            self.assertEqual(self.submit(batcher, ROOM).result()["y"].shape, (ROOM,))
        else:
            self.fail("it should not fit")

    def test_the_log_names_a_failure_once(self) -> None:
        """Who judges a measurement reads the log: an answer of 500 does not say what it was for want of."""
        model, ready = Model(parse_config({"model": {"name": "m"}, "adapter": "reference"})), threading.Event()
        with mock.patch.object(Model, "_load", lambda _: self.device):
            model.start(lambda _: ready.set(), lambda *_: None)
            self.assertTrue(ready.wait(10))
        body = json.dumps({"inputs": [{"name": "x", "datatype": "UINT8", "shape": [5], "data": [0] * 5}]}).encode()
        with contextlib.redirect_stderr(io.StringIO()) as log:
            for _ in range(3):
                with self.assertRaisesRegex(RequestError, "inference failed: MemoryError"):
                    model.infer(body, None)
            with self.assertRaises(RequestError):
                model.infer(b"[]", None)  # the client's own fault
        self.assertEqual(log.getvalue(), f"infersweep_server: inference failed: MemoryError: {ROOM} blocks are taken\n")


if __name__ == "__main__":
    unittest.main()
