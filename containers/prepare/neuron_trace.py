"""Hugging Face encoder → torch-neuron: `python neuron_trace.py SOURCE_DIR OUT_DIR SETTINGS` writes OUT_DIR/model.pt.

SETTINGS is JSON: `batch` and `tokens` are compiled in; `cores` above 1 makes one pipeline over so many. Needs an x86 CPU with
16 GiB and no Inferentia.
"""

from __future__ import annotations

import json
import pathlib
import sys
import time
from typing import Any

from artifact import ConfigError, OUTPUTS, PreparationError, example, max_positions, model_config
from compile_log import read_neuron_log
from device_manifest import Device, copy_beside, write_manifest
from fixed_encoder import load_fixed_encoder
from neuron_calls import NeuronCalls, captured, torch_neuron_calls
from parts import Facts, Parts, weights_sha256

#: What a chip computes in bf16 or fp16 differs from the CPU's fp32 by no more.
ABSOLUTE, RELATIVE = 5e-2, 2e-2


def prepare(source: pathlib.Path, out: pathlib.Path, settings: dict[str, Any], calls: NeuronCalls) -> None:
    started_s = time.perf_counter()
    config = model_config(source)
    batch, tokens, cores = int(settings["batch"]), int(settings["tokens"]), int(settings.get("cores", 1))
    if tokens > max_positions(config):
        raise PreparationError(f"{tokens} tokens are more than the {max_positions(config)} the model has positions for")
    arguments = [*settings.get("compilerArguments", [])]
    if cores > 1:
        arguments += ["--neuroncore-pipeline-cores", str(cores)]
    flags = {"batch": batch, "tokens": tokens, "cores": cores, "compilerArguments": arguments}
    (out / "manifest.json").unlink(missing_ok=True)
    parts = Parts(out)
    made_from = {"model": weights_sha256(source), "versions": calls.versions, **flags}
    parts.make("model.pt", made_from, lambda file: _trace(source, file, config, flags, calls))
    copy_beside(source, out)
    log = {name: parts.done["model.pt"][name] for name in ("compiledShare", "notCompiled", "fallingBack")}
    write_manifest(
        out,
        parts,
        kind="neuron-pipeline" if cores > 1 else "neuron-data-parallel",
        artifact="model.pt",
        device=Device("aws-inferentia", neuron_cores=cores),
        versions=calls.versions,
        flags=flags,
        facts=log,
        seconds=time.perf_counter() - started_s,
    )


def _trace(source: pathlib.Path, file: pathlib.Path, config: Any, flags: Facts, calls: NeuronCalls) -> Facts:
    import torch

    encoder = load_fixed_encoder(source)
    ids, mask = example(flags["batch"], flags["tokens"], int(config["vocab_size"]))
    with torch.no_grad(), captured() as text:
        traced = calls.trace(encoder, (ids, mask), flags["compilerArguments"])
        torch.jit.save(traced, str(file))
    log = read_neuron_log(text[0])
    if not log["passed"]:
        raise PreparationError("the compiler never said `Compiler status PASS`: everything would run on the CPU")
    if calls.runs_here:
        _check(torch.jit.load(str(file)), encoder, ids, mask)
    return log


def _check(loaded: Any, encoder: Any, ids: Any, mask: Any) -> None:
    import torch

    with torch.no_grad():
        pairs = zip(OUTPUTS, loaded(ids, mask), encoder(ids, mask))
        for name, actual, wanted in pairs:
            if not bool(((actual - wanted).abs() <= ABSOLUTE + RELATIVE * wanted.abs()).all()):
                raise PreparationError(f'"{name}" of the compiled model differs from eager')


def main(script: str, run: Any) -> None:
    """`python SCRIPT SOURCE_DIR OUT_DIR SETTINGS`, for every preparation of a device."""
    if len(sys.argv) != 4:
        sys.exit(f"usage: python {script} SOURCE_DIR OUT_DIR SETTINGS")
    try:
        run(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), json.loads(sys.argv[3]))
    except (PreparationError, ConfigError) as error:
        print(f"{script}: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main("neuron_trace.py", lambda source, out, settings: prepare(source, out, settings, torch_neuron_calls()))
