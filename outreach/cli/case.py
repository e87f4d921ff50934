"""``outreach case``: what is agreed with one person about when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import typer

from outreach.cli.output import AsJson, database, emit
from outreach.core.i18n import _
from outreach.core.words import Channel

app = typer.Typer(help=_("Ce qui est convenu avec une personne : rendez-vous, rappel, mise en veille."), no_args_is_help=True)
Case = Annotated[str, typer.Argument(help=_("Numéro du dossier, ou code de sa lettre."))]
MOMENT = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]


@app.command(help=_("Promettre un appel ou une visite : le plan s'y tient, qui l'a promis d'abord."))
def promise(
    case: Case,
    at: Annotated[datetime, typer.Option(formats=MOMENT, help=_("Quand (AAAA-MM-JJTHH:MM, à l'heure du lieu)."))],
    channel: Annotated[Channel, typer.Option(help=_("call ou visit."))] = Channel.CALL,
    minutes: Annotated[
        int, typer.Option(min=5, max=600, help=_("Combien de temps après l'heure dite cela peut encore commencer."))
    ] = 30,
    mediator: Annotated[str | None, typer.Option(help=_("Le code de qui le promet."))] = None,
    note: Annotated[str | None, typer.Option(help=_("Un mot pour qui appellera."))] = None,
    as_json: AsJson = False,
) -> None:
    """Promise a call or a visit."""
    from outreach.core.settings import settings
    from outreach.definitions.registry import find_case
    from outreach.policy.local_time import zones_of
    from outreach.tracking import promise as write

    with database().session() as session:
        found = find_case(session, case).id
        begins = at.replace(tzinfo=zones_of(session, [found])[found])
        number = write(
            session,
            found,
            channel,
            begins,
            begins + timedelta(minutes=minutes),
            actor=settings().user,
            mediator=mediator,
            note=note,
        )
    emit({"appointment": number}, as_json, _("C'est promis"), [[f"{begins:%d/%m/%Y %H:%M}", mediator or _("n'importe qui")]])


@app.command(help=_("Laisser un dossier en veille jusqu'à une date ; il reprend de lui-même."))
def snooze(
    case: Case,
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help=_("Jusqu'à quand."))],
    reason: Annotated[str, typer.Option(help=_("Pourquoi."))],
    as_json: AsJson = False,
) -> None:
    """Snooze a case."""
    from outreach.core.settings import settings
    from outreach.definitions.registry import find_case
    from outreach.policy.local_time import zones_of
    from outreach.tracking import snooze as write

    with database().session() as session:
        found = find_case(session, case).id
        write(session, found, until.replace(tzinfo=zones_of(session, [found])[found]), reason, actor=settings().user)
    emit({"until": until.date()}, as_json, _("En veille"), [[f"{until:%d/%m/%Y}", reason]])


@app.command(help=_("Appeler : l'opérateur fait sonner le médiateur, puis la personne."))
def call(
    case: Case,
    mediator: Annotated[str, typer.Option(help=_("Le code de qui appelle."))],
    as_json: AsJson = False,
) -> None:
    """Click to call."""
    from outreach.definitions.registry import find_case, planned_call
    from outreach.flows import pipeline

    opened = database()
    with opened.session() as session:
        contact = planned_call(session, find_case(session, case))
    rung = pipeline.call(opened, contact, mediator=mediator)
    emit(rung, as_json, _("Votre téléphone sonne ; la personne est appelée quand vous décrochez."), [])
