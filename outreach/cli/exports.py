"""``outreach exports``: contacts for another system of the association, cases for researchers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from outreach.cli.output import AsJson, CampaignCode, database, emit
from outreach.core.i18n import _

app = typer.Typer(
    help=_("Exporter sans noms : les contacts au format OSDI, ou un extrait pour la recherche."), no_args_is_help=True
)
Out = Annotated[Path | None, typer.Option(help=_("Le dossier des fichiers (OUTREACH_OUTPUT sans cela)."))]


@app.command(help=_("Les contacts faits, au format OSDI, pour un autre logiciel de l'association. Pas pour un partenaire."))
def canvass(code: CampaignCode, out: Out = None, as_json: AsJson = False) -> None:
    """Write the canvasses."""
    from outreach.core.settings import settings
    from outreach.definitions.registry import find_campaign
    from outreach.reporting.exports import write_canvasses

    path = (out or settings().output) / f"contacts-{code}.json"
    with database().session() as session:
        count = write_canvasses(session, find_campaign(session, code), path, actor=settings().user)
    emit({"contacts": count, "file": path}, as_json, _("Contacts"), [[str(path), count]])


@app.command(help=_("Un extrait sous pseudonymes pour la recherche, si la convention le permet."))
def research(code: CampaignCode, out: Out = None, as_json: AsJson = False) -> None:
    """Write the extract."""
    from outreach.core.settings import settings
    from outreach.definitions.registry import find_campaign
    from outreach.reporting.exports import write_extract

    with database().session() as session:
        found = write_extract(session, find_campaign(session, code), out or settings().output, actor=settings().user)
    rows = [[_("lignes"), found.lines], [_("lignes laissées de côté : trop rares"), found.left_out]]
    rows += [[str(path), ""] for path in found.files]
    emit(found, as_json, _("Extrait pour la recherche"), rows)
