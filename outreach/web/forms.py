"""What forms send: a choice that nobody made comes as an empty text."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import BeforeValidator

Kind = TypeVar("Kind")
Chosen = Annotated[Kind | None, BeforeValidator(lambda given: given or None)]
"""A value of a kind, or nothing for a field that was left empty: ``Chosen[date]``."""
