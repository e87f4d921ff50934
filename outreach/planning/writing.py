"""Writes a plan down: contacts, rounds, the dated reasons of the cases that wait, and what changed."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import bulk, clock
from outreach.core.words import ChangeKind, ContactState
from outreach.planning.wishes import Placed, Waiting

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.planning.rounds import Plan, Round

NEXT_STEP = """
UPDATE "case" c SET next_step = k.step, next_at = k.due_at, wait_reason = NULL FROM contact k
WHERE c.id = ANY(:cases) AND k.case_id = c.id AND k.state = 'planned' AND c.closed_at IS NULL
  AND (c.next_at IS DISTINCT FROM k.due_at OR c.next_step IS DISTINCT FROM k.step OR c.wait_reason IS NOT NULL)
"""
WAIT = """
UPDATE "case" c SET next_step = w.next_step, next_at = w.next_at, wait_reason = w.wait_reason FROM wait w
WHERE c.id = w.case_id AND (c.next_step, c.next_at, c.wait_reason) IS DISTINCT FROM (w.next_step, w.next_at, w.wait_reason)
"""
TAKE_BACK = """
UPDATE contact k SET state = 'cancelled', reason = n.reason, done_at = :now
FROM unnest(CAST(:contacts AS bigint[]), CAST(:reasons AS text[])) AS n (id, reason)
WHERE k.id = n.id AND k.state = 'planned' RETURNING k.id, k.case_id, k.due_at, k.reason
"""
TO_PLAN = """UPDATE "case" SET next_at = :now, wait_reason = 'to_plan' WHERE id = ANY(:cases) AND closed_at IS NULL"""
ROUND = """
INSERT INTO round (shift_id, campaign_id, seed, iterations, travel_seconds, plan)
VALUES (:shift, :campaign, :seed, :iterations, :travel, CAST(:plan AS jsonb))
ON CONFLICT (shift_id) DO UPDATE SET seed = excluded.seed, iterations = excluded.iterations,
  travel_seconds = excluded.travel_seconds, plan = excluded.plan
"""


@dataclass(frozen=True)
class Changed:
    """What a run did to a contact that was planned, or to an appointment, and why."""

    case_id: int
    contact_id: int | None
    change: ChangeKind
    reason: str
    before_at: datetime | None = None
    after_at: datetime | None = None
    before_mediator: str | None = None
    after_mediator: str | None = None


def put_in(session: Session, campaign_id: int, placed: Sequence[Placed]) -> None:
    """Insert the contacts; ``show_placed`` has their cases say so."""
    if not placed:
        return
    wishes = [item.wish for item in placed]
    rows = {
        "campaign_id": [campaign_id] * len(placed),
        "state": [ContactState.PLANNED.value] * len(placed),
        "case_id": [wish.case_id for wish in wishes],
        "person_id": [wish.person_id for wish in wishes],
        "step": [wish.step for wish in wishes],
        "attempt": [wish.attempt for wish in wishes],
        "channel": [wish.channel.value for wish in wishes],
        "language": [item.language for item in placed],
        "due_at": [item.due_at.isoformat() for item in placed],
        "useful_until": [item.useful_until.isoformat() for item in placed],
        "shift_id": [item.shift_id for item in placed],
        "position": [item.position for item in placed],
        "appointment_id": [item.appointment_id for item in placed],
    }
    bulk.copy_in(session, "contact", rows)


def show_placed(session: Session, placed: Sequence[Placed]) -> None:
    """Show contacts that were put in as the next step of their cases.

    Whoever calls this has the turn to write: a table whose statistics are renewed keeps others from renewing them until the end.
    """
    show_next(session, [item.wish.case_id for item in placed])
    bulk.analyse_grown(session, {"contact": len(placed)})


def show_next(session: Session, cases: Collection[int]) -> None:
    """Show what is planned for some cases as their next step."""
    if cases:
        session.execute(text(NEXT_STEP), {"cases": list(cases)})


def write_waits(session: Session, waiting: Waiting) -> None:
    """Store, for each case that waits, its next step, the day (from its morning on) and the reason."""
    if not len(waiting.case_id):
        return
    rows = {
        "case_id": waiting.case_id,
        "next_step": waiting.step,
        "next_at": [f"{day} 06:00 Europe/Paris" for day in waiting.day.tolist()],
        "wait_reason": waiting.reason,
    }
    session.execute(
        text("CREATE TEMP TABLE wait (case_id bigint, next_step text, next_at timestamptz, wait_reason text) ON COMMIT DROP")
    )
    bulk.copy_in(session, "wait", rows)
    session.execute(text(WAIT))
    session.execute(text("DROP TABLE wait"))


def take_back(session: Session, reasons: Mapping[int, str]) -> list[Any]:
    """Take planned contacts back, each for its reason, and have their cases planned again.

    Returns (id, case_id, due_at, reason).
    """
    if not reasons:
        return []
    values = {"contacts": list(reasons), "reasons": list(reasons.values()), "now": clock.now()}
    taken = list(session.execute(text(TAKE_BACK), values))
    session.execute(text(TO_PLAN), {"cases": [row.case_id for row in taken], "now": clock.now()})
    return taken


def write_rounds(session: Session, campaign_id: int, plans: Sequence[tuple[Plan, Round]]) -> None:
    """Store each round with the solver's seed and iterations, which make the same plan again."""
    for plan, walked in plans:
        stops = [(stop.case_id, stop.begins - walked.leaves, stop.building_id) for stop in walked.stops]
        values = {
            "shift": walked.shift_id, "campaign": campaign_id, "seed": plan.seed, "iterations": plan.iterations,
            "travel": walked.travel,
            "plan": json.dumps({"leaves": walked.leaves, "back": walked.back, "lunch": walked.lunch, "stops": stops}),
        }  # fmt: skip
        session.execute(text(ROUND), values)


def write_run(
    session: Session, campaign_id: int, *, actor: str, cause: str, counts: Mapping[str, Any], changes: Sequence[Changed]
) -> int:
    """Keep the record of a run and of all it changed; returns its number."""
    run = session.execute(
        text(
            "INSERT INTO plan_run (campaign_id, planned_at, actor, cause, counts)"
            " VALUES (:campaign, :now, :actor, :cause, CAST(:counts AS jsonb)) RETURNING id"
        ),
        {"campaign": campaign_id, "now": clock.now(), "actor": actor, "cause": cause, "counts": json.dumps(counts)},
    ).scalar_one()
    if changes:
        rows = {name: [getattr(change, name) for change in changes] for name in Changed.__dataclass_fields__}
        kinds = [change.change.value for change in changes]
        bulk.copy_in(session, "plan_change", rows | {"run_id": [run] * len(changes), "change": kinds})
    return int(run)
