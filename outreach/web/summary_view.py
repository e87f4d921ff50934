"""A partner's summary as drawings: from its stored content alone, which is protected already.

``n.c.`` stands for what is withheld.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from outreach.core.i18n import _
from outreach.web.look.charts.bars import Bar, bars
from outreach.web.look.charts.funnel import funnel
from outreach.web.look.written import number, percent

if TYPE_CHECKING:
    from outreach.web.look.charts.chart import Chart

HIDDEN = "n.c."
ROWS = frozenset({"received", "usable", "persons"})
"""Steps that count rows and persons rather than the campaign's units."""


@dataclass(frozen=True)
class Figure:
    """One figure that can be asked about."""

    key: str
    label: str


@dataclass(frozen=True)
class Breakdown:
    """One table of groups."""

    title: str
    rows: list[list[str]]


@dataclass(frozen=True)
class SummaryView:
    """What the page of a summary shows."""

    funnel: Chart
    outcomes: Chart
    kinds: list[list[str]]
    breakdowns: list[Breakdown]
    answers: dict[str, Breakdown]
    delays: list[list[str]]
    held: list[list[str]]
    figures: list[Figure]


def view_of(content: dict[str, Any]) -> SummaryView:
    """Draw a stored content. A step that is withheld is left out of its drawing, and stands as « n.c. » in the tables."""
    steps = [(step["label"], step["count"]) for step in content["funnel"] if step["id"] not in ROWS and step["count"] is not None]
    outcomes = [Bar(one["label"], one["count"]) for one in content["outcomes"] if one["count"] is not None]
    return SummaryView(
        funnel=funnel(_("De la liste à la médiation"), steps),
        outcomes=bars(_("Ce que sont devenus les sollicités"), outcomes, names=(_("Résultat"), _("Nombre"), "")),
        kinds=[[one["label"], shown(one["count"])] for one in content["kinds"]],
        breakdowns=[
            Breakdown(part["title"], [[row["label"], shown(row["solicited"]), shown(row["mediated"]), rate(row["rate"])] for row in part["rows"]])
            for part in content["breakdowns"] if part["rows"]
        ],
        answers={
            part["id"]: Breakdown(part["title"], [[row["label"], shown(row["count"])] for row in part["rows"]])
            for part in content["answers"] if part["rows"]
        },
        delays=[[part["label"], number(part["days"])] for part in content["delays"] if part["days"] is not None],
        held=[[part["label"], rate(part["rate"])] for part in content["lasting"]["held"] if part["rate"] is not None],
        figures=_figures(content),
    )  # fmt: skip


def shown(count: int | None) -> str:
    """A count, or that it is not told."""
    return HIDDEN if count is None else number(count)


def rate(value: float | None) -> str:
    """A rate in percent, or that it is not told."""
    return HIDDEN if value is None else percent(value / 100)


def _figures(content: dict[str, Any]) -> list[Figure]:
    parts = [*content["funnel"], *content["kinds"], *content["outcomes"], *content["rates"]]
    found = {part["id"]: part["label"] for part in parts}
    found |= {part["id"]: part["title"] for part in [*content["breakdowns"], *content["answers"]]}
    return [Figure(key, label) for key, label in found.items()]
