"""What the log of a compiler tells: whether it passed, how much it took over, and what killed it."""

from __future__ import annotations

import re
from typing import Any

_SHARE = re.compile(r"percent compiled = ([\d.]+)%")
_OPERATOR = re.compile(r"=> (\S+): (\d+)")
_NOT_COMPILED = "Not compiled operators"
_FALLING_BACK = re.compile(r"fall(?:ing|s)? back|fallback", re.IGNORECASE)
#: A container's status after SIGKILL, and a child process's.
_KILLED = (137, -9)


def read_neuron_log(text: str) -> dict[str, Any]:
    """Share of operators that run on the chip (0 to 1), and those left to the CPU with their counts."""
    shares = _SHARE.findall(text)
    left = text.partition(_NOT_COMPILED)[2]
    return {
        "passed": "Compiler status PASS" in text,
        "compiledShare": round(float(shares[-1]) / 100, 6) if shares else None,
        "notCompiled": {name: int(count) for name, count in _OPERATOR.findall(left)},
        "fallingBack": falling_back(text),
    }


def falling_back(text: str) -> list[str]:
    """Lines in which a compiler says that it leaves something to a slower path."""
    return [line.strip()[:300] for line in text.splitlines() if _FALLING_BACK.search(line)][:20]


def failure(code: int | None, text: str, memory: str) -> str | None:
    """Why a compilation gave nothing, in one line; None when its exit code is 0. `code` None: its time was over."""
    if code == 0:
        return None
    if code is None:
        return "the compilation was still running when its time was over"
    if code in _KILLED:
        return f"the compilation was killed (exit code {code}), which is what running out of memory looks like: {memory}"
    last = [line.strip() for line in text.splitlines() if line.strip()][-3:]
    return f"the compilation ended with {code}: {' | '.join(last)}"
