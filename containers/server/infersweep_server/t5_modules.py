"""T5 as the two modules that a device with fixed shapes can hold: an encoder, and one step of the decoder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def encoder_and_decoder(model: Any, decoder_tokens: int) -> tuple[Any, Any]:
    """From a `T5ForConditionalGeneration`, without its cache and its control flow."""
    import torch

    class Encoder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = model.encoder

        def forward(self, ids: Any, mask: Any) -> Any:
            return self.encoder(input_ids=ids, attention_mask=mask, return_dict=False)[0]

    class Decoder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.decoder = model.decoder
            self.head = model.lm_head
            # T5 1.0 shares the head with the embedding and scales what goes into it; 1.1 does neither. From transformers 5
            # on `tie_word_embeddings` is always true and `scale_decoder_outputs` says it.
            config = model.config
            scaled = getattr(config, "scale_decoder_outputs", config.tie_word_embeddings)
            self.scale = config.d_model**-0.5 if scaled else 1.0
            self.register_buffer("positions", torch.arange(decoder_tokens))

        def forward(self, decoder_ids: Any, mask: Any, hidden: Any, index: Any) -> Any:
            states = self.decoder(
                input_ids=decoder_ids,
                encoder_hidden_states=hidden,
                encoder_attention_mask=mask,
                use_cache=False,
                return_dict=False,
            )[0]
            # A sum in the place of a gather, which the compiler leaves to the CPU.
            chosen = (states * (self.positions == index).to(states.dtype)[None, :, None]).sum(1)
            return self.head(chosen * self.scale)

    return Encoder().eval(), Decoder().eval()


def trace_pair(
    model: Any, *, items: int, encoder_tokens: int, decoder_tokens: int, trace: Callable[..., Any] | None = None
) -> tuple[Any, Any]:
    """Both modules traced at these shapes. `trace` is `torch.jit.trace`, or `torch.neuron.trace` on its compiler's host."""
    import torch

    encoder, decoder = encoder_and_decoder(model, decoder_tokens)
    record = trace or torch.jit.trace
    ids = torch.ones((items, encoder_tokens), dtype=torch.int64)
    hidden = torch.ones((items, encoder_tokens, model.config.d_model))
    decoder_ids = torch.ones((items, decoder_tokens), dtype=torch.int64)
    with torch.no_grad():
        return record(encoder, (ids, ids)), record(decoder, (decoder_ids, ids, hidden, torch.tensor(0)))
