"""The base of every definition file's model: unknown keys are mistakes, not extras."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

Place = tuple[str | int, ...]
"""The way to a part of what is written: keys and positions."""


class Definition(BaseModel):
    """A part of a definition file."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, use_attribute_docstrings=True)


class PlacedError(ValueError):
    """The mistakes of one part of a definition, each with its place within it."""

    def __init__(self, found: list[tuple[Place, str]]) -> None:
        super().__init__("\n".join(text for _place, text in found))
        self.found = found
