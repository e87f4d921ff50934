"""``outreach simulate``: a synthetic town and the files its partners send."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from outreach.cli.output import AsJson, emit, progress_shown
from outreach.core.i18n import _

app = typer.Typer(help=_("Fabriquer une ville fictive et ses fichiers."), no_args_is_help=True)


@app.callback()
def simulate() -> None:
    """Keep ``town`` a sub-command."""


@app.command(help=_("Écrire les fichiers que les partenaires d'une ville fictive enverraient."))
def town(
    people: Annotated[int, typer.Option(min=200, help=_("Nombre d'habitants."))] = 20_000,
    seed: Annotated[int, typer.Option(help=_("Graine : la même donne les mêmes fichiers."))] = 1,
    out: Annotated[Path, typer.Option(help=_("Dossier où écrire."))] = Path("out/town"),
    as_json: AsJson = False,
) -> None:
    """Write a town."""
    from outreach.simulation.town import write_town

    with progress_shown(quiet=as_json):
        result = write_town(people, seed, out)
    emit(result, as_json, str(result.out), [[item.path, item.rows] for item in result.files])
