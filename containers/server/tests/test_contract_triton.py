"""The contract on a real Triton, which tells whether it asks for what every server does, or for our own habits.

    INFERSWEEP_CONTRACT_TRITON   starts a Triton that means what a configuration of ours says:
                                 `--config FILE --instance test` are appended, as for our own server
"""

from __future__ import annotations

import os
import pathlib
import shlex
import unittest
from typing import Any

from tests.contract import Contract
from tests.running_server import RunningServer

COMMAND = os.environ.get("INFERSWEEP_CONTRACT_TRITON")

_INTERNAL = "Triton calls a body that it cannot parse an internal error: 500, where KServe's own word is 400"


class RunningTriton(RunningServer):
    """A Triton that is killed leaves its shared memory behind."""

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        for left in pathlib.Path("/dev/shm").glob(f"contract-{self.process.pid}-*"):
            left.unlink(missing_ok=True)


class GivenTriton(Contract, unittest.TestCase):
    unavailable = None if COMMAND else "INFERSWEEP_CONTRACT_TRITON is not set: no Triton to ask"
    own = False

    differs = {
        "live before ready": "Triton listens only after its models have loaded, so it is never live before it is ready",
        "no JSON": _INTERNAL,
        "no object": _INTERNAL,
        "too little data": _INTERNAL,
        "an oversized body": "Triton limits no body and waits for all that Content-Length promises",
        "a request line in two pieces": "Triton answers 404: its parser takes the second piece of a path for the whole",
    }

    def start(self, **config: Any) -> RunningServer:
        assert COMMAND is not None
        return RunningTriton(command=shlex.split(COMMAND), **config)

    def sagemaker_server(self) -> RunningServer:
        return self.start(sagemaker=True)
