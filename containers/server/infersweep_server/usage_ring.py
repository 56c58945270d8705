"""The last hour of seconds in a file without a name: one process writes it, those forked from here read it."""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any

#: Seconds kept.
SECONDS = 3600
#: Room for one second. Sixty-four cores of a device fit in; what is longer is told without its devices.
_SLOT_BYTES = 1024


class UsageRing:
    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    @classmethod
    def create(cls) -> UsageRing:
        """Nothing is left of it when the last process that holds it ends. Raises OSError."""
        with tempfile.TemporaryFile() as file:
            return cls(os.dup(file.fileno()))

    def describe(self, capacity: dict[str, Any]) -> None:
        """What the host has: stands before the seconds."""
        self._write(0, capacity)

    def add(self, row: dict[str, Any]) -> None:
        """`row["at"]` is on the monotonic clock, which all processes of a host share; one row a second."""
        slot = 1 + int(row["at"]) % SECONDS
        if not self._write(slot, row):
            self._write(slot, {**row, "accelerator_busy": None})

    def capacity(self) -> dict[str, Any] | None:
        return self._read(0)

    def since(self, from_s: float, to_s: float) -> list[dict[str, Any]]:
        """Rows taken in between, oldest first."""
        first = max(int(from_s), int(to_s) - SECONDS + 1)
        rows = (self._read(1 + at % SECONDS) for at in range(first, int(to_s) + 1))
        return [row for row in rows if row is not None and from_s <= row["at"] <= to_s]

    def _write(self, slot: int, value: dict[str, Any]) -> bool:
        text = json.dumps(value, separators=(",", ":")).encode()
        if len(text) > _SLOT_BYTES:
            return False
        os.pwrite(self.descriptor, text.ljust(_SLOT_BYTES), slot * _SLOT_BYTES)
        return True

    def _read(self, slot: int) -> dict[str, Any] | None:
        text = os.pread(self.descriptor, _SLOT_BYTES, slot * _SLOT_BYTES).strip(b"\0 ")
        try:
            return json.loads(text) if text else None
        except ValueError:
            return None  # half of it is older: it is being written
