"""Watches what the server and its host use, once a second, from a process of its own.

A process, because threads of the server would wait for its interpreter just when it is busy, and because the workers of gunicorn
need one that looks at all of them. It costs a millisecond or two of each second.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from . import accelerators, host_usage, lifetime
from .accelerators import mib
from .host_usage import Stalled
from .process_tree import ProcessTree
from .usage_ring import UsageRing

#: Of this process and of those forked from it; None where nothing watches.
_ring: UsageRing | None = None
#: Kept for its pipe: when that closes, the watching ends.
_watcher: subprocess.Popen[bytes] | None = None
_START = "import sys; sys.path[0] = sys.argv[1]; from infersweep_server.host_watch import main; main()"


def start() -> None:
    """Watches this process and all that descend from it until it ends. Without /proc there is nothing to see."""
    global _ring, _watcher
    if not os.path.exists("/proc/self/stat"):
        return
    try:
        ring = UsageRing.create()
        # Neither sites nor variables of the environment: what is installed must make it neither larger nor slower.
        command = [sys.executable, "-S", "-E", "-B", "-c", _START, str(Path(__file__).resolve().parents[1])]
        _watcher = subprocess.Popen(
            [*command, str(os.getpid()), str(ring.descriptor)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[ring.descriptor],
        )
        _ring = ring
    except OSError:
        pass  # no process and no file to be had: then nobody is told


def usage(seconds: float) -> dict[str, Any] | None:
    """What the host has, and the rows of the last so many seconds, oldest first; None where nothing watches."""
    capacity = None if _ring is None else _ring.capacity()
    if _ring is None or capacity is None:
        return None
    now_s = time.monotonic()
    rows = _ring.since(now_s - seconds, now_s)
    return {"capacity": capacity, "rows": [{"ago_s": round(now_s - row.pop("at"), 3), **row} for row in rows]}


class Watch:
    def __init__(self, root: int) -> None:
        self._root = root
        self._tree = ProcessTree(root, without=os.getpid())
        self._group = host_usage.ControlGroup()
        self._monitor = accelerators.monitor_here()
        self._at_s = time.monotonic()
        self._host_cpu_s = host_usage.host_cpu_seconds()
        self._occupied_s = host_usage.host_occupied_seconds()
        self._stalled = self._group.stalled()
        self._tree.read()

    def row(self) -> dict[str, Any]:
        """Of the time since the one before it; None for what this host does not tell."""
        at_s, host_cpu_s, occupied_s = time.monotonic(), host_usage.host_cpu_seconds(), host_usage.host_occupied_seconds()
        stalled = self._group.stalled()
        used, memory = self._tree.read(), host_usage.host_memory()
        period_s = at_s - self._at_s
        row = {
            "at": round(at_s, 3),
            "period_s": round(period_s, 3),
            "cpu_cores": None if used is None else round(used.cpu_seconds / period_s, 3),
            "rss_mib": None if used is None else mib(used.rss_bytes),
            "major_faults": None if used is None else used.major_faults,
            "memory_stall": self._stall_share(stalled, _share(self._occupied_s, occupied_s, period_s), period_s),
            "host_cpu_cores": _share(self._host_cpu_s, host_cpu_s, period_s),
            "host_memory_mib": None if memory is None else mib(memory[0]),
            **accelerators.shown(None if self._monitor is None else self._monitor.reading()),
        }
        self._at_s, self._host_cpu_s, self._occupied_s, self._stalled = at_s, host_cpu_s, occupied_s, stalled
        return row

    def _stall_share(self, now: Stalled | None, occupied_cores: float | None, period_s: float) -> float | None:
        if now is None or self._stalled is None:
            return None
        share = (now.seconds - self._stalled.seconds) / period_s
        if now.of_host and occupied_cores is not None:
            share = host_usage.own_stall_share(share, occupied_cores, len(os.sched_getaffinity(self._root)))
        return round(share, 4)

    def capacity(self) -> dict[str, Any]:
        memory = host_usage.host_memory()
        total = None if memory is None else memory[1]
        return {
            "server_cpu_cores": len(os.sched_getaffinity(self._root)),
            "host_cpu_cores": os.cpu_count(),
            "host_memory_mib": mib(total),
            "memory_limit_mib": mib(self._group.limit_bytes(total)),
            "accelerators": self._accelerators(),
        }

    def _accelerators(self) -> dict[str, Any] | None:
        reading = None if self._monitor is None else self._monitor.reading()
        if self._monitor is None or reading is None:
            return None
        return {
            "source": self._monitor.source,
            "count": len(reading.busy),
            "memory_mib": mib(reading.memory_total_bytes),
        }


def _share(before: float | None, now: float | None, period_s: float) -> float | None:
    return None if before is None or now is None else round((now - before) / period_s, 4)


def main() -> None:
    """`main ROOT DESCRIPTOR`"""
    root, descriptor = map(int, sys.argv[-2:])
    lifetime.end_with_parent()
    ring, watch, known = UsageRing(descriptor), Watch(root), None
    while True:
        # At whole seconds of the clock, so that each has a place of its own in the ring.
        time.sleep(1 - time.monotonic() % 1)
        ring.add(watch.row())
        capacity = watch.capacity()
        # A monitor that falls silent for a moment does not take its devices away.
        if capacity != known and (known is None or capacity["accelerators"] is not None):
            ring.describe(capacity)
            known = capacity
