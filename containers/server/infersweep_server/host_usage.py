"""CPU and memory of the host, the limit that a control group sets, and the time that work waited for memory."""

from __future__ import annotations

import os



def host_cpu_seconds() -> float | None:
    """Busy time of all cores since the start of the host (proc(5), /proc/stat): all but idle and iowait."""
    text = _text("/proc/stat")
    return None if text is None else parse_cpu(text)


def parse_cpu(text: str) -> float:
    # user nice system idle iowait irq softirq steal; guest times are in user already.
    ticks = [int(field) for field in text.splitlines()[0].split()[1:9]]
    return (sum(ticks) - sum(ticks[3:5])) / os.sysconf("SC_CLK_TCK")


def host_memory() -> tuple[int, int] | None:
    """Bytes of memory in use and in all. In use is what cannot be had without swapping (MemAvailable, proc(5))."""
    text = _text("/proc/meminfo")
    return None if text is None else parse_meminfo(text)


def parse_meminfo(text: str) -> tuple[int, int] | None:
    kib = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in text.splitlines()) if rest}
    if "MemTotal" not in kib or "MemAvailable" not in kib:
        return None
    return (kib["MemTotal"] - kib["MemAvailable"]) * 1024, kib["MemTotal"] * 1024


class ControlGroup:
    """Where the files of this process's memory control group are: version 2 or 1, seen from a container or from the host."""

    def __init__(self, groups: str | None = None, root: str = "/sys/fs/cgroup") -> None:
        """`groups`: what /proc/self/cgroup says (cgroups(7)): `0::/path`, or `4:memory:/path` for version 1."""
        self._folders: list[str] = []
        self._version = 2
        for line in (groups if groups is not None else _text("/proc/self/cgroup") or "").splitlines():
            _, controllers, path = line.split(":", 2)
            if "memory" in controllers.split(","):
                self._version, self._folders = 1, _upwards(os.path.join(root, "memory"), path)
                break
            if controllers == "":
                self._folders = _upwards(root, path)

    def limit_bytes(self, memory_bytes: int | None) -> int | None:
        """The least of its own limit and those above it; None without one below the memory of the host."""
        limits = [limit for folder in self._folders if (limit := self._limit_of(folder)) is not None]
        least = min(limits, default=None)
        return None if least is None or (memory_bytes is not None and least >= memory_bytes) else least

    def _limit_of(self, folder: str) -> int | None:
        text = _text(os.path.join(folder, "memory.max" if self._version == 2 else "memory.limit_in_bytes"))
        return int(text) if text is not None and text.strip().isdigit() else None

    def stalled_seconds(self) -> float | None:
        """
        Time in which some task of the group, or of the host where the group does not tell, waited for memory: for pages that
        were taken from it, for others to be freed (pressure stall information, Documentation/accounting/psi.rst).
        """
        own = [os.path.join(self._folders[0], "memory.pressure")] if self._version == 2 and self._folders else []
        for path in (*own, "/proc/pressure/memory"):
            text = _text(path)
            if text is not None:
                return parse_stalled(text)
        return None


def parse_stalled(text: str) -> float | None:
    """`some avg10=0.00 avg60=0.00 avg300=0.00 total=12345`, in microseconds."""
    for line in text.splitlines():
        kind, *figures = line.split()
        totals = [figure[6:] for figure in figures if figure.startswith("total=")]
        if kind == "some" and totals:
            return int(totals[0]) / 1e6
    return None


def _upwards(root: str, path: str) -> list[str]:
    """The group's folder and those above it. A container may see its own as the root, whatever the path says."""
    folders = []
    while path not in ("", "/"):
        folders.append(root + path)
        path = os.path.dirname(path)
    return [folder for folder in (*folders, root) if os.path.isdir(folder)]


def _text(path: str) -> str | None:
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except OSError:
        return None  # PSI can be switched off: then reading says EOPNOTSUPP
