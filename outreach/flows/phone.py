"""What a mediator's phone asks of the engine: the day, the next call, what it has to tell. Plain functions for the web."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from outreach.channels import outbox
from outreach.channels.twilio.client import Account
from outreach.core import audit, clock
from outreach.core.errors import OutreachError, ProviderError
from outreach.core.i18n import _
from outreach.core.words import FactKind, FactStatus, Keep
from outreach.definitions.registry import in_force
from outreach.flows.pipeline import call
from outreach.planning.today import Card, Day, card_of, day_of, move_to, next_in_line
from outreach.policy.local_time import zone_of_mediator
from outreach.segments.because import because
from outreach.tracking.phone import Answer, Conflict, Who, conflicts_of, settle_conflict, take_facts

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.channels.voice.click import Rung
    from outreach.core.database import Database

MOST_FACTS = 200
"""Facts of one batch: more is sent in several."""
TRIES = 3
MET_ANOTHER = ("40P01", "40001")
"""PostgreSQL's codes for transactions that met each other: nothing was done, and doing it again is right."""
WHO = "SELECT id, code, site_id FROM mediator WHERE id = :mediator"
CALL = """
SELECT m.id AS mediator_id, m.code FROM contact k JOIN mediator m ON m.id = :mediator WHERE k.id = :contact
  AND (k.claimed_by = m.code OR k.shift_id IN (SELECT id FROM shift WHERE mediator_id = m.id))
"""
LEFT_ASIDE = "SELECT contact_id FROM phone_fact WHERE id = ANY(CAST(:facts AS uuid[])) AND kind = :skip ORDER BY contact_id"


@dataclass(frozen=True)
class Call:
    """The call whose turn it is, claimed by its mediator until ``until``. ``rung``: it was made, and its result is missing."""

    card: Card
    until: str
    rung: bool


def who_of(database: Database, mediator: int, sites: Sequence[int] = ()) -> Who:
    """Whose phone it is; ``sites``: those whose contacts they may record, their own unless more are given."""
    with database.session() as session:
        row = session.execute(text(WHO), {"mediator": mediator}).first()
    if row is None:
        raise OutreachError(_("ce médiateur n'existe pas"), place=str(mediator))
    return Who(row.id, row.code, frozenset(sites) or frozenset({row.site_id}))


def today(database: Database, mediator: int, day: date | None = None) -> Day:
    """The day of a mediator (today where they work, unless another is asked for), for a phone that will have no network.

    The reading is on record.
    """
    with database.session() as session:
        found = day_of(session, mediator, day or _today_at(session, mediator))
        cards = found.cards()
        reasons = because(session, [card.case_id for card in cards])
        for card in cards:
            card.why = reasons.get(card.case_id, "")
        audit.record(session, found.mediator, "phone.day", f"mediator/{mediator}", {"day": found.day, "contacts": len(cards)})
    return found


def next_call(database: Database, mediator: int, shift: int) -> Call | None:
    """Claim the next call of a shift; the same one again until it has its result. ``None`` when there is none to make now.

    The rules are asked again at this moment: what they forbid is passed over.
    """
    tried: list[int] = []
    with database.session() as session:
        while (turn := next_in_line(session, mediator, shift, tried)) is not None:
            tried.append(turn.id)
            loaded, _agreed = in_force(session, [turn.campaign_id])[turn.campaign_id]
            if not turn.rung:
                due = outbox.take(session, loaded, turn.id, worker=turn.mediator, is_held=True)
                if due is None:
                    continue
            if turn.moves:
                move_to(session, turn.id, shift)
            card = card_of(session, turn.id, loaded)
            if card is not None:
                card.why = because(session, [card.case_id]).get(card.case_id, "")
                return Call(card, (clock.now() + outbox.CALL_LEASE).isoformat(), turn.rung)
    return None


def release_call(database: Database, mediator: int, contact: int) -> None:
    """Give a claimed call back, unmade. Raises ``OutreachError`` when it is not theirs, or was rung."""
    with database.session() as session:
        outbox.give_up(session, contact, worker=_theirs(session, mediator, contact))


def can_ring() -> bool:
    """Whether a provider is there that rings both; without one a phone dials by itself."""
    with suppress(ProviderError):
        return bool(Account.from_settings())
    return False


def ring(database: Database, mediator: int, contact: int) -> Rung:
    """Ring the mediator, then the person (``pipeline.call``)."""
    with database.session() as session:
        code = _theirs(session, mediator, contact)
    return call(database, contact, mediator=code)


def sync(database: Database, who: Who, facts: Sequence[Mapping[str, Any]]) -> list[Answer]:
    """Take what a phone has to tell, each fact once; the answers come in the order of the facts (docs/phone.md)."""
    if len(facts) > MOST_FACTS:
        mend = _("Envoyez-les en plusieurs fois.")
        raise OutreachError(_("trop de faits à la fois : {most} au plus").format(most=MOST_FACTS), place="facts", mend=mend)
    for attempt in range(1, TRIES + 1):
        try:
            with database.session() as session:
                answers = take_facts(session, who, facts)
                _let_go(session, who, answers)
                return answers
        except OperationalError as error:
            if attempt == TRIES or getattr(error.orig, "pgcode", None) not in MET_ANOTHER:
                raise
    raise AssertionError


def conflicts(database: Database, *, sites: Sequence[int] | None = None) -> list[Conflict]:
    """The contradictions that wait for somebody, of some sites or of all."""
    with database.session() as session:
        return conflicts_of(session, sites=sites)


def settle(database: Database, fact: UUID, keep: Keep, *, actor: str, reason: str) -> None:
    """Say which of two facts holds."""
    with database.session() as session:
        settle_conflict(session, fact, keep, actor=actor, reason=reason)


def _let_go(session: Session, who: Who, answers: Sequence[Answer]) -> None:
    """Give back the calls that were left aside just now, so that the next one comes; one that was rung waits for its result.

    A fact that was told before freed its call then: by now the call may have come back to the same hand, and stays there.
    """
    taken = [answer.id for answer in answers if answer.status is FactStatus.APPLIED and not answer.is_retold]
    for contact in session.execute(text(LEFT_ASIDE), {"facts": taken, "skip": FactKind.SKIP}).scalars():
        with suppress(OutreachError):
            outbox.give_up(session, contact, worker=who.code)


def _today_at(session: Session, mediator: int) -> date:
    """The day at a mediator's site: in Martinique people still work when the next one has begun in Paris."""
    return clock.now().astimezone(zone_of_mediator(session, number=mediator)).date()


def _theirs(session: Session, mediator: int, contact: int) -> str:
    """The code of a mediator whose contact it is. Raises ``OutreachError`` for another's."""
    row = session.execute(text(CALL), {"mediator": mediator, "contact": contact}).first()
    if row is None:
        raise OutreachError(_("ce contact n'est pas le vôtre"), place=f"contact {contact}", mend=_("Rechargez la journée."))
    return str(row.code)
