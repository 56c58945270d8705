"""The configuration file: what is served, how requests are batched, where the server listens."""

from __future__ import annotations

import json
import pathlib
from dataclasses import dataclass
from typing import Any

from . import fields
from .errors import ConfigError
from .fields import Field, read_fields

MAX_BATCH_SIZE = 1024
MAX_QUEUE_DELAY_MS = 10_000


@dataclass(frozen=True)
class Batching:
    #: Items in one execution at most.
    max_batch_size: int
    #: How long the first request of a batch may wait for others; 0 takes what is queued already.
    max_queue_delay_ms: float


@dataclass(frozen=True)
class Gunicorn:
    """Several processes that each hold the model, or one: what a WSGI server adds to our own."""

    workers: int
    #: Requests that one worker reads and answers at once.
    threads: int
    #: Route through a Falcon application, as source 001 did; it changes no answer.
    falcon: bool


@dataclass(frozen=True)
class Config:
    model_name: str
    model_path: str | None
    adapter: str
    parameters: dict[str, Any]
    batching: Batching | None
    #: Requests waiting at most; beyond it the answer is 503 instead of an endless queue.
    max_queue_size: int
    host: str
    port: int
    announce: str | None
    die_with_parent: bool
    #: Settings of the tokeniser, checked by `tokenizer.py`; null where clients send tensors.
    tokenizer: Any
    #: Serve under gunicorn instead of our own HTTP server; null for our own.
    gunicorn: Gunicorn | None = None


def adapter_names() -> tuple[str, ...]:
    """One adapter per file in `adapters/`; `_` in the file is `-` in the name."""
    folder = pathlib.Path(__file__).parent / "adapters"
    return tuple(sorted(p.stem.replace("_", "-") for p in folder.glob("[a-z]*.py")))


def read_config(path: str) -> Config:
    """Raises ConfigError with a message of one line."""
    try:
        content = pathlib.Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    try:
        value = json.loads(content)
    except ValueError as error:
        raise ConfigError(f"is not JSON: {error}") from None
    return parse_config(value)


def parse_config(value: Any) -> Config:
    read = read_fields(value, _FIELDS)
    batching, gunicorn = read["batching"], read["gunicorn"]
    if batching and gunicorn and gunicorn["workers"] > 1:
        raise ConfigError(
            f'"batching" cannot join requests of {gunicorn["workers"]} processes: set "gunicorn.workers" to 1 with '
            'more "gunicorn.threads", or "batching" to null'
        )
    return Config(
        model_name=read["model"]["name"],
        model_path=read["model"]["path"],
        adapter=read["adapter"],
        parameters=read["parameters"],
        batching=batching and Batching(batching["maxBatchSize"], batching["maxQueueDelayMs"]),
        max_queue_size=read["maxQueueSize"],
        host=read["host"],
        port=read["port"],
        announce=read["announce"],
        die_with_parent=read["dieWithParent"],
        tokenizer=read["tokenizer"],
        gunicorn=gunicorn and Gunicorn(**gunicorn),
    )


def _model_name(name: str, value: Any) -> str:
    if "/" in fields.text(name, value):
        raise ConfigError(f'"{name}" must not contain "/"')
    return value


def _object(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f'"{name}" must be an object')
    return value


_FIELDS = {
    "model": Field(fields.group({"name": Field(_model_name), "path": Field(fields.nullable(fields.text), None)})),
    "adapter": Field(fields.one_of(*adapter_names())),
    "parameters": Field(_object, {}),
    "batching": Field(
        fields.nullable(
            fields.group(
                {
                    "maxBatchSize": Field(fields.integer(1, MAX_BATCH_SIZE), 8),
                    "maxQueueDelayMs": Field(fields.number(0, MAX_QUEUE_DELAY_MS), 0.0),
                }
            )
        ),
        None,
    ),
    "maxQueueSize": Field(fields.integer(1, 1_000_000), 1024),
    "host": Field(fields.text, "127.0.0.1"),
    "port": Field(fields.integer(0, 65535), 0),
    "announce": Field(fields.nullable(fields.text), None),
    "dieWithParent": Field(fields.boolean, True),
    "tokenizer": Field(fields.anything, None),
    "gunicorn": Field(
        fields.nullable(
            fields.group(
                {
                    "workers": Field(fields.integer(1, 256), 1),
                    "threads": Field(fields.integer(1, 256), 8),
                    "falcon": Field(fields.boolean, False),
                }
            )
        ),
        None,
    ),
}
