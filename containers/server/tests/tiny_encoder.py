"""A tiny seeded BERT with its tokeniser, written as a Hugging Face folder in about a second."""

from __future__ import annotations

import json
import pathlib
import unittest
from typing import Any

_PLAIN = "the a cat dog rain train bread lamp river is was are late warm quiet red"
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *_PLAIN.split()]
POSITIONS = 32
HIDDEN = 32


def missing(*modules: str, lock: str = "torch") -> str | None:
    """Why tests that need these packages cannot run here; None where they can."""
    import importlib

    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError as error:
            return f"{module} cannot be imported here ({error}); install environments/{lock}.txt"
    return None


def skipped_once(reason: str | None) -> Any:
    """For a class: one skip that says why, not one for each of its tests."""

    def decorate(cls: Any) -> Any:
        if reason is not None:

            def skip(_: Any) -> None:
                raise unittest.SkipTest(reason)

            cls.setUpClass = classmethod(skip)
        return cls

    return decorate


def write_tokenizer(folder: pathlib.Path) -> None:
    """WordPiece with BERT's template, carrying the padding and truncation of somebody's training as real ones do."""
    import tokenizers
    from tokenizers import models, normalizers, pre_tokenizers, processors

    tokenizer = tokenizers.Tokenizer(models.WordPiece({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", WORDS.index("[CLS]")), ("[SEP]", WORDS.index("[SEP]"))]
    )
    tokenizer.enable_padding(length=20)
    tokenizer.enable_truncation(max_length=20)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))


#: all-MiniLM-L6-v2, which the example `sentence-encoder` serves. Its weights are not here: drawn this wide, every layer
#: matters to the answer, as a trained one does; at BERT's own 0.02 two layers could be swapped almost unseen.
SENTENCE_ENCODER = {
    "vocab_size": 30522,
    "hidden_size": 384,
    "num_hidden_layers": 6,
    "num_attention_heads": 12,
    "intermediate_size": 1536,
    "max_position_embeddings": 512,
    "initializer_range": 0.05,
}


def write_config(folder: pathlib.Path, **other: Any) -> dict:
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "vocab_size": len(WORDS),
        "hidden_size": HIDDEN,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 64,
        "max_position_embeddings": POSITIONS,
        "pad_token_id": 0,
        **other,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    return config


def write_encoder(folder: pathlib.Path, **other: Any) -> pathlib.Path:
    """`other` sizes than the tiny ones."""
    import torch
    import transformers

    config = write_config(folder, **other)
    write_tokenizer(folder)
    torch.manual_seed(7)
    transformers.logging.disable_progress_bar()
    model = transformers.BertModel(transformers.BertConfig(**config), add_pooling_layer=False)
    model.save_pretrained(str(folder))
    return folder
