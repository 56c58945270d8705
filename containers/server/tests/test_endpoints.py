"""Every endpoint of a running server."""

import json
import struct
import unittest

from tests.running_server import RunningServer, x_input

VALUES = (0.1, -0.2, 0.3, 0.4, -0.5, 0.6, 0.7, 0.8)


class EndpointsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.server = RunningServer().__enter__()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.__exit__()

    def test_health_and_metadata(self) -> None:
        for path in (
            "/v2/health/live",
            "/v2/health/ready",
            "/v2/models/m/ready",
            "/v2/models/m/versions/1/ready",
            "/ping",
        ):
            self.assertEqual(self.server.get(path)[0], 200, path)
        self.assertIn("binary_tensor_data", self.server.get("/v2")[1]["extensions"])
        metadata = self.server.get("/v2/models/m")[1]
        self.assertEqual(metadata["inputs"], [{"name": "x", "datatype": "FP32", "shape": [-1, 8]}])
        self.assertEqual(metadata["versions"], ["1"])
        self.assertIn("python", metadata["versions_of"])

    def test_json_binary_and_sagemaker_agree(self) -> None:
        plain = self.server.infer({"id": "7", "inputs": [x_input(*VALUES)]})[1]
        self.assertEqual((plain["id"], plain["model_name"], plain["model_version"]), ("7", "m", "1"))
        by_name = {o["name"]: o["data"] for o in plain["outputs"]}
        self.assertAlmostEqual(by_name["pooled"][0], sum(by_name["y"]), places=5)
        self.assertEqual(self.server.infer({"id": "7", "inputs": [x_input(*VALUES)]}, "/invocations")[1], plain)

        tensor = {"name": "x", "datatype": "FP32", "shape": [1, 8], "parameters": {"binary_data_size": 32}}
        head = json.dumps({"inputs": [tensor], "parameters": {"binary_data_output": True}}).encode()
        body = head + struct.pack("<8f", *VALUES)
        kserve = self.server.request(
            "POST", "/v2/models/m/infer", body, {"Inference-Header-Content-Length": str(len(head))}
        )
        kind = f"application/vnd.sagemaker-triton.binary+json;json-header-size={len(head)}"
        sagemaker = self.server.request("POST", "/invocations", body, {"Content-Type": kind})
        self.assertEqual((kserve[0], sagemaker[0]), (200, 200))
        self.assertEqual(kserve[2], sagemaker[2])
        length = int(kserve[1]["Inference-Header-Content-Length"])
        self.assertEqual(sagemaker[1]["Content-Type"], kind.replace(str(len(head)), str(length)))
        y = struct.unpack("<8f", kserve[2][length : length + 32])
        for binary, text in zip(y, by_name["y"]):
            self.assertAlmostEqual(binary, text, places=6)

    def test_raw_body(self) -> None:
        body = struct.pack("<8f", *VALUES)
        status, headers, _ = self.server.request(
            "POST", "/v2/models/m/infer", body, {"Inference-Header-Content-Length": "0"}
        )
        self.assertEqual(status, 200)
        self.assertIn("Inference-Header-Content-Length", headers)

    def test_outputs_filter(self) -> None:
        answer = self.server.infer({"inputs": [x_input(*VALUES, items=3)], "outputs": [{"name": "pooled"}]})[1]
        self.assertEqual([(o["name"], o["shape"]) for o in answer["outputs"]], [("pooled", [3, 1])])

    def test_bad_requests(self) -> None:
        for words, body in {
            'unknown output "z"; the model gives y, pooled': {"inputs": [x_input(1)], "outputs": [{"name": "z"}]},
            'unknown input "z"': {"inputs": [{**x_input(1), "name": "z"}]},
            "takes the shape [-1, 8]": {"inputs": [{**x_input(1), "shape": [2, 4]}]},
            "means 64 bytes": {"inputs": [{**x_input(1), "shape": [2, 8]}]},
        }.items():
            status, answer = self.server.infer(body)
            self.assertEqual(status, 400)
            self.assertIn(words, answer["error"])
        status, _, _ = self.server.request(
            "POST", "/invocations", b"{}", {"Content-Type": "application/vnd.sagemaker-triton.binary+json"}
        )
        self.assertEqual(status, 400)

    def test_unknown_paths_and_methods(self) -> None:
        for path in ("/", "/v3", "/v2/models/other", "/v2/models/m/versions/2", "/v2/models/m/trace"):
            status, answer = self.server.get(path)
            self.assertEqual((status, list(answer)), (404, ["error"]), path)
        status, headers, _ = self.server.request("GET", "/invocations")
        self.assertEqual((status, headers["Allow"]), (405, "POST"))
        status, headers, _ = self.server.request("POST", "/ping", b"")
        self.assertEqual((status, headers["Allow"]), (405, "GET"))
        self.assertEqual(self.server.request("DELETE", "/v2")[0], 405)

    def test_statistics(self) -> None:
        before = self.server.stats()
        self.server.infer({"inputs": [x_input(1, items=3)]})
        self.server.infer({"inputs": []})
        after = self.server.stats()
        self.assertEqual(after["inference_count"] - before["inference_count"], 3)
        self.assertEqual(after["execution_count"] - before["execution_count"], 1)
        difference = {
            k: v["count"] - before["inference_stats"][k]["count"] for k, v in after["inference_stats"].items()
        }
        self.assertEqual(
            difference,
            {"success": 1, "fail": 1, "queue": 1, "compute_input": 1, "compute_infer": 1, "compute_output": 1},
        )
        self.assertIn(3, [b["batch_size"] for b in after["batch_stats"]])
        self.assertGreater(after["last_inference"], 1_600_000_000_000)
        process = self.server.get("/v2/models/m/stats")[1]["process"]
        self.assertEqual(process["pid"], self.server.pid)
        self.assertGreater(process["cpu_seconds"], 0)
        self.assertGreater(process["rss_mib"], 1)
        self.assertGreaterEqual(process["threads"], 3)
