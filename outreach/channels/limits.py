"""What holds sending back, kept in PostgreSQL so that every worker sees it: quotas, the breaker, the stop button.

All of them fail closed: without an answer of the database nothing leaves.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import audit, clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.live import NOTHING_LEAVES
from outreach.core.words import Channel

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.core.database import Database

FAULTS_IN_A_ROW = 5
"""After so many faults of a provider one after the other, nothing is handed to it for a while."""
PAUSES = (timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=15))
LOOK_EVERY = 0.25
"""Seconds between two looks at the stop button while a batch is under way."""

# The row stays locked until the claim is committed or undone: whoever comes next counts on what is left.
LOCK_QUOTA = """
INSERT INTO quota_use AS q (agreement_id, channel, day, used) VALUES (:agreement, :channel, :day, 0)
ON CONFLICT (agreement_id, channel, day) DO UPDATE SET used = q.used RETURNING used
"""
USE_QUOTA = """
UPDATE quota_use SET used = greatest(used + :count, 0) WHERE agreement_id = :agreement AND channel = :channel AND day = :day
"""
BREAKER = "SELECT faults, open_until FROM provider_health WHERE provider = :provider"
TELL_BREAKER = """
INSERT INTO provider_health AS h (provider, faults, open_until, changed_at)
VALUES (:provider, :faults, CAST(:until AS timestamptz), :now)
ON CONFLICT (provider) DO UPDATE SET faults = CASE WHEN :well THEN 0 ELSE h.faults END + excluded.faults,
  open_until = CASE WHEN :well AND excluded.faults = 0 THEN NULL ELSE coalesce(excluded.open_until, h.open_until) END,
  changed_at = :now
RETURNING faults
"""
STOPPED = "SELECT EXISTS (SELECT FROM sending_stop WHERE lifted_at IS NULL)"
STILL = f"SELECT {NOTHING_LEAVES}"
HELD = f"SELECT {NOTHING_LEAVES} OR NOT EXISTS (SELECT FROM campaign WHERE id = :campaign AND state = 'launched')"


def take_quota(session: Session, agreement: int, channel: Channel, wanted: int, limit: int) -> int:
    """Take up to ``wanted`` of what is left today of an agreement's quota; returns how many were granted."""
    values = {"agreement": agreement, "channel": channel.value, "day": clock.today()}
    used = int(session.execute(text(LOCK_QUOTA), values).scalar_one())
    granted = max(0, min(wanted, limit - used))
    if granted:
        session.execute(text(USE_QUOTA), values | {"count": granted})
    return granted


def give_back_quota(session: Session, agreement: int, channel: Channel, count: int) -> None:
    """Give back what certainly was not sent."""
    if count:
        session.execute(
            text(USE_QUOTA), {"agreement": agreement, "channel": channel.value, "day": clock.today(), "count": -count}
        )


def breaker_allows(session: Session, provider: str, size: int) -> int:
    """How many messages may be handed to a provider: none while the breaker is open, one to try it out after that."""
    row = session.execute(text(BREAKER), {"provider": provider}).first()
    if row is None or row.open_until is None:
        return size
    return 0 if clock.now() < row.open_until else 1


def tell_breaker(session: Session, provider: str, *, well: bool, faults: int) -> datetime | None:
    """Tell what came of a batch: whether anything got through, and how many faults came in a row at its end.

    Returns until when the breaker is open, if it opened now. What fails while it is open belongs to the same outage.
    """
    now = clock.now()
    before = session.execute(text(BREAKER), {"provider": provider}).first()
    shut_until = before.open_until if before is not None else None
    if shut_until is None and well and not faults:
        return None
    if shut_until is not None and faults and now < shut_until:
        return None
    # On trial one fault is enough, and the next pause is longer.
    counted = FAULTS_IN_A_ROW if faults and shut_until is not None else min(faults, FAULTS_IN_A_ROW)
    values = {"provider": provider, "faults": counted, "well": well, "now": now, "until": None}
    row = int(session.execute(text(TELL_BREAKER), values).scalar_one())
    if row < FAULTS_IN_A_ROW:
        return None
    until = now + PAUSES[min(row // FAULTS_IN_A_ROW - 1, len(PAUSES) - 1)]
    session.execute(
        text("UPDATE provider_health SET open_until = :until WHERE provider = :provider"), {"provider": provider, "until": until}
    )
    return until


def is_held(session: Session, campaign: int) -> bool:
    """Whether nothing of a campaign may leave: nothing at all may, or it is not running."""
    return bool(session.execute(text(HELD), {"campaign": campaign}).scalar_one())


def is_stopped(session: Session) -> bool:
    """Whether the network's stop button is pressed."""
    return bool(session.execute(text(STOPPED)).scalar_one())


def nothing_leaves(session: Session) -> bool:
    """Whether nothing of the network may leave: the stop button is pressed, or this is not the live copy of the database."""
    return bool(session.execute(text(STILL)).scalar_one())


def stop_sending(session: Session, reason: str, *, actor: str) -> None:
    """The network's stop button: nothing is claimed any more, and what is claimed is not sent. Pressed twice does no harm."""
    if is_stopped(session):
        return
    values = {"reason": reason, "now": clock.now(), "actor": actor}
    session.execute(text("INSERT INTO sending_stop (reason, stopped_at, stopped_by) VALUES (:reason, :now, :actor)"), values)
    audit.record(session, actor, "sending.stop", "network", {})


def resume_sending(session: Session, *, actor: str) -> None:
    """Lift the stop. Raises ``OutreachError`` when nothing is stopped."""
    lifted = session.execute(
        text("UPDATE sending_stop SET lifted_at = :now, lifted_by = :actor WHERE lifted_at IS NULL RETURNING id"),
        {"now": clock.now(), "actor": actor},
    ).first()
    if lifted is None:
        raise OutreachError(_("rien n'est arrêté"))
    audit.record(session, actor, "sending.resume", "network", {})


@dataclass
class Brake:
    """Watches stop button and pause while a batch is under way; shared by its threads.

    What it finds is at most ``LOOK_EVERY`` seconds old. A database that does not answer is a stop.
    """

    database: Database
    campaign: int
    _lock: Lock = field(default_factory=Lock)
    _looked: float = float("-inf")
    _held: bool = True

    def is_on(self) -> bool:
        """Whether nothing more may leave."""
        with self._lock:
            if time.monotonic() - self._looked > LOOK_EVERY:
                self._held = self._look()
                self._looked = time.monotonic()
            return self._held

    def _look(self) -> bool:
        try:
            with self.database.session() as session:
                return is_held(session, self.campaign)
        except Exception:  # noqa: BLE001  (whatever keeps the answer from us, nothing leaves)
            return True
