"""An artifact in parts: what a broken-off preparation finished is not paid for twice."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
from typing import Any, Callable

from artifact import PreparationError, sha256

Facts = dict[str, Any]
#: Writes one file and says what there is to know about it.
MakePart = Callable[[pathlib.Path], Facts]

_RECORD = "parts.json"


class Parts:
    """Finished parts of an output folder. A part is complete or absent: it is renamed into its place, then recorded."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        record = folder / _RECORD
        self.done: dict[str, Facts] = json.loads(record.read_text()) if record.is_file() else {}
        self.kept: list[str] = []

    def make(self, name: str, made_from: Facts, make: MakePart) -> pathlib.Path:
        """The file `name`, made unless it is there, whole, and was made from the same."""
        file = self._folder / name
        identity = hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()
        known = self.done.get(name)
        if known is not None and known["madeFrom"] == identity and file.is_file() and known["sha256"] == sha256(file):
            self.kept.append(name)
            return file
        unfinished = self._folder / f"{name}.unfinished"
        facts = make(unfinished)
        os.replace(unfinished, file)
        self.done[name] = {"madeFrom": identity, "sha256": sha256(file), **facts}
        record = self._folder / f"{_RECORD}.tmp"
        record.write_text(json.dumps(self.done, indent=2) + "\n", encoding="utf-8")
        os.replace(record, self._folder / _RECORD)
        return file


def weights_sha256(source: pathlib.Path) -> str:
    """Of every file with weights, in shards or not. Raises PreparationError where there is none."""
    files = sorted(source.glob("*.safetensors")) or sorted(source.glob("pytorch_model*.bin"))
    if not files:
        raise PreparationError(f"{source} holds no weights: neither *.safetensors nor pytorch_model*.bin")
    return hashlib.sha256("".join(f"{file.name} {sha256(file)}\n" for file in files).encode()).hexdigest()
