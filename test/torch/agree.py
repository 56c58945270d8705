"""Every way to run the sentence encoder beside eager fp32: how far its embeddings lie, and how long a batch takes.

    python agree.py MODEL_FOLDER TRACED_FOLDER ONNX_FOLDER INPUTS.jsonl      → one JSON object
"""

from __future__ import annotations

import json
import pathlib
import sys
import time
from array import array
from statistics import median

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "containers" / "server"))

from infersweep_server.adapters import onnxruntime, torch  # noqa: E402
from infersweep_server.datatypes import pack  # noqa: E402
from infersweep_server.tensor import Tensor  # noqa: E402
from infersweep_server.tokenizer import wrap_with_tokenizer  # noqa: E402

BATCH, ROUNDS = 8, 7
model, traced, exported, inputs = sys.argv[1:5]
texts = [json.loads(line)["text"] for line in pathlib.Path(inputs).read_text(encoding="utf-8").splitlines()]
batches = [texts[at : at + BATCH] for at in range(0, len(texts), BATCH)]

WAYS = {
    "eager-fp32": lambda: torch.load(model, {}),
    "torchscript-fp32": lambda: torch.load(traced, {"mode": "torchscript"}),
    "compile-fp32": lambda: torch.load(model, {"mode": "compile"}),
    "onnxruntime-fp32": lambda: onnxruntime.load(exported, {}),
    "eager-bf16": lambda: torch.load(model, {"precision": "bf16"}),
    "compile-bf16": lambda: torch.load(model, {"mode": "compile", "precision": "bf16"}),
}
started = time.perf_counter()
fronts, load_seconds = {}, {}
for name, load in WAYS.items():
    before = time.perf_counter()
    fronts[name] = wrap_with_tokenizer(load(), model, {"maxLength": 128, "padding": "multipleOf8"})
    load_seconds[name] = time.perf_counter() - before


def embeddings(front, batch: list[str]) -> list[list[float]]:
    text = Tensor("text", "BYTES", (len(batch),), pack("BYTES", batch))
    answer = front.infer(front.preprocess({"text": text}), ["embedding"])["embedding"]
    values, width = array("f", answer.data), answer.shape[1]
    return [list(values[at : at + width]) for at in range(0, len(values), width)]


vectors = {name: [v for batch in batches for v in embeddings(front, batch)] for name, front in fronts.items()}
seconds: dict[str, list[float]] = {name: [] for name in fronts}
for _ in range(ROUNDS):  # by turns, so that whatever else the machine does falls on all of them
    for name, front in fronts.items():
        before = time.process_time()
        embeddings(front, batches[0])
        seconds[name].append(time.process_time() - before)

exact = vectors["eager-fp32"]
print(
    json.dumps(
        {
            name: {
                "sentences": len(found),
                "maxAbsolute": max(abs(a - b) for x, y in zip(found, exact) for a, b in zip(x, y)),
                "minCosine": min(sum(a * b for a, b in zip(x, y)) for x, y in zip(found, exact)),
                "speedup": median(seconds["eager-fp32"]) / median(seconds[name]),
                "loadSeconds": load_seconds[name],
            }
            for name, found in vectors.items()
        }
    )
)
