"""Which NeuronCores each process holds. Cores are never shared between processes, and the runtime says so badly.

`NEURON_RT_NUM_CORES` counts per PROCESS: source 001 set it to 4 with 4 gunicorn workers on the 4 cores of an inf1.xlarge
(16 in all), and noted only that it was an error (footnote 33).
"""

from __future__ import annotations

import glob
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import ConfigError

#: NeuronCores of one Inferentia chip; the driver shows one /dev/neuronN for each chip.
CORES_PER_CHIP = 4


class CorePlanError(ConfigError):
    """`rule` is the name of what was broken, as in the kit's own compatibility rules."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(f"{rule}: {message}")
        self.rule = rule


@dataclass(frozen=True)
class CorePlan:
    workers: int
    cores_per_worker: int
    #: Threads that wait for one core.
    threads_per_core: int

    def visible(self, slot: int) -> str:
        """The value of NEURON_RT_VISIBLE_CORES for the worker in this slot: `2`, or `0-3`."""
        first = slot * self.cores_per_worker
        last = first + self.cores_per_worker - 1
        return str(first) if first == last else f"{first}-{last}"

    @property
    def threads(self) -> int:
        """Of one worker."""
        return self.cores_per_worker * self.threads_per_core


def plan_cores(
    *,
    available: int,
    workers: int,
    cores: int | None,
    threads_per_core: int,
    pipeline: bool,
    compiled_cores: int | None = None,
    environ: Mapping[str, str],
) -> CorePlan:
    """`cores` in all, None for every core there is. Raises CorePlanError."""
    groups = environ.get("NEURONCORE_GROUP_SIZES")
    if groups is not None:
        raise CorePlanError("neuroncore-group-sizes-removed", _replacement(groups))
    if available < 1:
        raise CorePlanError("neuron-no-device", "no /dev/neuronN here: start the container with --device /dev/neuron0")
    total = available if cores is None else cores
    if total % workers != 0:
        raise CorePlanError(
            "neuron-cores-not-divisible",
            f"{total} cores cannot be shared out evenly to {workers} workers: make cores a multiple of workers",
        )
    per_worker = total // workers
    stated = environ.get("NEURON_RT_NUM_CORES")
    if stated is not None and stated != "0":  # 0 means all of them
        if workers * int(stated) > available:
            raise _exceeds(workers, int(stated), available)
        if int(stated) != per_worker:
            raise CorePlanError(
                "neuron-num-cores-contradicts",
                f"NEURON_RT_NUM_CORES is {stated}, but {total} cores for {workers} workers mean {per_worker} for each "
                "process: leave the variable out, the server sets NEURON_RT_VISIBLE_CORES for every worker",
            )
    if total > available:
        raise _exceeds(workers, per_worker, available)
    if pipeline and compiled_cores is not None and compiled_cores != per_worker:
        raise CorePlanError(
            "neuron-pipeline-cores",
            f"the model was compiled for a pipeline of {compiled_cores} cores, and each worker holds {per_worker}: "
            f"set cores to {compiled_cores * workers}, or compile it again",
        )
    if pipeline and per_worker > 1 and threads_per_core < 2:
        raise CorePlanError(
            "neuron-pipeline-threads",
            f"{per_worker} threads cannot fill a pipeline of {per_worker} cores: set threadsPerCore to 2 or more",
        )
    return CorePlan(workers, per_worker, threads_per_core)


def cores_here(devices: str = "/dev/neuron[0-9]*") -> int:
    return CORES_PER_CHIP * len(glob.glob(devices))


def _exceeds(workers: int, per_worker: int, available: int) -> CorePlanError:
    return CorePlanError(
        "neuron-cores-exceed-chip",
        f"{workers} workers x {per_worker} cores = {workers * per_worker}, and there are {available}: cores are counted "
        f"per process, so give each worker at most {available // workers}",
    )


def _replacement(groups: str) -> str:
    """What the removed variable meant, in the words of today."""
    removed = f"NEURONCORE_GROUP_SIZES={groups} is not supported since Neuron SDK 1.20.0: remove it"
    sizes = groups.replace(" ", "").split(",")
    if not all(size.isdigit() and int(size) > 0 for size in sizes) or len(set(sizes)) != 1:
        return f"{removed}, and set gunicorn.workers and cores"
    return f"{removed}, and set gunicorn.workers to {len(sizes)} and cores to {len(sizes) * int(sizes[0])}"
