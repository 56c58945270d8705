"""Becomes the Triton that a Python package carries: finds its parts, lays out its backends, and executes it.

    python launch.py BACKENDS -- ARGUMENTS OF TRITONSERVER

BACKENDS is an empty folder for this server alone. Linux only, as Triton is.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pathlib
import select
import signal
import sys
import sysconfig

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
#: Triton's python processes ignore PYTHONPATH; `python/model.py` reads this instead.
SYS_PATH = "INFERSWEEP_SYS_PATH"


def package_root() -> pathlib.Path:
    spec = importlib.util.find_spec("pytriton")
    if spec is None or spec.origin is None:
        raise SystemExit("this environment holds no pytriton, whose wheel carries the server")
    return pathlib.Path(spec.origin).parent


def python_library() -> str | None:
    """Folder to search for the shared library of this Python, `` where the loader finds it alone; None without one."""
    name = f"libpython{sys.version_info[0]}.{sys.version_info[1]}.so.1.0"
    own = sysconfig.get_config_var("LIBDIR") or ""
    for folder in ("", own):
        try:
            ctypes.CDLL(os.path.join(folder, name))
        except OSError:
            continue
        return folder
    return None


def stdin_has_hung_up() -> bool:
    """Whether the other side of a pipe is gone; false for anything else that stdin may be, /dev/null among it."""
    poll = select.poll()
    poll.register(0, select.POLLHUP)
    return any(event & select.POLLHUP for _, event in poll.poll(0))


def lay_out_backends(package: pathlib.Path, folder: pathlib.Path) -> None:
    """The python backend wants the process for this version of Python beside its library."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    stub = package / "tritonserver" / "python_backend_stubs" / version / "triton_python_backend_stub"
    if not stub.exists():
        raise SystemExit(f"the package has no python backend for Python {version}: set INFERSWEEP_PYTHON to another")
    backend = folder / "python"
    backend.mkdir(parents=True, exist_ok=True)
    parts = [stub, *(package / "tritonserver" / "backends" / "python").glob("*")]
    for part in parts:
        link = backend / part.name
        link.unlink(missing_ok=True)
        link.symlink_to(part)


def main(backends: str, arguments: list[str]) -> None:
    package = package_root()
    lay_out_backends(package, pathlib.Path(backends))
    library = python_library()
    if library is None:
        raise SystemExit(
            f"Triton's python backend needs libpython{sys.version_info[0]}.{sys.version_info[1]}.so.1.0 "
            f"(Debian: apt-get install libpython{sys.version_info[0]}.{sys.version_info[1]})"
        )
    searched = [str(package.parent / "nvidia_pytriton.libs"), library, os.environ.get("LD_LIBRARY_PATH", "")]
    environment = {
        **os.environ,
        "LD_LIBRARY_PATH": ":".join(folder for folder in searched if folder),
        SYS_PATH: ":".join(entry for entry in sys.path if entry),
    }
    # Survives the exec below: the server ends with whoever started it.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if stdin_has_hung_up():
        raise SystemExit("whoever started this ended before it could ask for the signal of that")
    server = package / "tritonserver" / "bin" / "tritonserver"
    os.execve(server, [str(server), *arguments], environment)


if __name__ == "__main__":
    separator = sys.argv.index("--")
    main(sys.argv[1], sys.argv[separator + 1 :])
