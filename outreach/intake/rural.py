"""The communes that are rural, from the density grid of INSEE: it says of each commune how its people live together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import bulk, seen
from outreach.core.errors import ListRefusedError
from outreach.core.i18n import _
from outreach.core.plain_tables import sheets

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

COMMUNE, DENSITY = "CODGEO", "DENS"
"""The columns of the grid: the commune's code and its degree of density."""
RURAL = {3: frozenset({"3"}), 7: frozenset({"5", "6", "7"})}
"""Degrees that are rural, in the grid of three degrees and in that of seven (INSEE, « grille communale de densité »)."""
HEADER_WITHIN = 20
"""Lines of titles that may stand above the header."""
OF_SEVEN = 4
"""A degree above three: the grid is the one of seven."""


def load_rural_communes(session: Session, path: Path) -> int:
    """Load INSEE's density grid (.xlsx as it is published, or .csv) in the place of the one before; returns the rural communes.

    Raises ``ListRefusedError``, naming the line, when the file is not the grid.
    """
    degrees = _degrees(path)
    grid = 7 if any(int(degree) >= OF_SEVEN for degree in degrees.values()) else 3
    rural = sorted(commune for commune, degree in degrees.items() if degree in RURAL[grid])
    session.execute(text("DELETE FROM rural_commune"))
    session.execute(text("INSERT INTO rural_commune (insee) SELECT unnest(CAST(:rural AS text[]))"), {"rural": rural})
    bulk.analyse(session, "rural_commune")
    # Cases are told apart by it.
    seen.forget(session, seen.FIGURES)
    return len(rural)


def _degrees(path: Path) -> dict[str, str]:
    """Of each commune its degree of density."""
    found: dict[str, str] = {}
    columns: tuple[int, int] | None = None
    for number, cells in enumerate(_lines(path), start=1):
        if columns is None:
            columns = (cells.index(COMMUNE), cells.index(DENSITY)) if {COMMUNE, DENSITY} <= set(cells) else None
            continue
        commune, degree = (cells[place].strip() if place < len(cells) else "" for place in columns)
        if not commune:
            continue
        if degree not in {"1", "2", "3", "4", "5", "6", "7"}:
            raise ListRefusedError(
                _("« {value} » n'est pas un degré de densité").format(value=degree),
                place=_("{file}, ligne {line}").format(file=path.name, line=number),
                mend=_("Téléchargez de nouveau la grille communale de densité de l'Insee."),
            )
        found[commune.zfill(5)] = degree
    if not found:
        raise ListRefusedError(
            _("ce fichier n'est pas la grille communale de densité de l'Insee"), place=path.name,
            mend=_("Colonnes : {columns}.").format(columns=f"{COMMUNE} ; {DENSITY}"),
        )  # fmt: skip
    return found


def _lines(path: Path) -> list[list[str]]:
    """The lines of the first sheet whose beginning has the header."""
    if not path.is_file():
        raise ListRefusedError(_("ce fichier n'existe pas"), place=str(path), mend=_("Vérifiez le chemin."))
    return next((lines for lines in sheets(path) if any(COMMUNE in line for line in lines[:HEADER_WITHIN])), [])
