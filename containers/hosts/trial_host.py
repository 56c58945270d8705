#!/usr/bin/env python3
"""Starts the containers of one deployment (or one preparation job) on an EC2 host. Run once, by user data.

User data has armed the longest life already; this only shortens it. Everything then comes from the start document, whose address
is a tag of the instance. Standard library only, Python 3.9: the host image brings no more. A host that cannot do its work ends at
once: it must not bill until its deadline.
"""

from __future__ import annotations

import argparse
import glob
import json
import os
import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

TTL_TAG = "infersweep:ttl-minutes"
START_TAG = "infersweep:start"
SCHEMA = "infersweep.host-start.v1"
#: The front end (SageMaker's port) and, for `via: direct`, the server behind it.
PORTS = (8080, 8000)
PINNED = re.compile(r"^(?P<registry>\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?)/[a-z0-9._/-]+@sha256:[0-9a-f]{64}$")
#: Stack pages and pinned memory as NVIDIA's own start lines of Triton ask for; descriptors for thousands of connections.
ULIMITS = ("memlock=-1", "stack=67108864", "nofile=1048576")


class HostError(Exception):
    """Ends the host, with a reason for whoever reads its log."""


def run(*command: str, input: str | None = None, quiet: bool = False) -> str:
    done = subprocess.run(command, input=input, capture_output=True, text=True, check=False)
    if done.returncode != 0 and not quiet:
        said = " ".join((done.stderr or done.stdout).split())[-500:]
        raise HostError(f"`{' '.join(command[:4])} …` ended with {done.returncode}: {said}")
    return done.stdout.strip() if done.returncode == 0 else ""


class Metadata:
    """The instance metadata service, version 2: the template allows no other."""

    def __init__(self) -> None:
        self.base = os.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://169.254.169.254").rstrip("/")
        self.token = self.ask("api/token", "PUT", {"X-aws-ec2-metadata-token-ttl-seconds": "21600"})

    def ask(self, path: str, method: str, headers: dict[str, str]) -> str | None:
        request = urllib.request.Request(f"{self.base}/latest/{path}", method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise HostError(f"instance metadata {path}: HTTP {error.code}") from error
        except OSError as error:
            raise HostError(f"instance metadata {path}: {error}") from error

    def get(self, path: str) -> str | None:
        return self.ask(f"meta-data/{path}", "GET", {"X-aws-ec2-metadata-token": self.token or ""})

    def tag(self, key: str) -> str | None:
        return self.get(f"tags/instance/{key}")


class Host:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.events: list[dict] = []
        self.reported = 0
        self.instance = "unknown"

    def event(self, name: str, **facts: object) -> None:
        at_ms = int(time.time() * 1000)
        self.events.append({"timestamp": at_ms, "message": json.dumps({"event": name, "atMs": at_ms, **facts})})

    def begin(self) -> None:
        metadata = Metadata()
        self.shorten_life(metadata.tag(TTL_TAG))
        self.forbid_second_boot()
        self.instance = metadata.get("instance-id") or self.instance
        self.event("booted", ami=metadata.get("ami-id"), instanceType=metadata.get("instance-type"), driver=self.driver())
        # This is no container instance: the agent would ask for a cluster until the end.
        run("systemctl", "mask", "ecs", quiet=True)
        run("systemctl", "stop", "--no-block", "ecs", quiet=True)
        address = metadata.tag(START_TAG)
        if address is None:
            raise HostError(f"the instance has no tag {START_TAG}: launch it with the address of its start document")
        self.start(read_start(run(*self.aws("s3", "cp", address, "-"))))

    def shorten_life(self, wanted: str | None) -> None:
        """The template's life is the ceiling: a tag can only bring the end nearer."""
        ceiling = self.options.ceiling_minutes
        if wanted is None or not wanted.isascii() or not wanted.isdigit() or not 1 <= int(wanted) < ceiling:
            self.event("life", minutes=ceiling, wanted=wanted)
            return
        run("shutdown", "-h", f"+{int(wanted)}")
        self.event("life", minutes=int(wanted), wanted=wanted)

    def forbid_second_boot(self) -> None:
        """A scheduled shutdown does not survive a reboot, so a host that boots again powers off, and so terminates."""
        # /run is empty after a boot, so the unit can do nothing during this one.
        self.write("run/infersweep-first-boot", "")
        self.write(
            "etc/systemd/system/infersweep-second-boot.service",
            (
                "[Unit]\nDescription=A trial host lives for one boot\nConditionPathExists=!/run/infersweep-first-boot\n"
                "[Service]\nType=oneshot\nExecStart=/usr/sbin/poweroff\n"
                "[Install]\nWantedBy=multi-user.target\n"
            ),
        )
        run("systemctl", "enable", "infersweep-second-boot")

    def write(self, path: str, content: str) -> None:
        path = os.path.join(self.options.root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)

    def driver(self) -> str | None:
        if self.options.accelerator == "nvidia":
            return run("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader", "--id=0", quiet=True) or None
        if self.options.accelerator == "neuron":
            return run("modinfo", "-F", "version", "neuron", quiet=True) or None
        return None

    def start(self, document: dict) -> None:
        wait_for_docker()
        for registry in sorted({PINNED.match(c["image"])["registry"] for c in document["containers"]}):
            password = run(*self.aws("ecr", "get-login-password"))
            run("docker", "login", "--username", "AWS", "--password-stdin", registry, input=password)
        for container in document["containers"]:
            run("docker", "pull", "--quiet", container["image"])
        self.event("image")
        model = os.path.join(self.options.root, "opt/ml/model")
        output = os.path.join(self.options.root, "opt/ml/output")
        for folder in (model, output):
            os.makedirs(folder, exist_ok=True)
        # Containers of the kit do not run as root, and nobody else is on this host.
        os.chmod(output, 0o777)
        if document["model"] is not None:
            run(*self.aws("s3", "cp", "--recursive", "--only-show-errors", document["model"], model))
        self.event("model")
        shared = [*self.devices(), f"--shm-size={document['shmMib']}m"]
        shared += [word for limit in ULIMITS for word in ("--ulimit", limit)]
        shared += ["--security-opt", "no-new-privileges", "--volume", f"{model}:/opt/ml/model:ro"]
        if document["output"] is None:
            self.serve(document["containers"], shared)
        else:
            self.work(document, [*shared, "--volume", f"{output}:/opt/ml/output"], output)

    def serve(self, containers: list[dict], shared: list[str]) -> None:
        """The first container owns the network and its ports; the others are its neighbours on 127.0.0.1."""
        first = containers[0]["name"]
        ports = [word for port in PORTS for word in ("--publish", f"{port}:{port}")]
        for container in containers:
            network = ports if container["name"] == first else ["--network", f"container:{first}"]
            run(*self.docker_run(container, [*network, *shared], "--detach"))
        names = [container["name"] for container in containers]
        self.event("started", containers=names)
        # Whoever waits sees how far it is: loading a model may take minutes.
        self.report()
        self.wait_until_healthy(names)

    def wait_until_healthy(self, names: list[str]) -> None:
        """Nothing outside the VPC can ask the server, so the host does and says in its log what it was told."""
        end = time.monotonic() + self.options.start_limit_seconds
        while time.monotonic() < end:
            if answers(self.options.health_url):
                self.event("ready", containers=names)
                return
            for name in names:
                words = "{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}}"
                state = run("docker", "inspect", "--format", words, name, quiet=True).split()
                if state[:1] == ["exited"]:
                    why = ", killed by the kernel: out of memory" if state[2:] == ["true"] else ""
                    raise HostError(f"container {name} ended with exit code {state[1]}{why}")
            time.sleep(0.5)
        raise HostError(f"no healthy answer within {self.options.start_limit_seconds} s")

    def work(self, document: dict, shared: list[str], output: str) -> None:
        """A job: one container to its end, its output uploaded, then the host has nothing left to do."""
        run(*self.docker_run(document["containers"][0], shared))
        copy = ("s3", "cp", "--recursive", "--only-show-errors", output, document["output"])
        manifest = os.path.join(output, "manifest.json")
        if os.path.exists(manifest):
            # It says that the artifact is complete, so it must be the last to arrive.
            run(*self.aws(*copy, "--exclude", "manifest.json"))
            run(*self.aws("s3", "cp", "--only-show-errors", manifest, f"{document['output']}manifest.json"))
        else:
            run(*self.aws(*copy))
        self.event("finished")

    def docker_run(self, container: dict, shared: list[str], *mode: str) -> list[str]:
        logs = {
            "awslogs-region": self.options.region,
            "awslogs-group": self.options.log_group,
            "awslogs-stream": f"{self.instance}/{container['name']}",
            # A slow log must not slow the server down.
            "mode": "non-blocking",
        }
        return [
            *("docker", "run", *mode, "--name", container["name"], "--log-driver", "awslogs"),
            *(word for key, value in logs.items() for word in ("--log-opt", f"{key}={value}")),
            *shared,
            *(word for key, value in container["environment"].items() for word in ("--env", f"{key}={value}")),
            *(("--entrypoint", container["entrypoint"]) if container["entrypoint"] is not None else ()),
            container["image"],
            *container["command"],
        ]

    def devices(self) -> list[str]:
        if self.options.accelerator == "nvidia":
            return ["--gpus", "all"]
        if self.options.accelerator == "none":
            return []
        pattern = os.path.join(self.options.root, "dev/neuron[0-9]*")
        found = sorted(glob.glob(pattern), key=lambda path: int(re.sub(r"\D", "", os.path.basename(path))))
        if not found:
            raise HostError("the host shows no /dev/neuron*: its driver did not load")
        return [f"--device=/dev/{os.path.basename(path)}" for path in found]

    def aws(self, *words: str) -> list[str]:
        return ["aws", *words, "--region", self.options.region]

    def report(self) -> None:
        """One log stream per host: the startup timeline, or why there is none. Only what was not reported yet."""
        place = ["--log-group-name", self.options.log_group, "--log-stream-name", f"{self.instance}/host"]
        news = self.events[self.reported :]
        if not news:
            return
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            json.dump(news, file)
            file.flush()
            if self.reported == 0:
                run(*self.aws("logs", "create-log-stream", *place), quiet=True)
            self.reported = len(self.events)
            run(*self.aws("logs", "put-log-events", *place, "--log-events", f"file://{file.name}"), quiet=True)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def read_start(text: str) -> dict:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise HostError(f"the start document is no JSON: {error}") from error
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise HostError(f"the start document is no {SCHEMA}")
    for container in document["containers"]:
        if not PINNED.match(container["image"]):
            raise HostError(f"image {container['image']} is not one of ECR pinned by @sha256:…")
    return document


def wait_for_docker() -> None:
    for _ in range(60):
        if run("docker", "info", "--format", "{{.ServerVersion}}", quiet=True):
            return
        time.sleep(1)
    raise HostError("docker did not answer for a minute")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--ceiling-minutes", type=int, required=True, help="life that user data has armed")
    arguments.add_argument("--accelerator", choices=("none", "nvidia", "neuron"), required=True)
    arguments.add_argument("--log-group", required=True)
    arguments.add_argument("--region", required=True)
    arguments.add_argument("--health-url", default=f"http://127.0.0.1:{PORTS[0]}/v2/health/ready", help="for tests")
    arguments.add_argument("--start-limit-seconds", type=float, default=900, help="a start that takes longer has failed")
    arguments.add_argument("--root", default="/", help="for tests: where files of the host are")
    host = Host(arguments.parse_args())
    ended = True
    try:
        host.begin()
        ended = json.loads(host.events[-1]["message"])["event"] == "finished"
    except Exception as error:  # whatever it is, the host must end
        host.event("failed", reason=str(error)[:2000] or repr(error))
        raise SystemExit(1) from error
    finally:
        try:
            host.report()
        finally:
            if ended:
                run("shutdown", "-h", "now", quiet=True)


if __name__ == "__main__":
    main()
