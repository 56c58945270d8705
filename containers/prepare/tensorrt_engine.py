"""ONNX → TensorRT engine, on the GPU model that will serve it: `python tensorrt_engine.py SOURCE OUT_DIR SETTINGS`.

SOURCE is an .onnx file or an encoder folder, which is exported first. SETTINGS is JSON: `precision` fp32 or fp16, `maxBatch`,
`tokens`, `device` as the catalog names it. Writes OUT_DIR/model.plan, and keeps the export and the timing cache: a build of
70 minutes that breaks off starts again from there.
"""

from __future__ import annotations

import pathlib
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import export_onnx
from artifact import PreparationError, load_encoder, sha256
from compile_log import failure, falling_back
from device_manifest import Device, copy_beside, write_manifest
from neuron_trace import main
from parts import Facts, Parts, weights_sha256

_WORKSPACE_MIB = 8192


@dataclass(frozen=True)
class TensorRtCalls:
    #: Runs trtexec; gives its exit code and everything it wrote.
    run: Callable[[list[str]], tuple[int | None, str]]
    tensor_rt: str
    compute_capability: str


def command(onnx: pathlib.Path, plan: pathlib.Path, cache: pathlib.Path, flags: Facts, version: str) -> list[str]:
    """The call of trtexec. Raises PreparationError for what this TensorRT has no flag for."""
    if flags["precision"] == "fp16" and int(version.split(".")[0]) >= 11:
        raise PreparationError(
            f"TensorRT {version} has no --fp16: from 11 on precision comes from the model's own types; build with TensorRT 10, "
            "which is what the serving image has"
        )

    def shapes(batch: int) -> str:
        return ",".join(f"{name}:{batch}x{flags['tokens']}" for name in flags["inputs"])

    largest = flags["maxBatch"]  # activations are reserved for it in every instance: no larger than what is served
    return [
        "trtexec",
        f"--onnx={onnx}",
        f"--saveEngine={plan}",
        f"--minShapes={shapes(1)}",
        f"--optShapes={shapes(largest)}",
        f"--maxShapes={shapes(largest)}",
        *(["--fp16"] if flags["precision"] == "fp16" else []),
        f"--memPoolSize=workspace:{_WORKSPACE_MIB}",
        "--builderOptimizationLevel=3",
        f"--timingCacheFile={cache}",
        "--skipInference",
    ]


def prepare(source: pathlib.Path, out: pathlib.Path, settings: dict[str, Any], calls: TensorRtCalls) -> None:
    started_s = time.perf_counter()
    inputs = settings.get("inputs", ["input_ids", "attention_mask"])
    flags = {"precision": settings["precision"], "maxBatch": int(settings["maxBatch"]), "tokens": int(settings["tokens"])}
    flags["inputs"] = inputs
    (out / "manifest.json").unlink(missing_ok=True)
    parts = Parts(out)
    onnx = source if source.is_file() else _export(source, out, parts)
    cache = out / "timing.cache"
    made_from = {"onnx": sha256(onnx), "tensorRt": calls.tensor_rt, "device": settings["device"], **flags}

    def build(file: pathlib.Path) -> Facts:
        code, log = calls.run(command(onnx, file, cache, flags, calls.tensor_rt))
        why = failure(code, log, "build on a host with more memory, or with a smaller maxBatch")
        if why is None and not file.is_file():
            why = "trtexec ended well and wrote no engine"
        if why is not None:
            raise PreparationError(why)
        return {"fallingBack": falling_back(log)}

    parts.make("model.plan", made_from, build)
    if source.is_dir():
        copy_beside(source, out)
    write_manifest(
        out,
        parts,
        kind="tensorrt-engine",
        artifact="model.plan",
        device=Device(settings["device"], compute_capability=calls.compute_capability),
        versions={"tensorrt": calls.tensor_rt},
        flags=flags,
        facts={"fallingBack": parts.done["model.plan"]["fallingBack"]},
        seconds=time.perf_counter() - started_s,
    )


def _export(source: pathlib.Path, out: pathlib.Path, parts: Parts) -> pathlib.Path:
    def make(file: pathlib.Path) -> Facts:
        work = out / "export"
        work.mkdir(exist_ok=True)
        _, facts = export_onnx.make(load_encoder(source), work)
        (work / "model.onnx").replace(file)
        return facts

    return parts.make("model.onnx", {"model": weights_sha256(source), "opset": export_onnx.OPSET}, make)


def trtexec_calls() -> TensorRtCalls:
    """Never ran here: no GPU."""
    import tensorrt
    import torch

    def run(arguments: list[str]) -> tuple[int | None, str]:
        done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout

    major, minor = torch.cuda.get_device_capability()
    return TensorRtCalls(run, tensorrt.__version__, f"{major}.{minor}")


if __name__ == "__main__":
    main("tensorrt_engine.py", lambda source, out, settings: prepare(source, out, settings, trtexec_calls()))
