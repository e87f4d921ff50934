"""What people read: French in the source, English from a catalogue (gettext .po, read by Babel).

``_`` translates a text where it is shown; ``N_`` marks one that stands in a table, or is stored, and is shown later.
Values come after: ``_("la colonne « {column} » manque").format(column=name)``. Only the sentence is a template, so
a value may hold braces, and the catalogue knows the sentence.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

CATALOGUE = Path(__file__).parent / "data" / "en.po"
Language = Literal["fr", "en"]
"""The languages of the house. The public is written to and spoken to in many more: that is the campaigns' matter."""

_chosen: ContextVar[Language | None] = ContextVar("language", default=None)


def language() -> Language:
    """The language of what runs here: the one of ``speaking``, else that of ``OUTREACH_LANGUAGE``, else French."""
    # The environment itself, not the settings: those take longer to load than `--help` may.
    return _chosen.get() or ("en" if os.environ.get("OUTREACH_LANGUAGE") == "en" else "fr")


@contextmanager
def speaking(chosen: Language) -> Iterator[None]:
    """Speak a language inside the block: one web request, one document.

    It holds for this context (task or thread) and what asyncio starts from it; a thread of one's own pool speaks the
    language of the installation.
    """
    token = _chosen.set(chosen)
    try:
        yield
    finally:
        _chosen.reset(token)


def _(french: str) -> str:
    """The text in the language spoken here; French when no translation is known."""
    if language() == "fr":
        return french
    return english().get(french) or french


def N_(french: str) -> str:  # noqa: N802  (the name that gettext tools look for)
    """The same text, marked for the catalogue: whoever shows it passes it through ``_``."""
    return french


@lru_cache(maxsize=1)
def english() -> dict[str, str]:
    """The English catalogue: French text to English text."""
    from babel.messages.pofile import read_po

    with CATALOGUE.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id and message.string}


def french_day(day: date) -> str:
    """« 3 octobre 2026 »; the first of a month is its « 1er »."""
    # Loaded when it is needed: `--help` does without.
    from babel.dates import format_date

    written = str(format_date(day, "d MMMM y", locale="fr"))
    return f"1er{written[1:]}" if day.day == 1 else written


def number(value: float, written_in: Language = "fr", decimals: int | None = None) -> str:
    """A number as French readers write it, ``12 345,6`` (no-break spaces), or English ones, ``12,345.6``.

    ``decimals``: always so many; as many as the number has unless given.
    """
    written = f"{value:,}" if decimals is None else f"{value:,.{decimals}f}"
    return written if written_in == "en" else written.replace(",", "\u202f").replace(".", ",")
