"""Talks to a running Triton with its own client and prints what it saw as JSON: python triton-client.py HOST:PORT EXAMPLE"""

from __future__ import annotations

import json
import pathlib
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy
import tritonclient.http as triton

_NUMPY = {"INT64": numpy.int64, "INT32": numpy.int32, "FP32": numpy.float32}
CLIENTS = 8
ROUNDS = 6


def lines(file: pathlib.Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]


def tensor(given: dict[str, Any], binary: bool) -> triton.InferInput:
    made = triton.InferInput(given["name"], given["shape"], given["datatype"])
    made.set_data_from_numpy(
        numpy.array(given["data"], dtype=_NUMPY[given["datatype"]]).reshape(given["shape"]), binary_data=binary
    )
    return made


def infer(client: triton.InferenceServerClient, example: dict[str, Any], binary: bool) -> numpy.ndarray:
    wanted = [triton.InferRequestedOutput("pooled", binary_data=binary)]
    return client.infer("model", [tensor(i, binary) for i in example["inputs"]], outputs=wanted).as_numpy("pooled")


def main(url: str, folder: pathlib.Path) -> dict[str, Any]:
    client = triton.InferenceServerClient(url, concurrency=CLIENTS)
    examples = lines(folder / "inputs.jsonl")
    golden = {g["id"]: next(o for o in g["outputs"] if o["name"] == "pooled") for g in lines(folder / "golden.jsonl")}

    def error(example: dict[str, Any], binary: bool) -> float:
        expected = golden[example["id"]]
        answer = infer(client, example, binary)
        return float(numpy.abs(answer - numpy.array(expected["data"]).reshape(expected["shape"])).max())

    alone = max(error(e, binary) for e in examples[:4] for binary in (False, True))

    def serve(worker: int) -> float:
        own = triton.InferenceServerClient(url)
        greatest = 0.0
        for round in range(ROUNDS):
            example = examples[(worker * ROUNDS + round) % len(examples)]
            expected = golden[example["id"]]
            answer = infer(own, example, True)
            difference = numpy.abs(answer - numpy.array(expected["data"]).reshape(expected["shape"])).max()
            greatest = max(greatest, float(difference))
        own.close()
        return greatest

    with ThreadPoolExecutor(CLIENTS) as pool:
        together = max(pool.map(serve, range(CLIENTS)))
    try:
        client.infer("model", [tensor({**examples[0]["inputs"][0], "datatype": "INT32"}, True)])
        refusal = None
    except triton.InferenceServerException as refused:
        refusal = refused.status()
    (statistics,) = client.get_inference_statistics("model")["model_stats"]
    return {
        "live": client.is_server_live(),
        "ready": client.is_model_ready("model"),
        "version": client.get_server_metadata()["version"],
        "config": client.get_model_config("model"),
        "error": {"alone": alone, "together": together},
        "refusal": refusal,
        "inferences": statistics["inference_count"],
        "executions": statistics["execution_count"],
    }


if __name__ == "__main__":
    json.dump(main(sys.argv[1], pathlib.Path(sys.argv[2])), sys.stdout)
