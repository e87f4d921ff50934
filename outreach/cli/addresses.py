"""``outreach addresses``: load what is known of addresses, and find those of the lists."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from outreach.cli.output import AsJson, database, emit, progress_shown
from outreach.core.i18n import _
from outreach.core.labels import LOCATIONS, label


def addresses(
    points: Annotated[list[Path] | None, typer.Argument(help=_("Fichiers de la Base Adresse Nationale (CSV ou CSV.GZ)."))] = None,
    priority_areas: Annotated[list[Path] | None, typer.Option(help=_("Rues des quartiers prioritaires (CSV)."))] = None,
    density: Annotated[
        list[Path] | None,
        typer.Option(help=_("Grille communale de densité de l'Insee (XLSX ou CSV) : quelles communes sont rurales.")),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Load and locate."""
    from outreach.flows import lists

    opened = database()
    with progress_shown(quiet=as_json):
        result = lists.load_addresses(opened, points or [], priority_areas or [], density or [])
    found = result.located
    rows = [[_("points d'adresse ajoutés ou changés"), result.points], [_("rues prioritaires ajoutées"), result.priority_streets]]
    rows += [[_("communes rurales"), result.rural_communes]]
    rows += [[label(LOCATIONS, level), getattr(found, level)] for level in LOCATIONS]
    emit(result, as_json, _("Adresses"), rows)
