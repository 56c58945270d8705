"""The served model: loads on the inference thread, answers requests through the batcher."""

from __future__ import annotations

import importlib
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from . import model_settings
from .adapter import Adapter
from .batcher import Batcher
from .config import Batching, Config
from .errors import ConfigError, RequestError
from .kserve_request import decode
from .kserve_response import Encoded, encode
from .statistics import Statistics
from .tensor import TensorSpec, check_inputs

#: What waits before a change of settings must be done by then.
CHANGE_SECONDS = 30


class Model:
    def __init__(self, config: Config) -> None:
        self.name = config.model_name
        self.statistics = Statistics()
        #: Set while the server finishes what is in flight: no longer ready, still answering.
        self.draining = False
        #: Whether the other processes that serve on the same address are ready; alone there are none.
        self.others_ready: Callable[[], bool] = lambda: True
        self._config = config
        self._logged: set[type[Exception]] = set()
        self._adapter: Adapter | None = None
        self._batcher: Batcher | None = None

    @property
    def ready(self) -> bool:
        return self._batcher is not None and not self.draining and self.others_ready()

    def start(self, on_ready: Callable[[float], None], on_failure: Callable[[str, int], None]) -> None:
        """Loads, warms up, then runs batches, all on one thread: runtimes keep settings per thread."""
        threading.Thread(target=self._run, args=(on_ready, on_failure), name="inference", daemon=True).start()

    def _run(self, on_ready: Callable[[float], None], on_failure: Callable[[str, int], None]) -> None:
        started_s = time.perf_counter()
        try:
            adapter = self._load()
            batcher = Batcher(adapter, self._config.batching, self._config.max_queue_size, self.statistics)
            adapter.infer(adapter.warm_up_inputs(), [spec.name for spec in adapter.outputs])
        except ConfigError as error:
            return on_failure(str(error), 2)
        except BaseException as error:  # a runtime may raise anything, and a server without its model is of no use
            return on_failure(f"cannot load the model: {type(error).__name__}: {error}", 1)
        self._adapter, self._batcher = adapter, batcher
        on_ready(time.perf_counter() - started_s)
        for at in range(1, adapter.executors):
            threading.Thread(target=batcher.run_forever, name=f"inference-{at}", daemon=True).start()
        batcher.run_forever()

    def _load(self) -> Adapter:
        config = self._config
        module = importlib.import_module(f"infersweep_server.adapters.{config.adapter.replace('-', '_')}")
        adapter: Adapter = module.load(config.model_path, config.parameters)
        if config.tokenizer is None:
            return adapter
        from .tokenizer import wrap_with_tokenizer

        return wrap_with_tokenizer(adapter, config.model_path, config.tokenizer)

    def infer(self, body: bytes, json_length: int | None, receive_ns: int = 0) -> Encoded:
        """Raises RequestError."""
        arrived_ns = time.perf_counter_ns()
        try:
            if self._adapter is None or self._batcher is None:
                raise _loading()
            request = decode(body, json_length, self._adapter.inputs)
            inputs = self._adapter.preprocess(request.inputs)
            check_inputs(inputs, self._adapter.inputs)
            job = self._batcher.submit(inputs, self._wanted(request.outputs))
            decoded_ns = time.perf_counter_ns()
            outputs = job.result()
            computed_ns = time.perf_counter_ns()
            encoded = encode(self.name, request, outputs)
        except Exception as error:
            self.statistics.failed(time.perf_counter_ns() - arrived_ns)
            if isinstance(error, RequestError):
                raise
            failure = f"inference failed: {type(error).__name__}: {error}"
            self._log_once(type(error), failure)
            raise RequestError(failure, 500) from error
        done_ns = time.perf_counter_ns()
        self.statistics.succeeded(done_ns - arrived_ns, decoded_ns - arrived_ns, done_ns - computed_ns, receive_ns)
        return encoded

    def change(self, batching: Batching | None) -> None:
        """Other settings of the queue, in force when this returns. Raises RequestError; nothing is changed then."""
        model_settings.check_changeable(self._config)
        if self._adapter is None or self._batcher is None:
            raise _loading()
        if self._adapter.executors > 1:
            raise RequestError(f"{self._adapter.executors} batches run at once here: start the server again instead", 409)
        if not self._batcher.change(batching, CHANGE_SECONDS):
            raise RequestError(f"requests before it took longer than {CHANGE_SECONDS} s: nothing is changed", 503)

    @property
    def loading(self) -> bool:
        return self._batcher is None

    @property
    def settings(self) -> dict[str, Any]:
        """In force, in Triton's words. Raises RequestError while there are none."""
        if self._batcher is None:
            raise _loading()
        return model_settings.shown(self._batcher.batching)

    def wanted(self, body: bytes) -> Batching | None:
        """What a load request asks for. Raises RequestError."""
        return model_settings.wanted(body, self._config)

    def _log_once(self, kind: type[Exception], failure: str) -> None:
        """For whoever asks later why answers were errors. Once for each kind: a server that fails fails fast and often."""
        if kind not in self._logged:
            self._logged.add(kind)
            print(f"infersweep_server: {' '.join(failure.split())[:500]}", file=sys.stderr, flush=True)

    def _wanted(self, names: dict[str, bool] | None) -> list[str]:
        assert self._adapter is not None
        known = [spec.name for spec in self._adapter.outputs]
        for name in names or ():
            if name not in known:
                raise RequestError(f'unknown output "{name}"; the model gives {", ".join(known)}')
        return list(names or known)

    def metadata(self) -> dict[str, Any]:
        if self._adapter is None:
            raise _loading()
        return {
            "name": self.name,
            "versions": ["1"],
            "platform": self._config.adapter,
            "inputs": [_shown(spec) for spec in self._adapter.inputs],
            "outputs": [_shown(spec) for spec in self._adapter.outputs],
            # KServe's `versions` are those of the model; these are the versions of what computes it.
            "versions_of": self._adapter.versions,
            "facts": self._adapter.facts,
        }


def _loading() -> RequestError:
    return RequestError("the model is still loading", 503, "Retry-After: 1\r\n")


def _shown(spec: TensorSpec) -> dict[str, Any]:
    return {"name": spec.name, "datatype": spec.datatype, "shape": list(spec.shape)}
