"""``outreach mediation``: who is calling or at the desk, what came of it, what was recorded, and its correction."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer

from outreach.cli.output import AsJson, database, emit
from outreach.core.i18n import _
from outreach.core.words import MediationKind

app = typer.Typer(help=_("Retrouver qui appelle ou vient, noter une médiation, lire un dossier, corriger."), no_args_is_help=True)
Case = Annotated[str, typer.Argument(help=_("Numéro du dossier, ou code de sa lettre."))]
Reason = Annotated[str, typer.Option(help=_("Pourquoi."))]
Event = Annotated[UUID, typer.Argument(help=_("Le numéro de l'événement, comme « mediation history » le donne."))]


@app.command(help=_("Les dossiers d'un code de lettre, d'un téléphone ou d'un nom. C'est vous qui choisissez."))
def find(
    said: Annotated[str, typer.Argument(help=_("Code, téléphone ou nom, comme la personne le dit."))],
    born: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=_("Sa date de naissance, pour choisir."))] = None,
    as_json: AsJson = False,
) -> None:
    """Find who comes forward."""
    from outreach.core.settings import settings
    from outreach.policy.local_time import zones_of
    from outreach.tracking import identify

    with database().session() as session:
        found = identify(session, said, actor=settings().user, born=born.date() if born else None)
        zones = zones_of(session, [one.case_id for one in found])
    rows = [
        [one.case_id, one.letter_code, one.name, f"{one.birth_date:%d/%m/%Y}" if one.birth_date else "", one.city or "", one.campaign_name,
         f"{one.last_contact_at.astimezone(zones[one.case_id]):%d/%m/%Y}" if one.last_contact_at else ""]
        for one in found
    ]  # fmt: skip
    columns = (
        [_("Dossier"), _("Code"), _("Nom"), _("Naissance"), _("Commune"), _("Campagne"), _("Dernier contact")] if rows else []
    )
    emit(found, as_json, _("Qui est-ce ?") if rows else _("Personne de ce nom, de ce téléphone ou de ce code."), rows, columns)


@app.command(help=_("Noter la médiation de quelqu'un qui est venu ou qui a rappelé."))
def record(
    case: Case,
    kind: Annotated[MediationKind, typer.Option(help=_("exchange, information ou action."))],
    theme: Annotated[list[str], typer.Option(help=_("Ce dont il a été question ; plusieurs fois au besoin."))],
    minutes: Annotated[int, typer.Option(min=1, max=480, help=_("Combien de minutes."))],
    spoken: Annotated[str, typer.Option("--language", help=_("La langue parlée."))] = "fr",
    medium: Annotated[str, typer.Option(help=_("desk, call_in, event …"))] = "desk",
    action: Annotated[
        list[str] | None, typer.Option(help=_("code, ou code:détail=valeur,détail=valeur ; plusieurs fois au besoin."))
    ] = None,
    cause: Annotated[list[str] | None, typer.Option(help=_("Pourquoi l'aide était nécessaire."))] = None,
    obstacle: Annotated[list[str] | None, typer.Option(help=_("Ce qui a fait obstacle chez le partenaire."))] = None,
    note: Annotated[str | None, typer.Option(help=_("Un mot pour les collègues ; il ne sort jamais."))] = None,
    as_json: AsJson = False,
) -> None:
    """Record a mediation with who came forward."""
    from uuid import uuid4

    from outreach.core import clock
    from outreach.core.settings import settings
    from outreach.definitions.registry import find_case
    from outreach.policy.mediation.actions import read_action
    from outreach.tracking import MediationRecord, record_walk_in

    written = MediationRecord(
        kind, tuple(theme), spoken, minutes, dict(read_action(part) for part in action or ()), tuple(cause or ()),
        tuple(obstacle or ()),
        private_note=note,
    )  # fmt: skip
    with database().session() as session:
        number = find_case(session, case).id
        record_walk_in(
            session, number, written, medium=medium, found_by="code", actor=settings().user, occurred_at=clock.now(), key=uuid4()
        )
    emit({"case": number, "kind": kind.value}, as_json, _("La médiation est notée."), [])


@app.command(help=_("Tout ce qui est arrivé à un dossier, avec les numéros qui servent à corriger."))
def history(case: Case, as_json: AsJson = False) -> None:
    """Show a case's events."""
    from outreach.core.labels import CHANNELS, EVENTS, label
    from outreach.definitions.registry import find_case
    from outreach.policy.dispositions import DISPOSITIONS
    from outreach.policy.local_time import zones_of
    from outreach.tracking.history import history_of

    with database().session() as session:
        number = find_case(session, case).id
        found, zone = history_of(session, number), zones_of(session, [number])[number]
    rows = [
        [f"{one.occurred_at.astimezone(zone):%d/%m/%Y %H:%M}", label(EVENTS, one.kind),
         DISPOSITIONS[one.code].label if one.code in DISPOSITIONS else one.code or "", label(CHANNELS, one.channel or ""), one.actor, str(one.id)]
        for one in found
    ]  # fmt: skip
    emit(
        found, as_json, _("Ce qui est arrivé"), rows, [_("Quand"), _("Quoi"), _("Résultat"), _("Canal"), _("Qui"), _("Événement")]
    )


@app.command(help=_("Corriger le résultat d'un appel ou d'une visite, ou dire qu'il n'a pas eu lieu. Rien n'est effacé."))
def correct(
    event: Event,
    reason: Reason,
    code: Annotated[str | None, typer.Option("--as", help=_("Le résultat qu'il fallait noter."))] = None,
    never: Annotated[bool, typer.Option("--never", help=_("Cela n'a pas eu lieu."))] = False,
    as_json: AsJson = False,
) -> None:
    """Correct a result."""
    from outreach.core.errors import OutreachError
    from outreach.core.settings import settings
    from outreach.tracking import correct_result

    if (code is None) is not never:
        raise OutreachError(_("dites le bon résultat (--as), ou que cela n'a pas eu lieu (--never)"), place=str(event))
    with database().session() as session:
        correct_result(session, event, code, reason=reason, actor=settings().user)
    emit({"event": event, "code": code}, as_json, _("C'est corrigé."), [])


@app.command(help=_("Reprendre une médiation notée par erreur : ce n'était qu'un échange de paroles, le dossier repart."))
def undo(event: Event, reason: Reason, as_json: AsJson = False) -> None:
    """Take a mediation back."""
    from outreach.core.settings import settings
    from outreach.tracking import correct_mediation

    with database().session() as session:
        correct_mediation(session, event, None, reason=reason, actor=settings().user)
    emit({"event": event}, as_json, _("C'est corrigé."), [])
