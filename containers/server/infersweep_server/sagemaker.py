"""SageMaker's side of the contract. It strips unknown headers, so the JSON length travels in the content type."""

from __future__ import annotations

from .errors import RequestError
from .kserve_response import Encoded

BINARY_TYPE = "application/vnd.sagemaker-triton.binary+json"
_PARAMETER = "json-header-size="


def json_length(content_type: str) -> int | None:
    """The length of the JSON part, None where the body is all JSON. Raises RequestError."""
    media_type, *parameters = (part.strip() for part in content_type.split(";"))
    if media_type.lower() != BINARY_TYPE:
        return None
    for parameter in parameters:
        if parameter.lower().startswith(_PARAMETER):
            return parse_length(parameter[len(_PARAMETER) :].strip('"'), "json-header-size")
    raise RequestError(f"{BINARY_TYPE} needs the parameter json-header-size")


def parse_length(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise RequestError(f"{name} must be a number, not {text!r}")
    return int(text)


def headers(encoded: Encoded) -> str:
    if encoded.json_length is None:
        return "Content-Type: application/json\r\n"
    return f"Content-Type: {BINARY_TYPE};json-header-size={encoded.json_length}\r\n"
