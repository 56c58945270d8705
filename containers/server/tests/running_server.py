"""A real server process on a free port of loopback."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any

from tests.client import Client

SERVER = pathlib.Path(__file__).parents[1]
START_SECONDS = 90


class RunningServer(Client):
    """`with RunningServer(adapter=...) as server:`"""

    def __init__(
        self,
        ready: bool = True,
        command: list[str] | None = None,
        start_seconds: float = START_SECONDS,
        **config: Any,
    ) -> None:
        super().__init__("127.0.0.1", 0, "m")
        self._folder = tempfile.TemporaryDirectory(prefix="infersweep-server-")
        self.announce = pathlib.Path(self._folder.name, "announce.json")
        self.log = pathlib.Path(self._folder.name, "log")
        self.config = pathlib.Path(self._folder.name, "config.json")
        self._wait_ready = ready
        self._start_seconds = start_seconds
        self._command = command or [sys.executable, "-m", "infersweep_server"]
        settings = {"model": {"name": "m"}, "adapter": "reference", "announce": str(self.announce), **config}
        self.config.write_text(json.dumps(settings))

    def __enter__(self) -> RunningServer:
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                self._arguments(),
                stdin=subprocess.PIPE,
                # What outlives its server must not hold the pipe of whoever runs the tests.
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": os.pathsep.join([str(SERVER), *filter(None, [os.environ.get("PYTHONPATH")])])},
            )
        try:
            self.wait_for(self.announce.exists)
            announced = json.loads(self.announce.read_text())
            self.port, self.pid = announced["port"], announced["pid"]
            self._sagemaker_port = announced.get("sagemakerPort", self.port)
            if self._wait_ready:
                self.wait_for(lambda: self.status("/v2/health/ready") == 200)
                self.wait_for(lambda: self.sagemaker.status("/ping") != 0)
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

    @property
    def sagemaker(self) -> Client:
        """Triton speaks it on a port of its own."""
        return Client(self.host, self._sagemaker_port, self.model)

    def _arguments(self) -> list[str]:
        """A command that names {config} or {folder} says itself where they go, as one that starts a container must."""
        names = {"{config}": str(self.config), "{folder}": self._folder.name}
        if not any(name in part for part in self._command for name in names):
            return [*self._command, "--config", str(self.config), "--instance", "test"]
        parts = self._command
        for name, value in names.items():
            parts = [part.replace(name, value) for part in parts]
        return parts

    def wait_for(self, condition: Any) -> None:
        deadline = time.monotonic() + self._start_seconds
        while not condition():
            if self.process.poll() is not None:
                raise AssertionError(f"server ended with {self.process.returncode}: {self.log.read_text()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"nothing happened in {self._start_seconds} s: {self.log.read_text()}")
            time.sleep(0.01)


def x_input(*values: float, items: int = 1) -> dict[str, Any]:
    """The reference model's input: `values` repeated or cut to 8 numbers per item."""
    row = (list(values) * 8)[:8]
    return {"name": "x", "datatype": "FP32", "shape": [items, 8], "data": row * items}
