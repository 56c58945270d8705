"""Settings of Graviton hosts for PyTorch on a CPU, as AWS's Graviton guide and source 004 have them.

They must stand in the environment before torch is imported, which the server does lazily; what was set, and what the
host really has, is served with the model's metadata: bf16 without the instruction, or huge pages that the host forbids,
would otherwise be measured without a word.
"""

from __future__ import annotations

import os
import pathlib
from collections.abc import MutableMapping

#: What source 004 set beside threads: kernels kept between calls, memory by huge pages, threads free to move.
_GRAVITON = {
    "LRU_CACHE_CAPACITY": "1024",
    "THP_MEM_ALLOC_ENABLE": "1",
    "OMP_PROC_BIND": "false",
    "OMP_PLACES": "cores",
}
#: oneDNN multiplies fp32 matrices in bf16; Graviton2 has no bf16, and emulating it measures the emulation.
_FAST_MATH = "DNNL_DEFAULT_FPMATH_MODE"
CPUINFO = "/proc/cpuinfo"
HUGE_PAGES = "/sys/kernel/mm/transparent_hugepage/enabled"


def apply_graviton(
    threads: int,
    *,
    cpuinfo: str = CPUINFO,
    huge_pages: str = HUGE_PAGES,
    environ: MutableMapping[str, str] = os.environ,
) -> dict[str, str]:
    """Sets what is not set yet, and says what holds: facts by name."""
    for name, value in {**_GRAVITON, "OMP_NUM_THREADS": str(threads)}.items():
        environ.setdefault(name, value)
    bf16 = has_bf16(cpuinfo)
    if bf16:
        environ.setdefault(_FAST_MATH, "BF16")
    names = (*_GRAVITON, "OMP_NUM_THREADS", _FAST_MATH)
    return {
        **{name: environ.get(name, "unset") for name in names},
        "cpuBf16": "yes" if bf16 else "no",
        "transparentHugePages": _chosen(huge_pages),
    }


def has_bf16(cpuinfo: str = CPUINFO) -> bool:
    """Whether any line of flags or features names bf16: `bf16` on Arm, `avx512_bf16` and `amx_bf16` on x86."""
    for line in _read(cpuinfo).splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("flags", "Features") and any(word.endswith("bf16") for word in value.split()):
            return True
    return False


def _chosen(file: str) -> str:
    """`always madvise [never]` → `never`."""
    return next((word[1:-1] for word in _read(file).split() if word.startswith("[")), "unknown")


def _read(file: str) -> str:
    try:
        return pathlib.Path(file).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
