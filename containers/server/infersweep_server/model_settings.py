"""Settings of a running model, in Triton's words: shown by its configuration, changed by its repository protocol.

`GET /v2/models/NAME/config` and `POST /v2/repository/models/NAME/load`, whose `parameters.config` is a configuration as JSON
text: Triton's extensions `model_configuration` and `model_repository`, as far as one queue in front of one model goes.
"""

from __future__ import annotations

import ipaddress
import json
from typing import Any

from . import fields
from .config import MAX_BATCH_SIZE, MAX_QUEUE_DELAY_MS, Batching, Config
from .errors import ConfigError, RequestError
from .fields import Field, read_fields

_US_PER_MS = 1000


def shown(batching: Batching | None) -> dict[str, Any]:
    """0 items in a batch: each request runs alone."""
    if batching is None:
        return {"max_batch_size": 0}
    delay_us = round(batching.max_queue_delay_ms * _US_PER_MS)
    return {"max_batch_size": batching.max_batch_size, "dynamic_batching": {"max_queue_delay_microseconds": delay_us}}


def wanted(body: bytes, config: Config) -> Batching | None:
    """The settings that a load request asks for; those of the start where it names none. Raises RequestError."""
    try:
        request = read_fields(_parsed("the body", body) if body else {}, _REQUEST, "request")
        text = request["parameters"]["config"]
        if text is None:
            return config.batching
        read = read_fields(_parsed('"parameters.config"', text), _CONFIG, "config")
    except ConfigError as error:
        raise RequestError(str(error)) from None
    if read["name"] not in (None, config.model_name):
        raise RequestError(f'"config.name" must be "{config.model_name}", not "{read["name"]}"')
    size, batching = read["max_batch_size"], read["dynamic_batching"]
    if (size == 0) != (batching is None):
        raise RequestError(
            f'"config.max_batch_size" is {size} {"with" if batching else "without"} "config.dynamic_batching": batches of '
            "1 item or more are formed here with it, and none without"
        )
    return batching and Batching(size, batching["max_queue_delay_microseconds"] / _US_PER_MS)


def check_changeable(config: Config) -> None:
    """Raises RequestError where nobody may change settings: whoever can reach this process could."""
    if not _is_loopback(config.host):
        raise RequestError(
            f"settings can only be changed where the server listens on a loopback address, not on {config.host}", 403
        )
    if config.gunicorn is not None:
        raise RequestError("under gunicorn each process has settings of its own: start it again instead", 409)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _parsed(what: str, text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ConfigError(f"{what} is not JSON: {error}") from None


_REQUEST = {
    "parameters": Field(fields.group({"config": Field(fields.nullable(fields.text), None)}), {"config": None}),
}
_CONFIG = {
    "name": Field(fields.nullable(fields.text), None),
    "max_batch_size": Field(fields.integer(0, MAX_BATCH_SIZE), 0),
    "dynamic_batching": Field(
        fields.nullable(
            fields.group(
                {"max_queue_delay_microseconds": Field(fields.integer(0, MAX_QUEUE_DELAY_MS * _US_PER_MS), 0)}
            )
        ),
        None,
    ),
}
