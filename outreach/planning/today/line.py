"""Whose turn it is: promised calls whose time has come, what colleagues handed on, then the order of the list."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import clock
from outreach.core.prepared import kept
from outreach.core.words import HANDED_ON

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# What the mediator has already comes first, what they left aside last. A promised call is its owner's until ``anyone_from``, then
# anybody's of the site who speaks with the person; so is what a colleague handed on. Two mediators never see the same row.
# In steps that are carried out as they stand: the shifts of the site, their calls by index, what is known of these; the row is
# asked once more as it is locked.
NEXT = """
WITH mine AS MATERIALIZED (
  SELECT s.id, s.day, s.site_id, me.id AS mediator_id, me.code, me.languages FROM shift s
    JOIN mediator me ON me.id = s.mediator_id
  WHERE s.id = :shift AND s.mediator_id = :mediator AND s.kind = 'call'),
near AS MATERIALIZED (
  SELECT k.id, o.id = mine.id AS own FROM mine JOIN shift o ON o.day = mine.day AND o.site_id = mine.site_id AND o.kind = 'call'
  CROSS JOIN LATERAL (SELECT x.id FROM contact x WHERE x.shift_id = o.id AND x.channel = 'call'
    AND x.state IN ('planned', 'claimed') OFFSET 0) k
  WHERE k.id <> ALL(:tried)),
turn AS MATERIALIZED (
  SELECT n.id, n.own, a.id IS NOT NULL AS promised, coalesce(a.mediator_id, mine.mediator_id) = mine.mediator_id AS to_me,
         a.starts_at, a.anyone_from, skip.at AS skipped_at, skip.by_me, skip.to_me AS handed, c.closed_at IS NULL AS open, able.speaks
  FROM near n CROSS JOIN mine JOIN contact k ON k.id = n.id JOIN "case" c ON c.id = k.case_id JOIN person p ON p.id = k.person_id
     JOIN person l ON l.id = coalesce(p.merged_into, p.id) LEFT JOIN appointment a ON a.id = k.appointment_id
     CROSS JOIN LATERAL (SELECT max(x.skipped_at) FILTER (WHERE x.mediator_id = mine.mediator_id) AS at,
                                coalesce(bool_or(x.reason = ANY(:handed))
                                  FILTER (WHERE x.mediator_id = mine.mediator_id), false) AS by_me,
                                coalesce(bool_or(x.reason = ANY(:handed))
                                  FILTER (WHERE x.mediator_id <> mine.mediator_id), false) AS to_me
                         FROM call_skip x WHERE x.contact_id = k.id AND x.taken_back_at IS NULL) skip
     CROSS JOIN LATERAL (SELECT coalesce(l.language, 'fr') = ANY(mine.languages)
                             OR (l.reads_french IS DISTINCT FROM false AND 'fr' = ANY(mine.languages)) AS speaks) able)
SELECT k.id, k.campaign_id, mine.code AS mediator, k.state = 'claimed' AS mine, k.shift_id <> :shift AS moves,
       EXISTS (SELECT FROM attempt t WHERE t.contact_id = k.id AND (t.result IS NULL OR t.result IN ('sent', 'unknown'))) AS rung
FROM turn t CROSS JOIN mine JOIN contact k ON k.id = t.id
WHERE (k.state = 'claimed' AND k.claimed_by = mine.code)
  OR (k.state = 'planned' AND k.useful_until > :now AND t.open AND NOT t.by_me AND CASE
    WHEN t.promised AND t.own AND t.to_me THEN t.starts_at <= :now
    WHEN t.promised THEN t.anyone_from <= :now AND t.speaks
    WHEN t.own THEN true ELSE t.handed AND t.speaks END)
ORDER BY k.state = 'claimed' DESC, t.skipped_at NULLS FIRST, NOT t.promised, t.starts_at, t.own, k.position, k.due_at, k.id
LIMIT 1 FOR UPDATE OF k SKIP LOCKED
"""
MOVE = """
UPDATE contact SET shift_id = :shift WHERE id = :contact
"""


@dataclass(frozen=True)
class InLine:
    """The contact whose turn it is, locked.

    ``mine``: claimed already; ``rung``: made, its result is missing; ``moves``: a colleague's.
    """

    id: int
    campaign_id: int
    mediator: str
    mine: bool
    moves: bool
    rung: bool


def next_in_line(session: Session, mediator_id: int, shift: int, tried: Collection[int] = ()) -> InLine | None:
    """The next call of a mediator's shift, locked for who asks; ``tried`` are passed over."""
    values = {
        "mediator": mediator_id,
        "shift": shift,
        "tried": list(tried),
        "now": clock.now(),
        "handed": [str(reason) for reason in HANDED_ON],
    }
    row = kept(session, NEXT, values).mappings().first()
    return InLine(**row) if row is not None else None


def move_to(session: Session, contact: int, shift: int) -> None:
    """A call that a colleague could not make is on the list of who makes it."""
    session.execute(text(MOVE), {"contact": contact, "shift": shift})
