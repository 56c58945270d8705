"""A batch run, eager or compiled: `python suite.py --mode eager|compile --out DIR [--models A,B] [--source FILE.py]`.

Without --source it is TorchBench at its pinned commit; with it, the modules of a file. Either way DIR/metrics-<mode>.json has
TorchBench's shape, and DIR/missing-<mode>.json names the models without a figure: TorchBench ends well when they crash.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import subprocess
import sys
from typing import Any

_HERE = pathlib.Path(__file__).resolve().parent
#: One model that hangs must not take the others' figures along.
_MODEL_TIMEOUT_S = 1800

Metrics = dict[str, float]


def run_torchbench(benchmark: pathlib.Path, models: list[str], mode: str) -> tuple[Metrics, dict[str, str]]:
    """Figures of the newest file that this run wrote, and what stands around them."""
    results = benchmark / ".userbenchmark" / "cpu"
    before = set(results.glob("metrics-*.json"))
    flags = ["--torchdynamo", "inductor", "--freeze_prepack_weights"] if mode == "compile" else []
    command = [sys.executable, "run_benchmark.py", "cpu", "--model", ",".join(models), "--test", "eval", *flags]
    subprocess.run([*command, "--metrics=latencies,cpu_peak_mem"], cwd=benchmark, check=False)
    written = sorted(set(results.glob("metrics-*.json")) - before)
    if not written:
        return {}, {}
    content = json.loads(written[-1].read_text())
    return content["metrics"], content.get("environ", {})


def run_file(source: str, models: list[str], mode: str) -> tuple[Metrics, dict[str, str]]:
    metrics: Metrics = {}
    for name in models:
        command = [sys.executable, str(_HERE / "measure.py"), source, name, mode]
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=_MODEL_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            continue
        if done.returncode != 0:
            continue
        for metric, value in json.loads(done.stdout.splitlines()[-1]).items():
            metrics[f"{name}-eval_{metric}"] = value
    return metrics, _environment()


def _environment() -> dict[str, str]:
    import torch

    return {"pytorch_git_version": torch.version.git_version or ""}


def missing(metrics: Metrics, models: list[str]) -> list[str]:
    return [name for name in models if f"{name}-eval_latency" not in metrics]


def write(out: pathlib.Path, mode: str, metrics: Metrics, environ: dict[str, Any], models: list[str]) -> list[str]:
    out.mkdir(parents=True, exist_ok=True)
    content = {"name": "cpu", "environ": environ, "metrics": metrics}
    (out / f"metrics-{mode}.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    absent = missing(metrics, models)
    (out / f"missing-{mode}.json").write_text(json.dumps(absent, indent=2) + "\n", encoding="utf-8")
    return absent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mode", choices=("eager", "compile"), required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--models", help="names, comma between; all unless given")
    parser.add_argument("--source", help="Python file with MODELS; TorchBench unless given")
    parser.add_argument("--benchmark", type=pathlib.Path, default=pathlib.Path("/opt/benchmark"))
    options = parser.parse_args()
    if options.source is None:
        known = (_HERE / "models.txt").read_text().split()
    else:
        from measure import models_of

        known = list(models_of(options.source))
    models = options.models.split(",") if options.models else known
    unknown = [name for name in models if name not in known]
    if unknown:
        parser.error(f"unknown models {', '.join(unknown)}; known: {', '.join(known)}")
    if options.source is None:
        metrics, environ = run_torchbench(options.benchmark, models, options.mode)
    else:
        metrics, environ = run_file(options.source, models, options.mode)
    absent = write(options.out, options.mode, metrics, environ, models)
    print(f"{len(models) - len(absent)} of {len(models)} models measured", file=sys.stderr)
    if len(absent) == len(models):
        sys.exit("no model gave a figure")
    if absent:
        print(f"missing: {', '.join(absent)}", file=sys.stderr)


if __name__ == "__main__":
    main()
