"""The neuron adapter on a stand-in of TorchScript modules: layouts, shapes, and who computes what."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

from infersweep_server.core_plan import CorePlanError
from infersweep_server.errors import ConfigError, RequestError
from infersweep_server.neuron_runtime import CpuStandIn
from infersweep_server.replicas import Replicas
from infersweep_server.worker_slots import SLOT_VARIABLE, WORKERS_VARIABLE
from tests.running_server import RunningServer
from tests.test_torch_adapter import MISSING, PREPARE, floats, tokens
from tests.tiny_encoder import write_encoder

ROWS = ([2, 3], [2, 6, 3], [2, 5, 6, 7, 8, 3], [2, 9, 3], [2, 10, 11, 3], [2, 12, 3], [5] * 7)


class ReplicasTest(unittest.TestCase):
    def test_lends_every_copy_before_it_lends_one_again(self) -> None:
        replicas = Replicas(["a", "b", "c"], threads_each=2)
        with replicas.lent() as one, replicas.lent() as two, replicas.lent() as three, replicas.lent() as four:
            self.assertEqual([one, two, three, four], ["a", "b", "c", "a"])


@unittest.skipIf(MISSING is not None, MISSING)
class NeuronTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="infersweep-neuron-")
        cls.addClassCleanup(temporary.cleanup)
        cls.source = write_encoder(pathlib.Path(temporary.name, "model"))
        cls.folder = pathlib.Path(temporary.name, "traced")
        command = [sys.executable, str(PREPARE / "trace.py"), str(cls.source), str(cls.folder)]
        subprocess.run(command, check=True, timeout=120, stderr=subprocess.DEVNULL)
        (cls.folder / "manifest.json").unlink()

    def load(self, **parameters: object):
        from infersweep_server.adapters import neuron

        made: list[CpuStandIn] = []

        def runtime(visible: str, cores: int) -> CpuStandIn:
            made.append(CpuStandIn(visible, cores))
            return made[0]

        adapter = neuron.load(
            str(self.folder), {"device": "cpu", "batch": 3, "tokens": 8, **parameters}, {"cpu": runtime}
        )
        made[0].executions.clear()
        return adapter, made[0]

    def equals_eager(self, adapter, rows) -> None:
        from infersweep_server.adapters import torch

        eager = torch.load(str(self.source), {})
        for name in ("embedding", "last_hidden_state"):
            a, b = eager.infer(tokens(*rows), [name])[name], adapter.infer(tokens(*rows), [name])[name]
            self.assertEqual(a.shape, b.shape)
            if name == "embedding":  # states of padded positions are nobody's
                self.assertLess(max(abs(x - y) for x, y in zip(floats(a), floats(b), strict=True)), 1e-5)

    def test_one_process_holds_all_cores(self) -> None:
        """Layout A: a copy on each core, as many threads as two for each, batches at the compiled shape."""
        adapter, runtime = self.load(cores=4)
        self.assertEqual((adapter.executors, adapter.facts["replicas"], adapter.facts["neuronCores"]), (8, 4, "0-3"))
        self.equals_eager(adapter, ROWS)  # 7 items over a batch of 3
        self.assertEqual({items for _, items in runtime.executions}, {3})
        runtime.executions.clear()
        with ThreadPoolExecutor(adapter.executors) as pool:
            list(pool.map(lambda _: adapter.infer(tokens(ROWS[0]), ["embedding"]), range(16)))
        self.assertEqual(len(runtime.executions), 16)
        self.assertEqual({core for core, _ in runtime.executions}, {0, 1, 2, 3})

    def test_one_batch_is_split_over_all_cores(self) -> None:
        adapter, runtime = self.load(cores=4, dispatch="split", batch=2)
        self.assertEqual((adapter.executors, adapter.facts["replicas"]), (2, 1))
        self.equals_eager(adapter, ROWS)
        self.assertEqual({items for _, items in runtime.executions}, {2})
        self.assertEqual({core for core, _ in runtime.executions}, {0, 1, 2, 3})

    def test_a_pipeline_is_one_model_for_all_threads(self) -> None:
        adapter, runtime = self.load(mode="pipeline", cores=4, threadsPerCore=3, batch=1)
        self.assertEqual((adapter.executors, adapter.facts["replicas"]), (12, 1))
        self.equals_eager(adapter, ROWS[:2])
        self.assertEqual({core for core, _ in runtime.executions}, {0})

    def test_each_worker_holds_the_cores_of_its_slot(self) -> None:
        """Layout B."""
        for slot, visible in ((0, "0-1"), (1, "2-3")):
            with mock.patch.dict(os.environ, {WORKERS_VARIABLE: "2", SLOT_VARIABLE: str(slot)}):
                adapter, runtime = self.load(cores=4)
            self.assertEqual((adapter.facts["neuronCores"], adapter.facts["replicas"]), (visible, 2))
            adapter.infer(tokens(ROWS[0]), ["embedding"])
            self.assertIn(runtime.executions[0][0], (2 * slot, 2 * slot + 1))

    def test_the_stand_in_has_no_more_cores_than_it_was_given(self) -> None:
        runtime = CpuStandIn("0", 1)
        runtime.load(str(self.folder / "model.pt"))
        with self.assertRaisesRegex(RuntimeError, "no free NeuronCore"):
            runtime.load(str(self.folder / "model.pt"))

    def test_refuses(self) -> None:
        from infersweep_server.adapters import neuron

        adapter, _ = self.load(cores=1)
        with self.assertRaisesRegex(RequestError, "compiled for 8 tokens, not 9"):
            adapter.preprocess(tokens([2] * 9))
        with self.assertRaisesRegex(ConfigError, "split belongs to mode data-parallel"):
            self.load(mode="pipeline", dispatch="split", cores=2)
        with mock.patch.dict(os.environ, {"NEURONCORE_GROUP_SIZES": "1,1,1,1"}), self.assertRaises(CorePlanError):
            self.load(cores=4)
        (self.folder / "manifest.json").write_text('{"flags": {"batch": 6, "cores": 16}}')
        self.addCleanup((self.folder / "manifest.json").unlink)
        with self.assertRaisesRegex(ConfigError, "is 3, but the model was compiled for 6"):
            self.load(cores=1)
        with self.assertRaisesRegex(CorePlanError, "neuron-pipeline-cores: .* of 16 cores"):
            self.load(mode="pipeline", batch=6, cores=4)
        if not pathlib.Path("/dev/neuron0").exists():
            with self.assertRaisesRegex(CorePlanError, "neuron-no-device"):
                neuron.load(str(self.folder), {"batch": 6})

    def test_executions_overlap_behind_the_server(self) -> None:
        """Without executors of its own the server would hold one core at a time."""
        with RunningServer(
            adapter="neuron",
            model={"name": "m", "path": str(self.folder)},
            parameters={"device": "cpu", "batch": 4, "tokens": 8, "cores": 2},
            batching={"maxBatchSize": 4},
        ) as server:
            body = {
                "inputs": [
                    {"name": name, "datatype": "INT64", "shape": [1, 3], "data": data}
                    for name, data in (("input_ids", [2, 6, 3]), ("attention_mask", [1, 1, 1]))
                ]
            }
            with ThreadPoolExecutor(8) as pool:
                answers = list(pool.map(lambda _: server.infer(body), range(32)))
            self.assertEqual({status for status, _ in answers}, {200})
            first = answers[0][1]["outputs"][0]["data"]
            for _, answer in answers:
                self.assertLess(max(abs(a - b) for a, b in zip(first, answer["outputs"][0]["data"])), 1e-5)
            self.assertEqual(server.get("/v2/models/m")[1]["facts"]["threads"], 4)
            self.assertEqual(server.stats()["inference_count"], 32)
