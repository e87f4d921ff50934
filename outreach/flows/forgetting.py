"""Forgetting without Prefect.

What is due by its agreement, one person at their request, and what providers still hold of either.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.channels.twilio.client import NAME, Account
from outreach.channels.twilio.forget import TwilioRecords
from outreach.core import clock
from outreach.core.errors import OutreachError, ProviderError
from outreach.core.live import this_copy
from outreach.core.provider import AmbiguousSendError, RefusedSendError, TryLaterError
from outreach.core.settings import settings
from outreach.core.words import Channel
from outreach.flows import inbox
from outreach.flows.erasures_kept import keep_erasures
from outreach.flows.produced import forget_files
from outreach.intake.erased import set_aside_in_previews
from outreach.matching.register import forget_remembered, hold_matching
from outreach.privacy import Erased, Forgotten, erase, forget_due, list_due, outlived_cases
from outreach.reporting import look_again, refresh_figures
from outreach.tracking import close_outlived, record_objection

if TYPE_CHECKING:
    from datetime import date

    from outreach.core.database import Database

LOG = logging.getLogger(__name__)
MOST_ASKED = 10_000
"""Records of one round: the rest wait for the next."""
WAITING = """
SELECT provider_ref, channel FROM provider_erasure WHERE provider = :provider AND gone_at IS NULL
ORDER BY tried_at NULLS FIRST, asked_at, provider_ref LIMIT :most
"""
TOLD = """
UPDATE provider_erasure SET tried_at = :now, gone_at = :gone, fault = :fault WHERE provider = :provider AND provider_ref = :ref
"""
LEFT = "SELECT count(*) FROM provider_erasure WHERE gone_at IS NULL"


@dataclass(frozen=True)
class Asked:
    """Records that providers deleted in this round, and those that still wait. ``fault``: what stopped the round, if anything."""

    gone: int
    waiting: int
    fault: str | None = None


def retain(database: Database, *, actor: str, day: date | None = None) -> Forgotten:
    """The wet run of retention, as of ``day`` (today); what reports count stays the same to the unit.

    Cases that outlived their agreement are closed and figures brought up to date; then all that is due goes, and with it the copy
    of the register that matching remembers.
    """
    with database.session() as session:
        close_outlived(session, outlived_cases(session, day), actor=actor)
    _bring_figures_up_to_date(database)
    with database.session() as still:
        # Until all is gone nobody is matched: a new list's row must not be found to be somebody who is about to be forgotten.
        hold_matching(still)
        due = list_due(still, day)
        if due.rows or due.people:
            forget_remembered(still)
        done = forget_due(database, due, actor=actor)
    with database.session() as session:
        forget_files(session, settings().output, clock.today())
    inbox.purge(database, actor=actor)
    return done


def erase_person(database: Database, person: int, *, actor: str, request: int | None = None) -> Erased:
    """One person's erasure: their objection stops all contact at once, whatever else fails; then nothing of them is kept.

    Raises ``PolicyError`` while something to them is on its way.
    """
    with database.session() as session:
        record_objection(session, person, source="request", actor=actor, occurred_at=clock.now())
    _bring_figures_up_to_date(database)
    with database.session() as session:
        # First of all, since a match under way holds the rows of people: it is waited for, and the next one waits for us.
        forget_remembered(session)
        erased = erase(session, person, actor=actor, request=request)
        set_aside_in_previews(session)
    with database.session() as session:
        forget_files(session, settings().output, clock.today())
    try:
        keep_erasures(database)
    except (OSError, OutreachError) as error:
        # The erasure is done; the next backup keeps its marks, or says what is wrong with their file.
        LOG.warning("the marks of an erasure could not be kept beside the database: %s", error)
    return erased


def ask_providers(database: Database) -> Asked:
    """Have the provider delete its records of what we forgot.

    What cannot be asked now stays to be asked; a copy asks for nothing.
    """
    with database.session() as session:
        is_live = this_copy(session).is_live
        rows = session.execute(text(WAITING), {"provider": NAME, "most": MOST_ASKED}).all() if is_live else []
    fault, gone = None, 0
    if rows:
        try:
            records = TwilioRecords(Account.from_settings(settings()))
            for row in rows:
                gone += _ask(database, records, Channel(row.channel), row.provider_ref)
        except (ProviderError, AmbiguousSendError, TryLaterError) as error:
            fault = str(error) if isinstance(error, OutreachError) else type(error).__name__
    with database.session() as session:
        return Asked(gone, int(session.execute(text(LEFT)).scalar_one()), fault)


def _ask(database: Database, records: TwilioRecords, channel: Channel, ref: str) -> int:
    """One record; returns whether it is gone. One that may not be deleted now is told as such, and the others go on."""
    refusal = None
    try:
        records.delete(channel, ref)
    except RefusedSendError as error:
        refusal = str(error)
    now = clock.now()
    with database.session() as session:
        session.execute(
            text(TOLD), {"now": now, "gone": None if refusal else now, "fault": refusal, "provider": NAME, "ref": ref}
        )
    return int(refusal is None)


def _bring_figures_up_to_date(database: Database) -> None:
    """What counts of each case must be known before nobody can be found behind it."""
    with database.session() as session:
        look_again(session)
    refresh_figures(database)
