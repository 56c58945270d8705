"""A server must not outlive the controller that started it, however that controller ends."""

from __future__ import annotations

import os
import signal
import stat
import sys
import threading

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def end_with_parent() -> None:
    """Two independent ways: the kernel's death signal (Linux), and the end of the pipe on stdin (everywhere).

    The signal follows the *thread* that started us, so a controller must start servers from a thread that stays.
    Stdin counts only when it is a pipe or a socket: /dev/null is at its end from the beginning.
    """
    if sys.platform == "linux":
        _ask_for_death_signal()
    mode = _mode_of_stdin()
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        threading.Thread(target=_wait_for_end_of_stdin, name="parent-watch", daemon=True).start()


def _ask_for_death_signal() -> None:
    try:
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        pass  # a Python without ctypes or a libc without prctl: stdin is left


def _mode_of_stdin() -> int:
    try:
        return os.fstat(0).st_mode
    except OSError:
        return 0


def _wait_for_end_of_stdin() -> None:
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    os._exit(0)
