"""A client that can also send what no library would."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any


class Client:
    def __init__(self, host: str, port: int, model: str) -> None:
        self.host, self.port, self.model = host, port, model

    @property
    def sagemaker(self) -> Client:
        """Who answers /ping and /invocations."""
        return self

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any, bytes]:
        """Status, headers, body."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def get(self, path: str) -> tuple[int, Any]:
        status, _, body = self.request("GET", path)
        return status, json.loads(body)

    def status(self, path: str) -> int:
        """0 where nothing listens yet."""
        try:
            return self.request("GET", path)[0]
        except OSError:
            return 0

    def infer(self, body: Any, path: str | None = None) -> tuple[int, Any]:
        status, _, answer = self.request("POST", path or f"/v2/models/{self.model}/infer", json.dumps(body).encode())
        return status, json.loads(answer)

    def stats(self) -> dict[str, Any]:
        return self.get(f"/v2/models/{self.model}/stats")[1]["model_stats"][0]

    def connect(self) -> socket.socket:
        return socket.create_connection((self.host, self.port), timeout=20)

    def raw(self, sent: bytes) -> bytes:
        """All that comes back until the server closes."""
        with self.connect() as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            received = b""
            while piece := connection.recv(65536):
                received += piece
            return received
