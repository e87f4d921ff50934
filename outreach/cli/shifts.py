"""``outreach shifts``: who works when; absences, and shifts that the weekly pattern does not know."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from outreach.cli.output import AsJson, database, emit
from outreach.core.i18n import _
from outreach.core.labels import SHIFT_KINDS, label

app = typer.Typer(help=_("Voir qui travaille quand, noter une absence, ajouter des postes."), no_args_is_help=True)
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=_("Premier jour (aujourd'hui sans cela)."))]
Days = Annotated[int, typer.Option(min=1, max=92, help=_("Nombre de jours."))]
Moment = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]


@app.command("list", help=_("Les postes des jours à venir, avec ce qui y est prévu."))
def listed(first: Day = None, days: Days = 7, as_json: AsJson = False) -> None:
    """List shifts."""
    from outreach.core import clock
    from outreach.planning.register import shifts_between

    start = first.date() if first else clock.today()
    with database().session() as session:
        found = shifts_between(session, start, start + timedelta(days=days - 1))
    rows = [
        [f"{one.day:%d/%m}", one.site, one.name, label(SHIFT_KINDS, one.kind), f"{one.starts_at:%H:%M}-{one.ends_at:%H:%M}", one.contacts,
         _("absent") if one.absent else ""]
        for one in found
    ]  # fmt: skip
    columns = [_("Jour"), _("Site"), _("Médiateur"), _("Poste"), _("Heures"), _("Contacts"), ""]
    emit(found, as_json, _("Postes"), rows, columns)


@app.command(help=_("Noter une absence : ce qui était prévu est aussitôt confié à d'autres, et chaque changement est dit."))
def absence(
    mediator: Annotated[str, typer.Argument(help=_("Le code du médiateur."))],
    start: Annotated[datetime, typer.Option("--from", formats=Moment, help=_("Début (AAAA-MM-JJ ou AAAA-MM-JJTHH:MM)."))],
    end: Annotated[datetime, typer.Option("--to", formats=Moment, help=_("Fin ; un jour seul compte en entier."))],
    reason: Annotated[str, typer.Option(help=_("Le motif, par exemple maladie."))] = "absence",
    as_json: AsJson = False,
) -> None:
    """Record an absence and plan anew."""
    from outreach.cli.changes import change_rows
    from outreach.core.settings import settings
    from outreach.flows import pipeline
    from outreach.policy.local_time import zone_of_mediator

    until = end + timedelta(days=1) if end.time() == datetime.min.time() else end
    opened = database()
    with opened.session() as session:
        zone = zone_of_mediator(session, code=mediator)
    results = pipeline.absence(
        opened, mediator, start.replace(tzinfo=zone), until.replace(tzinfo=zone), reason, actor=settings().user
    )
    rows = change_rows(opened, [change for result in results.values() for change in result.changes])
    title = _("Absence notée ; rien n'était prévu") if not rows else _("Absence notée ; voici ce qui change")
    emit(results, as_json, title, rows)


@app.command("import", help=_("Ajouter des postes d'un fichier (CSV ou classeur) : mediator, kind, day, start, end."))
def imported(path: Annotated[Path, typer.Argument(exists=True, dir_okay=False)], as_json: AsJson = False) -> None:
    """Add shifts from a file."""
    from outreach.core.settings import settings
    from outreach.planning.register import add_shifts, read_shifts

    rows = read_shifts(path)
    with database().session() as session:
        count = add_shifts(session, rows, source=str(path), actor=settings().user)
    emit({"shifts": count}, as_json, _("Postes ajoutés"), [[str(path), count]])
