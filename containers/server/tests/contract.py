"""What every server that carries a model must do, whoever wrote it. A subclass says how its server starts."""

from __future__ import annotations

import json
import signal
import struct
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any

from tests.client import Client
from tests.running_server import RunningServer

_CODES = {"FP32": "f", "FP64": "d", "INT64": "q", "INT32": "i", "UINT8": "B", "BOOL": "?"}
_BINARY = "application/vnd.sagemaker-triton.binary+json"
_LENGTH = "Inference-Header-Content-Length"
#: Stands in for axes of open length.
_OPEN = 8


class Contract:
    """To be mixed into a TestCase."""

    #: Our own routes and words; false for a foreign server, of which less is asked.
    own = True

    #: Cases in which this server differs by design, with the reason: each is skipped by itself, and counted.
    differs: dict[str, str] = {}

    #: Why no test of this class can run here; None where they can.
    unavailable: str | None = None

    @classmethod
    def setUpClass(cls) -> None:
        if cls.unavailable is not None:
            raise unittest.SkipTest(cls.unavailable)

    def unless_it_differs(self, case: str) -> None:
        if case in self.differs:
            self.skipTest(f"{case}: {self.differs[case]}")  # type: ignore[attr-defined]

    def start(self, **config: Any) -> AbstractContextManager[Any]:
        """A server with this configuration. Skips the test where that cannot be arranged."""
        raise NotImplementedError

    def any_server(self) -> AbstractContextManager[Client]:
        """A server with any configuration."""
        return self.start()

    def sagemaker_server(self) -> AbstractContextManager[Client]:
        """One that also speaks SageMaker's protocol, if it can."""
        return self.any_server()

    def inputs(self, server: Client, items: int = 1) -> list[dict[str, Any]]:
        """Legal inputs for whatever model there is, from its metadata."""
        status, metadata = server.get(f"/v2/models/{server.model}")
        assert status == 200, metadata
        made = []
        for spec in metadata["inputs"]:
            if spec["datatype"] not in _CODES:
                self.skipTest(f'the model takes {spec["datatype"]}, which this suite does not make')  # type: ignore[attr-defined]
            shape = [int(n) if int(n) >= 0 else items if at == 0 else _OPEN for at, n in enumerate(spec["shape"])]
            count = 1
            for n in shape:
                count *= n
            values = [(1 + at % 7) / (8 if spec["datatype"].startswith("FP") else 1) for at in range(count)]
            if not spec["datatype"].startswith("FP"):
                values = [1] * count
            made.append({"name": spec["name"], "datatype": spec["datatype"], "shape": shape, "data": values})
        return made

    def binary(self, inputs: list[dict[str, Any]], **more: Any) -> tuple[bytes, int]:
        """The same request with raw tensors, and the length of its JSON."""
        raw, described = b"", []
        for value in inputs:
            data = struct.pack(f"<{len(value['data'])}{_CODES[value['datatype']]}", *value["data"])
            plain = {k: v for k, v in value.items() if k != "data"}
            described.append({**plain, "parameters": {"binary_data_size": len(data)}})
            raw += data
        head = json.dumps({"inputs": described, "parameters": {"binary_data_output": True}, **more}).encode()
        return head + raw, len(head)

    def decoded(self, body: bytes, length: int) -> dict[str, list[float]]:
        at, found = length, {}
        for value in json.loads(body[:length])["outputs"]:
            size = value["parameters"]["binary_data_size"]
            code = _CODES[value["datatype"]]
            found[value["name"]] = [v for (v,) in struct.iter_unpack(f"<{code}", body[at : at + size])]
            at += size
        assert at == len(body)
        return found

    # --- health -------------------------------------------------------------------------------------------------

    def test_live_before_ready(self) -> None:
        self.unless_it_differs("live before ready")
        with self.start(ready=False, adapter="emulated", parameters={"fixedMs": 1500}) as server:
            server.wait_for(lambda: answered(server) == 200)
            self.assertEqual(server.get("/v2/health/ready")[0], 503)
            self.assertEqual(server.get("/ping")[0], 503)
            server.wait_for(lambda: server.get("/v2/health/ready")[0] == 200)
            self.assertEqual(server.get("/ping")[0], 200)

    # --- answers ------------------------------------------------------------------------------------------------

    def test_json_and_binary_give_equal_tensors(self) -> None:
        with self.any_server() as server:
            inputs = self.inputs(server, items=2)
            status, plain = server.infer({"id": "7", "inputs": inputs})
            self.assertEqual((status, plain.get("id")), (200, "7"), plain)
            body, length = self.binary(inputs)
            path = f"/v2/models/{server.model}/infer"
            status, headers, answer = server.request("POST", path, body, {_LENGTH: str(length)})
            self.assertEqual(status, 200, answer[:200])
            tensors = self.decoded(answer, int(headers[_LENGTH]))
            self.assertEqual(sorted(tensors), sorted(o["name"] for o in plain["outputs"]))
            for output in plain["outputs"]:
                for a, b in zip(output["data"], tensors[output["name"]], strict=True):
                    self.assertLessEqual(abs(a - b), 1e-6 + 1e-5 * abs(b))

    def test_outputs_filter(self) -> None:
        with self.any_server() as server:
            inputs = self.inputs(server)
            names = [o["name"] for o in server.infer({"inputs": inputs})[1]["outputs"]]
            for name in names:
                status, answer = server.infer({"inputs": inputs, "outputs": [{"name": name}]})
                self.assertEqual((status, [o["name"] for o in answer["outputs"]]), (200, [name]))

    def test_sagemaker(self) -> None:
        with self.sagemaker_server() as server:
            sagemaker = server.sagemaker
            if sagemaker.request("GET", "/ping")[0] == 404:
                self.skipTest("no /ping: this server does not speak SageMaker")
            self.assertEqual(sagemaker.request("GET", "/ping")[0], 200)
            inputs = self.inputs(server)
            plain = server.infer({"inputs": inputs})[1]["outputs"]
            status, headers, body = sagemaker.request(
                "POST", "/invocations", json.dumps({"inputs": inputs}).encode(), {"Content-Type": "application/json"}
            )
            self.assertEqual((status, headers.get_content_type()), (200, "application/json"))
            self.assertEqual(json.loads(body)["outputs"], plain)
            # SageMaker strips KServe's own header, so the length travels inside the content type, both ways.
            body, length = self.binary(inputs)
            status, headers, answer = sagemaker.request(
                "POST", "/invocations", body, {"Content-Type": f"{_BINARY};json-header-size={length}"}
            )
            self.assertEqual((status, headers.get_content_type()), (200, _BINARY))
            tensors = self.decoded(answer, int(headers.get_param("json-header-size")))
            self.assertEqual(sorted(tensors), sorted(o["name"] for o in plain))
            for wrong in (_BINARY, f"{_BINARY};json-header-size=x", f"{_BINARY};json-header-size={len(body) + 1}"):
                status, _, _ = sagemaker.request("POST", "/invocations", body, {"Content-Type": wrong})
                self.assertEqual(status, 400, wrong)

    # --- refusals -----------------------------------------------------------------------------------------------

    def test_bad_requests(self) -> None:
        with self.any_server() as server:
            path = f"/v2/models/{server.model}/infer"
            [first, *rest] = self.inputs(server)
            for name, body in {
                "no JSON": b'{"inputs": [',
                "no object": b"[]",
                "too little data": json.dumps({"inputs": [{**first, "data": first["data"][:-1]}, *rest]}).encode(),
                "another rank": json.dumps({"inputs": [{**first, "shape": [1, *first["shape"]]}, *rest]}).encode(),
                "no such datatype": json.dumps({"inputs": [{**first, "datatype": "FP31"}, *rest]}).encode(),
                "another datatype": json.dumps({"inputs": [{**first, "datatype": "UINT16", "data": [1] * len(first["data"])}, *rest]}).encode(),
                "no such output": json.dumps({"inputs": [first, *rest], "outputs": [{"name": "nothing"}]}).encode(),
            }.items():
                with self.subTest(name):
                    self.unless_it_differs(name)
                    status, _, answer = server.request("POST", path, body)
                    self.assertEqual(status, 400, answer[:200])
                    self.assertIn("error", json.loads(answer))
            self.assertEqual(server.request("GET", "/v2/nothing")[0], 404)
            if self.own:
                self.assertEqual(server.request("POST", "/v2/models/nothing/infer", b"{}")[0], 404)
                self.assertEqual(server.request("GET", path)[0], 405)
            self.assertEqual(server.infer({"inputs": [first, *rest]})[0], 200)

    def test_an_oversized_body_is_refused_and_harms_nobody(self) -> None:
        with self.any_server() as server:
            head = f"POST /v2/models/{server.model}/infer HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n"
            with server.connect() as connection:
                connection.sendall(head.encode())
                with self.subTest("an oversized body"):
                    self.unless_it_differs("an oversized body")
                    status = int(connection.recv(65536).split(b" ", 2)[1])
                    self.assertEqual(status, 413) if self.own else self.assertIn(status, (400, 413))
                self.assertEqual(server.infer({"inputs": self.inputs(server)})[0], 200)
            self.assertEqual(server.infer({"inputs": self.inputs(server)})[0], 200)

    def test_slow_clients_keep_nobody_waiting(self) -> None:
        with self.any_server() as server:
            inputs = self.inputs(server)
            body = json.dumps({"inputs": inputs}).encode()
            head = f"POST /v2/models/{server.model}/infer HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            for name, at in {"a request line in two pieces": 20, "headers in two pieces": head.index(b"Host")}.items():
                with self.subTest(name):
                    self.unless_it_differs(name)
                    with server.connect() as one, server.connect() as two:
                        one.sendall(head[:at])
                        two.sendall(head + body[:5])
                        time.sleep(0.3)
                        for _ in range(5):
                            self.assertEqual(server.infer({"inputs": inputs})[0], 200)
                        one.sendall(head[at:] + body)
                        two.sendall(body[5:])
                        for connection in (one, two):
                            self.assertTrue(connection.recv(65536).startswith(b"HTTP/1.1 200"))

    # --- load and end -------------------------------------------------------------------------------------------

    def test_a_full_queue_answers_503(self) -> None:
        with self.start(adapter="emulated", parameters={"fixedMs": 300, "perItemMs": 0}, maxQueueSize=1) as server:
            inputs = self.inputs(server)
            with ThreadPoolExecutor(6) as pool:
                statuses = list(pool.map(lambda _: server.infer({"inputs": inputs})[0], range(6)))
            self.assertEqual(set(statuses), {200, 503})
            self.assertEqual(server.infer({"inputs": inputs})[0], 200)

    def test_batches_form_under_load(self) -> None:
        with self.start(
            adapter="emulated", parameters={"fixedMs": 20, "perItemMs": 1}, batching={"maxBatchSize": 4}
        ) as server:
            inputs = self.inputs(server)
            before = server.stats()
            with ThreadPoolExecutor(8) as pool:
                statuses = set(pool.map(lambda _: server.infer({"inputs": inputs})[0], range(40)))
            after = server.stats()
            self.assertEqual(statuses, {200})
            items = after["inference_count"] - before["inference_count"]
            executions = after["execution_count"] - before["execution_count"]
            self.assertEqual(items, 40)
            # Mean batch above 1.5 of at most 4, with eight clients that always wait.
            self.assertLess(executions, 40 / 1.5)
            self.assertLessEqual(max(b["batch_size"] for b in after["batch_stats"]), 4)

    def test_sigterm_drains(self) -> None:
        with self.start(adapter="emulated", parameters={"fixedMs": 700, "perItemMs": 0}) as server:
            inputs = self.inputs(server)
            results: list[int] = []
            threads = [
                threading.Thread(target=lambda: results.append(server.infer({"inputs": inputs})[0])) for _ in range(2)
            ]
            for thread in threads:
                thread.start()
            time.sleep(0.3)
            server.process.send_signal(signal.SIGTERM)
            for thread in threads:
                thread.join()
            self.assertEqual(results, [200, 200])
            self.assertEqual(server.process.wait(10), 0)


def answered(server: RunningServer) -> int:
    """0 where nothing listens yet."""
    try:
        return server.get("/v2/health/live")[0]
    except OSError:
        return 0
