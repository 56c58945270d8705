"""A Hugging Face model as its own library runs it, one request at a time: what source 001 put into each gunicorn worker.

It is the baseline that other runtimes are compared with. Nothing is traced, compiled or batched here.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import platform
from typing import Any, NamedTuple

from ..adapter import Adapter
from ..encoder import load_encoder, max_positions, model_config
from ..errors import ConfigError, RequestError
from ..fields import Field, integer, one_of, read_fields
from ..tensor import Tensor, TensorSpec
from ..torch_device import DEVICES, CpuDevice


class Task(NamedTuple):
    #: Class of transformers that loads it.
    loader: str
    output: TensorSpec


_TASKS = {
    "feature-extraction": Task(
        "AutoModel", TensorSpec("last_hidden_state", "FP32", (-1, -1, -1), follows_padding=True)
    ),
    # Pooled and normalised as the folder says, like the adapter torch, so that both meet the same golden outputs.
    "sentence-embedding": Task("", TensorSpec("embedding", "FP32", (-1, -1))),
    "fill-mask": Task("AutoModelForMaskedLM", TensorSpec("logits", "FP32", (-1, -1, -1), follows_padding=True)),
    "token-classification": Task(
        "AutoModelForTokenClassification", TensorSpec("logits", "FP32", (-1, -1, -1), follows_padding=True)
    ),
    "text-classification": Task("AutoModelForSequenceClassification", TensorSpec("logits", "FP32", (-1, -1))),
    "text2text-generation": Task("AutoModelForSeq2SeqLM", TensorSpec("sequences", "INT64", (-1, -1))),
    "text-generation": Task("AutoModelForCausalLM", TensorSpec("sequences", "INT64", (-1, -1))),
}
_PARAMETERS = {
    "task": Field(one_of(*_TASKS), "feature-extraction"),
    "device": Field(one_of(*DEVICES), "cpu"),
    "precision": Field(one_of("fp32", "bf16", "fp16"), "fp32"),
    "threads": Field(integer(1, 1024), 1),
    # Greedy generation: new tokens at most. Source 001 had 40.
    "maxNewTokens": Field(integer(1, 4096), 40),
}
_WARM_UP_LENGTH = 8


class TransformersAdapter(Adapter):
    def __init__(self, module: Any, config: dict[str, Any], read: dict[str, Any], device: CpuDevice) -> None:
        import torch
        import transformers

        self._torch = torch
        self._module = module
        self._device = device
        self._mixed = read["precision"] == "fp16"
        self._output = _TASKS[read["task"]].output
        self._new_tokens = read["maxNewTokens"]
        self._positions = max_positions(config)
        self._vocabulary = int(config["vocab_size"])
        # No filling value: requests are not joined here, as they were not in the source.
        self.inputs = [TensorSpec(name, "INT64", (-1, -1)) for name in ("input_ids", "attention_mask")]
        self.outputs = [self._output]
        self.versions = {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "python": platform.python_version(),
        }
        inner = module.model if read["task"] == "sentence-embedding" else module
        self.facts = {**device.facts(), "architecture": type(inner).__name__}

    def preprocess(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        ids, mask = inputs.get("input_ids"), inputs.get("attention_mask")
        if ids is None or mask is None or ids.datatype != "INT64" or len(ids.shape) != 2:
            return inputs  # the server says what is wrong with names, datatypes and ranks
        if ids.shape != mask.shape:
            raise RequestError(f'"attention_mask" has the shape {list(mask.shape)}, "input_ids" {list(ids.shape)}')
        if not 1 <= ids.shape[1] <= self._positions:
            raise RequestError(f'"input_ids": the model takes 1 to {self._positions} tokens, not {ids.shape[1]}')
        if any(not 0 <= value < self._vocabulary for value in memoryview(ids.data).cast("q")):
            raise RequestError(f'"input_ids": token ids go from 0 to {self._vocabulary - 1}')
        return inputs

    def infer(self, inputs: dict[str, Tensor], outputs: list[str]) -> dict[str, Tensor]:
        torch = self._torch
        ids, mask = (
            self._device.feed(torch.frombuffer(bytearray(t.data), dtype=torch.int64).reshape(t.shape))
            for t in (inputs["input_ids"], inputs["attention_mask"])
        )
        with torch.inference_mode(), self._device.autocast() if self._mixed else contextlib.nullcontext():
            result = self._device.fetch(self._run(ids, mask))
        name, datatype = self._output.name, self._output.datatype
        result = (result.float() if datatype == "FP32" else result).contiguous()
        return {name: Tensor(name, datatype, tuple(result.shape), result.numpy().tobytes())}

    def _run(self, ids: Any, mask: Any) -> Any:
        if self._output.name == "embedding":
            return self._module(ids, mask)[0]
        if self._output.name != "sequences":
            return getattr(self._module(input_ids=ids, attention_mask=mask), self._output.name)
        return self._module.generate(
            input_ids=ids, attention_mask=mask, max_new_tokens=self._new_tokens, do_sample=False, num_beams=1
        )

    def warm_up_inputs(self) -> dict[str, Tensor]:
        shape = (1, min(_WARM_UP_LENGTH, self._positions))
        ones = (1).to_bytes(8, "little") * shape[1]
        return {spec.name: Tensor(spec.name, "INT64", shape, ones) for spec in self.inputs}


def load(path: str | None, parameters: dict[str, Any], devices: dict[str, Any] = DEVICES) -> Adapter:
    read = read_fields(parameters, _PARAMETERS, "parameters")
    if path is None or not pathlib.Path(path).is_dir():
        raise ConfigError(f'"model.path" must be a folder of a Hugging Face model, not {path}')
    config = model_config(pathlib.Path(path))
    if read["precision"] not in devices[read["device"]].precisions:
        raise ConfigError('"parameters.precision" fp16 is mixed precision of a GPU: set "device" to cuda, or use bf16')
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(read["threads"])
    device = devices[read["device"]](torch)
    if read["task"] == "sentence-embedding":
        encoder = load_encoder(path, "bf16" if read["precision"] == "bf16" else "fp32")
        return TransformersAdapter(device.place(encoder), config, read, device)
    model, report = getattr(transformers, _TASKS[read["task"]].loader).from_pretrained(
        path,
        dtype=torch.bfloat16 if read["precision"] == "bf16" else torch.float32,
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        output_loading_info=True,
    )
    # A missing tensor would be filled with random numbers, and the model would serve nonsense without a word.
    missing = sorted(key for key in report["missing_keys"] if not key.startswith("pooler."))
    if missing:
        raise ConfigError(f'{path} is no model for task {read["task"]}: it lacks {len(missing)} tensors, first {missing[0]}')
    return TransformersAdapter(device.place(model.eval()), config, read, device)
