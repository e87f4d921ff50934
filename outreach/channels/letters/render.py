"""Letters as one print-ready file: pure rendering, no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from babel.dates import format_date

from outreach.channels.letters.address import address_block, is_postal
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.typesetting import (
    compile_pdf,
    drawable,
    is_right_to_left,
    isolate_numbers,
    typographic,
    undrawable,
)

__all__ = ["LeftOut", "Letter", "Rendered", "address_block", "manifest", "render_letters"]

TEMPLATE = Path(__file__).with_name("letter.typ")
WINDOW_X = 100.0
WINDOW_Y = 55.0
"""Top left corner, in mm on the sheet, of what a DL window shows wherever the sheet slides (100-190 × 55-79)."""
SIZES = (12.5, 12.0, 11.5, 11.0, 10.5, 10.0)
"""Points of the body, tried in turn until every letter of the run fits on its page."""
RUN = 1000
"""Letters in one file at most: memory stays bounded (about 0.4 MB a letter while it is set)."""


@dataclass(frozen=True)
class Letter:
    """One letter, every text already filled in.

    ``reference``: the contact's; the only thing that manifests and logs may say about it. ``address``: at most six
    lines of 38 characters and a country (``address_block``). ``call_back_lines``: (ISO 639-1 code, text). ``sender``: name first.
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


@dataclass(frozen=True)
class LeftOut:
    """A call-back line that was not printed, and why (``letters``: in how many letters)."""

    language: str
    reason: str
    letters: int


@dataclass(frozen=True)
class Rendered:
    """A print run that was written."""

    path: Path
    letters: int
    pages: int
    sha256: str
    left_out: tuple[LeftOut, ...] = ()


def render_letters(letters: Sequence[Letter], out: Path, *, day: date) -> Rendered:
    """Set up to 1,000 letters, a page each, into one PDF/A-2b; the same letters and day give the same bytes.

    A call-back line in a script that no font has is left out and said so. Raises ``OutreachError`` for a run that is
    empty or too long, an address that is not postal, or a text that does not fit on its page.
    """
    _check(letters)
    data = {
        "title": f"Courriers du {format_date(day, 'd MMMM y', locale='fr')}",
        "author": drawable(letters[0].sender[0]),
        "day": f"Le {format_date(day, 'd MMMM y', locale='fr')}",
        "window": {"x": WINDOW_X, "y": WINDOW_Y},
        "letters": [_as_data(letter) for letter in letters],
    }
    for size in SIZES:
        pages = compile_pdf(TEMPLATE, data | {"size": size}, out, day=day, tagged=False)
        if pages.pages == len(letters):
            return Rendered(pages.path, len(letters), pages.pages, pages.sha256, _left_out(letters))
    out.unlink()
    raise OutreachError(
        _("un courrier ne tient pas sur une page"),
        place=max(letters, key=_length).reference,
        mend=_("Raccourcissez le texte de « letter » dans messages.yaml."),
    )


def manifest(rendered: Rendered, letters: Sequence[Letter], *, day: date, campaign: str, number: int) -> dict[str, Any]:
    """What the print house and our records keep of a run: counts, pages, hash, recipients by reference only."""
    return {
        "campaign": campaign,
        "day": day.isoformat(),
        "number": number,
        "file": rendered.path.name,
        "sha256": rendered.sha256,
        "letters": rendered.letters,
        "pages": rendered.pages,
        "format": "A4, recto, PDF/A-2b ; enveloppe DL à fenêtre, pli en trois",
        "recipients": [{"page": page, "reference": letter.reference} for page, letter in enumerate(letters, start=1)],
        "left_out": [{"language": gap.language, "reason": gap.reason, "letters": gap.letters} for gap in rendered.left_out],
    }


def _check(letters: Sequence[Letter]) -> None:
    if not letters:
        raise OutreachError(_("aucun courrier à imprimer"))
    if len(letters) > RUN:
        message = _("un tirage compte au plus {most} courriers").format(most=RUN)
        raise OutreachError(message, mend=_("Partagez-le en plusieurs tirages."))
    for letter in letters:
        if not is_postal(letter.address):
            raise OutreachError(_("l'adresse n'a pas la forme postale (6 lignes de 38 caractères)"), place=letter.reference)


def _length(letter: Letter) -> int:
    return sum(map(len, letter.paragraphs))


def _as_data(letter: Letter) -> dict[str, Any]:
    return {
        "reference": letter.reference,
        "address": [drawable(line) for line in letter.address],
        "subject": _text(letter.subject),
        "paragraphs": [_text(paragraph) for paragraph in letter.paragraphs],
        "call_back": [_call_back(language, text) for language, text in letter.call_back_lines if not undrawable(text)],
        "signature": _text(letter.signature),
        "code": letter.letter_code,
        "sender": [_text(line) for line in letter.sender],
        "legal": _text(letter.legal),
    }


def _text(text: str) -> str:
    return typographic(drawable(text))


def _call_back(language: str, text: str) -> Mapping[str, Any]:
    return {"lang": language, "text": isolate_numbers(typographic(text)), "rtl": is_right_to_left(text)}


def _left_out(letters: Sequence[Letter]) -> tuple[LeftOut, ...]:
    missing: dict[tuple[str, str], int] = {}
    for letter in letters:
        for language, text in letter.call_back_lines:
            if signs := undrawable(text):
                missing[language, signs] = missing.get((language, signs), 0) + 1
    return tuple(
        LeftOut(language, f"aucune police disponible pour : {signs[:20]}", count) for (language, signs), count in missing.items()
    )
