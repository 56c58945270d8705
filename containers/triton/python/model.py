"""One adapter of our server as a model of Triton's python backend: Triton batches, the adapter computes."""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any

# Triton's python processes run isolated and ignore PYTHONPATH.
sys.path[:0] = [entry for entry in os.environ.get("INFERSWEEP_SYS_PATH", "").split(":") if entry]

import numpy  # noqa: E402
import triton_python_backend_utils as triton  # noqa: E402
from infersweep_server.batch import Merger  # noqa: E402
from infersweep_server.tensor import Tensor  # noqa: E402

_NUMPY = {"BOOL": "?", "FP16": "<f2", "FP32": "<f4", "FP64": "<f8"}


class TritonPythonModel:
    def initialize(self, args: dict[str, str]) -> None:
        given = json.loads(args["model_config"])["parameters"]
        parameters = {key: value["string_value"] for key, value in given.items()}
        module = importlib.import_module(f"infersweep_server.adapters.{parameters['adapter']}")
        self._adapter = module.load(parameters["artifact"], json.loads(parameters["settings"]))
        self._merger = Merger(self._adapter.inputs, self._adapter.outputs)
        self._order = [spec.name for spec in self._adapter.outputs]
        # The first client must not wait for what the runtime allocates once.
        self._adapter.infer(self._adapter.warm_up_inputs(), self._order)

    def execute(self, requests: list[Any]) -> list[Any]:
        try:
            return self._answers(requests)
        except Exception as error:  # a batch that fails is an answer to each of its clients, not the server's end
            return [triton.InferenceResponse(error=triton.TritonError(str(error))) for _ in requests]

    def _answers(self, requests: list[Any]) -> list[Any]:
        inputs = [self._inputs(request) for request in requests]
        wanted = [set(request.requested_output_names()) for request in requests]
        names = [name for name in self._order if any(name in some for some in wanted)]
        computed = self._adapter.infer(self._merger.merge(inputs), names)
        answers = self._merger.split(computed, inputs)
        return [
            triton.InferenceResponse([_shown(tensor) for name, tensor in answer.items() if name in some])
            for answer, some in zip(answers, wanted)
        ]

    def _inputs(self, request: Any) -> dict[str, Tensor]:
        tensors = {}
        for spec in self._adapter.inputs:
            array = triton.get_input_tensor_by_name(request, spec.name).as_numpy()
            tensors[spec.name] = Tensor(spec.name, spec.datatype, array.shape, array.tobytes())
        return tensors


def _shown(tensor: Tensor) -> Any:
    dtype = _NUMPY.get(tensor.datatype) or tensor.datatype.lower()
    return triton.Tensor(tensor.name, numpy.frombuffer(tensor.data, dtype=dtype).reshape(tensor.shape))
