"""Results as plain data: what JSON, artifacts and tests can hold."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import Any


def as_data(value: Any) -> Any:
    """A result as plain data for JSON: dataclasses, counters, paths, dates."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: as_data(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, dict):
        return {str(key): as_data(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_data(item) for item in value]
    return value if isinstance(value, str | int | float | bool | type(None)) else str(value)


def as_json(value: Any) -> bytes:
    """The same as a document in JSON, UTF-8: what is plain already is not made anew first."""
    return json.dumps(value, default=_one_level, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _one_level(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: getattr(value, item.name) for item in fields(value)}
    return list(value) if isinstance(value, set | frozenset) else str(value)
