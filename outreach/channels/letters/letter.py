"""One letter with every text filled in: what is set, what is sealed in the database, what is set again on demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Side:
    """One side of a sheet in one language (ISO 639-1, or ``fr-easy``)."""

    language: str
    subject: str
    paragraphs: tuple[str, ...]
    signature: str


@dataclass(frozen=True)
class Letter:
    """One letter, every text already filled in.

    ``reference``: what manifests and logs may say about it (``outreach.core.references``). ``address``: at most six
    lines of 38 characters and a country (``address_block``). ``call_back_lines``: (ISO 639-1 code, text). ``sender``: name
    first. ``objection``: how to object, title and sentence; ``link``: what the QR code holds, none without it.
    ``back``: the French text of a letter that is in another language. ``unset``: (language, signs) of a text that the
    campaign has and no font can print.
    """

    reference: str
    address: tuple[str, ...]
    subject: str
    paragraphs: tuple[str, ...]
    call_back_lines: tuple[tuple[str, str], ...]
    signature: str
    letter_code: str
    sender: tuple[str, ...]
    legal: str
    language: str = "fr"
    objection: tuple[str, str] = ("", "")
    link: str = ""
    back: Side | None = None
    unset: tuple[tuple[str, str], ...] = ()

    @property
    def sides(self) -> int:
        """Pages of the letter: front, and back for one that is not in French."""
        return 1 if self.back is None else 2


def sealed(letter: Letter) -> dict[str, Any]:
    """The letter as JSON-ready data: its own texts, not copies of them."""
    return {**vars(letter), "back": {**vars(letter.back)} if letter.back else None}


def unsealed(content: Mapping[str, Any]) -> Letter:
    """The letter that was sealed."""
    back = content["back"]
    values = {name: _frozen(value) for name, value in content.items() if name != "back"}
    side = Side(**{name: _frozen(value) for name, value in back.items()}) if back else None
    return Letter(**values, back=side)


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value
