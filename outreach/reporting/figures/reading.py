"""Reads figures from the sums: how many cases of each value of a dimension stood where at the end of a span of months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

BEGINNING = date(1900, 1, 1)


@dataclass(frozen=True)
class Span:
    """Whole months, by their first days, both included. Cases first solicited in them; where they stood when they ended.

    ``until``: the last month of first solicitation, where that is not the ``last``, of which the end is looked at.
    """

    first: date
    last: date
    until: date | None = None

    @property
    def newest(self) -> date:
        """The last month of first solicitation."""
        return self.until or self.last

    @property
    def is_period(self) -> bool:
        """Whether it begins somewhere: else it is all that has been."""
        return self.first > BEGINNING


def until_now() -> Span:
    """All that has been."""
    return Span(BEGINNING, clock.today().replace(day=1))


SQL_STANDS = """
CASE WHEN w.objected <= :last THEN 'objected' WHEN w.mediated <= :last THEN 'mediated' WHEN w.ended <= :last THEN w.ended_as ELSE 'open' END
"""
"""Where a case of a way stood at the end of the month ``:last``. The ways are in ``w``."""
TALLY = f"""
SELECT value, {{columns}} FROM (
  SELECT k.value, k.n, w.contactable, w.cohort BETWEEN :first AND :newest AS solicited, w.reached <= :last AS reached,
         w.accepted <= :last AS accepted, {SQL_STANDS} AS stands, w.kind
  FROM figure_cell k JOIN figure_way w ON w.id = k.way_id
  WHERE k.campaign_id = ANY(:campaigns) AND k.dimension = :dimension AND w.opened <= :last) f
WHERE stands <> 'joined' GROUP BY value
"""
_WHERE = {
    "targeted": "true",
    "contactable": "contactable",
    "solicited": "solicited",
    "reached": "solicited AND reached",
    "accepted": "solicited AND accepted",
    **{
        code: f"solicited AND stands = '{code}'"
        for code in ("mediated", "refused", "unreachable", "wrong_data", "withdrawn", "objected", "open")
    },
    **{code: f"solicited AND stands = 'mediated' AND kind = '{code}'" for code in ("exchange", "information", "action")},
    "unasked": "NOT coalesce(solicited, false) AND stands = 'mediated'",
}
_COLUMNS = ", ".join(f"coalesce(sum(n) FILTER (WHERE {where}), 0) AS {name}" for name, where in _WHERE.items())


@dataclass(frozen=True)
class Tally:
    """How many cases of one group came to what. The closings of those solicited add up to them, the kinds to the mediated."""

    targeted: int = 0
    contactable: int = 0
    solicited: int = 0
    reached: int = 0
    accepted: int = 0
    mediated: int = 0
    refused: int = 0
    unreachable: int = 0
    wrong_data: int = 0
    withdrawn: int = 0
    objected: int = 0
    open: int = 0
    exchange: int = 0
    information: int = 0
    action: int = 0
    unasked: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, part.name) + getattr(other, part.name) for part in fields(self)))


def tallies(session: Session, campaigns: Sequence[int], dimension: str, span: Span) -> dict[str, Tally]:
    """The tally of each value of a dimension, all campaigns together."""
    values = {"campaigns": list(campaigns), "dimension": dimension, "first": span.first, "last": span.last, "newest": span.newest}
    found = session.execute(text(TALLY.format(columns=_COLUMNS)), values).mappings()
    return {row["value"]: Tally(**{name: int(row[name]) for name in _WHERE}) for row in found}


def total(session: Session, campaigns: Sequence[int], span: Span) -> Tally:
    """The tally of all cases."""
    return tallies(session, campaigns, "all", span).get("", Tally())


def rows(session: Session, query: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a query as mappings."""
    return [dict(row) for row in session.execute(text(query), values).mappings()]
