"""Matching as people use it, without Prefect: run it, ask why, decide, take apart, learn. Lighter to load than the pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from outreach.core.words import PairVerdict
from outreach.intake import locate_addresses
from outreach.matching.register import (
    MatchResult,
    bridges,
    calibration,
    decisions,
    homes,
    learnt,
    match_people,
    pairs,
    register_records,
)
from outreach.models import MatchDecision

if TYPE_CHECKING:
    from outreach.core.database import Database


@dataclass(frozen=True)
class Outcome:
    """What a decision did: how many were kept, and the register after the match that took account of them."""

    decisions: int
    match: MatchResult


def run(database: Database, *, actor: str, full: bool = False) -> MatchResult:
    """Match what is new; addresses not met before are looked up first, so that buildings know where they are."""
    with database.session() as session:
        locate_addresses(session)
    with database.session() as session:
        return match_people(session, actor=actor, full=full)


def pair(database: Database, one: int, other: int) -> pairs.PairView:
    """Two rows side by side, and why."""
    with database.session() as session:
        return pairs.view_pair(session, one, other)


def queue(
    database: Database, *, most: int = 20, after: int = 0, among: Sequence[int] | None = None, about: int | None = None
) -> pairs.Queue:
    """The pairs that wait for a person; of these campaigns alone (``among``), with a row of one (``about``)."""
    with database.session() as session:
        return pairs.review_queue(session, most=most, after=after, among=among, about=about)


def rows_of_decision(database: Database, decision_id: int) -> tuple[int, int] | None:
    """The two rows that a decision is about."""
    with database.session() as session:
        found = session.get(MatchDecision, decision_id)
        return (found.left_row, found.right_row) if found else None


def decide(database: Database, one: int, other: int, verdict: PairVerdict, *, author: str, note: str | None = None) -> Outcome:
    """Keep a decision and let it take effect."""
    with database.session() as session:
        decisions.decide(session, one, other, verdict, author=author, note=note)
    return Outcome(1, run(database, actor=author))


def note_decision(database: Database, one: int, other: int, verdict: PairVerdict, *, author: str, note: str | None = None) -> int:
    """Keep a decision and return its number; it takes effect with the next match."""
    with database.session() as session:
        return decisions.decide(session, one, other, verdict, author=author, note=note).id


def unnote_decision(database: Database, decision_id: int, *, author: str) -> tuple[int, int]:
    """Take a decision back and return its two rows; takes effect with the next match."""
    with database.session() as session:
        taken_back = decisions.withdraw(session, decision_id, author=author)
        return taken_back.left_row, taken_back.right_row


def withdraw(database: Database, decision_id: int, *, author: str) -> Outcome:
    """Take a decision back and let the match judge again."""
    with database.session() as session:
        decisions.withdraw(session, decision_id, author=author)
    return Outcome(1, run(database, actor=author))


def history(database: Database, *, most: int = 50) -> list[MatchDecision]:
    """The latest decisions, those taken back included."""
    with database.session() as session:
        return decisions.latest(session, most=most)


def weak_bridges(database: Database, person_id: int) -> list[bridges.Bridge]:
    """Where a person's rows hold together the least."""
    with database.session() as session:
        return bridges.bridges(session, person_id)


def split(database: Database, person_id: int, which: int, *, author: str, note: str | None = None) -> Outcome:
    """Take a person's rows apart at the bridge of that rank (1: the weakest), and let it take effect."""
    with database.session() as session:
        kept = bridges.split_at(session, person_id, which, author=author, note=note)
    return Outcome(kept, run(database, actor=author))


def undo_merge(database: Database, person_id: int, *, author: str, note: str | None = None) -> Outcome:
    """Let a person who was merged into another be themselves again."""
    with database.session() as session:
        kept = bridges.undo_merge(session, person_id, author=author, note=note)
    return Outcome(kept, run(database, actor=author))


def household(database: Database, household_id: int) -> list[homes.Member]:
    """Who lives in a household and on what grounds, who has left it."""
    with database.session() as session:
        return homes.household_members(session, household_id)


def train(database: Database, *, actor: str) -> learnt.Training:
    """Learn parameters from the whole register and say what they would change; they are kept, not adopted."""
    with database.session() as session:
        records = register_records(session)
        return learnt.learn(session, records, decisions.bound(session).constraints, actor=actor)


def adopt(database: Database, version: str, *, actor: str) -> Outcome:
    """Put parameters in force and match everything by them."""
    with database.session() as session:
        learnt.adopt(session, version, actor=actor)
    return Outcome(0, run(database, actor=actor))


def calibrate(database: Database, *, actor: str) -> tuple[calibration.Calibration, str]:
    """Hold the odds against people's answers; keeps the corrected parameters and returns their version, not adopted."""
    with database.session() as session:
        found = calibration.calibrate(session)
        return found, learnt.keep_calibrated(session, (found.offset, found.slope), found.labels, actor=actor)
