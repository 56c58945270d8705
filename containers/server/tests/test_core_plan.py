"""Which cores each worker gets, and the named rules that refuse the rest."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from infersweep_server.core_plan import CorePlan, CorePlanError, cores_here, plan_cores


def plan(workers: int, per_worker: int, available: int = 4, **more: object) -> CorePlan:
    settings = {"threads_per_core": 2, "pipeline": False, "environ": {}, "cores": workers * per_worker, **more}
    return plan_cores(available=available, workers=workers, **settings)  # type: ignore[arg-type]


class CorePlanTest(unittest.TestCase):
    def test_workers_times_cores_on_inf1_xlarge(self) -> None:
        """Source 001 ran 4 workers x 1 core on 4 cores; 4 x 4 was its error of footnote 33."""
        for workers, per_worker, visible in (
            (1, 1, ["0"]),
            (1, 2, ["0-1"]),
            (1, 4, ["0-3"]),
            (2, 1, ["0", "1"]),
            (2, 2, ["0-1", "2-3"]),
            (4, 1, ["0", "1", "2", "3"]),
            (4, 4, None),
            (4, 2, None),
            (2, 3, None),
            (2, 4, None),
            (8, 1, None),
            (1, 5, None),
        ):
            with self.subTest(workers=workers, per_worker=per_worker):
                if visible is None:
                    with self.assertRaises(CorePlanError) as caught:
                        plan(workers, per_worker)
                    self.assertEqual(caught.exception.rule, "neuron-cores-exceed-chip")
                    self.assertIn(f"{workers} workers x {per_worker} cores = {workers * per_worker}", str(caught.exception))
                else:
                    made = plan(workers, per_worker)
                    self.assertEqual([made.visible(slot) for slot in range(workers)], visible)
                    self.assertEqual(made.threads, 2 * per_worker)

    def test_the_variable_of_footnote_33_counts_per_process(self) -> None:
        environ = {"NEURON_RT_NUM_CORES": "4"}
        with self.assertRaises(CorePlanError) as caught:
            plan(4, 1, environ=environ)
        self.assertEqual(caught.exception.rule, "neuron-cores-exceed-chip")
        self.assertIn("4 workers x 4 cores = 16, and there are 4", str(caught.exception))
        self.assertEqual(plan(4, 1, environ={"NEURON_RT_NUM_CORES": "1"}), plan(4, 1))
        self.assertEqual(plan(1, 4, environ={"NEURON_RT_NUM_CORES": "0"}), plan(1, 4))
        with self.assertRaises(CorePlanError) as caught:
            plan(1, 4, environ={"NEURON_RT_NUM_CORES": "2"})
        self.assertEqual(caught.exception.rule, "neuron-num-cores-contradicts")

    def test_names_what_replaces_core_groups(self) -> None:
        for groups, words in (
            ("1,1,1,1", "set gunicorn.workers to 4 and cores to 4"),
            ("4", "set gunicorn.workers to 1 and cores to 4"),
            ("2,2", "set gunicorn.workers to 2 and cores to 4"),
            ("1,3", "set gunicorn.workers and cores"),
        ):
            with self.assertRaises(CorePlanError) as caught:
                plan(1, 4, environ={"NEURONCORE_GROUP_SIZES": groups})
            self.assertEqual(caught.exception.rule, "neuroncore-group-sizes-removed")
            self.assertTrue(str(caught.exception).endswith(words), caught.exception)

    def test_other_rules(self) -> None:
        for rule, wrong in (
            ("neuron-no-device", {"available": 0}),
            ("neuron-cores-not-divisible", {"workers": 2, "cores": 3}),
            ("neuron-pipeline-cores", {"pipeline": True, "compiled_cores": 16}),
            ("neuron-pipeline-threads", {"pipeline": True, "threads_per_core": 1}),
        ):
            with self.subTest(rule), self.assertRaises(CorePlanError) as caught:
                plan_cores(
                    **{  # type: ignore[arg-type]
                        "available": 4, "workers": 1, "cores": None, "threads_per_core": 2, "pipeline": False,
                        "environ": {}, **wrong,
                    }  # fmt: skip
                )
            self.assertEqual(caught.exception.rule, rule)

    def test_all_cores_of_the_host(self) -> None:
        self.assertEqual(plan(1, 1, available=16, cores=None).visible(0), "0-15")
        self.assertEqual(plan(4, 1, available=16, cores=None).visible(3), "12-15")
        with tempfile.TemporaryDirectory() as name:
            pattern = f"{name}/neuron[0-9]*"
            self.assertEqual(cores_here(pattern), 0)
            for chip in range(4):
                Path(name, f"neuron{chip}").touch()
            Path(name, "neuron_monitor").touch()
            self.assertEqual(cores_here(pattern), 16)
