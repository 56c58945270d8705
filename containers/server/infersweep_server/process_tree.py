"""CPU, memory and page faults of a process and all that descend from it, from /proc (proc(5))."""

from __future__ import annotations

import os
import resource
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = resource.getpagesize()


class ProcessStat(NamedTuple):
    parent: int
    #: User and system time.
    cpu_seconds: float
    #: Page faults that had to be read from a disk.
    major_faults: int
    rss_bytes: int


class TreeUsage(NamedTuple):
    #: Growth since the last reading.
    cpu_seconds: float
    major_faults: int
    #: Summed: pages that several of them share count for each.
    rss_bytes: int


def parse_stat(text: str) -> ProcessStat:
    """A line of /proc/PID/stat; the name in parentheses may hold anything. Raises ValueError or IndexError."""
    fields = text[text.rindex(")") + 2 :].split()
    # Numbered from 3 on in proc(5): 4 ppid, 12 majflt, 14 utime, 15 stime, 24 rss.
    return ProcessStat(
        parent=int(fields[1]),
        cpu_seconds=(int(fields[11]) + int(fields[12])) / _TICKS,
        major_faults=int(fields[9]),
        rss_bytes=int(fields[21]) * _PAGE,
    )


class ProcessTree:
    def __init__(self, root: int, without: int | None = None) -> None:
        """`without`: a descendant that is left out, and its own with it: whoever does the watching."""
        self._root = root
        self._without = without
        self._members = {root}
        #: All processes of the host at the last look: only what is new since then can be a new descendant.
        self._seen: set[int] = set()
        self._last: dict[int, ProcessStat] = {}

    def read(self) -> TreeUsage | None:
        """Since the call before it; None at the first call, and where /proc does not show the root."""
        self._look()
        now = {pid: stat for pid in self._members if (stat := _stat_of(pid)) is not None}
        last, self._last = self._last, now
        if self._root not in now or not last:
            return None
        # A process seen for the first time has grown since some moment that nobody knows.
        both = [(stat, last[pid]) for pid, stat in now.items() if pid in last]
        return TreeUsage(
            cpu_seconds=sum(stat.cpu_seconds - before.cpu_seconds for stat, before in both),
            major_faults=sum(stat.major_faults - before.major_faults for stat, before in both),
            rss_bytes=sum(stat.rss_bytes for stat in now.values()),
        )

    def _look(self) -> None:
        pids = {int(name) for name in os.listdir("/proc") if name.isdigit()}
        new, self._seen = pids - self._seen, pids
        self._members &= pids
        children: dict[int, list[int]] = {}
        for pid in new:
            if pid != self._without and (stat := _stat_of(pid)) is not None:
                children.setdefault(stat.parent, []).append(pid)
        found = [child for parent in self._members for child in children.get(parent, [])]
        while found:
            pid = found.pop()
            self._members.add(pid)
            found += children.get(pid, [])


def _stat_of(pid: int) -> ProcessStat | None:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return parse_stat(file.read())
    except (OSError, ValueError, IndexError):
        return None  # it has ended
