"""Encoder → Torch-TensorRT module, on the GPU architecture that will serve it:
`python torch_tensorrt_compile.py SOURCE_DIR OUT_DIR SETTINGS` writes OUT_DIR/model.pt.

SETTINGS is JSON: `precision`, `maxBatch`, `tokens`, `device`.
"""

from __future__ import annotations

import pathlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from artifact import example, load_encoder, model_config
from compile_log import falling_back
from device_manifest import Device, copy_beside, write_manifest
from neuron_calls import captured
from neuron_trace import main
from parts import Facts, Parts, weights_sha256

#: From here on precision comes from the model's types unless explicit typing is switched off.
_EXPLICIT_TYPING = (2, 10)


@dataclass(frozen=True)
class TorchTensorRtCalls:
    #: `compile(module, example, minimum shape, largest shape, options)` writes nothing and gives the compiled module.
    compile: Callable[[Any, tuple[Any, ...], tuple[int, int], tuple[int, int], dict[str, Any]], Any]
    #: `save(module, file, example)` as TorchScript.
    save: Callable[[Any, pathlib.Path, tuple[Any, ...]], None]
    versions: dict[str, str]
    compute_capability: str


def options(precision: str, version: str) -> dict[str, Any]:
    """Settings that ask for a precision in the words of this version."""
    found: dict[str, Any] = {"ir": "dynamo", "precision": precision, "truncate_double": True}
    if tuple(int(part) for part in version.split(".")[:2]) >= _EXPLICIT_TYPING:
        found["use_explicit_typing"] = False  # with it, asking for half precision is an AssertionError
    return found


def prepare(source: pathlib.Path, out: pathlib.Path, settings: dict[str, Any], calls: TorchTensorRtCalls) -> None:
    started_s = time.perf_counter()
    config = model_config(source)
    flags = {"precision": settings["precision"], "maxBatch": int(settings["maxBatch"]), "tokens": int(settings["tokens"])}
    asked = options(flags["precision"], calls.versions["torch-tensorrt"])
    (out / "manifest.json").unlink(missing_ok=True)
    parts = Parts(out)

    def build(file: pathlib.Path) -> Facts:
        feed = example(flags["maxBatch"], flags["tokens"], int(config["vocab_size"]))
        largest = (flags["maxBatch"], flags["tokens"])
        with captured() as text:
            compiled = calls.compile(load_encoder(source), feed, (1, flags["tokens"]), largest, asked)
            calls.save(compiled, file, feed)
        return {"fallingBack": falling_back(text[0])}

    made_from = {"model": weights_sha256(source), "device": settings["device"], **calls.versions, **flags}
    parts.make("model.pt", made_from, build)
    copy_beside(source, out)
    write_manifest(
        out,
        parts,
        kind="torch-tensorrt",
        artifact="model.pt",
        device=Device(settings["device"], compute_capability=calls.compute_capability),
        versions=calls.versions,
        flags={**flags, "options": asked},
        facts={"fallingBack": parts.done["model.pt"]["fallingBack"]},
        seconds=time.perf_counter() - started_s,
    )


def torch_tensorrt_calls() -> TorchTensorRtCalls:
    """Never ran here: no GPU."""
    import tensorrt
    import torch
    import torch_tensorrt

    def compile(module: Any, feed: tuple[Any, ...], smallest: Any, largest: Any, asked: dict[str, Any]) -> Any:
        settings = {key: value for key, value in asked.items() if key != "precision"}
        precision = torch.half if asked["precision"] == "fp16" else torch.float
        shapes = {"min_shape": smallest, "opt_shape": largest, "max_shape": largest}
        inputs = [torch_tensorrt.Input(dtype=torch.int64, **shapes) for _ in feed]
        return torch_tensorrt.compile(module.cuda(), inputs=inputs, enabled_precisions={precision}, **settings)

    def save(module: Any, file: pathlib.Path, feed: tuple[Any, ...]) -> None:
        torch_tensorrt.save(module, str(file), output_format="torchscript", inputs=[each.cuda() for each in feed])

    major, minor = torch.cuda.get_device_capability()
    versions = {"torch": torch.__version__, "torch-tensorrt": torch_tensorrt.__version__, "tensorrt": tensorrt.__version__}
    return TorchTensorRtCalls(compile, save, versions, f"{major}.{minor}")


if __name__ == "__main__":
    main("torch_tensorrt_compile.py", lambda source, out, settings: prepare(source, out, settings, torch_tensorrt_calls()))
