"""A GPU whose memory is full: the requests that do not fit are told so, and the server goes on."""

from __future__ import annotations

import contextlib
import pathlib
import tempfile
import unittest
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.gpu import DEVICE, ask, deviation, device_server, id_rows, unavailable
from tests.running_server import RunningServer
from tests.tiny_encoder import SENTENCE_ENCODER, skipped_once, write_encoder

TOKENS = 512
#: Items of one request, and requests in one batch.
EACH, JOINED = 32, 8
#: What the rest of the GPU's memory leaves: of EACH items a part, of all in a batch a fraction (one layer's widest state of
#: theirs alone is EACH * JOINED * TOKENS * 1536 * 4 bytes, 0.8 GB, and there are several).
LEFT_BYTES = 512 << 20


@skipped_once(unavailable() or ("only a GPU's memory can be full" if DEVICE == "cpu" else None))
class CudaMemoryTest(unittest.TestCase):
    server: RunningServer

    @classmethod
    def setUpClass(cls) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="infersweep-cuda-")
        cls.addClassCleanup(temporary.cleanup)
        folder = write_encoder(pathlib.Path(temporary.name, "model"), **SENTENCE_ENCODER)
        # A batch waits until it is full: all requests of a test are in it.
        batching = {"maxBatchSize": EACH * JOINED, "maxQueueDelayMs": 1500}
        cls.server = device_server(model=folder, batching=batching).__enter__()
        cls.addClassCleanup(cls.server.__exit__)

    def setUp(self) -> None:
        # Known to fit: the memory that it took stays with the server.
        self.request = id_rows(*[TOKENS] * EACH)
        self.answer = self.answered(self.request)

    def answered(self, inputs: dict[str, Any]) -> Any:
        status, answer = ask(self.server, inputs, "embedding")
        self.assertEqual(status, 200, answer)
        return answer

    @contextlib.contextmanager
    def full(self) -> Iterator[None]:
        """What is free is held, but for a rest."""
        import torch

        free, _ = torch.cuda.mem_get_info()
        held = torch.empty(free - LEFT_BYTES, dtype=torch.uint8, device="cuda")
        try:
            yield
        finally:
            del held
            torch.cuda.empty_cache()

    def test_a_batch_that_does_not_fit_is_answered_request_by_request(self) -> None:
        before = self.server.stats()
        with self.full(), ThreadPoolExecutor(JOINED) as pool:
            answers = list(pool.map(lambda _: ask(self.server, self.request, "embedding"), range(JOINED)))
        after = self.server.stats()
        for status, answer in answers:
            self.assertEqual(status, 200, answer)
            self.assertLess(deviation(answer, self.answer), 1e-5)
        # Had they fitted together, one execution would have answered all of them.
        self.assertEqual(after["execution_count"] - before["execution_count"], JOINED)

    def test_a_request_that_does_not_fit_is_an_error_and_the_next_is_answered(self) -> None:
        large = id_rows(*[TOKENS] * (EACH * JOINED))
        failed = self.server.stats()["inference_stats"]["fail"]["count"]
        with self.full():
            for more in (1, 2):
                status, error = ask(self.server, large, "embedding")
                self.assertEqual(status, 500, error[:200])
                self.assertRegex(error, "inference failed: OutOfMemoryError: CUDA out of memory")
                self.assertEqual(self.server.stats()["inference_stats"]["fail"]["count"], failed + more)
                self.assertEqual(self.server.status("/v2/health/ready"), 200)
                self.assertLess(deviation(self.answered(self.request), self.answer), 1e-5)
        self.assertRegex(self.server.log.read_text(), "inference failed: OutOfMemoryError: CUDA out of memory")
        self.answered(large)  # it fits where there is room: nothing was lost for good


if __name__ == "__main__":
    unittest.main()
