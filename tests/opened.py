"""Plain SQL of tests about columns that are sealed: read in the clear, and written with their marks."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from outreach.core.marks import mark
from outreach.core.sealing import seal
from outreach.models.base import EMAIL, PHONE, REFERENCE, WAYS

SEALED = {**WAYS, "reference": REFERENCE, "phone": PHONE, "address": PHONE, "sender": PHONE, "dialled": PHONE, "mail": EMAIL}


def in_clear(query: str) -> Any:
    """A query whose phones, e-mail addresses and references are read in the clear, under those names."""
    return text(query).columns(**SEALED)


def phone(number: str | None, name: str = "mobile") -> dict[str, str | None]:
    """A phone as two values of a statement: ``:mobile`` sealed, ``:mobile_mark``."""
    return {name: seal(number, PHONE.place), f"{name}_mark": mark(number) if number else None}


def contact(mobile: str | None = None, fixed: str | None = None, email: str | None = None) -> dict[str, str | None]:
    """Ways to reach somebody as a model takes them, each with its mark."""
    given = {"mobile": mobile, "fixed": fixed, "email": email}
    return {**given, **{f"{name}_mark": mark(value) if value else None for name, value in given.items()}}
