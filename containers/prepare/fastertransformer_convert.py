"""Hugging Face weights → FasterTransformer's, for replays: `python fastertransformer_convert.py SOURCE_DIR OUT_DIR SETTINGS`.

SETTINGS is JSON: `precision`, `family` (bert, gpt or t5; from config.json unless said), `repository` with FasterTransformer's
examples. Writes OUT_DIR/1-gpu/, which Triton's backend reads; converts on a CPU.
"""

from __future__ import annotations

import pathlib
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from typing import Any

from artifact import PreparationError, model_config
from compile_log import failure
from device_manifest import Device, copy_beside, write_manifest
from neuron_trace import main
from parts import Facts, Parts, weights_sha256

_ONE_GPU = "1-gpu"
#: Converter below `examples/pytorch/`, and its word for the number of GPUs.
CONVERTERS = {
    "bert": ("bert/utils/huggingface_bert_convert.py", "-infer_tensor_para_size"),
    "gpt": ("gpt/utils/huggingface_gpt_convert.py", "-infer_gpu_num"),
    "t5": ("t5/utils/huggingface_t5_ckpt_convert.py", "-inference_tensor_para_size"),
}
_FAMILIES = {"bert": "bert", "gpt2": "gpt", "t5": "t5"}

Run = Callable[[list[str]], tuple[int, str]]


def command(family: str, source: pathlib.Path, out: pathlib.Path, precision: str, repository: pathlib.Path) -> list[str]:
    if family not in CONVERTERS:
        raise PreparationError(f"FasterTransformer converts {', '.join(CONVERTERS)}, not {family}")
    script, gpus = CONVERTERS[family]
    converter = repository / "examples" / "pytorch" / script
    return [sys.executable, str(converter), "-in_file", str(source), "-saved_dir", str(out), gpus, "1", "-weight_data_type", precision]


def prepare(source: pathlib.Path, out: pathlib.Path, settings: dict[str, Any], run: Run) -> None:
    started_s = time.perf_counter()
    model_type = str(model_config(source)["model_type"])
    family = settings.get("family") or _FAMILIES.get(model_type, model_type)
    flags = {"precision": settings["precision"], "family": family}
    (out / "manifest.json").unlink(missing_ok=True)
    parts = Parts(out)
    arguments = command(family, source, out, flags["precision"], pathlib.Path(settings["repository"]))

    def convert(file: pathlib.Path) -> Facts:
        code, log = run(arguments)
        why = failure(code, log, "convert on a host with twice the weights' size in memory")
        if why is None and not (out / _ONE_GPU / "config.ini").is_file():
            why = f"the converter ended well and wrote no {_ONE_GPU}/config.ini"
        if why is not None:
            raise PreparationError(why)
        with tarfile.open(file, "w") as archive:  # one file, so that the part has one hash
            archive.add(out / _ONE_GPU, _ONE_GPU)
        return {"unconverted": [line.strip() for line in log.splitlines() if "cannot convert key" in line]}

    parts.make(f"{_ONE_GPU}.tar", {"model": weights_sha256(source), **flags}, convert)
    copy_beside(source, out)
    write_manifest(
        out,
        parts,
        kind="fastertransformer-conversion",
        artifact=f"{_ONE_GPU}.tar",
        # Weights as they are: any GPU that the frozen backend supports reads them.
        device=Device("nvidia"),
        versions={"fastertransformer": "release/v5.3_tag"},
        flags=flags,
        facts={"unconverted": parts.done[f"{_ONE_GPU}.tar"]["unconverted"]},
        seconds=time.perf_counter() - started_s,
    )


def run_converter(arguments: list[str]) -> tuple[int, str]:
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


if __name__ == "__main__":
    main("fastertransformer_convert.py", lambda source, out, settings: prepare(source, out, settings, run_converter))
