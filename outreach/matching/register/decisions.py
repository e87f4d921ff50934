"""What people decided about pairs of rows: kept with author and time, bound to whom the rows spoke of, never asked again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from sqlalchemy import select, text

from outreach.core import audit, bulk, clock
from outreach.core.errors import PolicyError
from outreach.core.i18n import _
from outreach.core.words import PairVerdict
from outreach.matching.constraints import Constraints, Pairs
from outreach.matching.register.learnt import parameters_in_force
from outreach.matching.scoring import uncorrected
from outreach.models import MatchDecision

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# Who a row speaks of: the same customer under another name is somebody else.
WHO = (
    "md5(concat_ws('|', lower(coalesce({0}.family_name, '')), lower(coalesce({0}.given_name, '')),"
    " coalesce({0}.birth_date::text, '')))"
)
ROW = f"""
SELECT r.id, r.partner_id, r.row_key, {WHO.format("r")} AS who FROM usable_row r WHERE r.id = :row
"""
EARLIER = """
UPDATE match_decision SET withdrawn_at = :now, withdrawn_by = :author, applied_run = NULL
WHERE withdrawn_at IS NULL
  AND ((left_partner, left_key, left_who, right_partner, right_key, right_who) = (:lp, :lk, :lw, :rp, :rk, :rw)
    OR (right_partner, right_key, right_who, left_partner, left_key, left_who) = (:lp, :lk, :lw, :rp, :rk, :rw))
"""
# The rows that a side of a decision binds: the row itself, and whichever says the same of the same customer.
BOUND = """
SELECT d.id AS decision, r.id AS row FROM match_decision d JOIN usable_row r ON r.id = d.{side}_row
UNION
SELECT d.id, r.id FROM match_decision d JOIN current_row r
  ON r.row_key = d.{side}_key AND r.partner_id = d.{side}_partner AND {who} = d.{side}_who
"""
BOUND_PAIRS = f"""
WITH l AS MATERIALIZED ({BOUND.format(side="left", who=WHO.format("r"))}),
     r AS MATERIALIZED ({BOUND.format(side="right", who=WHO.format("r"))})
SELECT d.verdict, d.withdrawn_at IS NOT NULL AS withdrawn, d.applied_run IS NULL AS pending, l.row AS left_row, r.row AS right_row
FROM match_decision d JOIN l ON l.decision = d.id JOIN r ON r.decision = d.id
ORDER BY d.decided_at DESC, d.id DESC, l.row, r.row
"""
# The partner says itself that a row speaks of the same customer as the one it replaces; under the same name, who that is stays.
CARRIED = """
SELECT o.id AS left_row, r.id AS right_row FROM usable_row r JOIN usable_row o ON o.id = r.replaces
WHERE (r.family_name, r.given_name, r.birth_date) IS NOT DISTINCT FROM (o.family_name, o.given_name, o.birth_date)
  AND coalesce(r.family_name, r.given_name) IS NOT NULL
ORDER BY 1, 2
"""
SIDES = {"left_row": pa.int64(), "right_row": pa.int64()}


@dataclass(frozen=True)
class Bound:
    """What binds a run: the constraints, and the rows of decisions that no run has taken account of."""

    constraints: Constraints
    pending: Pairs


def decide(
    session: Session,
    left_row: int,
    right_row: int,
    verdict: PairVerdict,
    *,
    author: str,
    note: str | None = None,
) -> MatchDecision:
    """Keep what somebody decided about two rows; what was decided before about the same two is withdrawn by it.

    Takes effect with the next match. Raises ``PolicyError`` when a row does not exist or is not in force, or for one row twice.
    """
    if left_row == right_row:
        raise PolicyError(_("une ligne ne se compare pas à elle-même"), place=str(left_row))
    left, right = (_row(session, row) for row in (min(left_row, right_row), max(left_row, right_row)))
    now = clock.now()
    sides = {
        "lp": left.partner_id,
        "lk": left.row_key,
        "lw": left.who,
        "rp": right.partner_id,
        "rk": right.row_key,
        "rw": right.who,
    }
    session.execute(text(EARLIER), {**sides, "now": now, "author": author})
    decision = MatchDecision(
        verdict=verdict, left_row=left.id, right_row=right.id, left_partner=left.partner_id, left_key=left.row_key,
        left_who=left.who, right_partner=right.partner_id, right_key=right.row_key, right_who=right.who,
        p_same=_asked(session, left.id, right.id), author=author, decided_at=now, note=note,
    )  # fmt: skip
    session.add(decision)
    session.flush()
    audit.record(session, author, f"match.{verdict}", f"match_decision/{decision.id}", {"rows": [left.id, right.id]})
    return decision


def withdraw(session: Session, decision_id: int, *, author: str) -> MatchDecision:
    """Take a decision back: the next match judges by itself again. Raises ``PolicyError`` for one that is not in force."""
    decision = session.get(MatchDecision, decision_id)
    if decision is None or decision.withdrawn_at is not None:
        raise PolicyError(
            _("cette décision n'est pas en vigueur"), place=str(decision_id), mend=_("Voyez « outreach match decisions ».")
        )
    decision.withdrawn_at, decision.withdrawn_by, decision.applied_run = clock.now(), author, None
    session.flush()
    audit.record(session, author, "match.withdraw", f"match_decision/{decision.id}", {})
    return decision


def latest(session: Session, *, most: int) -> list[MatchDecision]:
    """The latest decisions, those taken back included."""
    return list(session.scalars(select(MatchDecision).order_by(MatchDecision.id.desc()).limit(most)))


def bound(session: Session) -> Bound:
    """Everything decided that is in force, as pairs of rows."""
    # COPY writes booleans as t and f, which Arrow does not read as such.
    query = f"SELECT verdict, withdrawn::int AS withdrawn, pending::int AS pending, left_row, right_row FROM ({BOUND_PAIRS}) b"
    types = {"verdict": pa.string(), "withdrawn": pa.int8(), "pending": pa.int8(), **SIDES}
    found = bulk.arrow_out(session, query, {}, types)
    rows = _pairs(found)
    verdict = np.array(found.column("verdict").to_pylist(), dtype=object)
    in_force = found.column("withdrawn").to_numpy() == 0
    pending = found.column("pending").to_numpy() == 1
    same = _pairs(bulk.arrow_out(session, CARRIED, {}, SIDES))
    said = {word: rows[in_force & (verdict == word)] for word in PairVerdict}
    constraints = Constraints(
        same=np.concatenate([said[PairVerdict.SAME], same]), apart=said[PairVerdict.APART], unsure=said[PairVerdict.UNSURE]
    )
    return Bound(constraints, rows[pending])


def _pairs(found: pa.Table) -> Pairs:
    return np.column_stack([found.column(side).to_numpy() for side in SIDES]).reshape(-1, 2)


def applied(session: Session, run_id: int) -> None:
    """Note that a run has taken account of every decision made or withdrawn so far."""
    session.execute(text("UPDATE match_decision SET applied_run = :run WHERE applied_run IS NULL"), {"run": run_id})


@dataclass(frozen=True)
class _Side:
    id: int
    partner_id: int
    row_key: str
    who: str


def _row(session: Session, row_id: int) -> _Side:
    row = session.execute(text(ROW), {"row": row_id}).one_or_none()
    if row is None:
        raise PolicyError(
            _("cette ligne n'existe pas ou n'est plus en vigueur"), place=str(row_id), mend=_("Voyez « outreach match review ».")
        )
    return _Side(row.id, row.partner_id, row.row_key, row.who)


def _asked(session: Session, left: int, right: int) -> float | None:
    """How likely one person the model held the pair to be when somebody decided, before any correction by earlier answers.

    Answers are labels to judge the model by: a correction must not be learnt from corrected odds.
    """
    query = text("SELECT p_same FROM match_link WHERE left_row = :left AND right_row = :right")
    found: float | None = session.scalar(query, {"left": left, "right": right})
    return None if found is None else uncorrected(found, parameters_in_force(session).calibration)
