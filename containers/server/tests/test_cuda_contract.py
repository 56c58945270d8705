"""The contract of servers, with models on a GPU instead of the emulated one."""

from __future__ import annotations

import contextlib
import pathlib
import tempfile
import unittest
from typing import Any

from tests.contract import Contract
from tests.gpu import device_server, unavailable
from tests.running_server import RunningServer
from tests.tiny_encoder import write_encoder

#: So many that a batch takes ten milliseconds: each layer is a dozen kernels, and starting them is what takes the time.
LAYERS = 48


class OnDevice(Contract, unittest.TestCase):
    unavailable = unavailable()
    encoder: pathlib.Path
    decoder: pathlib.Path
    server: RunningServer

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        temporary = tempfile.TemporaryDirectory(prefix="infersweep-cuda-")
        cls.addClassCleanup(temporary.cleanup)
        cls.encoder = write_encoder(pathlib.Path(temporary.name, "encoder"), num_hidden_layers=LAYERS)
        cls.decoder = write_decoder(pathlib.Path(temporary.name, "decoder"))
        cls.server = device_server(model=cls.encoder).__enter__()
        cls.addClassCleanup(cls.server.__exit__)

    def start(self, ready: bool = True, adapter: str = "", parameters: Any = None, **config: Any) -> RunningServer:
        """What the emulated model does by sleeping. Where the test asks for batches the encoder, which can be joined."""
        fixed_ms = parameters["fixedMs"]
        if not ready or "batching" in config:
            return device_server(ready=ready, model=self.encoder, **config)
        # A token is a hundred kernels started one by one, two milliseconds or so, and more where cores are busy.
        generation = {"task": "text-generation", "maxNewTokens": fixed_ms // 2}
        return device_server(adapter="transformers", model=self.decoder, parameters=generation, **config)

    def any_server(self) -> contextlib.AbstractContextManager[Any]:
        return contextlib.nullcontext(self.server)


def write_decoder(folder: pathlib.Path) -> pathlib.Path:
    """A tiny GPT-2 that never ends a text by itself."""
    import torch
    import transformers

    torch.manual_seed(7)
    config = transformers.GPT2Config(
        vocab_size=32, n_embd=32, n_layer=4, n_head=4, n_positions=1024, bos_token_id=None, eos_token_id=None, pad_token_id=0
    )
    transformers.GPT2LMHeadModel(config).save_pretrained(str(folder))
    return folder


if __name__ == "__main__":
    unittest.main()
