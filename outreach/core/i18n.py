"""What people read: French in the source, English from a catalogue (gettext .po, read by Babel)."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

CATALOGUE = Path(__file__).parent / "data" / "en.po"


def _(french: str) -> str:
    """The text in the language of ``OUTREACH_LANGUAGE``; French when no translation is known."""
    if os.environ.get("OUTREACH_LANGUAGE", "fr") != "en":
        return french
    return english().get(french) or french


@lru_cache(maxsize=1)
def english() -> dict[str, str]:
    """The English catalogue: French text to English text."""
    from babel.messages.pofile import read_po

    with CATALOGUE.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id and message.string}


def number(value: float) -> str:
    """A number as French readers write it: ``12 345`` (no-break spaces)."""
    return f"{value:,}".replace(",", "\u202f").replace(".", ",")
