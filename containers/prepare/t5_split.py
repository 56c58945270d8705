"""Hugging Face T5 → two torch-neuron modules: `python t5_split.py SOURCE_DIR OUT_DIR SETTINGS` writes encoder.pt, decoder.pt.

SETTINGS is JSON: `batch` (texts x beams), `tokens` and `decoderTokens` are compiled in. The loop stays on the host.
"""

from __future__ import annotations

import pathlib
import time
from typing import Any

from artifact import PreparationError, model_config
from compile_log import read_neuron_log
from device_manifest import Device, copy_beside, write_manifest
from neuron_calls import NeuronCalls, captured, torch_neuron_calls
from neuron_trace import main
from parts import Facts, Parts, weights_sha256

from infersweep_server.t5_modules import encoder_and_decoder


def prepare(source: pathlib.Path, out: pathlib.Path, settings: dict[str, Any], calls: NeuronCalls) -> None:
    started_s = time.perf_counter()
    config = model_config(source)
    if config["model_type"] != "t5":
        raise PreparationError(f"only T5 is split in two, not {config['model_type']}")
    flags = {name: int(settings[name]) for name in ("batch", "tokens", "decoderTokens")}
    (out / "manifest.json").unlink(missing_ok=True)
    parts = Parts(out)
    made_from = {"model": weights_sha256(source), "versions": calls.versions, **flags}
    # Loaded once, and only when a part is missing.
    pair: list[tuple[Any, Any]] = []
    for at, name in enumerate(("encoder.pt", "decoder.pt")):
        parts.make(name, made_from, lambda file, at=at: _trace(_pair(source, flags, pair)[at], file, flags, config, at, calls))
    copy_beside(source, out)
    logs = [parts.done[name] for name in ("encoder.pt", "decoder.pt")]
    write_manifest(
        out,
        parts,
        kind="t5-split",
        artifact="decoder.pt",
        device=Device("aws-inferentia", neuron_cores=1),
        versions=calls.versions,
        flags=flags,
        facts={
            "compiledShare": min((log["compiledShare"] for log in logs if log["compiledShare"] is not None), default=None),
            "fallingBack": [line for log in logs for line in log["fallingBack"]],
        },
        seconds=time.perf_counter() - started_s,
    )


def _pair(source: pathlib.Path, flags: Facts, loaded: list[tuple[Any, Any]]) -> tuple[Any, Any]:
    if not loaded:
        import transformers

        model = transformers.T5ForConditionalGeneration.from_pretrained(str(source), local_files_only=True).eval()
        loaded.append(encoder_and_decoder(model, flags["decoderTokens"]))
    return loaded[0]


def _trace(module: Any, file: pathlib.Path, flags: Facts, config: Any, at: int, calls: NeuronCalls) -> Facts:
    import torch

    ids = torch.ones((flags["batch"], flags["tokens"]), dtype=torch.int64)
    if at == 0:
        feed: tuple[Any, ...] = (ids, ids)
    else:
        hidden = torch.ones((flags["batch"], flags["tokens"], int(config["d_model"])))
        feed = (torch.ones((flags["batch"], flags["decoderTokens"]), dtype=torch.int64), ids, hidden, torch.tensor(0))
    with torch.no_grad(), captured() as text:
        torch.jit.save(calls.trace(module, feed, []), str(file))
    log = read_neuron_log(text[0])
    if not log["passed"]:
        raise PreparationError(f"the compiler never said `Compiler status PASS` for {file.name}")
    return log


if __name__ == "__main__":
    main("t5_split.py", lambda source, out, settings: prepare(source, out, settings, torch_neuron_calls()))
