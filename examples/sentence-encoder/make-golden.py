"""Writes golden.jsonl: what PyTorch answers, eager and in fp32, one sentence at a time. Run with the torch environment:

python make-golden.py [MODEL_DIR]      (default: where fetch-model.py puts it)
"""

from __future__ import annotations

import json
import pathlib
import sys
from array import array

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "containers" / "server"))

from infersweep_server.adapters import torch as torch_adapter  # noqa: E402
from infersweep_server.datatypes import pack  # noqa: E402
from infersweep_server.tensor import Tensor  # noqa: E402
from infersweep_server.tokenizer import wrap_with_tokenizer  # noqa: E402


def main() -> None:
    model = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / ".cache" / "models" / "all-MiniLM-L6-v2")
    adapter = torch_adapter.load(model, {"mode": "eager", "precision": "fp32", "threads": 1})
    front = wrap_with_tokenizer(adapter, model, {"maxLength": 256, "padding": "none"})
    lines = []
    for line in (HERE / "inputs.jsonl").read_text(encoding="utf-8").splitlines():
        request = json.loads(line)
        text = Tensor("text", "BYTES", (1,), pack("BYTES", [request["text"]]))
        embedding = front.infer(front.preprocess({"text": text}), ["embedding"])["embedding"]
        # Seven digits are more than the tolerance of the check sees, and less than fp32 holds.
        data = [float(f"{value:.7g}") for value in array("f", embedding.data)]
        tensor = {"name": "embedding", "datatype": "FP32", "shape": list(embedding.shape), "data": data}
        lines.append(json.dumps({"id": request["id"], "outputs": [tensor]}, separators=(",", ":")))
    (HERE / "golden.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"golden.jsonl: {len(lines)} answers, {adapter.versions}", file=sys.stderr)


if __name__ == "__main__":
    main()
