"""Hugging Face encoder folder → TorchScript: `python trace.py SOURCE_DIR OUT_DIR` writes OUT_DIR/model.pt, checked."""

from __future__ import annotations

import pathlib
import warnings
from typing import Any, Callable

from artifact import Outputs, example, main


def make(encoder: Any, out: pathlib.Path) -> tuple[Callable[[Any, Any], Outputs], dict[str, Any]]:
    import torch

    file = out / "model.pt"
    vocabulary = encoder.model.config.vocab_size
    with warnings.catch_warnings(), torch.no_grad():
        # Deprecated in torch 2.13 with a long notice, and still what Triton's PyTorch backend serves.
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(encoder, example(2, 16, vocabulary), check_trace=False)
        torch.jit.save(traced, str(file))
        # Loaded again: the check below is of the file, not of what is in memory.
        loaded = torch.jit.load(str(file)).eval()

    def run(ids: Any, mask: Any) -> Outputs:
        with torch.inference_mode():
            return list(loaded(ids, mask))

    return run, {"method": "trace", "precision": "fp32"}


if __name__ == "__main__":
    main("model.pt", make, ("torch", "transformers", "numpy"))
