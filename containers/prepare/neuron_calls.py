"""torch-neuron's compiler behind one call, so that everything around it runs on any CPU with `torch.jit.trace` in its place."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class NeuronCalls:
    #: `trace(module, example, arguments of neuron-cc)` gives what `torch.jit.save` takes.
    trace: Callable[[Any, tuple[Any, ...], list[str]], Any]
    versions: dict[str, str]
    #: Whether compiled modules can be executed where they are compiled; without Inferentia they cannot.
    runs_here: bool


def torch_neuron_calls() -> NeuronCalls:
    """Never ran here: the calls are those of AWS's documentation for torch-neuron 1.13.1."""
    import torch
    import torch_neuron

    def trace(module: Any, example: tuple[Any, ...], arguments: list[str]) -> Any:
        return torch.neuron.trace(module, example_inputs=example, compiler_args=arguments, verbose=1)

    return NeuronCalls(trace, {"torch": torch.__version__, "torch-neuron": torch_neuron.__version__}, runs_here=False)


@contextmanager
def captured() -> Iterator[list[str]]:
    """Everything that this process and its children write, as one text, and still written: neuron-cc is a child."""
    text: list[str] = []
    sys.stdout.flush()
    sys.stderr.flush()
    saved = os.dup(1), os.dup(2)
    with tempfile.TemporaryFile() as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        try:
            yield text
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, copy in zip((1, 2), saved):
                os.dup2(copy, number)
                os.close(copy)
            log.seek(0)
            text.append(log.read().decode("utf-8", "replace"))
            sys.stderr.write(text[0])
