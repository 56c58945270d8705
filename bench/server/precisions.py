"""Precisions and torch.compile of one encoder on one device, beside eager fp32, by turns in one run: A B C D A B C D …

    python precisions.py [--device cuda] [--batches 1,8,32,128] [--tokens 128] [--rounds 7] [--seconds 0.3] [--json]

The encoder has the sizes of all-MiniLM-L6-v2 and random weights: how fast it is does not depend on them. Each variant is a
server of its own; one at a time has work, two requests of a whole batch each. A ratio is items per second over those of
eager fp32 in the same round (`throughput`), or the time in the runtime of one item of eager fp32 over that of the variant
(`compute`). Seconds themselves are of one machine and are not asserted anywhere.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import sys
import tempfile
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "containers" / "server"), str(HERE)]

from closed_loop import ClosedLoop  # noqa: E402
from compare import spread  # noqa: E402
from infersweep_server.errors import ConfigError  # noqa: E402
from infersweep_server.torch_compile import check_compiler  # noqa: E402
from tests.running_server import RunningServer  # noqa: E402
from tests.tiny_encoder import SENTENCE_ENCODER, write_encoder  # noqa: E402
from workload import requests  # noqa: E402

BASE = "eager-fp32"
VARIANTS: dict[str, dict[str, Any]] = {
    BASE: {},
    "eager-fp16": {"precision": "fp16"},
    "eager-bf16": {"precision": "bf16"},
    "compile-fp32": {"mode": "compile"},
    "compile-bf16": {"mode": "compile", "precision": "bf16"},
}
#: The first compilation on a device.
START_SECONDS = 150


def main() -> None:
    parser = argparse.ArgumentParser(prog="precisions.py", description=__doc__.split("\n")[0])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--batches", default="1,8,32,128")
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.3)
    parser.add_argument("--variants", default=",".join(VARIANTS))
    parser.add_argument("--json", action="store_true")
    o = parser.parse_args()
    names = [name for name in o.variants.split(",") if here(name, o.device)]
    with tempfile.TemporaryDirectory(prefix="infersweep-precisions-") as folder:
        model = write_encoder(pathlib.Path(folder, "model"), **SENTENCE_ENCODER)
        servers = {
            name: RunningServer(
                ready=False,
                start_seconds=START_SECONDS,
                adapter="torch",
                model={"name": "m", "path": str(model)},
                parameters={"device": o.device, **VARIANTS[name]},
            )
            for name in names
        }
        begun: list[RunningServer] = []
        try:
            for server in servers.values():  # they load at the same time
                begun.append(server.__enter__())
            for server in servers.values():
                server.wait_for(lambda: server.status("/v2/health/ready") == 200)  # noqa: B023
            facts = servers[BASE].get("/v2/models/m")[1]
            results = {
                "device": facts["facts"]["device"],
                "versions": facts["versions_of"],
                "tokens": o.tokens,
                "rounds": o.rounds,
                "secondsEach": o.seconds,
                "batches": {batch: measured(o, servers, int(batch)) for batch in o.batches.split(",")},
            }
        finally:
            for server in begun:
                server.__exit__()
    # Whoever takes the JSON reads the table too.
    print(shown(results), file=sys.stderr if o.json else sys.stdout)
    if o.json:
        print(json.dumps(results))


def here(name: str, device: str) -> bool:
    if device == "cpu" and "fp16" in name:
        return False
    if "compile" in name:
        try:
            check_compiler()
        except ConfigError as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
            return False
    return True


def measured(o: Any, servers: dict[str, RunningServer], batch: int) -> dict[str, Any]:
    prepared = requests(batch * 2, o.tokens, "embedding", batch)
    clients = {name: ClosedLoop(server.port, prepared, users=2) for name, server in servers.items()}
    for client in clients.values():
        client.run(o.seconds)
    rounds: list[dict[str, dict[str, float]]] = []
    order = list(servers)
    for at in range(o.rounds):
        # Whoever comes first finds the device coolest: each variant is that in turn.
        turn = order[at % len(order) :] + order[: at % len(order)]
        rounds.append({name: once(o, servers[name], clients[name], batch) for name in turn})
    return {
        name: {
            "itemsPerSecond": rounded([r[name]["items"] for r in rounds]),
            "throughput": rounded([r[name]["items"] / r[BASE]["items"] for r in rounds]),
            "compute": rounded([r[BASE]["compute"] / r[name]["compute"] for r in rounds]),
        }
        for name in servers
    }


def rounded(values: list[float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in spread(values).items()}


def once(o: Any, server: RunningServer, client: ClosedLoop, batch: int) -> dict[str, float]:
    before = server.stats()["inference_stats"]["compute_infer"]["ns"]
    answers, wall = client.run(o.seconds)
    spent = server.stats()["inference_stats"]["compute_infer"]["ns"] - before
    return {"items": answers * batch / wall, "compute": spent / (answers * batch)}


def shown(results: dict[str, Any]) -> str:
    rounds = f"{results['rounds']} rounds of {results['secondsEach']:g} s each"
    lines = [f"{results['device']}, {results['tokens']} tokens, {rounds}; times as many as {BASE} (min median max)"]
    for batch, variants in results["batches"].items():
        lines.append(f"  batch {batch}: {variants[BASE]['itemsPerSecond']['median']:.0f} items/s {BASE}")
        for name, r in variants.items():
            if name != BASE:
                t, c = r["throughput"], r["compute"]
                lines.append(
                    f"    {name:<13} {t['min']:.2f} {t['median']:.2f} {t['max']:.2f}"
                    f"   in the runtime alone {c['min']:.2f} {c['median']:.2f} {c['max']:.2f}"
                )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
