"""Where torch computes: every call that depends on the device, so that the adapters hold none and tests replace them."""

from __future__ import annotations

import contextlib
from typing import Any

from .errors import ConfigError


class CpuDevice:
    name = "cpu"
    #: Precisions that a module is cast to; `fp16` is mixed precision and needs a device that has it.
    precisions: tuple[str, ...] = ("fp32", "bf16")

    def __init__(self, torch: Any) -> None:
        self._torch = torch

    def place(self, module: Any) -> Any:
        return module

    def feed(self, tensor: Any) -> Any:
        return tensor

    def fetch(self, tensor: Any) -> Any:
        return tensor

    def autocast(self) -> contextlib.AbstractContextManager[Any]:
        """Around every inference of precision fp16."""
        raise NotImplementedError

    def facts(self) -> dict[str, Any]:
        return {"device": self.name}


class CudaDevice(CpuDevice):
    name = "cuda"
    precisions = ("fp32", "bf16", "fp16")

    def __init__(self, torch: Any) -> None:
        super().__init__(torch)
        if not torch.cuda.is_available():
            raise ConfigError(
                f'"parameters.device" is cuda, but torch {torch.__version__} sees no GPU here (torch.cuda.is_available() '
                "is false): start the container with its GPU, or set device to cpu"
            )

    def place(self, module: Any) -> Any:
        return module.to("cuda")

    def feed(self, tensor: Any) -> Any:
        return tensor.to("cuda")

    def fetch(self, tensor: Any) -> Any:
        return tensor.to("cpu")  # waits for the GPU, so that the time of the inference is its own

    def autocast(self) -> contextlib.AbstractContextManager[Any]:
        return self._torch.autocast("cuda", dtype=self._torch.float16)

    def facts(self) -> dict[str, Any]:
        return {"device": self._torch.cuda.get_device_name(0), "cuda": str(self._torch.version.cuda)}


DEVICES = {"cpu": CpuDevice, "cuda": CudaDevice}
