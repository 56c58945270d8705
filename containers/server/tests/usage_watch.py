"""Waiting for what a server tells of its host."""

import os
import pathlib
import time

from infersweep_server import process_tree
from tests.running_server import RunningServer

#: Rows to wait for at most.
PATIENCE_SECONDS = 30


def known(usage: dict | None) -> bool:
    devices = usage["capacity"]["accelerators"] if usage is not None else None
    return devices is not None and devices["count"] == len(usage["rows"][-1]["accelerator_busy"] or [])


def usage_of(server: RunningServer) -> dict | None:
    status, body = server.get("/v2/utilisation/60")
    return body if status == 200 else None


def wait_until(condition) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.05)


def wait_for_rows(server: RunningServer, more: int) -> list[dict]:
    """Until there are as many rows as now and so many more."""
    before = len((usage_of(server) or {"rows": []})["rows"])
    wait_until(lambda: len((usage_of(server) or {"rows": []})["rows"]) >= before + more)
    usage = usage_of(server)
    assert usage is not None
    return usage["rows"]


def watchers_of(pid: int) -> list[int]:
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            stat = process_tree.parse_stat(pathlib.Path("/proc", name, "stat").read_text())
            line = pathlib.Path("/proc", name, "cmdline").read_bytes()
        except (OSError, ValueError):
            continue
        if stat.parent == pid and b"host_watch" in line:
            found.append(int(name))
    return found
