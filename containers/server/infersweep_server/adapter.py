"""A runtime as the server sees it: one subclass per file in `adapters/`, made by `load(path, parameters)` there."""

from __future__ import annotations

from typing import Any

from .tensor import Tensor, TensorSpec


class Adapter:
    inputs: list[TensorSpec]
    outputs: list[TensorSpec]
    #: Versions of what computes, by name: served with the model's metadata and kept with every measurement.
    versions: dict[str, str]
    #: What the adapter found and set on its host, by name: served beside the versions.
    facts: dict[str, Any] = {}
    #: Threads that call `infer` at once. More than one only where they wait for something that is not this process's
    #: CPU (cores of a device, another server): threads that each compute lose 12-18 % to one that runs batches.
    executors = 1

    def infer(self, inputs: dict[str, Tensor], outputs: list[str]) -> dict[str, Tensor]:
        """One batch. Computes only `outputs`. Called from the thread that also called `load`; from others too when
        `executors` says so."""
        raise NotImplementedError

    def warm_up_inputs(self) -> dict[str, Tensor]:
        """A request that makes the runtime allocate and compile before the first client waits for it."""
        raise NotImplementedError

    def preprocess(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """What one request sent → what the model takes. Runs on the request's thread, so several at once."""
        return inputs
