"""What every preparation shares: the arguments, the check against eager, the copies and the manifest beside the artifact."""

from __future__ import annotations

import hashlib
import json
import pathlib
import platform
import random
import shutil
import sys
import time
from typing import Any, Callable

_SERVER = pathlib.Path(__file__).resolve().parent.parent / "server"
sys.path.insert(0, str(_SERVER))  # the encoder is defined once, in the server that serves it

from infersweep_server.encoder import OUTPUTS, load_encoder, max_positions, model_config  # noqa: E402
from infersweep_server.errors import ConfigError  # noqa: E402

#: |actual - expected| <= ABSOLUTE + RELATIVE x |expected|, for fp32 against fp32.
ABSOLUTE, RELATIVE = 1e-4, 1e-3
#: What the server and its tokeniser read beside the artifact.
_COPIED = ("tokenizer.json", "config.json", "sentence_bert_config.json", "modules.json")
#: (items, tokens): a single one, a padded batch, and a length no example had when the graph was recorded.
_SHAPES = ((1, 5), (3, 24), (2, 17))


class PreparationError(Exception):
    """One line that says why there is no artifact."""


Outputs = list[Any]
#: Writes the artifact of an encoder into a folder; gives how to run it, and the flags it was made with.
Make = Callable[[Any, pathlib.Path], tuple[Callable[[Any, Any], Outputs], dict[str, Any]]]


def main(artifact: str, make: Make, libraries: tuple[str, ...]) -> None:
    if len(sys.argv) != 3:
        sys.exit(f"usage: python {pathlib.Path(sys.argv[0]).name} SOURCE_DIR OUT_DIR")
    try:
        prepare(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), artifact, make, libraries)
    except (PreparationError, ConfigError) as error:
        print(f"{pathlib.Path(sys.argv[0]).name}: {error}", file=sys.stderr)
        sys.exit(1)


def prepare(source: pathlib.Path, out: pathlib.Path, artifact: str, make: Make, libraries: tuple[str, ...]) -> None:
    started_s = time.perf_counter()
    config = model_config(source)  # before seconds go into importing torch
    import torch

    torch.set_num_threads(1)  # sums in one order: the same bytes and the same deviations on every machine of a kind
    torch.manual_seed(0)
    encoder = load_encoder(source)
    out.mkdir(parents=True, exist_ok=True)
    (out / "manifest.json").unlink(missing_ok=True)  # written last: a folder with a manifest is a checked one
    run, flags = make(encoder, out)
    deviation = check(encoder, run, config)
    for name in _COPIED:
        if (source / name).is_file():
            shutil.copyfile(source / name, out / name)
    manifest = {
        "artifact": artifact,
        "sha256": sha256(out / artifact),
        "source": {name: sha256(source / name) for name in _sources(source)},
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in libraries}},
        "flags": flags,
        "maxAbsoluteDeviation": deviation,
        "seconds": round(time.perf_counter() - started_s, 3),
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def example(items: int, tokens: int, vocabulary: int, seed: int = 0) -> tuple[Any, Any]:
    """Ids and mask; every second row is shorter than the first, so that padding takes part."""
    import torch

    generator = random.Random(seed)
    ids = [[generator.randrange(1, vocabulary) for _ in range(tokens)] for _ in range(items)]
    mask = [[1 if row % 2 == 0 or at < max(2, tokens // 2) else 0 for at in range(tokens)] for row in range(items)]
    return torch.tensor(ids), torch.tensor(mask)


def check(encoder: Any, run: Callable[[Any, Any], Outputs], config: dict[str, Any]) -> dict[str, float]:
    """Largest deviation per output from the encoder run eagerly. Raises PreparationError when one is too large."""
    import torch

    worst = dict.fromkeys(OUTPUTS, 0.0)
    for seed, (items, tokens) in enumerate(_SHAPES, start=1):
        ids, mask = example(items, min(tokens, max_positions(config)), int(config["vocab_size"]), seed)
        with torch.inference_mode():
            expected = encoder(ids, mask)
        for name, actual, wanted in zip(OUTPUTS, run(ids, mask), expected):
            actual = torch.as_tensor(actual)
            if actual.shape != wanted.shape:
                raise PreparationError(f'"{name}" came out as {list(actual.shape)}, eager gives {list(wanted.shape)}')
            difference = (actual - wanted).abs()
            worst[name] = max(worst[name], float(difference.max()))
            if not bool((difference <= ABSOLUTE + RELATIVE * wanted.abs()).all()):  # false for NaN as well
                raise PreparationError(
                    f'"{name}" differs from eager by up to {worst[name]:.3g} at {items} x {tokens} tokens; '
                    f"allowed is {ABSOLUTE:g} + {RELATIVE:g} x |value|"
                )
    return worst


def sha256(file: pathlib.Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _sources(source: pathlib.Path) -> list[str]:
    return [name for name in ("config.json", "model.safetensors", "tokenizer.json") if (source / name).is_file()]


def _version(library: str) -> str:
    from importlib.metadata import version

    return version(library)
