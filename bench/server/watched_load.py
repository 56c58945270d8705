"""The load engine against a server on a GPU: what its result says of the GPU, second by second.

    python watched_load.py NODE APP [--device cuda] [--seconds 20] [--users 16]

NODE is a Node binary, APP the folder that `containers/loadgen/bundle.mjs` made. Fails where a second under load lacks the
GPU, or says that it did nothing.
"""

from __future__ import annotations

import argparse
import base64
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "containers" / "server"), str(HERE)]

from tests.running_server import RunningServer  # noqa: E402
from tests.tiny_encoder import SENTENCE_ENCODER, write_encoder  # noqa: E402
from workload import requests  # noqa: E402

#: Of the segment, before what is measured; what the first kernels of a shape cost falls into it.
HEAD_SECONDS = 3
START_SECONDS = 150
ITEMS, TOKENS = 8, 128


def main() -> None:
    parser = argparse.ArgumentParser(prog="watched_load.py", description=__doc__.split("\n")[0])
    parser.add_argument("node")
    parser.add_argument("app")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--users", type=int, default=16)
    o = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="infersweep-watched-") as name:
        folder = pathlib.Path(name)
        model = write_encoder(folder / "model", **SENTENCE_ENCODER)
        with RunningServer(
            adapter="torch",
            model={"name": "m", "path": str(model)},
            parameters={"device": o.device},
            batching={"maxBatchSize": 64},
            start_seconds=START_SECONDS,
        ) as server:
            (folder / "job.json").write_text(json.dumps(job(server.port, o.users, o.seconds)))
            files = [str(folder / file) for file in ("job.json", "result.json", "progress.json")]
            # Its stdin stays open: where that ends, the engine takes itself for an orphan.
            command = [o.node, str(pathlib.Path(o.app, "main.js")), *files]
            with subprocess.Popen(command, stdin=subprocess.PIPE) as engine:
                try:
                    ended = engine.wait(o.seconds + HEAD_SECONDS + 30)
                finally:
                    engine.kill()
        if ended != 0:
            sys.exit(f"the load engine ended with {ended}")
        segment = json.loads((folder / "result.json").read_text())["segments"][0]
    sys.exit(told(segment, o.seconds))


def job(port: int, users: int, seconds: int) -> dict[str, Any]:
    """As `bench/closed-loop-job.ts` makes it, with raw tensors."""
    head, body = requests(ITEMS, TOKENS, "embedding", ITEMS)[0].split(b"\r\n\r\n", 1)
    length = head.lower().split(b"inference-header-content-length: ")[1].split(b"\r\n")[0].decode()
    content = {"id": "a", "content": base64.b64encode(body).decode(), "encoding": "base64", "expected": None}
    return {
        "schema": "infersweep.load-job.v1",
        "id": "watched",
        "seed": 1,
        "timeoutMs": 10_000,
        "maxConnections": users,
        "requestLog": False,
        "endpoints": {
            "server": {
                "url": f"http://127.0.0.1:{port}",
                "method": "POST",
                "path": "/v2/models/m/infer",
                "headers": {"content-type": "application/octet-stream", "inference-header-content-length": length},
                "bodies": [content],
                "tolerance": {"atol": 0, "rtol": 0},
                "statsPath": "/v2/models/m/stats",
                "utilisationPath": "/v2/utilisation",
            }
        },
        "segments": [
            {
                "id": "s",
                "endpoint": "server",
                "shape": {"kind": "closed", "users": users},
                "seconds": HEAD_SECONDS + seconds,
                "dropSeconds": HEAD_SECONDS,
            }
        ],
    }


def told(segment: dict[str, Any], seconds: int) -> int:
    use = segment["utilisation"]
    print(f"accelerators: {use['capacity']['accelerators']}")
    for row in use["seconds"]:
        print(
            f"  {row['endS']:5.1f} s  busy {row['acceleratorBusy']}  {row['acceleratorMemoryMib']} MiB"
            f"  server {row['cpuCores']} cores"
        )
    # nvidia-smi tells of up to a second before, and the last second is cut by the end of the load.
    loaded = [row for row in use["seconds"] if HEAD_SECONDS <= row["endS"] <= HEAD_SECONDS + seconds]
    busy = [max(row["acceleratorBusy"] or [0]) for row in loaded]
    if len(loaded) < seconds - 1 or min(busy, default=0) <= 0:
        print(f"FAILED: {len(loaded)} of {seconds} seconds told, busy {busy}")
        return 1
    print(f"{len(loaded)} seconds told, busy {min(busy):.2f} {statistics.median(busy):.2f} {max(busy):.2f} (min median max)")
    return 0


if __name__ == "__main__":
    main()
