"""Letters as one print-ready file: pure rendering, no database."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.dates import format_date

from outreach.channels.letters import qr
from outreach.channels.letters.address import address_block, is_postal
from outreach.channels.letters.house_words import code_label, dated
from outreach.channels.letters.letter import Letter, Side
from outreach.channels.letters.window import USUAL, Window, check_windows, chosen_window
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.typesetting import (
    Fit,
    Pages,
    TooLongError,
    TypesettingError,
    compile_pdf,
    design_of,
    drawable,
    is_right_to_left,
    isolate_numbers,
    typographic,
    undrawable,
)

__all__ = ["LeftOut", "Letter", "Rendered", "Side", "address_block", "design", "manifest", "render_letters"]

TEMPLATE = Path(__file__).with_name("letter.typ")
HOUSE = Path(__file__).with_name("house.typ")
SIZES = (12.5, 12.0, 11.5, 11.0, 10.5, 10.0)
"""Points of the body, tried in turn until every letter of the run fits on its page."""
RUN = 1000
"""Letters in one file at most: memory stays bounded (about 0.4 MB a letter while it is set)."""
LONGEST = 6
"""The longest letters of a run, on which the size is tried before all are set."""
SAMPLED = 24
"""Letters up to which a run is set at once: a few more of them cost less than to set the longest ones twice."""
FORM = "1"
"""Counted up when the data that templates read is prepared otherwise: sealed letters would then be set anew differently."""


ON_SHEET = 40
"""QR codes in one image: few enough that a page is drawn at once, many enough that images cost nothing."""
Square = tuple[str, int, int, int, int]


@dataclass(frozen=True)
class LeftOut:
    """A text in another language that was not printed, and why (``letters``: in how many letters)."""

    language: str
    reason: str
    letters: int


@dataclass(frozen=True)
class Rendered:
    """A print run that was written.

    ``size``: of the body, in points; ``design``: the hash of what set it; ``window``: of its envelope.
    """

    path: Path
    letters: int
    pages: int
    sha256: str
    left_out: tuple[LeftOut, ...] = ()
    size: float = SIZES[0]
    design: str = ""
    window: Window = USUAL


def render_letters(
    letters: Sequence[Letter],
    out: Path,
    *,
    day: date,
    template: str | None = None,
    size: float | None = None,
    window: Window | None = None,
) -> Rendered:
    """Set up to 1,000 letters into one PDF/A-2b: a page each, or two each with a back.

    The same letters, day and size give the same bytes. ``template``: the source of a campaign's own letter.typ; ``size`` (in
    points) and ``window``: for a letter set again. A text in a script that no font has is left out and said so. Raises
    ``OutreachError`` for a run that is empty, too long or of mixed sides, an address that is not postal, a template that fails, a
    text that does not fit on its page, and anything but the address in the window of the envelope.
    """
    _check(letters)
    window = window or chosen_window()
    data = _run_data(letters, day, window)
    with _workshop(template, data["squares"], letters) as path:
        pages = _compile(path, data, letters, out, day, sizes=(size,) if size is not None else SIZES, own=template is not None)
    try:
        _check_windows(pages.path, letters, window)
    except OutreachError:
        out.unlink()
        raise
    tried = pages.size or SIZES[0]
    return Rendered(pages.path, len(letters), pages.pages, pages.sha256, _left_out(letters), tried, design(template), window)


def design(template: str | None = None) -> str:
    """The hash of all that decides how a sealed letter looks, its own text and the window aside."""
    written = template if template is not None else TEMPLATE.read_text(encoding="utf-8")
    return design_of([written, HOUSE.read_text(encoding="utf-8"), FORM])


def manifest(rendered: Rendered, letters: Sequence[Letter], *, day: date, campaign: str, number: int) -> dict[str, Any]:
    """What the print house and our records keep of a run: counts, pages, hash, recipients by reference only."""
    sides = letters[0].sides
    printed = "recto" if sides == 1 else "recto-verso"
    return {
        "campaign": campaign,
        "day": day.isoformat(),
        "number": number,
        "file": rendered.path.name,
        "sha256": rendered.sha256,
        "letters": rendered.letters,
        "pages": rendered.pages,
        "format": f"A4, {printed}, PDF/A-2b ; enveloppe DL à fenêtre, pli en trois",
        "window": rendered.window.as_data(),
        "recipients": [
            {"page": page, "reference": letter.reference}
            for page, letter in zip(range(1, rendered.pages + 1, sides), letters, strict=True)
        ],
        "left_out": [{"language": gap.language, "reason": gap.reason, "letters": gap.letters} for gap in rendered.left_out],
    }


def _check(letters: Sequence[Letter]) -> None:
    if not letters:
        raise OutreachError(_("aucun courrier à imprimer"))
    if len(letters) > RUN:
        message = _("un tirage compte au plus {most} courriers").format(most=RUN)
        raise OutreachError(message, mend=_("Partagez-le en plusieurs tirages."))
    if len({letter.sides for letter in letters}) > 1:
        raise OutreachError(_("un tirage est tout en recto ou tout en recto-verso"), mend=_("Partagez-le en plusieurs tirages."))
    for letter in letters:
        if not is_postal(letter.address):
            raise OutreachError(_("l'adresse n'a pas la forme postale (6 lignes de 38 caractères)"), place=letter.reference)


@contextmanager
def _workshop(template: str | None, squares: Sequence[Square | None], letters: Sequence[Letter]) -> Iterator[Path]:
    """A folder with the template, the house's parts, and the sheets of QR codes: all that the template may read."""
    with tempfile.TemporaryDirectory(prefix="letters-") as folder:
        Path(folder, HOUSE.name).write_bytes(HOUSE.read_bytes())
        path = Path(folder, TEMPLATE.name)
        path.write_text(template if template is not None else TEMPLATE.read_text(encoding="utf-8"), encoding="utf-8")
        codes = qr.modules([letter.link for letter in letters if letter.link])
        files = dict.fromkeys(square[0] for square in squares if square)
        for number, name in enumerate(files):
            Path(folder, name).write_bytes(qr.sheet(codes[number * ON_SHEET : (number + 1) * ON_SHEET]))
        yield path


def _compile(
    path: Path, data: dict[str, Any], letters: Sequence[Letter], out: Path, day: date, *, sizes: Sequence[float], own: bool
) -> Pages:
    """Set the letters at the largest size at which each fits on its page, tried on the longest ones first."""
    sides = letters[0].sides
    fit = Fit(sizes, len(letters) * sides)
    if len(letters) > SAMPLED:
        longest = sorted(range(len(letters)), key=lambda place: _length(letters[place]))[-LONGEST:]
        few = data | {name: [data[name][place] for place in longest] for name in ("letters", "squares")}
        fit = replace(fit, sample=few, sample_pages=len(longest) * sides)
    try:
        return compile_pdf(path, data, out, day=day, tagged=False, fit=fit)
    except TooLongError:
        raise OutreachError(
            _("un courrier ne tient pas sur une page"),
            place=max(letters, key=_length).reference,
            mend=_("Raccourcissez le texte de « letter » dans messages.yaml."),
        ) from None
    except TypesettingError as error:
        if not own:
            raise
        message = _("ce modèle de courrier ne peut pas être composé ({reason})").format(reason=error.reason)
        mend = _("Corrigez-le ; docs/letters.md dit de quoi il dispose. Il ne lit que house.typ, ni autre fichier ni réseau.")
        raise OutreachError(message, place=error.line or path.name, mend=mend) from error


def _check_windows(pdf: Path, letters: Sequence[Letter], window: Window) -> None:
    """The first letter, the one with the longest text and the one with the longest address are looked at."""
    places = {
        0,
        max(range(len(letters)), key=lambda place: _length(letters[place])),
        max(range(len(letters)), key=lambda place: (len(letters[place].address), max(map(len, letters[place].address)))),
    }
    sides = letters[0].sides
    pages = {place * sides: tuple(drawable(line) for line in letters[place].address) for place in sorted(places)}
    check_windows(pdf, pages, window)


def _length(letter: Letter) -> int:
    front = sum(map(len, letter.paragraphs)) + sum(len(text) for _language, text in letter.call_back_lines)
    return max(front, sum(map(len, letter.back.paragraphs)) if letter.back else 0)


def _run_data(letters: Sequence[Letter], day: date, window: Window) -> dict[str, Any]:
    """What a template reads; docs/letters.md explains each field."""
    return {
        "title": f"Courriers du {format_date(day, 'd MMMM y', locale='fr')}",
        "author": drawable(letters[0].sender[0]),
        "window": window.as_data(),
        "body_top": window.body_top,
        "letters": [_as_data(letter, day) for letter in letters],
        "squares": _squares(letters),
    }


def _squares(letters: Sequence[Letter]) -> list[Square | None]:
    """Where each letter's QR code stands: file, place on its sheet, codes on that sheet, modules of a side, rows of a code."""
    linked = [letter.link for letter in letters if letter.link]
    side = qr.side(linked)
    places = iter(range(len(linked)))
    squares: list[Square | None] = []
    for letter in letters:
        place = next(places) if letter.link else None
        if place is None:
            squares.append(None)
            continue
        number, index = divmod(place, ON_SHEET)
        on_it = min(ON_SHEET, len(linked) - number * ON_SHEET)
        squares.append((f"squares-{number}.png", index, on_it, side, side + qr.APART))
    return squares


def _as_data(letter: Letter, day: date) -> dict[str, Any]:
    front = Side(letter.language, letter.subject, letter.paragraphs, letter.signature)
    title, how = letter.objection
    return _side(front, day) | {
        "reference": letter.reference,
        "mark": f"{code_label(letter.language)} {letter.letter_code} · Réf. {letter.reference}",
        "address": [drawable(line) for line in letter.address],
        "call_back": [_call_back(language, text) for language, text in letter.call_back_lines if not _undrawable(text)],
        "code": letter.letter_code,
        "sender": [_text(line) for line in letter.sender],
        "objection": {"title": _text(title), "text": _text(how)},
        "legal": _text(letter.legal),
        "back": _side(letter.back, day) if letter.back else None,
    }


def _side(side: Side, day: date) -> dict[str, Any]:
    return {
        "lang": side.language.partition("-")[0],
        "rtl": _is_right_to_left(side.subject),
        "day": _text(dated(side.language, day)),
        "code_label": code_label(side.language),
        "subject": _text(side.subject),
        "paragraphs": [_text(paragraph) for paragraph in side.paragraphs],
        "signature": _text(side.signature),
    }


@lru_cache(maxsize=4096)
def _text(text: str) -> str:
    return isolate_numbers(typographic(drawable(text)))


@lru_cache(maxsize=1024)
def _undrawable(text: str) -> str:
    return undrawable(text)


@lru_cache(maxsize=4096)
def _is_right_to_left(text: str) -> bool:
    return is_right_to_left(text)


def _call_back(language: str, text: str) -> dict[str, Any]:
    return {"lang": language, "text": _text(text), "rtl": _is_right_to_left(text)}


def _left_out(letters: Sequence[Letter]) -> tuple[LeftOut, ...]:
    missing: dict[tuple[str, str], int] = {}
    for letter in letters:
        lines = ((language, _undrawable(text)) for language, text in letter.call_back_lines)
        for language, signs in (*lines, *letter.unset):
            if signs:
                missing[language, signs] = missing.get((language, signs), 0) + 1
    return tuple(
        LeftOut(language, f"aucune police disponible pour : {signs[:20]}", count) for (language, signs), count in missing.items()
    )
