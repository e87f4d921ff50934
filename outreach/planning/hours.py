"""Hours that a campaign has changed: shifts that were open already follow, and what was planned in lost hours is planned again.

From tomorrow on: today's lists are in people's hands. Shifts that somebody wrote by hand stay as they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text

from outreach.core import clock
from outreach.core.seen import Stamp
from outreach.core.words import CampaignState, ShiftKind
from outreach.definitions.registry import in_force
from outreach.models import Campaign
from outreach.planning.reasons import HOURS_CHANGED
from outreach.planning.shifts import SHORTEST, Hours, free_of, hours_of
from outreach.planning.writing import take_back

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

HOURS = Stamp.of(
    "hours",
    "m.version_id",
    "(SELECT string_agg(concat(id, '/', version_id), ',' ORDER BY id) FROM campaign WHERE state = 'launched')",
)
"""What hours are held against: who asks for which, of all campaigns under way, since one has what another leaves."""
Span = tuple[datetime, datetime]
Wanted = Mapping[tuple[str, ShiftKind, date], Sequence[Span]]
"""Hours by mediator, kind and day."""
OPENED = """
SELECT s.id, m.code AS mediator, s.kind, s.day, s.starts_at, s.ends_at FROM shift s JOIN mediator m ON m.id = s.mediator_id
WHERE s.campaign_id = :campaign AND s.day > :today ORDER BY s.id
"""
WHERE_OPENED = (
    "SELECT DISTINCT o.code FROM shift s JOIN site o ON o.id = s.site_id WHERE s.campaign_id = :campaign AND s.day > :today"
)
TAKEN = """
SELECT m.code, s.starts_at, s.ends_at FROM shift s JOIN mediator m ON m.id = s.mediator_id
WHERE m.code = ANY(:codes) AND s.day BETWEEN :first AND :last
"""
PLANNED = """
SELECT k.id, k.case_id, k.shift_id, k.due_at, m.code AS mediator
FROM contact k JOIN shift s ON s.id = k.shift_id JOIN mediator m ON m.id = s.mediator_id
WHERE k.shift_id = ANY(:shifts) AND k.state = 'planned' ORDER BY k.id
"""
CHANGE = """
UPDATE shift s SET starts_at = n.starts_at, ends_at = n.ends_at, campaign_id = n.campaign
FROM unnest(CAST(:ids AS bigint[]), CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]), CAST(:campaigns AS bigint[]))
  AS n (id, starts_at, ends_at, campaign)
WHERE s.id = n.id
"""
# What was taken back was never made: it need not say in which shift it was not.
LET_GO = "UPDATE contact SET shift_id = NULL, position = NULL WHERE shift_id = ANY(:shifts) AND state = 'cancelled'"
HELD = "SELECT DISTINCT shift_id FROM contact WHERE shift_id = ANY(:shifts) AND state NOT IN ('planned', 'cancelled')"
CLOSE = ("DELETE FROM round WHERE shift_id = ANY(:shifts)", "DELETE FROM shift WHERE id = ANY(:shifts)")


def opened_at(session: Session, campaign: int) -> set[str]:
    """The sites (codes) at which a campaign has shifts open, also those that its definition no longer names."""
    return set(session.execute(text(WHERE_OPENED), {"campaign": campaign, "today": clock.today()}).scalars())


def follow_hours(session: Session, loaded: Loaded) -> list[Any]:
    """Have the shifts that this campaign opened follow the hours of its definition, from tomorrow on.

    Hours that another campaign under way gives the same mediator are worked for that one. Returns what was planned in lost hours and is taken
    back, to be placed again: rows of id, case_id, due_at, mediator.
    """
    mine = loaded.campaign.id
    opened = session.execute(text(OPENED), {"campaign": mine, "today": clock.today()}).all()
    if not opened:
        return []
    days = clock.today() + timedelta(days=1), max(row.day for row in opened)
    own = {mine: _wanted(hours_of(loaded.folder.campaign, *days))}
    taken = _taken(session, opened, days)
    moved = {row.id: row for row in opened if _new(row, own, taken) != (_span(row), mine)}
    if not moved:
        return []
    held = set(session.execute(text(HELD), {"shifts": list(moved)}).scalars())
    for row in moved.values():
        if row.id not in held:
            taken[row.mediator].remove(_span(row))
    asked = own | _others(session, mine, days)
    found: dict[int, tuple[Span, int] | None] = {}
    for row in moved.values():
        found[row.id] = new = _new(row, asked, taken)
        if new is not None:
            taken[row.mediator].append(new[0])
    back = _take_back(session, moved, {shift: new[0] if new else None for shift, new in found.items()})
    # Closed first: another shift of the same mediator may begin from now on when one of these did.
    _close(session, [shift for shift, new in found.items() if new is None and shift not in held])
    _set(session, {shift: new for shift, new in found.items() if new is not None})
    return back


def _wanted(hours: Iterable[Hours]) -> Wanted:
    found: dict[tuple[str, ShiftKind, date], list[Span]] = defaultdict(list)
    for one in hours:
        found[one.mediator, one.kind, one.day].append((one.begins, one.ends))
    return found


def _others(session: Session, campaign: int, days: tuple[date, date]) -> dict[int, Wanted]:
    """The hours that other campaigns under way ask for."""
    query = (
        select(Campaign.id).where(Campaign.state == CampaignState.LAUNCHED.value, Campaign.id != campaign).order_by(Campaign.id)
    )
    known = in_force(session, session.scalars(query).all())
    return {
        number: _wanted(hours_of(loaded.folder.campaign, *days))
        for number, (loaded, _agreed) in known.items()
        if loaded.folder.campaign.ends_on >= days[0]
    }


def _taken(session: Session, opened: Sequence[Any], days: tuple[date, date]) -> dict[str, list[Span]]:
    """All hours in which the mediators of some shifts work on those days, for whomever."""
    found: dict[str, list[Span]] = defaultdict(list)
    values = {"codes": sorted({row.mediator for row in opened}), "first": days[0], "last": days[1]}
    for mediator, starts_at, ends_at in session.execute(text(TAKEN), values):
        found[mediator].append((starts_at, ends_at))
    return found


def _new(shift: Any, asked: Mapping[int, Wanted], taken: Mapping[str, Sequence[Span]]) -> tuple[Span, int] | None:
    """The hours that a shift becomes and the campaign that asks for them; none where nobody wants any of it that is worth coming for.

    Of all that is wanted and that its mediator is free for, what has most in common with it; the first campaign's of equal ones.
    """
    key, now = (shift.mediator, ShiftKind(shift.kind), shift.day), _span(shift)
    others = [span for span in taken.get(shift.mediator, ()) if span != now]
    parts = [
        (part, campaign)
        for campaign, wanted in asked.items() for hours in wanted.get(key, ()) for part in free_of(others, *hours)
        if part == now or _common(part, now) >= SHORTEST
    ]  # fmt: skip
    return max(parts, key=lambda found: _common(found[0], now), default=None)


def _span(shift: Any) -> Span:
    return shift.starts_at, shift.ends_at


def _common(one: Span, other: Span) -> timedelta:
    """How long two spans last together."""
    return max(min(one[1], other[1]) - max(one[0], other[0]), timedelta())


def _set(session: Session, spans: Mapping[int, tuple[Span, int]]) -> None:
    values = {
        "ids": list(spans), "starts": [span[0] for span, _campaign in spans.values()], "ends": [span[1] for span, _campaign in spans.values()],
        "campaigns": [campaign for _span, campaign in spans.values()],
    }  # fmt: skip
    session.execute(text(CHANGE), values)


def _take_back(session: Session, shifts: Mapping[int, Any], spans: Mapping[int, Span | None]) -> list[Any]:
    """Take back what was planned in lost hours; of a round whose hours change, all: its doors are in an order for the whole."""
    gone = {}
    for contact in session.execute(text(PLANNED), {"shifts": list(shifts)}):
        shift, span = shifts[contact.shift_id], spans[contact.shift_id]
        is_other_round = shift.kind == ShiftKind.VISIT.value and span != _span(shift)
        if span is None or is_other_round or not span[0] <= contact.due_at < span[1]:
            gone[contact.id] = contact
    take_back(session, dict.fromkeys(gone, HOURS_CHANGED))
    return list(gone.values())


def _close(session: Session, shifts: Sequence[int]) -> None:
    """Shifts that nobody works any more, and in which nobody did or does anything, are no shifts."""
    for statement in (LET_GO, *CLOSE):
        session.execute(text(statement), {"shifts": shifts})
