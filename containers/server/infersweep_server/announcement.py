"""Tells whoever started us where we listen."""

from __future__ import annotations

import json
import os


def announce(path: str, port: int) -> None:
    """Whoever reads the file sees all of it or none. Raises OSError."""
    temporary = f"{path}.{os.getpid()}.tmp"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump({"port": port, "pid": os.getpid()}, file)
    os.replace(temporary, path)
