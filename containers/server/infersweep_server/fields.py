"""Strict reading of JSON objects: every key known, every value of its kind, errors that name what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .errors import ConfigError

Check = Callable[[str, Any], Any]
_REQUIRED = object()


class Field:
    """One key: how its value is checked, and the value when the key is absent."""

    def __init__(self, check: Check, default: Any = _REQUIRED) -> None:
        self.check = check
        self.default = default


def read_fields(value: Any, fields: Mapping[str, Field], where: str = "") -> dict[str, Any]:
    """All fields of `value` checked and defaulted. Raises ConfigError."""
    name = where or "configuration"
    if not isinstance(value, dict):
        raise ConfigError(f"{name} must be an object with the keys {', '.join(fields) or '(none)'}")
    prefix = f"{where}." if where else ""
    for key in value:
        if key not in fields:
            raise ConfigError(f'unknown key "{prefix}{key}"; allowed: {", ".join(fields) or "(none)"}')
    result = {}
    for key, field in fields.items():
        if key in value:
            result[key] = field.check(prefix + key, value[key])
        elif field.default is _REQUIRED:
            raise ConfigError(f'"{prefix}{key}" is missing')
        else:
            result[key] = field.default
    return result


def text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ConfigError(f'"{name}" must be a text that is not empty, not {_show(value)}')
    return value


def boolean(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f'"{name}" must be true or false, not {_show(value)}')
    return value


def integer(low: int, high: int) -> Check:
    def check(name: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ConfigError(f'"{name}" must be an integer from {low} to {high}, not {_show(value)}')
        return value

    return check


def number(low: float, high: float) -> Check:
    def check(name: str, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise ConfigError(f'"{name}" must be a number from {low:g} to {high:g}, not {_show(value)}')
        return float(value)

    return check


def one_of(*allowed: str) -> Check:
    def check(name: str, value: Any) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise ConfigError(f'"{name}" must be one of {", ".join(allowed)}, not {_show(value)}')
        return value

    return check


def nullable(check: Check) -> Check:
    return lambda name, value: None if value is None else check(name, value)


def anything(_name: str, value: Any) -> Any:
    return value


def group(fields: Mapping[str, Field]) -> Check:
    return lambda name, value: read_fields(value, fields, name)


def _show(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
