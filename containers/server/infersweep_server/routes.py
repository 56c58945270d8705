"""Which path answers what: KServe v2 and SageMaker."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, unquote

from . import __version__, host_watch, sagemaker
from .errors import RequestError
from .http_message import Request
from .http_server import Answer, error_answer
from .model import Model
from .process_facts import process_facts
from .usage_ring import SECONDS as MAX_SECONDS

LENGTH_HEADER = "Inference-Header-Content-Length"


class Routes:
    def __init__(self, model: Model) -> None:
        self._model = model
        self._infer_path = f"/v2/models/{quote(model.name)}/infer"

    def answer(self, request: Request) -> Answer:
        try:
            return self._dispatch(request)
        except RequestError as error:
            return error_answer(error)
        except Exception as error:  # a bug of ours must not take the connection's thread, nor leave a client waiting
            return error_answer(RequestError(f"internal error: {type(error).__name__}: {error}", 500))

    def _dispatch(self, request: Request) -> Answer:
        path = request.path
        if path == self._infer_path:
            return self._infer(request)
        if path == "/invocations":
            return self._invocations(request)
        if path == "/ping" or path == "/v2/health/ready":
            return _health(request, "ready", self._model.ready)
        if path == "/v2/health/live":
            return _health(request, "live", True)
        if path.rstrip("/") == "/v2":
            _allow(request, "GET")
            extensions = ["binary_tensor_data", "model_configuration", "statistics"]
            return _json({"name": "infersweep", "version": __version__, "extensions": extensions})
        if path.startswith("/v2/utilisation/"):
            return _utilisation(request, path[len("/v2/utilisation/") :])
        if path.startswith("/v2/models/"):
            return self._of_model(request, path[len("/v2/models/") :].split("/"))
        if path.startswith("/v2/repository/models/"):
            return self._of_repository(request, path[len("/v2/repository/models/") :].split("/"))
        raise RequestError(f"there is nothing at {path}", 404)

    def _of_model(self, request: Request, parts: list[str]) -> Answer:
        name, *rest = map(unquote, parts)
        self._know(name)
        if rest[:1] == ["versions"]:
            if rest[1:2] != ["1"]:
                raise RequestError(f'unknown version of "{name}"; this server has version 1', 404)
            rest = rest[2:]
        if rest == ["infer"]:
            return self._infer(request)
        if rest == ["ready"]:
            return _health(request, "ready", self._model.ready, name)
        if rest == ["stats"]:
            _allow(request, "GET")
            return _json({"model_stats": [self._statistics(name)], "process": process_facts()})
        if rest == ["config"]:
            _allow(request, "GET")
            return _json({"name": name, **self._model.settings})
        if rest == []:
            _allow(request, "GET")
            return _json(self._model.metadata())
        raise RequestError(f"there is nothing at {request.path}", 404)

    def _of_repository(self, request: Request, parts: list[str]) -> Answer:
        """Of Triton's protocol only `load`: one model is served here, from its start to its end."""
        name, *rest = map(unquote, parts)
        self._know(name)
        if rest != ["load"]:
            raise RequestError(f"there is nothing at {request.path}", 404)
        _allow(request, "POST")
        self._model.change(self._model.wanted(request.body))
        return _json({})

    def _know(self, name: str) -> None:
        if name != self._model.name:
            raise RequestError(f'unknown model "{name}"; this server has "{self._model.name}"', 404)

    def _statistics(self, name: str) -> dict[str, Any]:
        """With the settings in force, which may have been others when older requests were counted."""
        shown = self._model.statistics.shown(name)
        return shown if self._model.loading else {**shown, "config": self._model.settings}

    def _infer(self, request: Request) -> Answer:
        _allow(request, "POST")
        length = request.headers.get(LENGTH_HEADER.lower())
        encoded = self._model.infer(
            request.body,
            None if length is None else sagemaker.parse_length(length, LENGTH_HEADER),
            request.receive_ns,
        )
        if encoded.json_length is None:
            return Answer(encoded.body)
        return Answer(
            encoded.body, f"Content-Type: application/octet-stream\r\n{LENGTH_HEADER}: {encoded.json_length}\r\n"
        )

    def _invocations(self, request: Request) -> Answer:
        _allow(request, "POST")
        length = sagemaker.json_length(request.headers.get("content-type", ""))
        encoded = self._model.infer(request.body, length, request.receive_ns)
        return Answer(encoded.body, sagemaker.headers(encoded))


def _utilisation(request: Request, seconds: str) -> Answer:
    """Of the last so many seconds, an hour at most."""
    _allow(request, "GET")
    if not (seconds.isascii() and seconds.isdigit()) or not 1 <= int(seconds[:9]) <= MAX_SECONDS:
        raise RequestError(f"/v2/utilisation/SECONDS takes 1 to {MAX_SECONDS}, not {seconds!r}")
    usage = host_watch.usage(int(seconds))
    if usage is None:
        raise RequestError("nothing watches this host, or not yet", 404)
    return _json(usage)


def _allow(request: Request, method: str) -> None:
    if request.method != method:
        raise RequestError(f"{request.path} takes {method}, not {request.method}", 405, f"Allow: {method}\r\n")


def _health(request: Request, word: str, healthy: bool, name: str | None = None) -> Answer:
    _allow(request, "GET")
    return _json({**({} if name is None else {"name": name}), word: healthy}, 200 if healthy else 503)


def _json(value: Any, status: int = 200) -> Answer:
    return Answer(json.dumps(value).encode(), status=status)
