"""A tiny seeded T5 whose greedy answers vary: random weights alone repeat one token, because the head is the embedding."""

from __future__ import annotations

import pathlib
from typing import Any

VOCABULARY = 256
ENCODER_TOKENS = 16
DECODER_TOKENS = 14
#: How much louder the layers are than the residual path that carries the last token to the tied head.
_GAIN = 6.0
_SEED = 5


def tiny_t5(scaled: bool = True) -> Any:
    import torch
    import transformers

    config = transformers.T5Config(
        vocab_size=VOCABULARY,
        d_model=32,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_heads=4,
        dropout_rate=0.0,
        decoder_start_token_id=0,
        pad_token_id=0,
        eos_token_id=1,
        tie_word_embeddings=scaled,
    )
    torch.manual_seed(_SEED)
    model = transformers.T5ForConditionalGeneration(config).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() == 2 and "shared" not in name and "relative" not in name:
                weight.mul_(_GAIN)
    return model


def reference(model: Any, prompt: list[int]) -> tuple[list[int], Any]:
    """Ids and the logits of every step, by transformers' own `generate`."""
    import torch

    ids = torch.tensor([prompt])
    with torch.inference_mode():
        out = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_length=DECODER_TOKENS,
            do_sample=False,
            num_beams=1,
            output_logits=True,
            return_dict_in_generate=True,
        )
    return out.sequences[0].tolist(), torch.stack(out.logits, 1)[0]


def prompts(model: Any, count: int, distinct: int) -> list[list[int]]:
    """Seeded prompts of 3 to all tokens, the first `count` that transformers answers with that many distinct tokens."""
    import torch

    generator = torch.Generator().manual_seed(3)
    chosen: list[list[int]] = []
    for _ in range(20 * count):
        length = int(torch.randint(3, ENCODER_TOKENS + 1, (1,), generator=generator))
        prompt = torch.randint(2, VOCABULARY, (length,), generator=generator).tolist()
        if len(set(reference(model, prompt)[0])) >= distinct:
            chosen.append(prompt)
        if len(chosen) == count:
            return chosen
    raise AssertionError(f"only {len(chosen)} of {20 * count} prompts have varied answers")


def write_t5(folder: pathlib.Path, items: int = 2) -> pathlib.Path:
    """The folder of a prepared model: both modules traced, and the configuration."""
    import warnings

    import torch

    from infersweep_server.t5_modules import trace_pair

    model = tiny_t5()
    folder.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pair = trace_pair(model, items=items, encoder_tokens=ENCODER_TOKENS, decoder_tokens=DECODER_TOKENS)
        for name, module in zip(("encoder.pt", "decoder.pt"), pair):
            torch.jit.save(module, str(folder / name))
    model.config.save_pretrained(str(folder))
    return folder
