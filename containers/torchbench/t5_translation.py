"""Source 004's second script as a model of `measure.py`: one forward pass of T5, not a translation. The folder of the weights
stands in T5_MODEL. Source 004 warmed up 50 times and ran 1,000 iterations: `python measure.py t5_translation.py t5 compile 50 1000`.
"""

from __future__ import annotations

import os
from typing import Any

#: Tokens of "Studies have been shown that owning a dog is good for you" and of "Studies show that".
ENCODER_TOKENS, DECODER_TOKENS = 15, 5


class Forward:
    """Only the last hidden state: a dictionary of the model's own class would break the graph."""

    def __new__(cls, model: Any) -> Any:
        import torch

        class Module(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.model = model

            def forward(self, ids: Any, decoder_ids: Any) -> Any:
                return self.model(input_ids=ids, decoder_input_ids=decoder_ids, return_dict=False, use_cache=False)[0]

        return Module()


def t5() -> tuple[Any, tuple[Any, ...]]:
    import torch
    import transformers

    folder = os.environ.get("T5_MODEL")
    if folder is None:
        raise SystemExit("set T5_MODEL to the folder of a T5 checkpoint")
    model = transformers.T5Model.from_pretrained(folder, local_files_only=True)
    # What the tokens are does not change what they cost.
    ids = torch.arange(3, 3 + ENCODER_TOKENS)[None]
    return Forward(model), (ids, torch.arange(3, 3 + DECODER_TOKENS)[None])


MODELS = {"t5": t5}
