"""Graviton's settings: bf16 only where the CPU has it, nothing overwritten, everything said."""

from __future__ import annotations

import pathlib
import tempfile
import unittest

from infersweep_server.host_settings import apply_graviton, has_bf16

GRAVITON3 = "processor\t: 0\nBogoMIPS\t: 2100.00\nFeatures\t: fp asimd evtstrm aes sve i8mm bf16 dgh rng\nCPU part\t: 0xd40\n"
GRAVITON2 = "processor\t: 0\nBogoMIPS\t: 243.75\nFeatures\t: fp asimd evtstrm aes asimdhp ssbs\nCPU part\t: 0xd0c\n"
SAPPHIRE = "model name\t: bf16-less name\nflags\t\t: fpu vme avx512_bf16 amx_tile\n"
CASCADE = "model name\t: with bf16 in its name\nflags\t\t: fpu vme avx512f\n"


class HostSettingsTest(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def file(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text)
        return str(self.folder / name)

    def apply(self, cpuinfo: str, environ: dict[str, str], huge_pages: str = "always [madvise] never\n") -> dict[str, str]:
        return apply_graviton(
            16, cpuinfo=self.file("cpuinfo", cpuinfo), huge_pages=self.file("thp", huge_pages), environ=environ
        )

    def test_bf16_is_a_flag_of_the_cpu(self) -> None:
        for text, wanted in ((GRAVITON3, True), (GRAVITON2, False), (SAPPHIRE, True), (CASCADE, False)):
            self.assertEqual(has_bf16(self.file("cpuinfo", text)), wanted, text)
        self.assertFalse(has_bf16("/nowhere/cpuinfo"))

    def test_graviton3_computes_fast_and_graviton2_exactly(self) -> None:
        three: dict[str, str] = {}
        facts = self.apply(GRAVITON3, three)
        self.assertEqual(
            three,
            {
                "LRU_CACHE_CAPACITY": "1024",
                "THP_MEM_ALLOC_ENABLE": "1",
                "OMP_PROC_BIND": "false",
                "OMP_PLACES": "cores",
                "OMP_NUM_THREADS": "16",
                "DNNL_DEFAULT_FPMATH_MODE": "BF16",
            },
        )
        self.assertEqual((facts["cpuBf16"], facts["transparentHugePages"]), ("yes", "madvise"))
        two: dict[str, str] = {}
        facts = self.apply(GRAVITON2, two)
        self.assertNotIn("DNNL_DEFAULT_FPMATH_MODE", two)
        self.assertEqual((facts["cpuBf16"], facts["DNNL_DEFAULT_FPMATH_MODE"]), ("no", "unset"))

    def test_what_the_host_forbids_or_the_user_set_is_said(self) -> None:
        own = {"OMP_NUM_THREADS": "4", "DNNL_DEFAULT_FPMATH_MODE": "STRICT"}
        facts = self.apply(GRAVITON3, own, "always madvise [never]\n")
        self.assertEqual((own["OMP_NUM_THREADS"], own["DNNL_DEFAULT_FPMATH_MODE"]), ("4", "STRICT"))
        self.assertEqual((facts["OMP_NUM_THREADS"], facts["transparentHugePages"]), ("4", "never"))
        self.assertEqual(facts["DNNL_DEFAULT_FPMATH_MODE"], "STRICT")
