"""An encoder for the compilers of fixed shapes. The server's own loader speaks to transformers 5; their images end at 4.26."""

from __future__ import annotations

import pathlib
from typing import Any

from artifact import ConfigError
from infersweep_server.encoder import model_config, pooling_of


def load_fixed_encoder(folder: pathlib.Path) -> Any:
    """Ids and mask → pooled embedding and last hidden state, weights from `model.safetensors`, in evaluation mode."""
    model_config(folder)
    kind, normalise = pooling_of(folder)
    import torch
    import transformers
    from safetensors.torch import load_file

    model = transformers.AutoModel.from_config(transformers.AutoConfig.from_pretrained(str(folder)))
    prefix = f"{model.base_model_prefix}."
    weights = {key[len(prefix) :] if key.startswith(prefix) else key: value for key, value in load_file(folder / "model.safetensors").items()}
    missing = [key for key in model.load_state_dict(weights, strict=False).missing_keys if not key.startswith("pooler.")]
    if missing:
        raise ConfigError(f"{folder}/model.safetensors lacks {len(missing)} tensors of the model, first {missing[0]}")

    class Encoder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> tuple[Any, Any]:
            hidden = self.model(input_ids=input_ids, attention_mask=attention_mask, return_dict=False)[0]
            if kind == "cls":
                pooled = hidden[:, 0]
            else:
                weight = attention_mask.unsqueeze(-1).to(hidden.dtype)
                pooled = (hidden * weight).sum(1) / weight.sum(1).clamp(min=1e-9)
            return (torch.nn.functional.normalize(pooled, dim=1) if normalise else pooled), hidden

    return Encoder().float().eval()
