"""In how many of its scheduling periods the kernel held this process back, because its processor quota was used up."""

from __future__ import annotations

import os

CGROUPS = "/sys/fs/cgroup"


def cpu_periods(root: str = CGROUPS, memberships: str = "/proc/self/cgroup") -> dict[str, int] | None:
    """Counters of `cpu.stat` (cgroup v1 and v2 alike) of the group in which this process is; None without a quota."""
    for path in _candidates(root, memberships):
        stat = _read(os.path.join(path, "cpu.stat"))
        if stat.get("nr_periods", 0) > 0:
            return {"count": stat["nr_periods"], "throttled": stat.get("nr_throttled", 0)}
    return None


def _candidates(root: str, memberships: str) -> list[str]:
    """A container sees its own group as the root of the mount, whatever the host calls it."""
    try:
        with open(memberships, encoding="utf-8") as file:
            lines = [line.rstrip("\n").split(":", 2) for line in file]
    except OSError:
        return []
    mounts = [
        (os.path.join(root, controllers) if controllers else root, path)
        for _, controllers, path in (line for line in lines if len(line) == 3)
        if controllers == "" or "cpu" in controllers.split(",")
    ]
    return [os.path.join(mount, path.lstrip("/")) for mount, path in mounts] + [mount for mount, _ in mounts]


def _read(path: str) -> dict[str, int]:
    try:
        with open(path, encoding="ascii") as file:
            pairs = (line.split() for line in file)
            return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}
    except OSError:
        return {}
