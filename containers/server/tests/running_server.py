"""A real server process on a free port of loopback, and a client that can also send what no library would."""

from __future__ import annotations

import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
from typing import Any

SERVER = pathlib.Path(__file__).parents[1]
START_SECONDS = 30


class RunningServer:
    """`with RunningServer(adapter=...) as server:`"""

    def __init__(self, ready: bool = True, command: list[str] | None = None, **config: Any) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="infersweep-server-")
        self.announce = pathlib.Path(self._folder.name, "announce.json")
        self.log = pathlib.Path(self._folder.name, "log")
        self.config = pathlib.Path(self._folder.name, "config.json")
        self._wait_ready = ready
        self._command = command or [sys.executable, "-m", "infersweep_server"]
        settings = {"model": {"name": "m"}, "adapter": "reference", "announce": str(self.announce), **config}
        self.config.write_text(json.dumps(settings))

    def __enter__(self) -> RunningServer:
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [*self._command, "--config", str(self.config), "--instance", "test"],
                stdin=subprocess.PIPE,
                stderr=log,
                env={**os.environ, "PYTHONPATH": str(SERVER)},
            )
        try:
            self.wait_for(self.announce.exists)
            announced = json.loads(self.announce.read_text())
            self.port, self.pid = announced["port"], announced["pid"]
            if self._wait_ready:
                self.wait_for(lambda: self.get("/v2/health/ready")[0] == 200)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stdin is not None
        self.process.stdin.close()
        self._folder.cleanup()

    def wait_for(self, condition: Any) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not condition():
            if self.process.poll() is not None:
                raise AssertionError(f"server ended with {self.process.returncode}: {self.log.read_text()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"nothing happened in {START_SECONDS} s: {self.log.read_text()}")
            time.sleep(0.01)

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any, bytes]:
        """Status, headers, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def get(self, path: str) -> tuple[int, Any]:
        status, _, body = self.request("GET", path)
        return status, json.loads(body)

    def infer(self, body: Any, path: str = "/v2/models/m/infer") -> tuple[int, Any]:
        status, _, answer = self.request("POST", path, json.dumps(body).encode())
        return status, json.loads(answer)

    def stats(self) -> dict[str, Any]:
        return self.get("/v2/models/m/stats")[1]["model_stats"][0]

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def raw(self, sent: bytes) -> bytes:
        """All that comes back until the server closes."""
        with self.connect() as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            received = b""
            while piece := connection.recv(65536):
                received += piece
            return received


def x_input(*values: float, items: int = 1) -> dict[str, Any]:
    """The reference model's input: `values` repeated or cut to 8 numbers per item."""
    row = (list(values) * 8)[:8]
    return {"name": "x", "datatype": "FP32", "shape": [items, 8], "data": row * items}
