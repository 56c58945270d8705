"""Latency and memory of one torch module: `python measure.py FILE NAME eager|compile [WARM_UP ITERATIONS]` prints one JSON line.

FILE is Python with `MODELS = {name: factory}`; a factory gives a module and the tuple it is called with. One process for each
model, as TorchBench does: memory is the process's, and a crash takes nobody along.
"""

from __future__ import annotations

import importlib.util
import json
import pathlib
import statistics
import sys
import time
from typing import Any

#: TorchBench's own numbers.
WARM_UP, ITERATIONS = 20, 50


def compiled(module: Any) -> Any:
    """As source 004 compiles: inductor, weights frozen and packed ahead of the first call."""
    import torch
    import torch._inductor.config as inductor

    inductor.cpp.weight_prepack = True
    inductor.freezing = True
    return torch.compile(module)


def measure(module: Any, feed: tuple[Any, ...], mode: str, warm_up: int, iterations: int) -> dict[str, float]:
    import torch

    with torch.no_grad():
        run = compiled(module.eval()) if mode == "compile" else module.eval()
        for _ in range(warm_up):
            run(*feed)
        spent_s = []
        for _ in range(iterations):
            started_s = time.perf_counter()
            run(*feed)
            spent_s.append(time.perf_counter() - started_s)
    return {"latency": statistics.median(spent_s) * 1000, "cmem": peak_gib()}


def peak_gib() -> float:
    """Largest resident memory of this process. `ru_maxrss` would include what the parent had when it forked."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 2**20
    raise RuntimeError("/proc/self/status names no VmHWM")


def models_of(file: str) -> dict[str, Any]:
    spec = importlib.util.spec_from_file_location("models", file)
    if spec is None or spec.loader is None:
        raise ValueError(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules["models"] = module
    spec.loader.exec_module(module)
    return module.MODELS


def main() -> None:
    file, name, mode, *counts = sys.argv[1:]
    warm_up, iterations = (int(count) for count in counts) if counts else (WARM_UP, ITERATIONS)
    module, feed = models_of(file)[name]()
    print(json.dumps(measure(module, feed, mode, warm_up, iterations)))


if __name__ == "__main__":
    main()
