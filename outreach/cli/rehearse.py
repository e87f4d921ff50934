"""``outreach campaign rehearse`` and ``approve``: try a campaign out on guests before anybody else hears of it."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outreach.cli.output import AsJson, CampaignCode, database, emit, table
from outreach.core.i18n import _, language, number
from outreach.core.labels import CHANNELS, STATES, label

if TYPE_CHECKING:
    from outreach.definitions.loader import Folder
    from outreach.flows.pipeline import Lines
    from outreach.flows.rehearsal import Rehearsed

Guests = Annotated[
    Path, typer.Option(help=_("Liste d'invités (CSV : name, phone, language, reads_french, address, postal_code, city)."))
]
Send = Annotated[
    bool, typer.Option("--send", help=_("Envoyer pour de bon aux invités ; sans cela, rien ne quitte cette machine."))
]


def register(app: typer.Typer) -> None:
    """Add the verbs to ``outreach campaign``."""
    app.command(
        "rehearse", help=_("Répéter toute la campagne avec des invités : textes, langues, coûts, qui est laissé de côté.")
    )(rehearse)
    app.command("approve", help=_("Approuver la dernière répétition, en deuxième personne."))(approve)


def rehearse(
    folder: Annotated[Path, typer.Argument(help=_("Le dossier de la campagne."))],
    guests: Guests,
    out: Annotated[Path, typer.Option(help=_("Dossier des fichiers produits."))] = Path("out/rehearsal"),
    send: Send = False,
    as_json: AsJson = False,
) -> None:
    """Rehearse a campaign."""
    from outreach.core.settings import settings
    from outreach.definitions.guests import read_guests
    from outreach.definitions.loader import read_folder
    from outreach.flows.rehearsal import rehearse as play
    from outreach.flows.rehearsal_guests import guest_lines

    written, invited, opened = read_folder(folder), read_guests(guests), database()
    with ExitStack() as stack:
        lines = guest_lines(opened, written, invited) if send else _nowhere(written, stack)
        found = play(opened, written, invited, lines, out, actor=settings().user, sent=send)
    if as_json:
        emit(found, as_json, "", [])
        return
    _show(written, found)


def approve(code: CampaignCode, as_json: AsJson = False) -> None:
    """Approve the latest rehearsal."""
    from outreach.core.settings import settings
    from outreach.definitions.rehearsing import approve as agree

    with database().session() as session:
        rehearsal = agree(session, code, actor=settings().user)
        result = {"campaign": code, "contacts": rehearsal.contacts, "approved_by": rehearsal.approved_by}
    emit(
        result,
        as_json,
        _("Répétition approuvée : la campagne peut être lancée."),
        [[code, rehearsal.contacts, str(rehearsal.approved_by)]],
    )


def _nowhere(folder: Folder, stack: ExitStack) -> Lines:
    """A provider on this machine, which takes all and sends nothing."""
    from outreach.channels.twilio.client import Account
    from outreach.core import clock
    from outreach.flows.pipeline import lines_of
    from outreach.simulation.twilio import ACCOUNT, TOKEN, Answer, LoopbackProvider

    peer = stack.enter_context(LoopbackProvider(lambda _to, _body: Answer(), clock.now))
    return lines_of(folder, Account(ACCOUNT, TOKEN, peer.url))


def _show(folder: Folder, found: Rehearsed) -> None:
    table(
        _("Répétition : {days} jours d'envois, appels et visites").format(days=found.days),
        [[step, label(STATES, state), count] for step, counts in found.steps.items() for state, count in counts.items()],
        [_("étape"), "", _("contacts")],
    )  # fmt: skip
    if found.texts:
        rows = [
            [one.language, one.alphabet, one.parts, one.most_parts, one.rewritten, one.people, _money(float(one.cost))]
            for one in found.texts
        ]
        table(
            _("SMS"),
            rows,
            [_("langue"), _("alphabet"), _("parties"), _("au plus"), _("lettres réécrites"), _("personnes"), _("coût")],
        )
        typer.echo(_("Coût des SMS, un envoi chacun : {cost}").format(cost=_money(float(found.cost))))
    if found.missing:
        rows = [[label(CHANNELS, channel), code, people] for channel, code, people in found.missing]
        table(_("Langues sans texte"), rows, ["", _("langue"), _("personnes")])
    if found.unreached:
        typer.echo(_("Étapes qu'aucun invité n'a atteintes : {steps}").format(steps=", ".join(found.unreached)))
    if found.left_out:
        table(_("Laissés de côté"), [[_(reason), people] for reason, people in found.left_out.items()])
    typer.echo(_("{people} seraient contactés. Fichiers : {count}, dans {folder}").format(
        people=number(found.contacts, language()), count=len(found.files), folder=found.files[0].parent if found.files else "-"
    ))  # fmt: skip
    typer.echo(_("Ensuite : outreach campaign launch ; au-delà de la taille fixée, quelqu'un d'autre fait d'abord « approve {code} ».").format(
        code=folder.campaign.code
    ))  # fmt: skip


def _money(amount: float) -> str:
    return f"{number(round(amount, 2), language())} €"
