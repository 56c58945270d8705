"""PyTorch on a CPU or a GPU: a Hugging Face encoder run eagerly or compiled, or a TorchScript module made by
`containers/prepare/trace.py`."""

from __future__ import annotations

import contextlib
import pathlib
from typing import Any

from .. import host_settings, torch_compile
from ..adapter import Adapter
from ..encoder import OUTPUTS, load_encoder, model_config
from ..encoder_adapter import EncoderAdapter, padded_to
from ..errors import ConfigError
from ..fields import Field, integer, one_of, read_fields
from ..tensor import Tensor
from ..torch_device import DEVICES, CpuDevice

_PARAMETERS = {
    "mode": Field(one_of("eager", "torchscript", "compile"), "eager"),
    "device": Field(one_of(*DEVICES), "cpu"),
    # fp16 is mixed precision (torch.autocast) on a GPU; bf16 casts the module.
    "precision": Field(one_of("fp32", "bf16", "fp16"), "fp32"),
    "threads": Field(integer(1, 1024), 1),
    # What mode compile compiles before the server is ready: one graph for every shape, or these alone.
    "shapes": Field(torch_compile.read_shapes, "dynamic"),
    # `graviton` sets what source 004 set, before torch is imported.
    "environment": Field(one_of("default", "graviton"), "default"),
}
#: The TorchScript interpreter watches its first runs, then optimises: both must be over before the first client.
_TORCHSCRIPT_WARM_UPS = 3


class TorchAdapter(EncoderAdapter):
    def __init__(
        self, module: Any, config: dict[str, Any], versions: dict[str, str], device: CpuDevice, mixed: bool
    ) -> None:
        super().__init__(config, versions)
        self._module = module
        self._device = device
        self._mixed = mixed
        #: Batches are padded up to one of these; empty where any shape is computed as it is.
        self.shapes: list[torch_compile.Shape] = []
        self.facts = device.facts()

    def preprocess(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        checked = super().preprocess(inputs)
        if self.shapes and "input_ids" in checked and len(checked["input_ids"].shape) == 2:
            torch_compile.fitting(self.shapes, *checked["input_ids"].shape)
        return checked

    def run(self, ids: Any, mask: Any) -> Any:
        items, tokens = ids.shape
        if self.shapes:
            shape = torch_compile.fitting(self.shapes, items, tokens)
            ids, mask = padded_to(self._torch, ids, shape, self._pad), padded_to(self._torch, mask, shape, 0)
        with self._torch.inference_mode(), self._device.autocast() if self._mixed else contextlib.nullcontext():
            embedding, hidden = self._module(self._device.feed(ids), self._device.feed(mask))
        return embedding[:items].float(), hidden[:items, :tokens].float()

    def fetch(self, tensor: Any) -> Any:
        return self._device.fetch(tensor)


def load(path: str | None, parameters: dict[str, Any], devices: dict[str, Any] = DEVICES) -> Adapter:
    read = read_fields(parameters, _PARAMETERS, "parameters")
    if path is None:
        raise ConfigError('"model.path" is missing: torch needs a model folder')
    folder = pathlib.Path(path)
    if not folder.is_dir():
        raise ConfigError(f"{path} is not a folder")
    config = model_config(folder)
    _check(read, folder, devices)
    facts = host_settings.apply_graviton(read["threads"]) if read["environment"] == "graviton" else {}
    import numpy
    import torch

    device = devices[read["device"]](torch)
    torch.set_num_threads(read["threads"])
    torch.use_deterministic_algorithms(read["device"] == "cpu", warn_only=True)
    versions = {"numpy": numpy.__version__}
    if read["mode"] == "torchscript":
        module = _load_traced(folder / "model.pt", device)
    else:
        module = device.place(load_encoder(folder, "bf16" if read["precision"] == "bf16" else "fp32"))
        import transformers

        versions["transformers"] = transformers.__version__
    shapes = torch_compile.fixed_shapes(read["shapes"]) if read["mode"] == "compile" else []
    if read["mode"] == "compile":
        module = torch_compile.compile_module(module, shapes)
    adapter = TorchAdapter(module, config, versions, device, read["precision"] == "fp16")
    adapter.shapes = shapes
    adapter.facts = {**adapter.facts, **facts}
    _warm_up(adapter, read["mode"])
    return adapter


def _check(read: dict[str, Any], folder: pathlib.Path, devices: dict[str, Any]) -> None:
    precision, mode = read["precision"], read["mode"]
    if precision not in devices[read["device"]].precisions:
        raise ConfigError(f'"parameters.precision" fp16 is mixed precision of a GPU: set "device" to cuda, or use bf16')
    if mode == "torchscript" and precision == "bf16":
        raise ConfigError(
            '"parameters.precision" must be fp32, or fp16 on cuda, with mode torchscript: a trace keeps its own precision'
        )
    if mode == "torchscript" and not (folder / "model.pt").is_file():
        raise ConfigError(f"{folder} holds no model.pt; make it with containers/prepare/trace.py")
    if mode == "compile":
        torch_compile.check_compiler()
    elif read["shapes"] != "dynamic":
        raise ConfigError(f'"parameters.shapes" belongs to mode compile; mode {mode} computes every shape as it comes')


def _warm_up(adapter: TorchAdapter, mode: str) -> None:
    if mode == "compile":
        for items, tokens in torch_compile.warm_up_shapes(adapter.shapes, adapter.positions):
            adapter.infer(adapter.ones(items, tokens), list(OUTPUTS))
    if mode == "torchscript":
        for _ in range(_TORCHSCRIPT_WARM_UPS):
            adapter.infer(adapter.warm_up_inputs(), list(OUTPUTS))


def _load_traced(file: pathlib.Path, device: CpuDevice) -> Any:
    import warnings

    import torch

    with warnings.catch_warnings():
        # torch announces that TorchScript will go one day; that is the reader's business, not each server's log's.
        warnings.simplefilter("ignore", DeprecationWarning)
        # Placed before it is frozen: a frozen module's weights are constants of its graph, which nothing moves any more.
        module = torch.jit.load(str(file), map_location=device.name).eval()
        retarget(module, str(next(module.parameters()).device))
        # Requests differ in length: code specialised to one shape would be compiled again for each new one.
        torch.jit.set_fusion_strategy([("DYNAMIC", 1)])
        return torch.jit.freeze(module)


def retarget(module: Any, device: str) -> None:
    """A trace keeps the device it was made on where the model asked a tensor for its own; this names another in its graphs."""
    for part in module.modules():
        try:
            graph = part.graph
        except RuntimeError:
            continue  # it has no code of its own: embeddings and layers that the trace has only parameters of
        for node in graph.findAllNodes("prim::Constant"):
            if node.output().type().kind() == "DeviceObjType":
                node.s_("value", device)
