"""What every torch adapter of an encoder shares: its inputs and outputs, and what it refuses before a batch is formed."""

from __future__ import annotations

import platform
import struct
from typing import Any

from .adapter import Adapter
from .encoder import OUTPUTS, max_positions
from .errors import RequestError
from .tensor import Tensor, TensorSpec

_WARM_UP_LENGTH = 8


class EncoderAdapter(Adapter):
    def __init__(self, config: dict[str, Any], versions: dict[str, str]) -> None:
        import torch

        self._torch = torch
        self.positions = max_positions(config)
        self._vocabulary = int(config["vocab_size"])
        self._pad = int(config.get("pad_token_id") or 0)
        hidden = int(config["hidden_size"])
        self.inputs = [
            TensorSpec("input_ids", "INT64", (-1, -1), pad_value=self._pad),
            TensorSpec("attention_mask", "INT64", (-1, -1), pad_value=0),
        ]
        self.outputs = [
            TensorSpec("embedding", "FP32", (-1, hidden)),
            TensorSpec("last_hidden_state", "FP32", (-1, -1, hidden), follows_padding=True),
        ]
        self.versions = {"torch": torch.__version__, "python": platform.python_version(), **versions}

    def run(self, ids: Any, mask: Any) -> Any:
        """The outputs of one batch in the order of `OUTPUTS`, as tensors where they were computed."""
        raise NotImplementedError

    def fetch(self, tensor: Any) -> Any:
        """One of them, on the CPU. Only what was asked for travels: hidden states are an embedding for each token."""
        return tensor

    def preprocess(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Refuses what would fail inside the model, where it would fail the neighbours in its batch too."""
        ids, mask = inputs.get("input_ids"), inputs.get("attention_mask")
        for tensor in (ids, mask):
            if tensor is None or tensor.datatype != "INT64" or len(tensor.shape) != 2:
                return inputs  # the server says what is wrong with names, datatypes and ranks
        assert ids is not None and mask is not None
        if ids.shape != mask.shape:
            raise RequestError(f'"attention_mask" has the shape {list(mask.shape)}, "input_ids" {list(ids.shape)}')
        if not 1 <= ids.shape[1] <= self.positions:
            raise RequestError(f'"input_ids": the model takes 1 to {self.positions} tokens, not {ids.shape[1]}')
        values = struct.unpack(f"<{ids.elements}q", ids.data)
        if values and not 0 <= min(values) <= max(values) < self._vocabulary:
            raise RequestError(f'"input_ids": token ids go from 0 to {self._vocabulary - 1}')
        return inputs

    def infer(self, inputs: dict[str, Tensor], outputs: list[str]) -> dict[str, Tensor]:
        torch = self._torch
        # bytearray: torch refuses memory that it may not write to, and the ids of a batch are a few kilobytes.
        feed = [
            torch.frombuffer(bytearray(inputs[spec.name].data), dtype=torch.int64).reshape(inputs[spec.name].shape)
            for spec in self.inputs
        ]
        results = dict(zip(OUTPUTS, self.run(*feed)))
        fetched = {name: self.fetch(results[name]).contiguous() for name in outputs}
        return {name: Tensor(name, "FP32", tuple(t.shape), t.numpy().tobytes()) for name, t in fetched.items()}

    def warm_up_inputs(self) -> dict[str, Tensor]:
        return self.ones(1, min(_WARM_UP_LENGTH, self.positions))

    def ones(self, items: int, tokens: int) -> dict[str, Tensor]:
        """A batch of that shape without any padding."""
        data = struct.pack("<q", 1) * (items * tokens)
        return {spec.name: Tensor(spec.name, "INT64", (items, tokens), data) for spec in self.inputs}


def padded_to(torch: Any, tensor: Any, shape: tuple[int, int], value: int) -> Any:
    """Rows and columns added at the ends."""
    items, tokens = tensor.shape
    return torch.nn.functional.pad(tensor, (0, shape[1] - tokens, 0, shape[0] - items), value=value)
