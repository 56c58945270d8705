"""Runs one preparation with a limit: `python supervise.py SECONDS SCRIPT SOURCE_DIR OUT_DIR [SETTINGS]`.

What counts is a manifest that this run wrote, never the end of the process: an entrypoint that waits forever after its work
has succeeded, one that ends well without an artifact has not.
"""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import time

from compile_log import failure

_HERE = pathlib.Path(__file__).resolve().parent
#: How long a script may go on after its manifest is there.
_GRACE_SECONDS = 10.0


def supervise(seconds: float, command: list[str], out: pathlib.Path, grace: float = _GRACE_SECONDS) -> str | None:
    """Why there is no artifact; None when there is one."""
    manifest = out / "manifest.json"
    manifest.unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    log = out / "prepare.log"
    end = time.monotonic() + seconds
    finished: float | None = None
    with log.open("wb") as stream:
        child = subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT, start_new_session=True)
        code: int | None = None
        while code is None and time.monotonic() < end:
            code = child.poll()
            if manifest.is_file():
                finished = finished or time.monotonic()
                if time.monotonic() - finished > grace:
                    break
            time.sleep(0.05)
        if code is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    if manifest.is_file():
        return None
    text = log.read_text(encoding="utf-8", errors="replace")
    return failure(code, text, "compile on a host with at least 16 GiB") or f"it ended well and left no {manifest}"


def main() -> None:
    if len(sys.argv) not in (5, 6):
        sys.exit("usage: python supervise.py SECONDS SCRIPT SOURCE_DIR OUT_DIR [SETTINGS]")
    seconds, script, *rest = sys.argv[1:]
    why = supervise(float(seconds), [sys.executable, str(_HERE / script), *rest], pathlib.Path(rest[1]))
    if why is not None:
        sys.exit(f"{script}: {why}")


if __name__ == "__main__":
    main()
