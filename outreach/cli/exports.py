"""``outreach exports``: what leaves line by line, under numbers that are nobody's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from outreach.cli.output import AsJson, CampaignCode, database, emit
from outreach.core.i18n import _

app = typer.Typer(
    help=_("Ce qui sort ligne par ligne, sans rien de personne : contacts au format OSDI, extrait pour la recherche."),
    no_args_is_help=True,
)


@app.command(help=_("Les appels et visites d'une campagne au format OSDI, pour les responsables de l'association."))
def canvass(
    code: CampaignCode,
    out: Annotated[Path, typer.Option(help=_("Le fichier, en .jsonl (une ligne par contact) ou .json."))] = Path(
        "canvasses.jsonl"
    ),
    no_targets: Annotated[bool, typer.Option("--no-targets", help=_("Sans le numéro des personnes."))] = False,
    as_json: AsJson = False,
) -> None:
    """Export calls and visits."""
    from outreach.core.marks import pepper
    from outreach.core.settings import settings
    from outreach.definitions.registry import find_campaign
    from outreach.reporting.exports import write_canvasses

    with database().session() as session:
        done = write_canvasses(
            session, find_campaign(session, code), out, pepper=pepper(), actor=settings().user, targets=not no_targets
        )
    rows = [[str(done.path), done.canvasses], [_("laissés de côté : opposition"), done.left_out]]
    emit(done, as_json, _("Contacts écrits"), rows)


@app.command(help=_("L'extrait pour la recherche, si la convention le permet, et son dictionnaire."))
def research(
    code: CampaignCode,
    out: Annotated[Path | None, typer.Option(help=_("Dossier où écrire."))] = None,
    as_json: AsJson = False,
) -> None:
    """Export the extract for research."""
    from outreach.core.settings import settings
    from outreach.definitions.registry import find_campaign
    from outreach.reporting.exports import write_extract

    with database().session() as session:
        done = write_extract(session, find_campaign(session, code), out or settings().output, actor=settings().user)
    rows: list[list[Any]] = [
        [str(done.path), done.lines], [str(done.dictionary), ""], [_("lignes supprimées : trop rares"), done.rare],
        [_("laissés de côté : opposition"), done.objecting],
    ]  # fmt: skip
    emit(done, as_json, _("Extrait écrit"), rows)
