"""The contract on our own server, and on one that is given from outside.

    INFERSWEEP_CONTRACT_COMMAND   starts a server of ours: `--config FILE --instance test` are appended, unless the command
                                  says {config} or {folder} itself (a container must mount the folder)
    INFERSWEEP_CONTRACT_URL       a server that runs already, any that speaks KServe v2 (Triton); then also
    INFERSWEEP_CONTRACT_MODEL     the name of its model, `m` unless said
"""

from __future__ import annotations

import contextlib
import os
import shlex
import unittest
from typing import Any
from urllib.parse import urlsplit

from tests.client import Client
from tests.contract import Contract
from tests.running_server import RunningServer

COMMAND = os.environ.get("INFERSWEEP_CONTRACT_COMMAND")
URL = os.environ.get("INFERSWEEP_CONTRACT_URL")
MODEL = os.environ.get("INFERSWEEP_CONTRACT_MODEL", "m")


class ServerAlone(Contract, unittest.TestCase):
    def start(self, **config: Any) -> RunningServer:
        return RunningServer(**config)


class GivenCommand(Contract, unittest.TestCase):
    unavailable = None if COMMAND else "INFERSWEEP_CONTRACT_COMMAND is not set: no command to start a server with"

    def start(self, **config: Any) -> RunningServer:
        assert COMMAND is not None
        return RunningServer(command=shlex.split(COMMAND), **config)


class GivenUrl(Contract, unittest.TestCase):
    unavailable = None if URL else "INFERSWEEP_CONTRACT_URL is not set: no running server to ask"
    own = False

    def start(self, **config: Any) -> Any:
        self.skipTest("needs a server of its own configuration, and this one runs already")

    def any_server(self) -> contextlib.AbstractContextManager[Client]:
        parts = urlsplit(URL)
        return contextlib.nullcontext(Client(parts.hostname or "127.0.0.1", parts.port or 80, MODEL))
