"""An encoder compiled for one shape: batches are filled up to it, longer ones cut into several executions."""

from __future__ import annotations

from typing import Any

from .encoder_adapter import EncoderAdapter, padded_to
from .errors import RequestError
from .replicas import Replicas
from .tensor import Tensor


class NeuronEncoderAdapter(EncoderAdapter):
    def __init__(self, config: dict[str, Any], replicas: Replicas, items: int, tokens: int) -> None:
        super().__init__(config, {})
        self._replicas = replicas
        self._shape = (items, tokens)

    def preprocess(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        checked = super().preprocess(inputs)
        ids = checked.get("input_ids")
        if ids is not None and len(ids.shape) == 2 and ids.shape[1] > self._shape[1]:
            raise RequestError(f'"input_ids": the model was compiled for {self._shape[1]} tokens, not {ids.shape[1]}')
        return checked

    def run(self, ids: Any, mask: Any) -> Any:
        parts = [self._execute(*chunk) for chunk in zip(ids.split(self._shape[0]), mask.split(self._shape[0]))]
        return parts[0] if len(parts) == 1 else tuple(self._torch.cat(each) for each in zip(*parts))

    def _execute(self, ids: Any, mask: Any) -> Any:
        items, tokens = ids.shape
        feed = padded_to(self._torch, ids, self._shape, self._pad), padded_to(self._torch, mask, self._shape, 0)
        with self._replicas.lent() as module:
            embedding, hidden = module(*feed)
        return embedding[:items].float(), hidden[:items, :tokens].float()
