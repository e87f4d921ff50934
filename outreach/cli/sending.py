"""``outreach sending``: who messages come from, the stop button, and where sending stands."""

from __future__ import annotations

from typing import Annotated

import typer

from outreach.cli.output import AsJson, database, emit, table
from outreach.core.i18n import _
from outreach.core.labels import CHANNELS, label
from outreach.core.words import Channel

app = typer.Typer(help=_("Expéditeurs, quotas, bouton d'arrêt : ce qui part, et ce qui le retient."), no_args_is_help=True)
Association = Annotated[str | None, typer.Option(help=_("Code de l'association ; sans lui, tout le réseau."))]


@app.command(help=_("Où en sont les envois : arrêt, quotas du jour, opérateurs en panne, ce qui attend."))
def status(as_json: AsJson = False) -> None:
    """Show where sending stands."""
    from outreach.channels.senders import senders
    from outreach.channels.standing import standing
    from outreach.core import clock
    from outreach.core.plain import as_data

    with database().session() as session:
        found, known = standing(session), senders(session)
    if as_json:
        emit(as_data(found) | {"senders": as_data(known)}, as_json, "", [])
        return
    rows: list[list[object]] = []
    if found.stop:
        rows.append(
            [
                _("ENVOIS ARRÊTÉS par {who}").format(who=found.stop.by),
                f"{found.stop.since.astimezone(clock.PARIS):%d/%m %H:%M}",
                found.stop.reason,
            ]
        )
    rows += [
        [_("opérateur en panne : {name}").format(name=name), f"{until.astimezone(clock.PARIS):%H:%M}", ""]
        for name, until in found.down.items()
    ]
    rows += [[_("SMS dont on ignore s'ils sont partis"), found.unknown, ""], [_("appels sans résultat noté"), found.silent_calls, ""],
             [_("réponses à lire"), found.replies, ""], [_("avis d'opérateur à lire"), found.notices, ""]]  # fmt: skip
    table(_("Envois"), rows)
    if found.quotas:
        quotas = [[one.agreement, label(CHANNELS, one.channel), one.used, one.limit] for one in found.quotas]
        table(_("Quotas du jour"), quotas, [_("convention"), "", _("partis"), _("au plus")])
    table(
        _("Expéditeurs") if known else _("Aucun expéditeur"),
        [[one["association"] or _("tout le réseau"), label(CHANNELS, str(one["channel"])), one["value"], one["per_second"] or ""] for one in known],
        [_("association"), "", _("expéditeur"), _("par seconde")] if known else [],
    )  # fmt: skip


@app.command(help=_("Arrêter tous les envois du réseau, en moins d'une seconde. Rien n'est perdu."))
def stop(reason: Annotated[str, typer.Argument(help=_("Pourquoi."))], as_json: AsJson = False) -> None:
    """Press the stop button."""
    from outreach.channels.limits import stop_sending
    from outreach.core.settings import settings

    with database().session() as session:
        stop_sending(session, reason, actor=settings().user)
    emit({"stopped": True}, as_json, _("Plus rien ne part. Pour reprendre : outreach sending resume"), [])


@app.command(help=_("Reprendre les envois arrêtés."))
def resume(as_json: AsJson = False) -> None:
    """Lift the stop."""
    from outreach.channels.limits import resume_sending
    from outreach.core.settings import settings

    with database().session() as session:
        resume_sending(session, actor=settings().user)
    emit({"stopped": False}, as_json, _("Les envois reprennent."), [])


@app.command(help=_("Choisir le numéro ou le nom d'où partent SMS ou appels."))
def sender(
    value: Annotated[str, typer.Argument(help=_("Numéro (+33937…), nom de 3 à 11 lettres, ou réserve MG…"))],
    channel: Annotated[Channel, typer.Option(help=_("sms ou call."))] = Channel.SMS,
    association: Association = None,
    per_second: Annotated[str | None, typer.Option(help=_("Messages par seconde, au plus."))] = None,
    as_json: AsJson = False,
) -> None:
    """Set a sender."""
    from outreach.channels.senders import rate_of, set_sender
    from outreach.core.settings import settings

    with database().session() as session:
        set_sender(
            session, channel, value, actor=settings().user, association=association,
            per_second=rate_of(per_second),
        )  # fmt: skip
    emit(
        {"sender": value}, as_json, _("Expéditeur"), [[association or _("tout le réseau"), label(CHANNELS, channel.value), value]]
    )
