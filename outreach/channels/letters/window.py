"""The window of a DL envelope: where the address must show, and that nothing else does, wherever the sheet slides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np

from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.settings import settings

SLIDE_X = 10.0
SLIDE_Y = 11.0
"""Millimetres that an A4 sheet folded in three (210 × 99) moves in a DL envelope (220 × 110), from one end to the other."""
HEAD_BOTTOM = 42.0
BODY_TOP = 94.0
"""Where the sender ends and, below the usual window, the text begins; mm from the top of the sheet."""
WIDTH, HEIGHT = 210.0, 99.0
"""The upper third of the sheet, which the envelope shows."""
DOTS = 4
"""Pixels in a millimetre when a page is looked at: a line of a quarter of a millimetre is seen."""
WHITE = 250
SPARE = 0.3
"""Millimetres that an accent may rise above the window: the letter below it is read all the same."""
AROUND = 0.5
"""Millimetres around a line of the address that are taken for its own ink (smoothed edges, accents)."""
POINT = 25.4 / 72
NARROWEST, LOWEST = 40.0, 18.0
"""A smaller window would make the address too small for the sorting machines."""


PDFIUM = RLock()
"""Whoever looks into a PDF holds it: PDFium is one for the whole process, and two threads in it end the process."""
Box = tuple[float, float, float, float]
"""Left, top, right, bottom; mm from the top left corner of the sheet."""


@dataclass(frozen=True)
class Window:
    """What shows of the sheet wherever it slides: top left corner and size, in mm on the sheet."""

    x: float = 100.0
    y: float = 55.0
    width: float = 90.0
    height: float = 24.0

    @property
    def body_top(self) -> float:
        """Where the text may begin, in mm: below all that may ever show."""
        return max(BODY_TOP, self.y + self.height + SLIDE_Y + 4)

    @property
    def seen(self) -> Box:
        """All that may show in one position or another: left, top, right, bottom in mm."""
        return (
            max(0.0, self.x - SLIDE_X), max(0.0, self.y - SLIDE_Y), min(WIDTH, self.x + self.width + SLIDE_X),
            self.y + self.height + SLIDE_Y,
        )  # fmt: skip

    def as_data(self) -> dict[str, float]:
        """For the template."""
        return asdict(self)


USUAL = Window()
"""At the right of a French DL envelope: 35 × 100 mm, 20 mm from its lower and right edges."""


def chosen_window() -> Window:
    """The window of OUTREACH_LETTER_WINDOW (``x,y,width,height`` in mm on the sheet), or the usual one at the right.

    Raises ``OutreachError`` for one that is off the sheet, too small for an address, or where the sender stands.
    """
    written = settings().letter_window
    if not written:
        return USUAL
    place, mend = "OUTREACH_LETTER_WINDOW", _("Écrivez « x,y,largeur,hauteur » en millimètres, par exemple 100,55,90,24.")
    try:
        window = Window(*(float(part) for part in written.split(",")))
    except (TypeError, ValueError):
        raise OutreachError(_("la fenêtre de l'enveloppe n'a pas la forme attendue"), place=place, mend=mend) from None
    if not (
        window.x >= 0 and window.x + window.width <= WIDTH and window.y >= 0 and window.y + window.height <= HEIGHT
        and window.width >= NARROWEST and window.height >= LOWEST
    ):  # fmt: skip
        raise OutreachError(_("la fenêtre sort du tiers haut de la feuille ou est trop petite"), place=place, mend=mend)
    if window.seen[1] < HEAD_BOTTOM:
        message = _("la fenêtre montrerait l'expéditeur ; elle commence au plus haut à {least} mm").format(
            least=int(HEAD_BOTTOM + SLIDE_Y)
        )
        raise OutreachError(message, place=place, mend=mend)
    return window


def check_windows(pdf: Path, pages: dict[int, tuple[str, ...]], window: Window) -> None:
    """Look at pages (from 0, with the lines of their address) as the envelope shows them.

    Raises ``OutreachError`` with the page (from 1) and millimetres when a line of the address is missing or may slide out
    of the window, or when anything else may show in it.
    """
    with _opened(pdf) as document:
        for number, lines in pages.items():
            fault = _fault(document[number], lines, window)
            if fault:
                raise OutreachError(
                    fault,
                    place=_("page {number}").format(number=number + 1),
                    mend=_("Corrigez letter.typ : dans la zone de la fenêtre, l'adresse et rien d'autre."),
                )


def _fault(page: Any, lines: tuple[str, ...], window: Window) -> str:
    left, top = window.seen[:2]
    texts = page.get_textpage()
    found, boxes = _lines_in(texts, page.get_height(), window.seen)
    texts.close()
    missing = [index for index, line in enumerate(lines, start=1) if _plain(line) not in found]
    if missing:
        return _("la ligne {line} de l'adresse ne se lit pas dans la fenêtre").format(line=missing[0])
    wanted = {_plain(line) for line in lines}
    ink = _ink(page, window.seen)
    for text, (x0, y0, x1, y1) in boxes:
        if text not in wanted:
            continue
        if min(x0 - window.x, y0 - window.y, window.x + window.width - x1, window.y + window.height - y1) < -SPARE:
            return _("l'adresse peut sortir de la fenêtre : elle va de {x0} à {x1} mm et de {y0} à {y1} mm").format(
                x0=round(x0), x1=round(x1), y0=round(y0), y1=round(y1)
            )
        ink[_dots(y0 - top - AROUND) : _dots(y1 - top + AROUND), _dots(x0 - left - AROUND) : _dots(x1 - left + AROUND)] = False
    if not ink.any():
        return ""
    y, x = (int(axis[0]) for axis in np.nonzero(ink))
    return _("autre chose que l'adresse se verrait dans la fenêtre, à {x} mm du bord gauche et {y} mm du haut").format(
        x=round(left + x / DOTS), y=round(top + y / DOTS)
    )


def _dots(millimetres: float) -> int:
    return max(0, round(millimetres * DOTS))


def _plain(line: str) -> str:
    return "".join(line.split())


def _lines_in(texts: Any, height: float, zone: Box) -> tuple[set[str], list[tuple[str, Box]]]:
    """The lines of text inside a zone (mm from the top left), without spaces, and where each stands."""
    left, top, right, bottom = zone
    lines: list[list[tuple[Box, Box, str]]] = []
    # Lines are told by the room that their font takes; where they stand, by what is printed.
    rooms = _rooms(texts, height)
    inside = (rooms[:, 0] < right) & (rooms[:, 2] > left) & (rooms[:, 1] < bottom) & (rooms[:, 3] > top)
    for index in np.flatnonzero(inside).tolist():
        room: Box = tuple(rooms[index].tolist())
        print_ = _from_top(texts.get_charbox(index), height)
        middle = (room[1] + room[3]) / 2
        line = next((line for line in lines if line[0][0][1] <= middle <= line[0][0][3]), None)
        if line is None:
            lines.append(line := [])
        line.append((room, print_, texts.get_text_range(index, 1)))
    found = [
        (_plain("".join(letter for _room, _print, letter in sorted(line))), _around([print_ for _room, print_, _letter in line]))
        for line in lines
    ]
    return {text for text, _box in found}, found


def _rooms(texts: Any, height: float) -> np.ndarray:
    """Of every character of a page the room that its font takes, a row each (mm from the top left); some thousand a page."""
    from pypdfium2.raw import FS_RECTF, FPDFText_GetLooseCharBox

    count, page = texts.count_chars(), texts.raw
    kept = (FS_RECTF * max(count, 1))()
    if not all(FPDFText_GetLooseCharBox(page, index, kept[index]) for index in range(count)):
        message = "PDFium does not say where a character stands"
        raise RuntimeError(message)
    left, top, right, bottom = np.frombuffer(kept, np.float32).reshape(-1, 4)[:count].astype(float).T
    return np.stack([left, height - top, right, height - bottom], axis=1) * POINT


def _from_top(box: Box, height: float) -> Box:
    """A box of a PDF (points from the lower left corner: left, bottom, right, top) as ours."""
    return box[0] * POINT, (height - box[3]) * POINT, box[2] * POINT, (height - box[1]) * POINT


def _around(boxes: list[Box]) -> Box:
    boxes = [box for box in boxes if box[2] > box[0] and box[3] > box[1]] or boxes  # a space prints nothing
    return (
        min(box[0] for box in boxes), min(box[1] for box in boxes), max(box[2] for box in boxes), max(box[3] for box in boxes),
    )  # fmt: skip


def _ink(page: Any, zone: Box) -> np.ndarray:
    """Where something is printed in a zone: an array of booleans, ``DOTS`` to a millimetre."""
    left, top, right, bottom = zone
    scale = DOTS * POINT
    width, height = page.get_width() / 72 * 25.4, page.get_height() / 72 * 25.4
    crop = (left / POINT, (height - bottom) / POINT, (width - right) / POINT, top / POINT)
    bitmap = page.render(scale=scale, crop=crop, grayscale=True)
    return np.asarray(bitmap.to_numpy()).reshape(bitmap.height, bitmap.width, -1)[:, :, 0] < WHITE


@contextmanager
def _opened(pdf: Path) -> Iterator[Any]:
    from pypdfium2 import PdfDocument

    with PDFIUM:
        document = PdfDocument(pdf)
        try:
            yield document
        finally:
            document.close()
