"""Everything that needs an NVIDIA GPU, in six minutes at most: `python3 test/device/run.py [FOLDER]`, opt-in, from any folder.

Needs a Python with torch for CUDA, transformers and nvidia-ml-py, and no network. Prints a summary and exits 1 on any failure.
What is measured goes to $OUT too, where that is set, or else to a temporary folder.

FOLDER, where given, brings the load engine to a machine without Node; on one with Node, after `npm run build`:

    node containers/loadgen/bundle.mjs .device/app && xz -c "$(command -v node)" > .device/node.xz

INFERSWEEP_TEST_DEVICE=cpu tries the script itself; INFERSWEEP_DEVICE_SECONDS is the time it may take.
"""

from __future__ import annotations

import json
import lzma
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVER = ROOT / "containers" / "server"
DEVICE = os.environ.get("INFERSWEEP_TEST_DEVICE", "cuda")
END_S = time.monotonic() + float(os.environ.get("INFERSWEEP_DEVICE_SECONDS", "350"))
#: Two cores take longer than what this is for.
SLOWER = 4 if DEVICE == "cpu" else 1
#: Characters of one failure: its end says what is wrong, and the beginning of a server's log what came first.
SHOWN = 1800
#: Lines of a test's stderr that say what was measured.
MEASURED = re.compile(r"^.*?\b(off|busy): ")


class Stage:
    """One program with its own end, after which it and all that it started are killed."""

    def __init__(self, name: str, limit_s: float, command: list[str], out: pathlib.Path, env: dict[str, str]) -> None:
        self.name = name
        self._began_s = time.monotonic()
        self._ends_s = min(self._began_s + limit_s * SLOWER, END_S)
        self.files = [out / f"{name}.out", out / f"{name}.err"]
        with open(self.files[0], "wb") as stdout, open(self.files[1], "wb") as stderr:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, env=env, start_new_session=True
            )

    def wait(self) -> int:
        """Its exit code; 124 where it took too long."""
        try:
            code = self._process.wait(max(0.1, self._ends_s - time.monotonic()))
        except subprocess.TimeoutExpired:
            code = 124
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()
        print(f"::: {self.name}: {time.monotonic() - self._began_s:.0f} s, exit {code}", flush=True)
        return code

    def text(self, at: int) -> str:
        return self.files[at].read_text(errors="replace")


def main() -> int:
    out = pathlib.Path(tempfile.mkdtemp(prefix="infersweep-device-"))
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(SERVER), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "PYTHONWARNINGS": "ignore",
        # One cache for all stages, and nothing of an earlier run in it.
        "TORCHINDUCTOR_CACHE_DIR": tempfile.mkdtemp(prefix="infersweep-inductor-"),
        "INFERSWEEP_TEST_DEVICE": DEVICE,
    }
    describe()

    def tests(name: str, limit_s: float) -> Stage:
        report = str(ROOT / "test" / "server" / "report.py")
        command = [sys.executable, report, str(SERVER / "tests"), str(SERVER), f"{name}.py"]
        return Stage(name, limit_s, command, out, env)

    # Those that measure nothing share the cores; a full memory and a busy share need the GPU for themselves.
    failed = 0
    together = [tests("test_cuda", 130), tests("test_cuda_contract", 130)]
    failed += sum(judged(stage) for stage in together)
    for name in ("test_cuda_memory", "test_cuda_watch"):
        failed += judged(tests(name, 60))
    failed += precisions(out, env)
    failed += watched(out, env, sys.argv[1] if len(sys.argv) > 1 else None)
    keep(out)
    print(f"{'FAILED' if failed else 'passed'}: {failed} failures; files in {out}")
    return 1 if failed else 0


def keep(out: pathlib.Path) -> None:
    """Two files where $OUT says: the ratios, and all that the stages printed."""
    if not os.environ.get("OUT"):
        return
    folder = pathlib.Path(os.environ["OUT"])
    folder.mkdir(parents=True, exist_ok=True)
    printed = [f"::: {file.name}\n{file.read_text(errors='replace')}" for file in sorted(out.iterdir())]
    (folder / "stages.txt").write_text("\n".join(printed))
    if (out / "precisions.out").exists():
        shutil.copy(out / "precisions.out", folder / "precisions.json")


def describe() -> None:
    smi = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    script = "import sys, torch, transformers as t; print(sys.version.split()[0], torch.__version__, t.__version__)"
    for command in (smi, [sys.executable, "-W", "ignore", "-c", script]):
        try:
            subprocess.run(command, check=False, timeout=60)
        except (OSError, subprocess.TimeoutExpired) as error:
            print(f"{command[0]}: {error}")
    print(f"(python, torch, transformers) {os.cpu_count()} cores, g++ {shutil.which('g++')}", flush=True)


def judged(stage: Stage) -> int:
    """Prints what its tests came to; how many failed."""
    code = stage.wait()
    outcomes = []
    for line in stage.text(0).splitlines():
        try:
            outcomes.append(json.loads(line))
        except ValueError:
            continue  # a library's own word
    count = {kind: sum(o["outcome"] == kind for o in outcomes) for kind in ("passed", "failed", "skipped")}
    print("  " + ", ".join(f"{n} {kind}" for kind, n in count.items()))
    for line in stage.text(1).splitlines():
        if MEASURED.match(line):
            print(f"  {MEASURED.sub(lambda m: m.group(1) + ': ', line)}")
    for o in outcomes:
        if o["outcome"] == "skipped":
            print(f"  skipped {o['id']}: {o['detail']}")
        if o["outcome"] == "failed":
            print(f"  FAILED {o['id']}\n{shortened(o['detail'])}")
    if code != 0 or not count["passed"]:
        print(shortened(stage.text(1)))
        return count["failed"] + 1
    return count["failed"]


def precisions(out: pathlib.Path, env: dict[str, str]) -> int:
    script = str(ROOT / "bench" / "server" / "precisions.py")
    size = ["--rounds", "5", "--seconds", "0.25"]
    if DEVICE == "cpu":
        size = ["--batches", "1,2", "--tokens", "16", "--rounds", "2", "--variants", "eager-fp32,eager-bf16"]
    stage = Stage("precisions", 150, [sys.executable, script, "--json", "--device", DEVICE, *size], out, env)
    code = stage.wait()
    print(shortened(stage.text(1)) if code else stage.text(1) + stage.text(0))
    return int(code != 0)


def watched(out: pathlib.Path, env: dict[str, str], folder: str | None) -> int:
    if folder is None or not pathlib.Path(folder, "node.xz").is_file():
        print(f"skipped the load engine: {'no FOLDER is given' if folder is None else f'{folder} holds no node.xz'}")
        return 0
    node = pathlib.Path(tempfile.mkdtemp(prefix="infersweep-node-"), "node")
    with lzma.open(pathlib.Path(folder, "node.xz")) as packed, open(node, "wb") as file:
        shutil.copyfileobj(packed, file)
    node.chmod(0o755)
    script = str(ROOT / "bench" / "server" / "watched_load.py")
    seconds = max(5, min(20, int(END_S - time.monotonic() - 25)))
    command = [sys.executable, script, str(node), str(pathlib.Path(folder, "app")), "--device", DEVICE]
    stage = Stage("watched-load", seconds + 45, [*command, "--seconds", str(seconds)], out, env)
    code = stage.wait()
    print(stage.text(0) + shortened(stage.text(1)))
    return int(code != 0)


def shortened(text: str) -> str:
    text = text.strip()
    return text if len(text) <= SHOWN else f"{text[: SHOWN // 4]}\n  …\n{text[-SHOWN * 3 // 4 :]}"


if __name__ == "__main__":
    sys.exit(main())
