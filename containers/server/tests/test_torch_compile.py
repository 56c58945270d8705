"""Mode compile: equal answers, no compilation after the start, and a clear word where there is no compiler."""

from __future__ import annotations

import os
import pathlib
import tempfile
import unittest
from unittest import mock

from infersweep_server import torch_compile
from infersweep_server.errors import ConfigError, RequestError
from infersweep_server.tensor import Tensor
from tests.test_torch_adapter import MISSING, floats, tokens
from tests.tiny_encoder import POSITIONS, skipped_once, write_encoder

ROWS = ([[2, 3]], [[2, 6, 3], [2, 5, 6, 7, 8, 3]], [[2, 6, 3]] * 3 + [[2] * 12], [[5] * 7], [[5] * 7] * 2)


class ShapesTest(unittest.TestCase):
    def test_reads_shapes_and_finds_the_smallest_that_fits(self) -> None:
        shapes = torch_compile.fixed_shapes("8x128, 1x128,1x32,8x32")
        self.assertEqual(shapes, [(1, 32), (1, 128), (8, 32), (8, 128)])
        for batch, wanted in (((1, 5), (1, 32)), ((1, 33), (1, 128)), ((2, 32), (8, 32)), ((8, 33), (8, 128))):
            self.assertEqual(torch_compile.fitting(shapes, *batch), wanted)
        for batch in ((9, 1), (1, 129)):
            with self.assertRaisesRegex(RequestError, "fits none of the compiled shapes 1x32"):
                torch_compile.fitting(shapes, *batch)
        self.assertEqual(torch_compile.fixed_shapes("dynamic"), [])
        for wrong in ("", "8", "8x0", "8x128;", "axb", 8):
            with self.assertRaises(ConfigError):
                torch_compile.read_shapes("shapes", wrong)

    def test_names_the_compiler_that_is_missing(self) -> None:
        with tempfile.TemporaryDirectory() as empty, mock.patch.dict(os.environ, {"PATH": empty}):
            os.environ.pop("CXX", None)
            with self.assertRaisesRegex(ConfigError, r"needs a C\+\+ compiler, and g\+\+ is not on the PATH: install g\+\+"):
                torch_compile.check_compiler()
            with mock.patch.dict(os.environ, {"CXX": "/nowhere/c++"}):
                with self.assertRaisesRegex(ConfigError, r"and /nowhere/c\+\+ is not on the PATH"):
                    torch_compile.check_compiler()


def graphs() -> int:
    import torch._dynamo.utils

    return torch._dynamo.utils.counters["stats"]["unique_graphs"]


@skipped_once(MISSING)
class CompileTest(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="infersweep-compile-")
        self.addCleanup(temporary.cleanup)
        self.folder = write_encoder(pathlib.Path(temporary.name, "model"))
        try:
            torch_compile.check_compiler()
        except ConfigError as error:
            self.skipTest(str(error))

    def load(self, **parameters: str):
        from infersweep_server.adapters import torch

        return torch.load(str(self.folder), parameters)

    def test_answers_as_eager_does_and_never_compiles_after_the_start(self) -> None:
        eager = self.load()
        for shapes in ("dynamic", "1x8,4x16"):
            before = graphs()
            compiled = self.load(mode="compile", shapes=shapes)
            ready = graphs()
            # The control of the count: had nothing been compiled at the start, all of it would be yet to come.
            self.assertGreaterEqual(ready - before, 2)
            for rows in ROWS:
                for name in ("embedding", "last_hidden_state"):
                    a, b = eager.infer(tokens(*rows), [name])[name], compiled.infer(tokens(*rows), [name])[name]
                    self.assertEqual(a.shape, b.shape)
                    self.assertLess(max(abs(x - y) for x, y in zip(floats(a), floats(b), strict=True)), 1e-5)
            self.assertEqual(graphs(), ready)
        # Fixed shapes: what fits none is refused alone, before it joins a batch.
        with self.assertRaisesRegex(RequestError, "2 x 17 .* fits none"):
            compiled.preprocess(tokens([2] * 17, [3]))
        self.assertTrue(pathlib.Path(os.environ[torch_compile.CACHE_VARIABLE]).is_dir())

    def test_without_warm_up_the_first_request_compiles(self) -> None:
        """The mutant of the test above: it would fail if readiness came before compilation."""
        from infersweep_server.adapters import torch

        with mock.patch.object(torch_compile, "warm_up_shapes", lambda *_: []):
            compiled = torch.load(str(self.folder), {"mode": "compile", "shapes": "1x8"})
        before = graphs()
        compiled.infer(tokens([2, 6, 3]), ["embedding"])
        self.assertGreater(graphs(), before)


@skipped_once(MISSING)
class DeviceTest(unittest.TestCase):
    def test_cuda_is_refused_where_there_is_no_gpu(self) -> None:
        import torch as library

        if library.cuda.is_available():
            self.skipTest("this machine has a GPU")
        from infersweep_server.adapters import torch

        with tempfile.TemporaryDirectory() as name:
            folder = write_encoder(pathlib.Path(name, "model"))
            with self.assertRaisesRegex(ConfigError, "sees no GPU here .*start the container with its GPU"):
                torch.load(str(folder), {"device": "cuda"})

    def test_everything_of_the_device_goes_through_it(self) -> None:
        """A device that counts: the module placed once, both inputs fed, what is asked for fetched, fp16 inside autocast."""
        import contextlib

        from infersweep_server.adapters import torch
        from infersweep_server.torch_device import CpuDevice

        calls: list[str] = []

        class Counting(CpuDevice):
            precisions = ("fp32", "bf16", "fp16")

            def place(self, module):
                calls.append("place")
                return module

            def feed(self, tensor):
                calls.append("feed")
                return tensor

            def fetch(self, tensor):
                calls.append("fetch")
                return tensor

            @contextlib.contextmanager
            def autocast(self):
                calls.append("enter")
                yield
                calls.append("leave")

        with tempfile.TemporaryDirectory() as name:
            folder = write_encoder(pathlib.Path(name, "model"))
            for precision, wanted in (
                ("fp16", ["place", "enter", "feed", "feed", "leave", "fetch"]),
                ("fp32", ["place", "feed", "feed", "fetch"]),
            ):
                calls.clear()
                adapter = torch.load(str(folder), {"device": "cuda", "precision": precision}, {"cuda": Counting})
                answer = adapter.infer(tokens([2, 6, 3]), ["embedding"])["embedding"]
                self.assertEqual(calls, wanted)
                self.assertIsInstance(answer, Tensor)
            self.assertEqual(adapter.facts["device"], "cpu")

    def test_the_length_of_positions_bounds_the_warm_up(self) -> None:
        self.assertEqual(torch_compile.warm_up_shapes([], 10), [(1, 8), (2, 8), (2, 10), (1, 10)])
        self.assertLessEqual(max(t for _, t in torch_compile.warm_up_shapes([], POSITIONS)), POSITIONS)
