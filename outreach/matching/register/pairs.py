"""Two rows side by side: what they say, how likely they are one person, and why; and the queue of those that wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from sqlalchemy import select, text

from outreach.core.errors import PolicyError
from outreach.core.i18n import _
from outreach.core.words import RunKind
from outreach.matching.compare import compare_pairs
from outreach.matching.engine import Fitted
from outreach.matching.explained.explain import Waterfall, waterfall
from outreach.matching.frequencies import NameRarity, rarity
from outreach.matching.known import fitted_of
from outreach.matching.model import score
from outreach.matching.prepare import load, record_ids
from outreach.matching.register.rows import records as records_of
from outreach.matching.scoring import calibrated, score_pairs
from outreach.matching.session import MatchSettings, database
from outreach.matching.settle import SAME_CUSTOMER, with_rules
from outreach.models import MatchRun
from outreach.models.base import REFERENCE, WAYS

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

CARDS = """
SELECT r.id, r.person_id, p.name AS partner, r.list_id, l.imported_at, r.reference, r.title, r.given_name, r.family_name,
       r.birth_date, r.mobile, r.fixed, r.email,
       concat_ws(' ', r.house_number, r.repetition, coalesce(r.street, r.place)) AS street,
       concat_ws(' ', r.postal_code, r.city) AS town, r.residence, r.building, r.staircase, r.floor, r.door
FROM usable_row r JOIN target_list l ON l.id = r.list_id JOIN partner p ON p.id = r.partner_id WHERE r.id = ANY(:rows)
"""
LINK = "SELECT p_same, p_household, decision, pattern FROM match_link WHERE left_row = :left AND right_row = :right"
# One question for two persons: the likeliest pair of their rows. Whom somebody has just decided about is not asked for again,
# before the next match too.
QUEUE = """
WITH decided AS MATERIALIZED (
       SELECT least(a.person_id, b.person_id) AS one, greatest(a.person_id, b.person_id) AS other
       FROM match_decision d JOIN list_row a ON a.id = d.left_row JOIN list_row b ON b.id = d.right_row
       WHERE d.withdrawn_at IS NULL),
     waiting AS (
       SELECT DISTINCT ON (1, 2) least(l.person_id, r.person_id) AS one, greatest(l.person_id, r.person_id) AS other,
              k.left_row, k.right_row, k.p_same
       FROM match_link k JOIN list_row l ON l.id = k.left_row JOIN list_row r ON r.id = k.right_row
       WHERE k.decision = 'review' AND l.person_id <> r.person_id
         AND (CAST(:among AS bigint[]) IS NULL OR (l.campaign_id = ANY(:among) AND r.campaign_id = ANY(:among)))
         AND (CAST(:about AS bigint) IS NULL OR :about IN (l.campaign_id, r.campaign_id))
       ORDER BY 1, 2, k.p_same DESC, k.left_row, k.right_row)
SELECT left_row, right_row, p_same, count(*) OVER () AS waiting FROM waiting
WHERE (one, other) NOT IN (SELECT one, other FROM decided WHERE one IS NOT NULL AND other IS NOT NULL)
ORDER BY p_same DESC, left_row, right_row LIMIT :most OFFSET :after
"""
DECIDED = """
SELECT verdict, author, decided_at, note FROM match_decision
WHERE withdrawn_at IS NULL AND (left_row, right_row) = (:left, :right) ORDER BY id DESC LIMIT 1
"""
# The two rows and their neighbours: how crowded is the address?
AROUND = """
r.id = ANY(%(rows)s) OR r.id IN (
  SELECT n.id FROM usable_row n JOIN usable_row a USING (address_key) WHERE a.id = ANY(%(rows)s) LIMIT 400)
"""
PARTNERS = "SELECT DISTINCT p.code FROM target_list l JOIN partner p ON p.id = l.partner_id WHERE l.state = 'committed'"
BEARERS = "SELECT count(*) FROM usable_row WHERE lower({name}) = (SELECT lower({name}) FROM list_row WHERE id = :row)"


@dataclass(frozen=True)
class Card:
    """One row as people read it."""

    id: int
    person_id: int | None
    partner: str
    list_id: int
    imported_at: datetime
    reference: str | None
    title: str | None
    given_name: str | None
    family_name: str | None
    birth_date: date | None
    mobile: str | None
    fixed: str | None
    email: str | None
    street: str
    town: str
    residence: str | None
    building: str | None
    staircase: str | None
    floor: str | None
    door: str | None


@dataclass(frozen=True)
class Said:
    """What somebody decided about the two rows."""

    verdict: str
    author: str
    decided_at: datetime
    note: str | None


@dataclass(frozen=True)
class PairView:
    """Two rows, P(same person) and P(same household), what was made of it, and how it came about."""

    left: Card
    right: Card
    p_same: float
    p_household: float
    decision: str
    why: Waterfall
    said: Said | None


@dataclass(frozen=True)
class Waiting:
    """One pair of the queue."""

    left_row: int
    right_row: int
    p_same: float


@dataclass(frozen=True)
class Queue:
    """The likeliest of the pairs that wait for a person's eye, and how many there are in all."""

    pairs: list[Waiting]
    waiting: int


def review_queue(
    session: Session, *, most: int = 20, after: int = 0, among: Sequence[int] | None = None, about: int | None = None
) -> Queue:
    """The pairs to look at, the likeliest first; each pair of persons once.

    ``among``: both rows are of these campaigns; ``about``: one of them is of this campaign.
    """
    values = {"most": most, "after": after, "among": None if among is None else list(among), "about": about}
    rows = session.execute(text(QUEUE), values).all()
    return Queue([Waiting(row.left_row, row.right_row, row.p_same) for row in rows], rows[0].waiting if rows else 0)


def view_pair(session: Session, one: int, other: int) -> PairView:
    """Two rows and why they are, or are not, one person. Raises ``PolicyError`` for rows not in force or before any match."""
    left, right = cards(session, min(one, other), max(one, other))
    run = session.scalars(
        select(MatchRun).where(MatchRun.kind == RunKind.FULL).order_by(MatchRun.id.desc()).limit(1)
    ).one_or_none()
    if run is None or run.fitted is None:
        raise PolicyError(_("rien n'a encore été rapproché"), mend=_("Faites « outreach match »."))
    try:
        fitted, records = fitted_of(run.fitted), int(run.figures["records"])
    except ValueError:
        raise PolicyError(_("le dernier rapprochement est d'un autre moteur"), mend=_("Faites « outreach match ».")) from None
    sides = {"left": left.id, "right": right.id}
    link = session.execute(text(LINK), sides).one_or_none()
    if link is not None:
        p_same, p_household, decision, pattern = link
    else:
        p_same, p_household, pattern = _compared(session, left.id, right.id, fitted, records)
        decision = "merge" if left.person_id is not None and left.person_id == right.person_id else "apart"
    said = session.execute(text(DECIDED), sides).one_or_none()
    why = waterfall(pattern, fitted.parameters, records, p_same)
    sure = p_same >= min(fitted.thresholds.merge_at, float(SAME_CUSTOMER))
    if decision == "review" and why.barred is None and sure:
        # Sure by itself, but a third row would come along that contradicts one of the two.
        why = replace(why, barred="chained")
    return PairView(left, right, p_same, p_household, decision, why, Said(*said) if said else None)


def cards(session: Session, *rows: int) -> list[Card]:
    """The rows in the order asked for. Raises ``PolicyError`` for one that is not in force."""
    found = {
        row.id: Card(*row) for row in session.execute(text(CARDS).columns(**WAYS, reference=REFERENCE), {"rows": list(rows)})
    }
    for row in rows:
        if row not in found:
            raise PolicyError(_("cette ligne n'existe pas ou n'est plus en vigueur"), place=str(row))
    return [found[row] for row in rows]


def _compared(session: Session, left: int, right: int, fitted: Fitted, records: int) -> tuple[float, float, int]:
    """A pair that no run kept, compared now: it shares no key, or hardly anything speaks for it."""
    around = records_of(session, AROUND, {"rows": [left, right]})
    partners = list(session.scalars(text(PARTNERS)))
    counts = {
        name: float(session.execute(text(BEARERS.format(name=column)), {"row": left}).scalar_one())
        for name, column in (("given", "given_name"), ("surname", "family_name"))
    }
    with database(MatchSettings()) as connection:
        load(connection, around)
        connection.register("known_partners", pa.table({"partner": partners}))
        connection.execute("CREATE OR REPLACE TABLE partners AS FROM known_partners")
        ids = record_ids(connection)
        one, other = (np.searchsorted(ids, [row]).astype(np.int32) for row in (left, right))
        pattern = compare_pairs(connection, one, other).column("pattern").to_numpy()
        connection.register("found", pa.table({"a": one, "b": other, "pattern": pattern}))
        connection.execute("CREATE TABLE pairs AS SELECT * FROM found")
        rare = NameRarity(
            given=np.full(len(ids), rarity(np.array([counts["given"]]), fitted.names.given)[0]),
            surname=np.full(len(ids), rarity(np.array([counts["surname"]]), fitted.names.surname)[0]),
        )
        pairs = score_pairs(connection, score(fitted.parameters, pattern, records), rare, floor=0.0)
    pairs = calibrated(pairs, fitted.parameters.calibration)
    p_same, _allowed, _certain = with_rules(pairs)
    return float(p_same[0]), float(min(pairs.p_household[0], 1 - p_same[0])), int(pattern[0])
