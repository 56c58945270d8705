"""The server's routes as a WSGI application, for gunicorn. Importing it in a worker reads the configuration."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from .config import Config, read_config
from .errors import RequestError
from .gunicorn_start import CONFIG_VARIABLE
from .http_message import MAX_BODY_BYTES, Request
from .http_server import Answer, error_answer
from .model import Model
from .routes import Routes
from .worker_slots import StartGate

#: gunicorn's own code for a worker that cannot boot: the master then ends too, instead of starting others for ever.
WORKER_BOOT_ERROR = 3


class Core:
    """What a worker process holds: the model, and the routes that lead to it."""

    def __init__(self, config: Config) -> None:
        self.model = Model(config)
        self.routes = Routes(self.model)

    def start(self, gate: StartGate, slot: int) -> None:
        """After the fork: threads and device contexts do not survive one."""
        self.model.others_ready = lambda: gate.open

        def ready(seconds: float) -> None:
            gate.pass_through(slot)
            print(f"infersweep_server: worker {slot} ready after {seconds:.2f} s", file=sys.stderr, flush=True)

        self.model.start(on_ready=ready, on_failure=self._failed)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            answer = self.routes.answer(request_of(environ))
        except RequestError as error:
            answer = error_answer(error)
        start_response(*head_of(answer))
        return [answer.body]

    def _failed(self, message: str, _code: int) -> None:
        print(f"infersweep_server: error: {' '.join(message.split())}", file=sys.stderr, flush=True)
        os._exit(WORKER_BOOT_ERROR)


def request_of(environ: dict[str, Any]) -> Request:
    """Raises RequestError for a body that is too large or ends early."""
    headers = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    headers["content-type"] = environ.get("CONTENT_TYPE") or ""
    method, length = environ["REQUEST_METHOD"], environ.get("CONTENT_LENGTH")
    chunked = headers.get("transfer-encoding", "").lower() == "chunked"
    if length and int(length) > MAX_BODY_BYTES:
        raise RequestError(f"the body exceeds {MAX_BODY_BYTES} bytes", 413)
    if not length and not chunked and method in ("POST", "PUT", "PATCH"):
        raise RequestError("Content-Length is missing", 411)
    body, begun_ns = b"", time.perf_counter_ns()
    if length or chunked:
        body = environ["wsgi.input"].read(int(length) if length else MAX_BODY_BYTES + 1)
        if length and len(body) < int(length):
            raise RequestError("the body ends early")
        if len(body) > MAX_BODY_BYTES:
            raise RequestError(f"the body exceeds {MAX_BODY_BYTES} bytes", 413)
    path = environ.get("RAW_URI", environ.get("PATH_INFO", "/")).partition("?")[0]
    return Request(method, path, headers, body, True, time.perf_counter_ns() - begun_ns)


def head_of(answer: Answer) -> tuple[str, list[tuple[str, str]]]:
    lines = (line.partition(": ") for line in answer.headers.split("\r\n") if line)
    headers = [(name, value) for name, _, value in lines]
    return (
        f"{answer.status} {HTTPStatus(answer.status).phrase}",
        [*headers, ("Content-Length", str(len(answer.body)))],
    )


core: Core
application: Callable[..., Iterable[bytes]]
if CONFIG_VARIABLE in os.environ:
    _config = read_config(os.environ[CONFIG_VARIABLE])
    core = application = Core(_config)
    if _config.gunicorn is not None and _config.gunicorn.falcon:
        from .falcon_app import falcon_application

        application = falcon_application(core)
