"""One letter to an invented person, as a PDF and as a picture: what a campaign's text looks like before anything is printed."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from outreach.channels.letters.compose import compose
from outreach.channels.letters.png import COLOURS, png
from outreach.channels.letters.render import render_letters
from outreach.channels.letters.window import PDFIUM
from outreach.channels.outbox import Due
from outreach.core import clock
from outreach.core.letter_codes import NOBODY, code_of

if TYPE_CHECKING:
    from datetime import date

    from outreach.channels.letters.letter import Letter
    from outreach.definitions.registry import Loaded

SCALE = 1.4
"""Points of the picture to a point of the page."""
SAMPLES = 16


def sample_due(loaded: Loaded, language: str) -> Due:
    """A contact with somebody who does not exist, at home beside the campaign's first site."""
    site = loaded.folder.campaign.sites[0]
    nothing = dict.fromkeys(
        (
            "mobile",
            "fixed",
            "staircase",
            "floor",
            "door",
            "building_name",
            "residence",
            "po_box",
            "care_of",
            "repetition",
            "place",
            "cedex",
            "country",
        )
    )
    return Due(
        id=1, case_id=1, step="sample", attempt=1, language=language, title="Mme", given_name="Awa", family_name="ESSAI", simulated=True,
        letter_code=code_of(NOBODY), house_number="1", street="RUE DES ESSAIS", postal_code=_postal_code(site.address, site.insee),
        city=site.address.rpartition(" ")[2].upper(), insee=site.insee, site_name=site.name, site_address=site.address, site_phone=site.phone,
        **nothing,
    )  # fmt: skip


def sample_letter(loaded: Loaded, language: str) -> bytes:
    """The letter of a campaign to somebody invented, as a PDF.

    Raises ``OutreachError`` for a text that does not fit on its page.
    """
    return _pdf(compose(sample_due(loaded, language), loaded), loaded.folder.letter_template, clock.today())


def picture_of(pdf: bytes, page: int = 0) -> bytes:
    """A page of a PDF as a PNG."""
    from pypdfium2 import PdfDocument

    with PDFIUM:
        document = PdfDocument(pdf)
        try:
            bitmap = document[min(page, len(document) - 1)].render(scale=SCALE, rev_byteorder=True)
            pixels = np.asarray(bitmap.to_numpy()).reshape(bitmap.height, bitmap.width, -1)[:, :, :3].copy()
            bitmap.close()
        finally:
            document.close()
    return png(pixels.reshape(len(pixels), -1), pixels.shape[1], bits=8, kind=COLOURS)


@lru_cache(maxsize=SAMPLES)
def _pdf(letter: Letter, template: str | None, day: date) -> bytes:
    with tempfile.TemporaryDirectory(prefix="sample-") as folder:
        return render_letters([letter], Path(folder, "letter.pdf"), day=day, template=template).path.read_bytes()


def _postal_code(address: str, insee: str) -> str:
    return next((word for word in address.split() if len(word) == len(insee) and word.isdigit()), insee[:2] + "000")
