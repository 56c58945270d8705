"""KServe v2 over HTTP as a client: tensors as raw bytes, one kept connection for each thread, errors as this server's own."""

from __future__ import annotations

import http.client
import json
import threading
from typing import Any
from urllib.parse import quote, urlsplit

from .errors import ConfigError, RequestError
from .tensor import Tensor, check_consistent, check_datatype

_LENGTH = "Inference-Header-Content-Length"
_BAD_GATEWAY, _UNAVAILABLE, _GATEWAY_TIMEOUT = 502, 503, 504


class KserveClient:
    def __init__(self, url: str, model: str, timeout_s: float) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ConfigError(f'"parameters.url" must be like http://127.0.0.1:8000, not {url!r}')
        self._address = (parts.hostname, parts.port or 80)
        self._path = f"/v2/models/{quote(model, safe='')}"
        self._timeout_s = timeout_s
        self._own = threading.local()
        #: Connections opened so far: more than the threads means that they are not kept.
        self.opened = 0

    def ready(self) -> bool:
        try:
            return self._request("GET", f"{self._path}/ready", b"", {})[0] == 200
        except RequestError:
            return False

    def metadata(self) -> dict[str, Any]:
        """Raises RequestError."""
        status, _, body = self._request("GET", self._path, b"", {})
        if status != 200:
            raise _refused(status, body)
        return _json(body)

    def infer(self, inputs: list[Tensor], outputs: list[str]) -> dict[str, Tensor]:
        """Raises RequestError: 4xx and 503 as they came, 502 for every other failure upstream, 504 for silence."""
        head = json.dumps(
            {
                "inputs": [
                    {
                        "name": t.name,
                        "datatype": t.datatype,
                        "shape": t.shape,
                        "parameters": {"binary_data_size": len(t.data)},
                    }
                    for t in inputs
                ],
                "outputs": [{"name": name, "parameters": {"binary_data": True}} for name in outputs],
            }
        ).encode()
        body = b"".join((head, *(t.data for t in inputs)))
        headers = {_LENGTH: str(len(head)), "Content-Type": "application/octet-stream"}
        status, length, answer = self._request("POST", f"{self._path}/infer", body, headers)
        if status != 200:
            raise _refused(status, answer)
        return _tensors(answer, length)

    def _request(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, str | None, bytes]:
        connection: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        for fresh in (connection is None, True):
            if connection is None or fresh:
                connection = http.client.HTTPConnection(*self._address, timeout=self._timeout_s)
                self.opened += 1
            try:
                connection.request(method, path, body, headers)
                response = connection.getresponse()
                answer = response.status, response.headers.get(_LENGTH), response.read()
            except TimeoutError:
                self._forget(connection)
                raise RequestError(f"the upstream server said nothing for {self._timeout_s:g} s", _GATEWAY_TIMEOUT) from None
            except (OSError, http.client.HTTPException) as error:
                self._forget(connection)
                # A kept connection may have been closed while it was idle; a fresh one tells the truth.
                if fresh:
                    why = f"{type(error).__name__}: {error}"
                    raise RequestError(f"the upstream server cannot be reached: {why}", _BAD_GATEWAY) from None
                connection = None
                continue
            self._own.connection = None if response.will_close else connection
            return answer
        raise AssertionError("the second attempt returns or raises")

    def _forget(self, connection: http.client.HTTPConnection) -> None:
        connection.close()
        self._own.connection = None


def _refused(status: int, body: bytes) -> RequestError:
    try:
        message = str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        message = body[:200].decode("utf-8", "replace")
    kept = status if 400 <= status < 500 or status == _UNAVAILABLE else _BAD_GATEWAY
    return RequestError(f"upstream: {message}", kept, "Retry-After: 1\r\n" if kept == _UNAVAILABLE else "")


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise RequestError("the upstream server answered with something that is no JSON object", _BAD_GATEWAY)
    return value


def _tensors(body: bytes, length: str | None) -> dict[str, Tensor]:
    try:
        at = int(length) if length is not None else len(body)
        tensors = {}
        for value in _json(body[:at])["outputs"]:
            size = value["parameters"]["binary_data_size"]
            name, data = value["name"], body[at : at + size]
            tensors[name] = Tensor(name, check_datatype(name, value["datatype"]), tuple(value["shape"]), data)
            check_consistent(tensors[name])
            at += size
        return tensors
    except (KeyError, TypeError, ValueError, RequestError) as error:
        raise RequestError(f"the upstream answer cannot be read: {error}", _BAD_GATEWAY) from None
