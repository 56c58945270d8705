"""The opponent: one ONNX Runtime session in a process of its own. Reads `SECONDS` lines, answers items, wall and CPU."""

import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "containers" / "server"))

from infersweep_server.adapters.onnxruntime import load  # noqa: E402
from workload import feed  # noqa: E402

model, output, batch, tokens = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
# The very session that the server makes, with the same settings: what is compared is everything around it.
session = load(model, {"threads": 1})._session  # type: ignore[attr-defined]
inputs = feed(batch, tokens)
for _ in range(20):
    session.run([output], inputs)
print("ready", flush=True)
for line in sys.stdin:
    seconds, items = float(line), 0
    started, cpu = time.perf_counter(), time.process_time()
    while time.perf_counter() - started < seconds:
        session.run([output], inputs)
        items += batch
    spent = {"items": items, "wall": time.perf_counter() - started, "cpu": time.process_time() - cpu}
    print(json.dumps(spent), flush=True)
