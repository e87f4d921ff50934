"""Writes a plan down: contacts, rounds, and the dated reasons of the cases that wait."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import pandas as pd
from sqlalchemy import text

from outreach.core import bulk, clock
from outreach.core.words import Channel, ContactState

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.planning.allocate import Walked


@dataclass(frozen=True)
class Planned:
    """One contact to be: when it is due, until when it is useful, in whose shift."""

    case_id: int
    person_id: int
    step: str
    attempt: int
    channel: Channel
    language: str
    due_at: datetime
    useful_until: datetime
    shift_id: int | None = None
    position: int | None = None


def write_contacts(session: Session, campaign_id: int, planned: Sequence[Planned]) -> None:
    """Insert the contacts and show them as the next step of their cases."""
    if not planned:
        return
    frame = pd.DataFrame([vars(item) for item in planned])
    frame["channel"] = [item.channel.value for item in planned]
    for name in ("shift_id", "position"):
        frame[name] = frame[name].astype("Int64")
    frame["campaign_id"], frame["state"] = campaign_id, ContactState.PLANNED.value
    bulk.copy_in(session, "contact", frame)
    session.execute(
        text(
            'UPDATE "case" c SET next_step = k.step, next_at = k.due_at, wait_reason = NULL FROM contact k'
            " WHERE k.case_id = c.id AND k.state = 'planned' AND k.campaign_id = :campaign AND c.closed_at IS NULL"
            " AND (c.next_at IS DISTINCT FROM k.due_at OR c.wait_reason IS NOT NULL)"
        ),
        {"campaign": campaign_id},
    )
    bulk.analyse(session, "contact")


def write_waits(session: Session, waits: Sequence[tuple[int, str | None, date, str]]) -> None:
    """Store, for each case that waits, its next step, the day and the reason."""
    if not waits:
        return
    frame = pd.DataFrame(
        [(case, step, clock.at(day, "06:00"), reason) for case, step, day, reason in waits],
        columns=["case_id", "next_step", "next_at", "wait_reason"],
    )
    session.execute(
        text("CREATE TEMP TABLE wait (case_id bigint, next_step text, next_at timestamptz, wait_reason text) ON COMMIT DROP")
    )
    bulk.copy_in(session, "wait", frame)
    session.execute(
        text(
            'UPDATE "case" c SET next_step = w.next_step, next_at = w.next_at, wait_reason = w.wait_reason FROM wait w'
            " WHERE w.case_id = c.id"
        )
    )
    session.execute(text("DROP TABLE wait"))


def write_rounds(session: Session, campaign_id: int, rounds: Sequence[Walked]) -> None:
    """Store each round with the solver's seed and iterations."""
    for walked in rounds:
        session.execute(
            text(
                "INSERT INTO round (shift_id, campaign_id, seed, iterations, travel_seconds, plan)"
                " VALUES (:shift, :campaign, :seed, :iterations, :travel, CAST(:plan AS jsonb)) ON CONFLICT (shift_id) DO NOTHING"
            ),
            {
                "shift": walked.plan.shift_id, "campaign": campaign_id, "seed": walked.seed, "iterations": walked.iterations,
                "travel": walked.plan.travel_seconds, "plan": json.dumps({"stops": walked.plan.stops}),
            },
        )  # fmt: skip
