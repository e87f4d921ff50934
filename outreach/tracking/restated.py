"""Whether every case stands where its events say, told anew from all of them: what of it can be added up is, by the database.

Of an event only its kind and its code say where a case stands (``policy.status.says``), and of most cases that is enough: it is
open, whenever all that was. Only of those that ended the events that ended them are read, and whole histories only of the few in
which something was taken back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

from outreach.policy.status import ENDS, OPEN, TURNS, Fact, Standing, derive_status, says
from outreach.tracking.events import standings_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

BATCH = 50_000
"""Numbers of cases looked at together."""
SAYINGS = "SELECT DISTINCT kind, coalesce(code, '') AS code FROM event"
NUMBERS = 'SELECT min(id), max(id), count(*) FROM "case"'
_WEIGHED = """
unnest(CAST(:kinds AS text[]), CAST(:codes AS text[]), CAST(:says AS int[])) AS w (kind, code, says)
"""
# Of a case of which nothing at all is told ``said`` is NULL: it stands nowhere.
SAID = f"""
SELECT c.id, c.status, c.closed_at, t.said
FROM "case" c LEFT JOIN (
  SELECT e.case_id, bit_or(w.says) AS said FROM event e JOIN {_WEIGHED} ON w.kind = e.kind AND w.code = coalesce(e.code, '')
  WHERE e.case_id BETWEEN :low AND :high GROUP BY 1) t ON t.case_id = c.id
WHERE c.id BETWEEN :low AND :high
"""
ENDED = f"""
SELECT e.case_id, e.kind, e.code, e.occurred_at, e.source, CAST(e.id AS text) AS id
FROM event e JOIN {_WEIGHED} ON w.kind = e.kind AND w.code = coalesce(e.code, '')
WHERE e.case_id BETWEEN :low AND :high AND w.says & :ends <> 0
"""


class _Stored(NamedTuple):
    id: int
    status: str
    closed_at: datetime | None
    said: int | None


def misplaced(session: Session) -> tuple[int, list[str]]:
    """How many cases there are, and those that are stored elsewhere than where their events say."""
    lowest, highest, count = session.execute(text(NUMBERS)).one()
    if not count:
        return 0, []
    sayings = [(kind, code, says(kind, code)) for kind, code in session.execute(text(SAYINGS))]
    kinds, codes, bits = (list(column) for column in zip(*sayings, strict=True)) if sayings else ([], [], [])
    values = {"kinds": kinds, "codes": codes, "says": bits, "ends": ENDS}
    faults: list[str] = []
    for low in range(lowest, highest + 1, BATCH):
        faults += _misplaced_between(session, values | {"low": low, "high": low + BATCH - 1})
    return int(count), faults


def _misplaced_between(session: Session, values: dict[str, object]) -> Iterator[str]:
    stored = [_Stored(*row) for row in session.execute(text(SAID), values)]
    ended: dict[int, list[Fact]] = defaultdict(list)
    for case, *fact in session.execute(text(ENDED), values):
        ended[case].append(Fact(*fact))
    turned = standings_of(session, [case.id for case in stored if case.said is not None and case.said & TURNS])
    for case in stored:
        fresh = turned.get(case.id) or _standing(case.said, ended[case.id])
        if fresh is None or (fresh.status, fresh.closed_at) != (case.status, case.closed_at):
            yield f"case {case.id}"


def _standing(said: int | None, ended: list[Fact]) -> Standing | None:
    """Where a case stands of which nothing was taken back: what does not end it says no more than that it is under way."""
    if said is None:
        return None
    return derive_status(ended) if said & ENDS else OPEN[said]
