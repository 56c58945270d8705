"""A Hugging Face encoder folder as one torch module: token ids and mask → pooled embedding and last hidden state."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any

from .errors import ConfigError

OUTPUTS = ("embedding", "last_hidden_state")
#: Position embeddings of this kind start behind the padding index, so two positions are not usable.
_OFFSET_POSITIONS = {"roberta": 2, "xlm-roberta": 2, "camembert": 2, "mpnet": 2}


def read_json(file: pathlib.Path) -> Any:
    """None where there is no such file. Raises ConfigError."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file} cannot be read: {error}") from None


def model_config(folder: pathlib.Path) -> dict[str, Any]:
    config = read_json(folder / "config.json")
    if not isinstance(config, dict) or "model_type" not in config:
        raise ConfigError(f"{folder} holds no config.json of a Hugging Face model")
    return config


def max_positions(config: dict[str, Any]) -> int:
    """The longest sequence the model has positions for."""
    return int(config.get("max_position_embeddings", 512)) - _OFFSET_POSITIONS.get(config["model_type"], 0)


def pooling_of(folder: pathlib.Path) -> tuple[str, bool]:
    """`mean` or `cls`, and whether embeddings are normalised; what a plain folder does not say is mean, normalised."""
    modules = read_json(folder / "modules.json")
    normalise = modules is None or any(str(m.get("type", "")).endswith("Normalize") for m in modules)
    pooling = read_json(folder / "1_Pooling" / "config.json") or {"pooling_mode_mean_tokens": True}
    modes = sorted(key for key, value in pooling.items() if key.startswith("pooling_mode_") and value is True)
    if modes == ["pooling_mode_mean_tokens"]:
        return "mean", normalise
    if modes == ["pooling_mode_cls_token"]:
        return "cls", normalise
    raise ConfigError(f"{folder}: pooling must be mean or cls alone, not {', '.join(modes) or 'none'}")


def load_encoder(path: str | os.PathLike[str], precision: str = "fp32") -> Any:
    """The module in evaluation mode. Reads nothing but the folder; runs no code from it."""
    folder = pathlib.Path(path)
    model_config(folder)
    if not (folder / "model.safetensors").is_file():
        raise ConfigError(f"{folder} holds no model.safetensors")
    kind, normalise = pooling_of(folder)
    # transformers would otherwise ask the network for newer files, and draws a progress bar for 100 tensors.
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import torch
    import transformers
    from torch.nn.functional import normalize

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    model, report = transformers.AutoModel.from_pretrained(
        str(folder),
        dtype={"fp32": torch.float32, "bf16": torch.bfloat16}[precision],
        attn_implementation="sdpa",
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        output_loading_info=True,
    )
    # A missing tensor would be filled with random numbers, and the model would serve nonsense without a word.
    # The pooler is no part of the encoder's output: sentence models leave it out.
    missing = sorted(key for key in report["missing_keys"] if not key.startswith("pooler."))
    if missing:
        raise ConfigError(f"{folder}/model.safetensors lacks {len(missing)} tensors of the model, first {missing[0]}")

    class Encoder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> tuple[Any, Any]:
            hidden = self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state.float()
            if kind == "cls":
                pooled = hidden[:, 0]
            else:
                weight = attention_mask.unsqueeze(-1).to(hidden.dtype)
                pooled = (hidden * weight).sum(1) / weight.sum(1).clamp(min=1e-9)
            return (normalize(pooled, dim=1) if normalise else pooled), hidden

    return Encoder().eval()
