"""What a run of the planner changed, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from outreach.core import clock
from outreach.core.i18n import _
from outreach.core.labels import CHANGES, label

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from outreach.core.database import Database
    from outreach.planning.writing import Changed


def change_rows(opened: Database, changes: Sequence[Changed]) -> list[list[Any]]:
    """One row a change: the case, what happened, before and after by the clocks of the place, and why."""
    from outreach.planning.reasons import reason_in_words
    from outreach.policy.local_time import zones_of

    with opened.session() as session:
        zones = zones_of(session, {change.case_id for change in changes})
    return [
        [
            _("dossier {number}").format(number=change.case_id), label(CHANGES, change.change.value),
            _told(change, zones.get(change.case_id, clock.PARIS)), reason_in_words(change.reason),
        ]
        for change in changes
    ]  # fmt: skip


def _told(change: Changed, zone: ZoneInfo) -> str:
    before, after = _moment(change.before_at, change.before_mediator, zone), _moment(change.after_at, change.after_mediator, zone)
    return " → ".join(filter(None, (before, after)))


def _moment(moment: datetime | None, mediator: str | None, zone: ZoneInfo) -> str:
    return " ".join(filter(None, (f"{moment.astimezone(zone):%d/%m %H:%M}" if moment else "", mediator)))
