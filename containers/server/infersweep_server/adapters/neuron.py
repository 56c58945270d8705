"""AWS Inferentia (inf1) through torch-neuron: encoders over cores or as a pipeline, and T5 with its loop on the host.

Layouts: one process that holds all cores (requests can share a batch), or one gunicorn worker for each group of cores.
"""

from __future__ import annotations

import os
import pathlib
from typing import Any

from ..adapter import Adapter
from ..core_plan import cores_here, plan_cores
from ..encoder import model_config, read_json
from ..errors import ConfigError
from ..fields import Field, integer, nullable, one_of, read_fields
from ..neuron_encoder import NeuronEncoderAdapter
from ..neuron_runtime import RUNTIMES
from ..neuron_seq2seq import NeuronSeq2SeqAdapter
from ..replicas import Replicas
from ..worker_slots import own_slot, pool_size

_PARAMETERS = {
    "mode": Field(one_of("data-parallel", "pipeline", "seq2seq"), "data-parallel"),
    # Shapes that the model was compiled for; the manifest beside it says them too, and must not contradict.
    "batch": Field(integer(1, 1024), 1),
    "tokens": Field(integer(1, 4096), 128),
    "decoderTokens": Field(integer(2, 1024), 40),
    # In all; null for every core of the host.
    "cores": Field(nullable(integer(1, 64)), None),
    # Source 000 had 2: one batch computes while the next one travels.
    "threadsPerCore": Field(integer(1, 8), 2),
    # Data parallel: a copy of the model for each core, or torch.neuron.DataParallel, which splits one large batch.
    "dispatch": Field(one_of("replicas", "split"), "replicas"),
    # `cpu` rehearses on TorchScript; what it measures says nothing about Inferentia.
    "device": Field(one_of(*RUNTIMES), "neuron"),
}


def load(path: str | None, parameters: dict[str, Any], runtimes: dict[str, Any] = RUNTIMES) -> Adapter:
    read = read_fields(parameters, _PARAMETERS, "parameters")
    if path is None:
        raise ConfigError('"model.path" is missing: neuron needs a folder with a compiled model')
    folder = pathlib.Path(path)
    seq2seq = read["mode"] == "seq2seq"
    files = [folder / name for name in (("encoder.pt", "decoder.pt") if seq2seq else ("model.pt",))]
    for file in files:
        if not file.is_file():
            raise ConfigError(f"{folder} holds no {file.name}, which mode {read['mode']} needs")
    config = model_config(folder)
    flags = (read_json(folder / "manifest.json") or {}).get("flags", {})
    for name in ("batch", "tokens", "decoderTokens"):
        if name in flags and flags[name] != read[name]:
            raise ConfigError(f'"parameters.{name}" is {read[name]}, but the model was compiled for {flags[name]}')
    pipeline = read["mode"] == "pipeline"
    rehearsed = (read["cores"] or pool_size()) if read["device"] == "cpu" else cores_here()
    plan = plan_cores(
        available=rehearsed,
        workers=pool_size(),
        cores=read["cores"],
        threads_per_core=read["threadsPerCore"],
        pipeline=pipeline,
        compiled_cores=flags.get("cores"),
        environ=os.environ,
    )
    visible = plan.visible(own_slot())
    runtime = runtimes[read["device"]](visible, plan.cores_per_worker)
    split = read["dispatch"] == "split"
    if split and read["mode"] != "data-parallel":
        raise ConfigError('"parameters.dispatch" split belongs to mode data-parallel')
    if split:
        loaded = [runtime.data_parallel(str(files[0]), plan.cores_per_worker)]
    else:
        # A pipeline is one model over all cores of its process.
        copies = 1 if pipeline else plan.cores_per_worker
        loaded = [tuple(runtime.load(str(file)) for file in files) for _ in range(copies)]
        loaded = loaded if seq2seq else [modules[0] for modules in loaded]
    replicas = Replicas(loaded, plan.threads if pipeline else plan.threads_per_core)
    items = read["batch"] * (plan.cores_per_worker if split else 1)
    adapter: Adapter
    if seq2seq:
        adapter = NeuronSeq2SeqAdapter(config, replicas, items, read["tokens"], read["decoderTokens"])
    else:
        adapter = NeuronEncoderAdapter(config, replicas, items, read["tokens"])
    adapter.versions = {**adapter.versions, **runtime.versions}
    adapter.executors = plan.threads_per_core if split else plan.threads
    adapter.facts = {"device": read["device"], "neuronCores": visible, "replicas": len(loaded), "threads": adapter.executors}
    for _ in range(replicas.count):  # the copies are lent in turn, so each is warmed once
        adapter.infer(adapter.warm_up_inputs(), [spec.name for spec in adapter.outputs])
    return adapter
