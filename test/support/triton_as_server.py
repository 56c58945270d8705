"""Becomes a real Triton that means what a configuration of our server says: python triton_as_server.py --config FILE

For the server's contract suite, which starts a server for each test. Adapters run in Triton's python backend, the batching and
the queue are Triton's own; `announce` is written once its HTTP server is reached.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import shutil
import socket
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "containers" / "triton"), str(ROOT / "containers" / "server")]

import launch  # noqa: E402

#: Of the reference model, which the emulated one also is.
MODEL = """
name: "{name}"
backend: "python"
max_batch_size: {max_batch_size}
input [ {{ name: "x" data_type: TYPE_FP32 dims: [ 8 ] }} ]
output [
  {{ name: "y" data_type: TYPE_FP32 dims: [ 8 ] }},
  {{ name: "pooled" data_type: TYPE_FP32 dims: [ 1 ] }}
]
version_policy {{ specific {{ versions: [ 1 ] }} }}
instance_group [ {{ count: 1 kind: KIND_CPU }} ]
dynamic_batching {{
  max_queue_delay_microseconds: {delay}
  default_queue_policy {{ max_queue_size: {queue} }}
}}
"""


def setting(key: str, value: object) -> str:
    return f'parameters {{ key: "{key}" value {{ string_value: {json.dumps(value)} }} }}\n'


def free_ports(count: int) -> list[int]:
    """All are held until all are known, so that no two are the same."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--config", type=pathlib.Path, required=True)
    arguments.add_argument("--instance", required=True)
    options = arguments.parse_args()
    config = json.loads(options.config.read_text())
    folder = options.config.parent
    name = config["model"]["name"]
    batching = config.get("batching") or {}
    version = folder / "models" / name / "1"
    version.mkdir(parents=True)
    text = MODEL.format(
        name=name,
        # One item at a time where our server would not join requests; a request of several items still fits.
        max_batch_size=batching.get("maxBatchSize", 2),
        delay=int(1000 * batching.get("maxQueueDelayMs", 0)),
        queue=config.get("maxQueueSize", 1024),
    )
    text += setting("adapter", config["adapter"]) + setting("artifact", "")
    text += setting("settings", json.dumps(config.get("parameters", {})))
    (version.parent / "config.pbtxt").write_text(text)
    shutil.copy(ROOT / "containers" / "triton" / "python" / "model.py", version / "model.py")
    http, sagemaker = free_ports(2)
    announced = {"port": http, "pid": os.getpid()}
    speaks = []
    if config.get("sagemaker"):
        # It takes no address and listens on all of them: only where a test asks for it.
        announced["sagemakerPort"] = sagemaker
        os.environ["SAGEMAKER_TRITON_DEFAULT_MODEL_NAME"] = name
        speaks = ["--allow-sagemaker=true", f"--sagemaker-port={sagemaker}"]
    pathlib.Path(config["announce"]).write_text(json.dumps(announced))
    launch.main(
        str(folder / "backends"),
        [
            f"--id={options.instance}",
            f"--model-repository={folder / 'models'}",
            f"--backend-directory={folder / 'backends'}",
            "--disable-auto-complete-config",
            "--exit-timeout-secs=10",
            "--http-address=127.0.0.1",
            f"--http-port={http}",
            "--allow-grpc=false",
            "--allow-metrics=false",
            *speaks,
            f"--backend-config=python,shm-region-prefix-name=contract-{os.getpid()}-",
        ],
    )


if __name__ == "__main__":
    main()
