"""Hugging Face encoder folder → ONNX: `python export_onnx.py SOURCE_DIR OUT_DIR` writes OUT_DIR/model.onnx, checked."""

from __future__ import annotations

import pathlib
import warnings
from typing import Any, Callable

from artifact import OUTPUTS, Outputs, example, main

OPSET = 17
_AXES = {
    "input_ids": {0: "batch", 1: "sequence"},
    "attention_mask": {0: "batch", 1: "sequence"},
    "embedding": {0: "batch"},
    "last_hidden_state": {0: "batch", 1: "sequence"},
}


def make(encoder: Any, out: pathlib.Path) -> tuple[Callable[[Any, Any], Outputs], dict[str, Any]]:
    import onnxruntime
    import torch

    file = out / "model.onnx"
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            encoder,
            example(2, 16, encoder.model.config.vocab_size),
            str(file),
            input_names=["input_ids", "attention_mask"],
            output_names=list(OUTPUTS),
            dynamic_axes=_AXES,
            opset_version=OPSET,
            dynamo=False,  # the other exporter needs onnxscript and gives the same graph a second form
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])

    def run(ids: Any, mask: Any) -> Outputs:
        return session.run(list(OUTPUTS), {"input_ids": ids.numpy(), "attention_mask": mask.numpy()})

    return run, {"opset": OPSET, "exporter": "torchscript", "precision": "fp32"}


if __name__ == "__main__":
    main("model.onnx", make, ("torch", "transformers", "onnx", "onnxruntime", "numpy"))
