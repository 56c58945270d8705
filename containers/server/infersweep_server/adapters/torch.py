"""PyTorch on the CPU: a Hugging Face encoder run eagerly, or a TorchScript module made by `containers/prepare/trace.py`."""

from __future__ import annotations

import pathlib
import platform
import struct
from typing import Any

from ..adapter import Adapter
from ..encoder import OUTPUTS, load_encoder, max_positions, model_config
from ..errors import ConfigError, RequestError
from ..fields import Field, integer, one_of, read_fields
from ..tensor import Tensor, TensorSpec

_PARAMETERS = {
    "mode": Field(one_of("eager", "torchscript"), "eager"),
    "precision": Field(one_of("fp32", "bf16"), "fp32"),
    "threads": Field(integer(1, 1024), 1),
}
_WARM_UP_LENGTH = 8
#: The TorchScript interpreter watches its first runs, then optimises: both must be over before the first client.
_TORCHSCRIPT_WARM_UPS = 3


class TorchAdapter(Adapter):
    def __init__(self, module: Any, config: dict[str, Any], versions: dict[str, str]) -> None:
        import torch

        self._torch = torch
        self._module = module
        self._positions = max_positions(config)
        self._vocabulary = int(config["vocab_size"])
        hidden = int(config["hidden_size"])
        pad = int(config.get("pad_token_id") or 0)
        self.inputs = [
            TensorSpec("input_ids", "INT64", (-1, -1), pad_value=pad),
            TensorSpec("attention_mask", "INT64", (-1, -1), pad_value=0),
        ]
        self.outputs = [
            TensorSpec("embedding", "FP32", (-1, hidden)),
            TensorSpec("last_hidden_state", "FP32", (-1, -1, hidden), follows_padding=True),
        ]
        self.versions = {"torch": torch.__version__, "python": platform.python_version(), **versions}

    def preprocess(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Refuses what would fail inside the model, where it would fail the neighbours in its batch too."""
        ids, mask = inputs.get("input_ids"), inputs.get("attention_mask")
        for tensor in (ids, mask):
            if tensor is None or tensor.datatype != "INT64" or len(tensor.shape) != 2:
                return inputs  # the server says what is wrong with names, datatypes and ranks
        assert ids is not None and mask is not None
        if ids.shape != mask.shape:
            raise RequestError(f'"attention_mask" has the shape {list(mask.shape)}, "input_ids" {list(ids.shape)}')
        if not 1 <= ids.shape[1] <= self._positions:
            raise RequestError(f'"input_ids": the model takes 1 to {self._positions} tokens, not {ids.shape[1]}')
        values = struct.unpack(f"<{ids.elements}q", ids.data)
        if values and not 0 <= min(values) <= max(values) < self._vocabulary:
            raise RequestError(f'"input_ids": token ids go from 0 to {self._vocabulary - 1}')
        return inputs

    def infer(self, inputs: dict[str, Tensor], outputs: list[str]) -> dict[str, Tensor]:
        torch = self._torch
        # bytearray: torch refuses memory that it may not write to, and the ids of a batch are a few kilobytes.
        feed = [
            torch.frombuffer(bytearray(inputs[spec.name].data), dtype=torch.int64).reshape(inputs[spec.name].shape)
            for spec in self.inputs
        ]
        with torch.inference_mode():
            results = dict(zip(OUTPUTS, self._module(*feed)))
        return {
            name: Tensor(name, "FP32", tuple(results[name].shape), results[name].contiguous().numpy().tobytes())
            for name in outputs
        }

    def warm_up_inputs(self) -> dict[str, Tensor]:
        shape = (1, min(_WARM_UP_LENGTH, self._positions))
        ones = struct.pack(f"<{shape[1]}q", *[1] * shape[1])
        return {spec.name: Tensor(spec.name, "INT64", shape, ones) for spec in self.inputs}


def load(path: str | None, parameters: dict[str, Any]) -> Adapter:
    read = read_fields(parameters, _PARAMETERS, "parameters")
    if path is None:
        raise ConfigError('"model.path" is missing: torch needs a model folder')
    folder = pathlib.Path(path)
    if not folder.is_dir():
        raise ConfigError(f"{path} is not a folder")
    config = model_config(folder)
    if read["mode"] == "torchscript" and read["precision"] != "fp32":
        raise ConfigError('"parameters.precision" must be fp32 with mode torchscript: a trace keeps its own precision')
    if read["mode"] == "torchscript" and not (folder / "model.pt").is_file():
        raise ConfigError(f"{path} holds no model.pt; make it with containers/prepare/trace.py")
    import numpy
    import torch

    torch.set_num_threads(read["threads"])
    torch.use_deterministic_algorithms(True, warn_only=True)
    versions = {"numpy": numpy.__version__}
    if read["mode"] == "eager":
        module = load_encoder(folder, read["precision"])
        import transformers

        versions["transformers"] = transformers.__version__
        return TorchAdapter(module, config, versions)
    adapter = TorchAdapter(_load_traced(folder / "model.pt"), config, versions)
    for _ in range(_TORCHSCRIPT_WARM_UPS):
        adapter.infer(adapter.warm_up_inputs(), list(OUTPUTS))
    return adapter


def _load_traced(file: pathlib.Path) -> Any:
    import warnings

    import torch

    with warnings.catch_warnings():
        # torch announces that TorchScript will go one day; that is the reader's business, not each server's log's.
        warnings.simplefilter("ignore", DeprecationWarning)
        module = torch.jit.load(str(file), map_location="cpu").eval()
        # Requests differ in length: code specialised to one shape would be compiled again for each new one.
        torch.jit.set_fusion_strategy([("DYNAMIC", 1)])
        return torch.jit.freeze(module)
