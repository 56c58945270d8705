"""What this process costs its host."""

from __future__ import annotations

import os
import resource
import sys
import threading
import time
from typing import Any

from .cpu_quota import cpu_periods
from .worker_slots import own_slot


def process_facts() -> dict[str, Any]:
    periods = cpu_periods()
    return {
        "pid": os.getpid(),
        "worker": own_slot(),
        "cpu_seconds": round(time.process_time(), 6),
        "rss_mib": round(_resident_bytes() / 2**20, 1),
        "threads": _threads(),
        **({} if periods is None else {"cpu_periods": periods}),
    }


def _resident_bytes() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        # No /proc: the peak stands in for the present. macOS counts it in bytes, others in KiB.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def _threads() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return threading.active_count()
