"""Artifacts that only one device can load: the manifest names the device, so that no other one is given them."""

from __future__ import annotations

import json
import os
import pathlib
import platform
import shutil
from dataclasses import dataclass
from typing import Any

from artifact import sha256
from parts import Parts

_COPIED = ("tokenizer.json", "config.json", "sentence_bert_config.json", "modules.json")


@dataclass(frozen=True)
class Device:
    #: As the kit's catalog names it: `nvidia-t4`, `aws-inferentia`.
    name: str
    #: Of a GPU, like `7.5`.
    compute_capability: str | None = None
    #: That the artifact takes when it is loaded.
    neuron_cores: int | None = None

    def shown(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "computeCapability": self.compute_capability,
            "neuronCores": self.neuron_cores,
        }


def copy_beside(source: pathlib.Path, out: pathlib.Path) -> None:
    for name in _COPIED:
        if (source / name).is_file():
            shutil.copyfile(source / name, out / name)


def write_manifest(
    out: pathlib.Path,
    parts: Parts,
    *,
    kind: str,
    artifact: str,
    device: Device,
    versions: dict[str, str],
    flags: dict[str, Any],
    facts: dict[str, Any],
    seconds: float,
) -> None:
    """Last of all: a folder with a manifest is a finished one."""
    manifest = {
        "kind": kind,
        "artifact": artifact,
        "sha256": sha256(out / artifact),
        "device": device.shown(),
        "versions": {"python": platform.python_version(), **versions},
        "flags": flags,
        **facts,
        "parts": parts.done,
        "partsKept": parts.kept,
        "seconds": round(seconds, 3),
    }
    temporary = out / "manifest.json.tmp"
    temporary.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    os.replace(temporary, out / "manifest.json")
