"""The ONNX Runtime adapter on the quickstart's model."""

import json
import pathlib
import unittest

from infersweep_server.errors import ConfigError
from tests.running_server import RunningServer

try:
    import onnxruntime  # noqa: F401

    MISSING = None
except ImportError as error:
    MISSING = f"onnxruntime cannot be imported here ({error}); install environments/onnxruntime.txt"

QUICKSTART = pathlib.Path(__file__).parents[3] / "examples" / "quickstart"


def lines(name: str) -> list[dict]:
    return [json.loads(line) for line in (QUICKSTART / name).read_text().splitlines()]


@unittest.skipIf(MISSING is not None, MISSING)
class OnnxRuntimeTest(unittest.TestCase):
    def close(self, got: dict, want: dict) -> None:
        self.assertEqual(got["shape"], want["shape"])
        for a, b in zip(got["data"], want["data"], strict=True):
            self.assertLessEqual(abs(a - b), 1e-4 + 1e-3 * abs(b))

    def golden(self, server: RunningServer, users: int) -> None:
        from concurrent.futures import ThreadPoolExecutor

        inputs, golden = lines("inputs.jsonl"), {line["id"]: line["outputs"] for line in lines("golden.jsonl")}
        with ThreadPoolExecutor(users) as pool:
            answers = list(pool.map(lambda line: server.infer({"id": line["id"], "inputs": line["inputs"]}), inputs))
        for status, answer in answers:
            self.assertEqual(status, 200, answer)
            got = {o["name"]: o for o in answer["outputs"]}
            for want in golden[answer["id"]]:
                self.close(got[want["name"]], want)

    def start(self, **config: object) -> RunningServer:
        return RunningServer(
            adapter="onnxruntime", model={"name": "m", "path": str(QUICKSTART / "encoder.onnx")}, **config
        )

    def test_golden_one_by_one(self) -> None:
        for optimization in ("disabled", "all"):
            with self.start(parameters={"graphOptimization": optimization}) as server:
                self.golden(server, 1)

    def test_golden_in_batches(self) -> None:
        with self.start(batching={"maxBatchSize": 8, "maxQueueDelayMs": 5}) as server:
            self.golden(server, 8)
            self.assertLess(server.stats()["execution_count"], 32)

    def test_lengths_share_a_padded_batch(self) -> None:
        def request(length: int) -> dict:
            ids = [7 + i for i in range(length)]
            return {"inputs": [{"name": n, "datatype": "INT64", "shape": [1, length], "data": d}
                               for n, d in (("input_ids", ids), ("attention_mask", [1] * length))]}  # fmt: skip

        from concurrent.futures import ThreadPoolExecutor

        lengths = (3, 5, 9, 16)
        with self.start() as server:
            alone = [server.infer(request(length))[1]["outputs"] for length in lengths]
        with self.start(batching={"maxBatchSize": 4, "maxQueueDelayMs": 3000}) as server:
            with ThreadPoolExecutor(4) as pool:
                together = list(pool.map(lambda length: server.infer(request(length))[1]["outputs"], lengths))
            self.assertEqual(server.stats()["execution_count"], 1)
        for one, other in zip(alone, together):
            for a, b in zip(one, other):
                self.close(b, a)

    def test_one_bad_request_does_not_fail_its_batch(self) -> None:
        from concurrent.futures import ThreadPoolExecutor

        good = {"inputs": lines("inputs.jsonl")[0]["inputs"]}
        bad = {"inputs": [{**t, "data": [10**6] * 16} for t in good["inputs"]]}
        with self.start(batching={"maxBatchSize": 4, "maxQueueDelayMs": 3000}) as server:
            with ThreadPoolExecutor(4) as pool:
                statuses = list(pool.map(lambda b: server.infer(b)[0], (good, good, bad, good)))
        self.assertEqual(statuses, [200, 200, 500, 200])

    def test_metadata_and_filter(self) -> None:
        with self.start() as server:
            metadata = server.get("/v2/models/m")[1]
            self.assertEqual([o["name"] for o in metadata["outputs"]], ["pooled", "hidden"])
            self.assertEqual(metadata["versions_of"]["onnxruntime"], onnxruntime.__version__)
            inputs = lines("inputs.jsonl")[0]["inputs"]
            answer = server.infer({"inputs": inputs, "outputs": [{"name": "pooled"}]})[1]
            self.assertEqual([o["name"] for o in answer["outputs"]], ["pooled"])


class ProviderTest(unittest.TestCase):
    """The package is replaced: what matters is what is asked of it, and what it answers."""

    class Package:
        __version__ = "1.0"

        def __init__(self, available: list[str], used: list[str]) -> None:
            self._available, self._used = available, used
            self.asked: list[str] = []

        def get_available_providers(self) -> list[str]:
            return self._available

        def __getattr__(self, name: str):
            package = self

            class Anything:
                ORT_SEQUENTIAL = ORT_ENABLE_ALL = 0
                only_execute_path_to_fetches = False

                def __init__(self, *_: object, providers: list[str] = []) -> None:
                    package.asked += providers

                def add_session_config_entry(self, *_: object) -> None: ...

                def get_providers(self) -> list[str]:
                    return package._used

                def get_inputs(self) -> list[object]:
                    return []

                get_outputs = get_inputs

            return Anything

    def load(self, package: "ProviderTest.Package", provider: str):
        from infersweep_server.adapters import onnxruntime

        return onnxruntime.load("/m.onnx", {"provider": provider}, package)

    @unittest.skipIf(MISSING is not None, MISSING)
    def test_asks_for_the_provider_and_says_it(self) -> None:
        for provider, name in (("cpu", "CPUExecutionProvider"), ("cuda", "CUDAExecutionProvider")):
            package = self.Package(["CUDAExecutionProvider", "CPUExecutionProvider"], [name])
            self.assertEqual(self.load(package, provider).facts, {"provider": name})
            self.assertEqual(package.asked, [name])

    def test_refuses_a_provider_that_is_not_built_in(self) -> None:
        package = self.Package(["CPUExecutionProvider"], [])
        with self.assertRaisesRegex(ConfigError, "has only CPUExecutionProvider: use the GPU image"):
            self.load(package, "cuda")

    @unittest.skipIf(MISSING is not None, MISSING)
    def test_refuses_the_silent_fallback_to_the_cpu(self) -> None:
        package = self.Package(["CUDAExecutionProvider", "CPUExecutionProvider"], ["CPUExecutionProvider"])
        with self.assertRaisesRegex(ConfigError, "is cuda, but ONNX Runtime took CPUExecutionProvider"):
            self.load(package, "cuda")
