"""``outreach replies``: the mediators' inbox, what people wrote back that the engine did not understand."""

from __future__ import annotations

from typing import Annotated

import typer

from outreach.cli.output import AsJson, database, emit
from outreach.core.i18n import _
from outreach.policy.replies import Meaning

app = typer.Typer(help=_("Lire ce que les gens répondent aux SMS, et dire ce que cela veut dire."), no_args_is_help=True)


@app.command("list", help=_("Les messages qui attendent d'être lus, du plus ancien."))
def listed(
    site: Annotated[str | None, typer.Option(help=_("Le code d'un site : ses messages, et ceux d'aucun dossier."))] = None,
    as_json: AsJson = False,
) -> None:
    """List the inbox."""
    from outreach.core import clock
    from outreach.policy.local_time import zones_of
    from outreach.tracking import replies_to_read

    with database().session() as session:
        found = replies_to_read(session, site)
        zones = zones_of(session, [one["case_id"] for one in found])
    rows = [
        [one["id"], f"{one['received_at'].astimezone(zones.get(one['case_id'], clock.PARIS)):%d/%m %H:%M}", one["site"] or "", one["name"] or one["sender"], one["letter_code"] or "", one["body"]]
        for one in found
    ]  # fmt: skip
    columns = [_("Message"), _("Reçu"), _("Site"), _("De"), _("Dossier"), ""] if rows else []
    emit(found, as_json, _("Réponses à lire") if rows else _("Aucune réponse n'attend."), rows, columns)


@app.command("settle", help=_("Dire ce qu'un message veut dire ; le moteur agit comme s'il l'avait compris."))
def settle(
    number: Annotated[int, typer.Argument(help=_("Le numéro du message."))],
    means: Annotated[
        Meaning, typer.Option("--means", help=_("stop, start, call_back, wrong_number, paid ; unclear : lu, rien à faire."))
    ],
    as_json: AsJson = False,
) -> None:
    """Settle one message."""
    from outreach.core.settings import settings
    from outreach.tracking import settle_reply

    opened = database()
    with opened.session() as session:
        settle_reply(session, number, means, actor=settings().user)
    emit({"message": number, "meaning": means.value}, as_json, _("C'est noté."), [])
