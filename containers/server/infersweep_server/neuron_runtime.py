"""torch-neuron 1.13 as the neuron adapter uses it, and a stand-in of CPU modules that keeps its rules."""

from __future__ import annotations

import os
import threading
import warnings
from typing import Any

from .errors import ConfigError


class TorchNeuron:
    """The first Inferentia. Never ran here: the calls are those of AWS's documentation for torch-neuron 1.13.1."""

    def __init__(self, visible: str, _cores: int) -> None:
        # Before the import, which claims them. It wins over NEURON_RT_NUM_CORES.
        os.environ["NEURON_RT_VISIBLE_CORES"] = visible
        try:
            import torch_neuron
        except ImportError as error:
            raise ConfigError(
                f"the adapter neuron needs torch-neuron ({error}): use the neuron image, or parameters.device cpu to "
                "rehearse without one"
            ) from None
        import torch

        self._torch = torch
        self.versions = {"torch-neuron": str(torch_neuron.__version__)}

    def load(self, file: str) -> Any:
        """On the next free core; a pipelined module takes as many as it was compiled for."""
        return self._torch.jit.load(file)

    def data_parallel(self, file: str, cores: int) -> Any:
        """One module over all cores: splits axis 0."""
        return self._torch.neuron.DataParallel(self._torch.jit.load(file), device_ids=list(range(cores)), dim=0)


class CpuStandIn:
    """TorchScript on the CPU in the place of cores: no more loads than cores, one execution on a core at a time.

    It rehearses layouts, loops and shapes; its timings say nothing about Inferentia.
    """

    def __init__(self, visible: str, cores: int) -> None:
        import torch

        self._torch = torch
        self._cores = cores
        self._first = int(visible.partition("-")[0])
        self._loads: dict[str, int] = {}
        self.versions = {"torch-neuron": "stand-in"}
        #: (core, items) of every execution, in the order in which they ended.
        self.executions: list[tuple[int, int]] = []

    def load(self, file: str) -> Any:
        at = self._loads.get(file, 0)
        if at >= self._cores:
            raise RuntimeError(f"no free NeuronCore: {at} of {self._cores} hold a model")
        self._loads[file] = at + 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # torch 2.13 announces the end of TorchScript
            module = self._torch.jit.load(file, map_location="cpu").eval()
        lock = threading.Lock()

        def run(*feed: Any) -> Any:
            with lock, self._torch.inference_mode():
                result = module(*feed)
            self.executions.append((self._first + at, int(feed[0].shape[0])))
            return result

        return run

    def data_parallel(self, file: str, cores: int) -> Any:
        from concurrent.futures import ThreadPoolExecutor

        modules = [self.load(file) for _ in range(cores)]
        pool = ThreadPoolExecutor(cores)

        def run(*feed: Any) -> Any:
            split = [tensor.chunk(cores) for tensor in feed]
            parts = list(pool.map(lambda pair: pair[0](*pair[1]), zip(modules, zip(*split))))
            if isinstance(parts[0], self._torch.Tensor):
                return self._torch.cat(parts)
            return tuple(self._torch.cat(each) for each in zip(*parts))

        return run


RUNTIMES = {"neuron": TorchNeuron, "cpu": CpuStandIn}
