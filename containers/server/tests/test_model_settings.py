"""Settings of the queue, changed while the server runs."""

import json
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from infersweep_server.batch import Merger
from infersweep_server.batcher import Batcher
from infersweep_server.config import Batching, parse_config
from infersweep_server.errors import RequestError
from infersweep_server.model import Model
from infersweep_server.statistics import Statistics
from infersweep_server.tensor import Tensor, TensorSpec
from tests.running_server import RunningServer, x_input

ALONE = {"max_batch_size": 0}


def batches(size: int, delay_us: int = 0) -> dict[str, Any]:
    return {"max_batch_size": size, "dynamic_batching": {"max_queue_delay_microseconds": delay_us}}


def load(server: RunningServer, config: Any, path: str = "/v2/repository/models/m/load") -> tuple[int, Any]:
    body = {} if config is None else {"parameters": {"config": json.dumps(config)}}
    status, _, answer = server.request("POST", path, json.dumps(body).encode())
    return status, json.loads(answer)


def in_force(server: RunningServer) -> dict[str, Any]:
    status, config = server.get("/v2/models/m/config")
    assert status == 200 and config.pop("name") == "m"
    assert server.stats()["config"] == config
    return config


class ModelSettingsTest(unittest.TestCase):
    def test_settings_are_in_force_when_it_answers_and_can_be_asked_for_twice(self) -> None:
        with RunningServer(adapter="emulated", parameters={"fixedMs": 10, "perItemMs": 0}) as server:
            self.assertEqual(in_force(server), ALONE)
            self.assertEqual(self.largest_batch(server), 1)
            for config in (batches(4), batches(4), batches(2, 1500), ALONE, batches(8)):
                self.assertEqual(load(server, config), (200, {}))
                self.assertEqual(in_force(server), config)
                self.assertEqual(self.largest_batch(server), config["max_batch_size"] or 1)
            status, answer = server.infer({"inputs": [x_input(1, items=9)]})
            self.assertEqual((status, "a batch at most 8" in answer["error"]), (400, True))
            self.assertIn("model_configuration", server.get("/v2")[1]["extensions"])

    def test_without_a_configuration_it_is_what_the_server_was_started_with(self) -> None:
        with RunningServer(batching={"maxBatchSize": 4, "maxQueueDelayMs": 2.5}) as server:
            self.assertEqual(load(server, ALONE), (200, {}))
            self.assertEqual(load(server, None), (200, {}))
            self.assertEqual(in_force(server), batches(4, 2500))
            self.assertEqual(server.request("POST", "/v2/repository/models/m/load", b"")[0], 200)

    def test_what_was_asked_before_is_answered_under_the_old_settings_first(self) -> None:
        with RunningServer(adapter="emulated", parameters={"fixedMs": 150, "perItemMs": 0}) as server:
            with ThreadPoolExecutor(8) as pool:
                before = [pool.submit(server.infer, {"inputs": [x_input(1)]}) for _ in range(4)]
                server.wait_for(lambda: server.stats()["execution_count"] >= 1)
                status, _ = load(server, batches(4))
                stats = server.stats()
                self.assertEqual((status, stats["execution_count"], stats["inference_count"]), (200, 4, 4))
                self.assertEqual([f.result()[0] for f in before], [200] * 4)
            self.assertEqual(self.largest_batch(server), 4)

    def test_what_is_not_legal_is_refused_with_what_is_and_changes_nothing(self) -> None:
        with RunningServer(batching={"maxBatchSize": 4}) as server:
            for config, words in (
                ({"max_batch_size": -1}, '"config.max_batch_size" must be an integer from 0 to 1024, not -1'),
                (batches(4096), "from 0 to 1024"),
                (batches(4, -5), "max_queue_delay_microseconds"),
                ({"max_batch_size": 4}, 'is 4 without "config.dynamic_batching"'),
                ({"dynamic_batching": {}}, 'is 0 with "config.dynamic_batching"'),
                ({**batches(4), "name": "other"}, '"config.name" must be "m"'),
                ({**batches(4), "instance_group": []}, 'unknown key "config.instance_group"; allowed: name, max'),
                ([], "config must be an object"),
            ):
                status, answer = load(server, config)
                self.assertEqual(status, 400, config)
                self.assertIn(words, answer["error"])
            for body, words in (
                (b"no", "the body is not JSON"),
                (b'{"parameters": {"config": "no"}}', '"parameters.config" is not JSON'),
                (b'{"parameters": {"file:1/model.onnx": "x"}}', "allowed: config"),
            ):
                status, _, answer = server.request("POST", "/v2/repository/models/m/load", body)
                self.assertEqual((status, words in json.loads(answer)["error"]), (400, True), answer)
            self.assertEqual(load(server, batches(4), "/v2/repository/models/other/load")[0], 404)
            self.assertEqual(load(server, batches(4), "/v2/repository/models/m/unload")[0], 404)
            self.assertEqual(server.request("GET", "/v2/repository/models/m/load")[0], 405)
            self.assertEqual(in_force(server), batches(4))

    def test_only_a_server_that_nobody_else_can_reach_is_changed(self) -> None:
        with RunningServer(host="0.0.0.0") as server:
            status, answer = load(server, batches(4))
            self.assertEqual(status, 403)
            self.assertIn("where the server listens on a loopback address, not on 0.0.0.0", answer["error"])
            self.assertEqual(in_force(server), ALONE)

    def test_a_model_that_loads_has_no_settings_yet(self) -> None:
        model = Model(parse_config({"model": {"name": "m"}, "adapter": "reference"}))
        for ask in (lambda: model.change(None), lambda: model.settings):
            with self.assertRaises(RequestError) as refused:
                ask()
            self.assertEqual(refused.exception.status, 503)

    def test_processes_under_gunicorn_are_not_changed_one_by_one(self) -> None:
        model = Model(parse_config({"model": {"name": "m"}, "adapter": "reference", "gunicorn": {"workers": 2}}))
        with self.assertRaisesRegex(RequestError, "each process has settings of its own"):
            model.change(None)

    def largest_batch(self, server: RunningServer) -> int:
        """Of one burst: what the counters tell of it is what they grew by."""
        counts = lambda: {b["batch_size"]: b["compute_infer"]["count"] for b in server.stats()["batch_stats"]}
        before = counts()
        barrier = threading.Barrier(16)

        def send(_: int) -> int:
            barrier.wait()
            return server.infer({"inputs": [x_input(1)]})[0]

        with ThreadPoolExecutor(16) as pool:
            self.assertEqual(set(pool.map(send, range(16))), {200})
        return max(size for size, n in counts().items() if n > before.get(size, 0))


class Slow:
    """Two inputs' worth of shapes, so that requests of different lengths may not share a batch."""

    inputs = [TensorSpec("x", "FP32", (-1, -1))]
    outputs = [TensorSpec("x", "FP32", (-1, -1))]
    executors = 1

    def __init__(self) -> None:
        self.ran: list[tuple[int, ...]] = []
        self.go = threading.Semaphore(0)

    def infer(self, inputs: dict[str, Tensor], _outputs: list[str]) -> dict[str, Tensor]:
        self.go.acquire()
        self.ran.append(inputs["x"].shape)
        return inputs


class ChangeTest(unittest.TestCase):
    def setUp(self) -> None:
        self.adapter = Slow()

    def batcher(self, batching: Batching | None) -> Batcher:
        batcher = Batcher(self.adapter, batching, 100, Statistics())  # type: ignore[arg-type]
        threading.Thread(target=batcher.run_forever, daemon=True).start()
        return batcher

    def submit(self, batcher: Batcher, length: int):
        x = Tensor("x", "FP32", (1, length), bytes(4 * length))
        return batcher.submit({"x": x}, ["x"])

    def test_requests_that_were_held_are_executed_before_the_change(self) -> None:
        self.assertTrue(Merger(self.adapter.inputs, self.adapter.outputs).mergeable)
        batcher = self.batcher(Batching(4, 50))
        jobs = [self.submit(batcher, length) for length in (2, 3, 2, 3)]
        changed: list[bool] = []
        change = threading.Thread(target=lambda: changed.append(batcher.change(None, 20)))
        change.start()
        while batcher._change is None:  # met while the batch of the first request was being filled
            time.sleep(0.001)
        jobs += [self.submit(batcher, 2) for _ in range(2)]
        self.assertEqual(batcher.batching, Batching(4, 50))
        for _ in range(4):
            self.adapter.go.release()
        for job in jobs:
            job.result()
        change.join()
        self.assertEqual((changed, batcher.batching), ([True], None))
        self.assertEqual(self.adapter.ran, [(2, 2), (2, 3), (1, 2), (1, 2)])

    def test_a_request_from_before_batches_shares_none(self) -> None:
        batcher = self.batcher(None)
        jobs = [self.submit(batcher, 2)]
        changing = threading.Thread(target=lambda: batcher.change(Batching(4, 0), 20))
        changing.start()
        while batcher._queue.qsize() == 0:
            time.sleep(0.001)
        # They saw the old settings, and are executed under the new ones.
        jobs += [self.submit(batcher, length) for length in (2, 3, 2)]
        for _ in range(4):
            self.adapter.go.release()
        for job in jobs:
            job.result()
        changing.join()
        self.assertEqual(self.adapter.ran, [(1, 2), (1, 2), (1, 3), (1, 2)])

    def test_a_change_that_is_given_up_never_comes(self) -> None:
        batcher = self.batcher(None)
        first = self.submit(batcher, 2)
        self.assertFalse(batcher.change(Batching(4, 0), 0.05))
        self.adapter.go.release()
        first.result()
        self.adapter.go.release()
        self.submit(batcher, 2).result()
        self.assertIsNone(batcher.batching)


if __name__ == "__main__":
    unittest.main()
