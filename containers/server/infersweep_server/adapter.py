"""A runtime as the server sees it: one subclass per file in `adapters/`, made by `load(path, parameters)` there."""

from __future__ import annotations

from .tensor import Tensor, TensorSpec


class Adapter:
    inputs: list[TensorSpec]
    outputs: list[TensorSpec]
    #: Versions of what computes, by name: served with the model's metadata and kept with every measurement.
    versions: dict[str, str]

    def infer(self, inputs: dict[str, Tensor], outputs: list[str]) -> dict[str, Tensor]:
        """One batch. Always called from the one thread that also called `load`. Computes only `outputs`."""
        raise NotImplementedError

    def warm_up_inputs(self) -> dict[str, Tensor]:
        """A request that makes the runtime allocate and compile before the first client waits for it."""
        raise NotImplementedError

    def preprocess(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """What one request sent → what the model takes. Runs on the request's thread, so several at once."""
        return inputs
