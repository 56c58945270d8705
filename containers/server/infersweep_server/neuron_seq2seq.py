"""T5 in two compiled modules: token ids in, the ids of the greedy answer out."""

from __future__ import annotations

import platform
from typing import Any

from .adapter import Adapter
from .encoder_adapter import padded_to
from .errors import RequestError
from .greedy import generate
from .replicas import Replicas
from .tensor import Tensor, TensorSpec

_DTYPE = "INT64"


class NeuronSeq2SeqAdapter(Adapter):
    def __init__(self, config: dict[str, Any], replicas: Replicas, items: int, tokens: int, decoder_tokens: int) -> None:
        import torch

        self._torch = torch
        self._replicas = replicas
        self._shape = (items, tokens)
        self._length = decoder_tokens
        self._pad = int(config.get("pad_token_id") or 0)
        self._start = int(config.get("decoder_start_token_id") or self._pad)
        self._end = int(config.get("eos_token_id", 1))
        self._vocabulary = int(config["vocab_size"])
        self.inputs = [
            TensorSpec("input_ids", _DTYPE, (-1, -1), pad_value=self._pad),
            TensorSpec("attention_mask", _DTYPE, (-1, -1), pad_value=0),
        ]
        self.outputs = [TensorSpec("sequences", _DTYPE, (-1, decoder_tokens))]
        self.versions = {"torch": torch.__version__, "python": platform.python_version()}

    def preprocess(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        ids, mask = inputs.get("input_ids"), inputs.get("attention_mask")
        if ids is None or mask is None or len(ids.shape) != 2 or ids.datatype != _DTYPE:
            return inputs  # the server says what is wrong with names, datatypes and ranks
        if ids.shape != mask.shape:
            raise RequestError(f'"attention_mask" has the shape {list(mask.shape)}, "input_ids" {list(ids.shape)}')
        if not 1 <= ids.shape[1] <= self._shape[1]:
            raise RequestError(f'"input_ids": the model was compiled for {self._shape[1]} tokens, not {ids.shape[1]}')
        if any(not 0 <= value < self._vocabulary for value in memoryview(ids.data).cast("q")):
            raise RequestError(f'"input_ids": token ids go from 0 to {self._vocabulary - 1}')
        return inputs

    def infer(self, inputs: dict[str, Tensor], outputs: list[str]) -> dict[str, Tensor]:
        torch = self._torch
        ids, mask = (
            torch.frombuffer(bytearray(t.data), dtype=torch.int64).reshape(t.shape)
            for t in (inputs["input_ids"], inputs["attention_mask"])
        )
        parts = [self._execute(*chunk) for chunk in zip(ids.split(self._shape[0]), mask.split(self._shape[0]))]
        sequences = torch.cat(parts)
        return {"sequences": Tensor("sequences", _DTYPE, tuple(sequences.shape), sequences.numpy().tobytes())}

    def _execute(self, ids: Any, mask: Any) -> Any:
        torch, items = self._torch, ids.shape[0]
        ids, mask = padded_to(torch, ids, self._shape, self._pad), padded_to(torch, mask, self._shape, 0)
        # Rows that fill the batch up look at their first token: a row that may look at nothing gives no numbers.
        mask[items:, 0] = 1
        with self._replicas.lent() as (encode, decode):
            sequences, _ = generate(
                torch, encode, decode, ids, mask, length=self._length, start=self._start, end=self._end, pad=self._pad
            )
        return sequences[:items]

    def warm_up_inputs(self) -> dict[str, Tensor]:
        ones = (1).to_bytes(8, "little")
        return {spec.name: Tensor(spec.name, _DTYPE, (1, 1), ones) for spec in self.inputs}
