"""Two ways to be wrong: the configuration (ends the process) and a request (answered with a status)."""

from __future__ import annotations


class ConfigError(ValueError):
    """The configuration or a parameter of the adapter is not legal: one line, exit code 2."""


class RequestError(Exception):
    """Answered as `{"error": message}` with this status."""

    def __init__(self, message: str, status: int = 400, headers: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers
