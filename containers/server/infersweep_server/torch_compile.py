"""torch.compile for a served encoder: frozen, and compiled for every shape before the first client waits for one."""

from __future__ import annotations

import os
import pathlib
import shutil
import sysconfig
from typing import Any

from .errors import ConfigError, RequestError

Shape = tuple[int, int]
#: One item alone, a batch, and two lengths: after these a dynamic compilation has seen every kind of shape. Batch 1 is
#: a kind of its own, because torch specialises sizes 0 and 1.
_DYNAMIC_WARM_UPS: tuple[Shape, ...] = ((1, 8), (2, 8), (2, 16), (1, 16))
CACHE_VARIABLE = "TORCHINDUCTOR_CACHE_DIR"


def read_shapes(name: str, value: Any) -> str:
    """`dynamic`, or shapes like `1x128,8x128`. Raises ConfigError."""
    if isinstance(value, str) and (value == "dynamic" or _parsed(value)):
        return value
    raise ConfigError(f'"{name}" must be "dynamic" or shapes of items x tokens like "1x128,8x128", not {value!r}')


def fixed_shapes(value: str) -> list[Shape]:
    """Smallest first; empty for `dynamic`."""
    return sorted(_parsed(value), key=lambda shape: (shape[0] * shape[1], shape))


def _parsed(value: str) -> list[Shape]:
    shapes = []
    for part in value.split(","):
        items, _, tokens = part.strip().partition("x")
        if not (items.isdigit() and tokens.isdigit() and int(items) > 0 and int(tokens) > 0):
            return []
        shapes.append((int(items), int(tokens)))
    return shapes


def check_compiler() -> None:
    """Raises ConfigError: inductor would fail in the middle of its first compilation, with pages of its own code."""
    compiler = os.environ.get("CXX") or "g++"
    if shutil.which(compiler) is None:
        raise ConfigError(
            f'"parameters.mode" compile needs a C++ compiler, and {compiler} is not on the PATH: install g++ '
            "(Debian: apt-get install g++), or use mode eager or torchscript"
        )
    header = pathlib.Path(sysconfig.get_path("include"), "Python.h")
    if not header.is_file():
        raise ConfigError(
            f'"parameters.mode" compile needs the headers of Python, and {header} is missing: '
            "install python3-dev, or use mode eager or torchscript"
        )


def compile_module(module: Any, shapes: list[Shape]) -> Any:
    """Lazy, as torch.compile is: each shape is compiled when it is first run."""
    os.environ.setdefault(CACHE_VARIABLE, str(pathlib.Path.home() / ".cache" / "infersweep" / "inductor"))
    import torch
    import torch._dynamo.config as dynamo
    import torch._inductor.config as inductor

    # As in source 004: weights become constants, laid out once for the CPU's matrix kernels.
    inductor.freezing = True
    inductor.cpp.weight_prepack = True
    dynamo.recompile_limit = max(dynamo.recompile_limit, 2 * len(shapes) + 8)
    return torch.compile(module, dynamic=not shapes)


def warm_up_shapes(shapes: list[Shape], positions: int) -> list[Shape]:
    return shapes or [(items, min(tokens, positions)) for items, tokens in _DYNAMIC_WARM_UPS]


def fitting(shapes: list[Shape], items: int, tokens: int) -> Shape:
    """The smallest compiled shape that holds a batch. Raises RequestError."""
    for shape in shapes:
        if shape[0] >= items and shape[1] >= tokens:
            return shape
    compiled = ", ".join(f"{a}x{b}" for a, b in shapes)
    raise RequestError(f"{items} x {tokens} (items x tokens) fits none of the compiled shapes {compiled}")
