"""Text in front of any adapter: one BYTES input `text` becomes the token tensors the model takes."""

from __future__ import annotations

import os
import pathlib
from array import array
from typing import Any

from .adapter import Adapter
from .encoder import max_positions, read_json
from .errors import ConfigError, RequestError
from .fields import Field, integer, nullable, one_of, read_fields
from .tensor import Tensor, TensorSpec, check_consistent
from .datatypes import split_bytes

_OPTIONS = {
    #: Tokens at most, special ones included; null for the model's own limit.
    "maxLength": Field(nullable(integer(3, 1_000_000)), None),
    #: To what a request's texts are filled up: their longest, the next multiple of 8, or always `maxLength`.
    "padding": Field(one_of("none", "multipleOf8", "max"), "none"),
    #: Decoders that continue a text are padded on the left, so that its last token stands last.
    "paddingSide": Field(one_of("right", "left"), "right"),
}
_TOKEN_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_ARRAY = {"INT64": "q", "INT32": "i"}


class Tokenizer:
    """Texts → equally long rows of ids, mask and types. Safe on several threads at once."""

    def __init__(
        self, file: pathlib.Path, max_length: int, padding: str, pad_id: int, side: str = "right"
    ) -> None:
        # Its own thread pool would take cores from the model while several requests are tokenised anyway.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        try:
            import tokenizers
        except ImportError as error:
            raise ConfigError(f'"tokenizer" needs the package tokenizers: {error}') from None
        try:
            self._tokenizer = tokenizers.Tokenizer.from_file(str(file))
        except Exception as error:  # the library raises bare exceptions
            raise ConfigError(f"{file} is not a tokenizer: {error}") from None
        # A tokenizer.json often carries padding to a fixed length of its training; ours alone decides.
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_length=max_length)
        self.version = tokenizers.__version__
        self.max_length = max_length
        self._padding = padding
        self._left = side == "left"
        self._pad_id = pad_id

    def rows(self, texts: list[str]) -> tuple[int, dict[str, list[int]]]:
        """The common length, and per tensor all rows one after the other."""
        encodings = [self._tokenizer.encode(text) for text in texts]
        length = self._length(max(len(encoding.ids) for encoding in encodings))
        rows: dict[str, list[int]] = {name: [] for name in _TOKEN_INPUTS}
        for encoding in encodings:
            missing = length - len(encoding.ids)
            for name, values, filling in (
                ("input_ids", encoding.ids, self._pad_id),
                ("attention_mask", encoding.attention_mask, 0),
                ("token_type_ids", encoding.type_ids, 0),
            ):
                padding = [filling] * missing
                rows[name] += padding + values if self._left else values + padding
        return length, rows

    def _length(self, longest: int) -> int:
        if self._padding == "max":
            return self.max_length
        if self._padding == "multipleOf8":
            return min(-(-longest // 8) * 8, self.max_length)
        return longest


class TextFront(Adapter):
    """An adapter that takes `text` beside the tensors of the adapter within, which knows nothing of text."""

    def __init__(self, adapter: Adapter, tokenizer: Tokenizer) -> None:
        self._adapter = adapter
        self._tokenizer = tokenizer
        # A request sends one or the other; which, `preprocess` checks.
        self.inputs = [
            TensorSpec("text", "BYTES", (-1,), optional=True),
            *(spec._replace(optional=True) for spec in adapter.inputs),
        ]
        self.outputs = adapter.outputs
        self.versions = {**adapter.versions, "tokenizers": tokenizer.version}
        self.facts = adapter.facts
        self.executors = adapter.executors

    def preprocess(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        if "text" in inputs:
            others = {name: tensor for name, tensor in inputs.items() if name != "text"}
            if any(name in _TOKEN_INPUTS for name in others):
                names = ", ".join(f'"{name}"' for name in others)
                raise RequestError(f'"text" stands in the place of tokens; the request also holds {names}')
            return self._adapter.preprocess({**self._tokenize(inputs["text"]), **others})
        for spec in self._adapter.inputs:
            if spec.name not in inputs and not spec.optional:
                raise RequestError(f'input "{spec.name}" is missing; the model takes it, or "text" alone')
        return self._adapter.preprocess(inputs)

    def infer(self, inputs: dict[str, Tensor], outputs: list[str]) -> dict[str, Tensor]:
        return self._adapter.infer(inputs, outputs)

    def warm_up_inputs(self) -> dict[str, Tensor]:
        # In the shape requests will have: with padding to a fixed length the runtime never sees another.
        return self._tokenize(Tensor("text", "BYTES", (1,), b"\x07\0\0\0warm up"))

    def _tokenize(self, text: Tensor) -> dict[str, Tensor]:
        if text.datatype != "BYTES" or len(text.shape) != 1:
            raise RequestError(f'"text": the model takes BYTES of the shape [-1], not {text.datatype} {list(text.shape)}')
        check_consistent(text)
        if text.shape[0] == 0:
            raise RequestError('"text": a request needs at least one item')
        try:
            texts = [raw.decode("utf-8") for raw in split_bytes(text.data)]
        except UnicodeDecodeError as error:
            raise RequestError(f'"text" is not UTF-8: {error.reason} at byte {error.start}') from None
        length, rows = self._tokenizer.rows(texts)
        shape = (len(texts), length)
        return {
            spec.name: Tensor(spec.name, spec.datatype, shape, array(_ARRAY[spec.datatype], rows[spec.name]).tobytes())
            for spec in self._adapter.inputs
            if spec.name in _TOKEN_INPUTS
        }


def wrap_with_tokenizer(adapter: Adapter, model_path: str | None, options: Any) -> Adapter:
    """`options` is the configuration's `tokenizer`. Raises ConfigError."""
    read = read_fields(options, _OPTIONS, "tokenizer")
    if model_path is None:
        raise ConfigError('"tokenizer" needs "model.path": a folder with tokenizer.json')
    path = pathlib.Path(model_path)
    folder = path if path.is_dir() else path.parent
    file = folder / "tokenizer.json"
    if not file.is_file():
        raise ConfigError(f"{folder} holds no tokenizer.json")
    _check_takes_tokens(adapter)
    config = read_json(folder / "config.json") or {}
    limit = max_positions(config) if "model_type" in config else None
    length = read["maxLength"] or _trained_length(folder) or limit
    if length is None:
        raise ConfigError('"tokenizer.maxLength" is missing, and the model folder does not say it')
    if limit is not None and length > limit:
        raise ConfigError(f'"tokenizer.maxLength" must be an integer from 3 to {limit}, the positions of the model, not {length}')
    fixed = {spec.shape[1] for spec in adapter.inputs if spec.name in _TOKEN_INPUTS} - {-1}
    if fixed and (fixed != {length} or read["padding"] != "max"):
        raise ConfigError(f'the model takes exactly {max(fixed)} tokens: set "tokenizer" to maxLength {max(fixed)}, padding max')
    pad_id = int(config.get("pad_token_id") or 0)
    return TextFront(adapter, Tokenizer(file, length, read["padding"], pad_id, read["paddingSide"]))


def _trained_length(folder: pathlib.Path) -> int | None:
    """Sentence models say how long their training texts were; longer ones have positions but poor embeddings."""
    return (read_json(folder / "sentence_bert_config.json") or {}).get("max_seq_length")


def _check_takes_tokens(adapter: Adapter) -> None:
    for spec in adapter.inputs:
        if spec.optional and spec.name not in _TOKEN_INPUTS:
            continue  # a setting of the request, such as how many tokens to generate
        if spec.name not in _TOKEN_INPUTS or spec.datatype not in _ARRAY or len(spec.shape) != 2:
            raise ConfigError(f'"tokenizer" feeds {", ".join(_TOKEN_INPUTS)}; this model takes "{spec.name}" {spec.datatype}')
