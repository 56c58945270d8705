"""The server beside a raw ONNX Runtime session on the same core, at the same batch, by turns: A B A B …

    python compare.py MODEL OUTPUT --tokens 16 [--batch 8] [--rounds 9] [--seconds 1] [--json]

Two kinds of load: `carried` (one request holds the whole batch) and `joined` (the server makes the batch out of single
items). The ratio is throughput over throughput of the raw session in the same round; beside it stands the ratio of CPU
seconds for an item, which neighbours on a shared machine disturb less.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "containers" / "server"), str(HERE)]

from closed_loop import ClosedLoop  # noqa: E402
from tests.running_server import RunningServer  # noqa: E402
from workload import requests  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(prog="compare.py", description=__doc__.split("\n")[0])
    parser.add_argument("model")
    parser.add_argument("output")
    parser.add_argument("--tokens", type=int, default=16)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--json", action="store_true")
    o = parser.parse_args()
    server_core, client_core = cores()
    os.sched_setaffinity(0, {server_core})
    raw = Raw(o)
    results = {}
    for kind in ("carried", "joined"):
        os.sched_setaffinity(0, {server_core})  # children inherit it
        each = o.batch if kind == "carried" else 1
        batching = None if kind == "carried" else {"maxBatchSize": o.batch}
        with RunningServer(
            adapter="onnxruntime", model={"name": "m", "path": o.model}, parameters={"threads": 1}, batching=batching
        ) as server:
            os.sched_setaffinity(0, {client_core})
            # Carried: a second request waits while the first computes. Joined: a second batch does.
            users = 2 if kind == "carried" else 2 * o.batch
            client = ClosedLoop(server.port, requests(o.batch * 4, o.tokens, o.output, each), users)
            client.run(o.seconds / 2)
            results[kind] = rounds(o, raw, server, client, each)
    raw.end()
    print(json.dumps(results) if o.json else shown(o, results))


def rounds(o: Any, raw: Raw, server: RunningServer, client: ClosedLoop, each: int) -> dict[str, Any]:
    pairs = []
    for _ in range(o.rounds):
        a = raw.run(o.seconds)
        before, cpu = server.stats(), cpu_of(server)
        answers, wall = client.run(o.seconds)
        spent, after = cpu_of(server) - cpu, server.stats()
        items = answers * each
        executions = after["execution_count"] - before["execution_count"]
        parts = {
            name: (after["inference_stats"][name]["ns"] - before["inference_stats"][name]["ns"]) / answers / 1000
            for name in ("compute_input", "compute_infer", "compute_output")
        } | {
            name: (after["front_stats"][name]["ns"] - before["front_stats"][name]["ns"]) / answers / 1000
            for name in ("decode", "encode")
        }
        pairs.append(
            {
                "raw": a["items"] / a["wall"],
                "server": items / wall,
                "ratio": items / wall / (a["items"] / a["wall"]),
                "cpuRatio": a["cpu"] / a["items"] / (spent / items),
                "meanBatch": items / executions,
                "perRequestUs": parts,
            }
        )
    summary = {name: spread([p[name] for p in pairs]) for name in ("raw", "server", "ratio", "cpuRatio", "meanBatch")}
    part = {name: statistics.median(p["perRequestUs"][name] for p in pairs) for name in pairs[0]["perRequestUs"]}
    return {**summary, "perRequestUs": part}


class Raw:
    def __init__(self, o: Any) -> None:
        arguments = [o.model, o.output, str(o.batch), str(o.tokens)]
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "raw_session.py"), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != "ready\n":
            sys.exit("the raw session did not start")

    def run(self, seconds: float) -> dict[str, float]:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)


def cores() -> tuple[int, int]:
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


def cpu_of(server: RunningServer) -> float:
    return server.get("/v2/models/m/stats")[1]["process"]["cpu_seconds"]


def spread(values: list[float]) -> dict[str, float]:
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}


def shown(o: Any, results: dict[str, Any]) -> str:
    lines = [f"{pathlib.Path(o.model).name}, {o.tokens} tokens, batch {o.batch}, {o.rounds} rounds of {o.seconds:g} s each"]
    for kind, r in results.items():
        lines.append(f"  {kind}: {r['server']['median']:.0f} items/s beside {r['raw']['median']:.0f} raw")
        for name in ("ratio", "cpuRatio", "meanBatch"):
            lines.append(f"    {name:<10} min {r[name]['min']:.3f}  median {r[name]['median']:.3f}  max {r[name]['max']:.3f}")
        lines.append("    µs per request: " + ", ".join(f"{k} {v:.0f}" for k, v in r["perRequestUs"].items()))
    return "\n".join(lines)


if __name__ == "__main__":
    main()
