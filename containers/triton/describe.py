"""Prints what a model takes and gives, as JSON, for `config.pbtxt` to be made from: python describe.py ARTIFACT"""

from __future__ import annotations

import json
import sys
from typing import Any

from infersweep_server.adapters import onnxruntime


def described(path: str) -> dict[str, Any]:
    adapter = onnxruntime.load(path, {})
    return {
        side: [{"name": s.name, "datatype": s.datatype, "shape": list(s.shape)} for s in specs]
        for side, specs in (("inputs", adapter.inputs), ("outputs", adapter.outputs))
    }


if __name__ == "__main__":
    json.dump(described(sys.argv[1]), sys.stdout)
