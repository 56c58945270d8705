"""ONNX Runtime on a CPU or a GPU: the model runs sequentially on as many threads as were asked for."""

from __future__ import annotations

import pathlib
import platform
from typing import Any

from ..adapter import Adapter
from ..errors import ConfigError
from ..fields import Field, boolean, integer, one_of, read_fields
from ..tensor import Tensor, TensorSpec

_OPTIMIZATIONS = {
    "disabled": "ORT_DISABLE_ALL",
    "basic": "ORT_ENABLE_BASIC",
    "extended": "ORT_ENABLE_EXTENDED",
    "all": "ORT_ENABLE_ALL",
}
_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
_PARAMETERS = {
    "provider": Field(one_of(*_PROVIDERS), "cpu"),
    "threads": Field(integer(1, 1024), 1),
    "graphOptimization": Field(one_of(*_OPTIMIZATIONS), "all"),
    # Threads that spin between requests take cores from their neighbours.
    "spin": Field(boolean, False),
    "precision": Field(one_of("fp32"), "fp32"),
}
_DATATYPES = {
    "bool": "BOOL", "uint8": "UINT8", "uint16": "UINT16", "uint32": "UINT32", "uint64": "UINT64", "int8": "INT8",
    "int16": "INT16", "int32": "INT32", "int64": "INT64", "float16": "FP16", "float": "FP32", "double": "FP64",
}  # fmt: skip
_NUMPY = {"BOOL": "?", "FP16": "<f2", "FP32": "<f4", "FP64": "<f8"}
#: Inputs of transformers whose padded positions the attention mask hides, with their usual filling.
_PADDING = {"attention_mask": 0, "input_ids": 0, "token_type_ids": 0}
#: Stands in for axes of open length during warm-up.
_WARM_UP_LENGTH = 8


class OnnxRuntimeAdapter(Adapter):
    def __init__(self, model: pathlib.Path, settings: dict[str, Any], onnxruntime: Any) -> None:
        import numpy

        self._numpy = numpy
        self.versions = {
            "onnxruntime": onnxruntime.__version__,
            "numpy": numpy.__version__,
            "python": platform.python_version(),
        }
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = settings["threads"]
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.graph_optimization_level = getattr(
            onnxruntime.GraphOptimizationLevel, _OPTIMIZATIONS[settings["graphOptimization"]]
        )
        options.add_session_config_entry("session.intra_op.allow_spinning", "1" if settings["spin"] else "0")
        options.log_severity_level = 3  # errors only
        self._session = onnxruntime.InferenceSession(str(model), options, providers=[_PROVIDERS[settings["provider"]]])
        used = self._session.get_providers()
        # Where a provider cannot start, ONNX Runtime falls back to the CPU with no more than a warning.
        if used[0] != _PROVIDERS[settings["provider"]]:
            raise ConfigError(f'"parameters.provider" is {settings["provider"]}, but ONNX Runtime took {used[0]}')
        self.facts = {"provider": used[0]}
        self.inputs = _input_specs(self._session.get_inputs())
        self.outputs = _output_specs(self._session.get_outputs(), self._session.get_inputs(), self.inputs)
        # Without this, nodes that lead only to outputs nobody wants would run all the same.
        self._partial = onnxruntime.RunOptions()
        self._partial.only_execute_path_to_fetches = True

    def infer(self, inputs: dict[str, Tensor], outputs: list[str]) -> dict[str, Tensor]:
        numpy = self._numpy
        feed = {name: numpy.frombuffer(t.data, dtype=_dtype(t.datatype)).reshape(t.shape) for name, t in inputs.items()}
        options = self._partial if len(outputs) < len(self.outputs) else None
        arrays = self._session.run(outputs, feed, options)
        datatypes = {spec.name: spec.datatype for spec in self.outputs}
        return {name: Tensor(name, datatypes[name], a.shape, a.tobytes()) for name, a in zip(outputs, arrays)}

    def warm_up_inputs(self) -> dict[str, Tensor]:
        tensors = {}
        for spec in self.inputs:
            shape = tuple(n if n >= 0 else 1 if axis == 0 else _WARM_UP_LENGTH for axis, n in enumerate(spec.shape))
            ones = self._numpy.ones(shape, dtype=_dtype(spec.datatype))
            tensors[spec.name] = Tensor(spec.name, spec.datatype, shape, ones.tobytes())
        return tensors


def _dtype(datatype: str) -> str:
    return _NUMPY.get(datatype) or datatype.lower()


def _spec(value: Any) -> TensorSpec:
    datatype = _DATATYPES.get(value.type.removeprefix("tensor(").removesuffix(")"))
    if datatype is None:
        raise ConfigError(f'"{value.name}" is a {value.type}, which this server does not carry')
    return TensorSpec(value.name, datatype, tuple(n if isinstance(n, int) else -1 for n in value.shape))


def _input_specs(values: Any) -> list[TensorSpec]:
    specs = [_spec(value) for value in values]
    if "attention_mask" not in {spec.name for spec in specs}:
        return specs
    return [
        spec._replace(pad_value=_PADDING[spec.name]) if spec.name in _PADDING and spec.shape == (-1, -1) else spec
        for spec in specs
    ]


def _output_specs(values: Any, inputs: Any, input_specs: list[TensorSpec]) -> list[TensorSpec]:
    """An output follows the padding when its axis 1 bears the same symbol as axis 1 of a padded input."""
    padded = {v.shape[1] for v, spec in zip(inputs, input_specs) if spec.pad_value is not None}
    return [
        _spec(v)._replace(follows_padding=len(v.shape) > 1 and isinstance(v.shape[1], str) and v.shape[1] in padded)
        for v in values
    ]


def load(path: str | None, parameters: dict[str, Any], onnxruntime: Any = None) -> Adapter:
    """`onnxruntime` stands in for the package in tests."""
    settings = read_fields(parameters, _PARAMETERS, "parameters")
    if path is None:
        raise ConfigError('"model.path" is missing: the adapter onnxruntime needs an ONNX file or a folder with one')
    if onnxruntime is None:
        import onnxruntime
    if _PROVIDERS[settings["provider"]] not in onnxruntime.get_available_providers():
        raise ConfigError(
            f'"parameters.provider" is {settings["provider"]}, but ONNX Runtime {onnxruntime.__version__} here has only '
            f"{', '.join(onnxruntime.get_available_providers())}: use the GPU image (onnxruntime-gpu), or provider cpu"
        )
    return OnnxRuntimeAdapter(_model_file(pathlib.Path(path)), settings, onnxruntime)


def _model_file(path: pathlib.Path) -> pathlib.Path:
    if not path.is_dir():
        return path
    preferred = path / "model.onnx"
    found = [preferred] if preferred.exists() else sorted(path.glob("*.onnx"))
    if len(found) != 1:
        raise FileNotFoundError(f"{path} holds {len(found)} ONNX files; it must hold model.onnx, or only one")
    return found[0]
