"""Requests that wait together are executed together."""

import threading
import unittest
from concurrent.futures import ThreadPoolExecutor

from tests.running_server import RunningServer, x_input


class BatchingTest(unittest.TestCase):
    def load(self, server: RunningServer, users: int, items: int = 1) -> None:
        barrier = threading.Barrier(users)

        def send(i: int) -> None:
            barrier.wait()
            for k in range(5):
                value = (i * 5 + k) / 100
                body = {
                    "id": str(i),
                    "inputs": [x_input(value, items=items)],
                    "outputs": [{"name": "pooled" if i % 2 else "y"}],
                }
                status, answer = server.infer(body)
                assert status == 200, answer
                alone = expected(value)
                got = answer["outputs"][0]["data"]
                want = [sum(alone)] * items if i % 2 else alone * items
                assert answer["id"] == str(i) and all(abs(a - b) < 1e-5 for a, b in zip(got, want, strict=True)), (
                    got,
                    want,
                )

        with ThreadPoolExecutor(users) as pool:
            list(pool.map(send, range(users)))

    def test_batches_form_and_every_request_gets_its_own_answer(self) -> None:
        with RunningServer(
            adapter="emulated", parameters={"fixedMs": 10, "perItemMs": 1}, batching={"maxBatchSize": 4}
        ) as server:
            self.load(server, users=8)
            stats = server.stats()
            self.assertEqual(stats["inference_count"], 40)
            self.assertLess(stats["execution_count"], 30)
            self.assertLessEqual(max(b["batch_size"] for b in stats["batch_stats"]), 4)
            self.assertEqual(sum(b["batch_size"] * b["compute_infer"]["count"] for b in stats["batch_stats"]), 40)
            self.assertEqual(stats["inference_stats"]["queue"]["count"], 40)

    def test_no_batches_without_batching(self) -> None:
        with RunningServer(adapter="emulated", parameters={"fixedMs": 2, "perItemMs": 0}) as server:
            self.load(server, users=4)
            stats = server.stats()
            self.assertEqual((stats["inference_count"], stats["execution_count"]), (20, 20))

    def test_the_delay_lets_a_batch_fill(self) -> None:
        batching = {"maxBatchSize": 4, "maxQueueDelayMs": 2000}
        with RunningServer(batching=batching) as server:
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(lambda _: server.infer({"inputs": [x_input(1)]}), range(4)))
            stats = server.stats()
            self.assertEqual((stats["inference_count"], stats["execution_count"]), (4, 1))

    def test_requests_with_several_items(self) -> None:
        with RunningServer(adapter="emulated", parameters={"fixedMs": 5}, batching={"maxBatchSize": 8}) as server:
            self.load(server, users=6, items=3)
            self.assertLessEqual(max(b["batch_size"] for b in server.stats()["batch_stats"]), 8)
            status, answer = server.infer({"inputs": [x_input(1, items=9)]})
            self.assertEqual((status, "a batch at most 8" in answer["error"]), (400, True))

    def test_a_full_queue_answers_503(self) -> None:
        with RunningServer(adapter="emulated", parameters={"fixedMs": 300, "perItemMs": 0}, maxQueueSize=1) as server:
            with ThreadPoolExecutor(6) as pool:
                statuses = list(pool.map(lambda _: server.infer({"inputs": [x_input(1)]})[0], range(6)))
            self.assertEqual(set(statuses), {200, 503})
            self.assertEqual(server.stats()["inference_stats"]["fail"]["count"], statuses.count(503))


def expected(value: float) -> list[float]:
    from array import array
    from math import tanh

    from infersweep_server.adapters.reference import WEIGHTS

    row = array("f", [value] * 8)
    return [tanh(sum(w * v for w, v in zip(weights, row))) for weights in WEIGHTS]
