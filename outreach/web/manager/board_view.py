"""The board of a campaign as drawings and tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from outreach.core import clock
from outreach.core.i18n import N_, _, language
from outreach.core.words import Channel
from outreach.web.look.charts.bars import Bar, bars
from outreach.web.look.charts.dots import Place, dots
from outreach.web.look.charts.funnel import funnel
from outreach.web.look.charts.pace import Day, pace
from outreach.web.look.pages import drawn
from outreach.web.look.written import percent

if TYPE_CHECKING:
    from outreach.reporting.board import Board
    from outreach.web.look.charts.chart import Chart

SEVEN = ("units", "targeted", "contactable", "solicited", "reached", "accepted", "mediated")
"""The bars of the funnel."""


@dataclass(frozen=True)
class BoardView:
    """What the page of a running campaign shows."""

    funnel: Markup
    outcomes: Markup
    paces: list[Markup]
    places: Markup
    rates: list[Any]
    sites: list[list[Any]]
    attention: list[dict[str, Any]]


_DRAWN: dict[tuple[Any, ...], BoardView] = {}
"""What was drawn last, by what it was drawn of: a board is counted once a minute and looked at by many."""
MOST_DRAWN = 100


def view_of(board: Board, code: str) -> BoardView:
    """A board, drawn once for each time it was counted."""
    of = (code, board.counted_at, language(), clock.today())
    found = _DRAWN.get(of)
    if found is None:
        found = _draw(board, code)
        if len(_DRAWN) >= MOST_DRAWN:
            _DRAWN.clear()
        _DRAWN[of] = found
    return found


def _draw(board: Board, code: str) -> BoardView:
    data = board.data
    steps = {step["id"]: (_(step["label"]), step["count"]) for step in data["funnel"]["steps"]}
    outcomes = [Bar(_(one["label"]), one["count"]) for one in data["funnel"]["outcomes"]]
    places = [Place(one["lat"], one["lon"], one["name"], one["targeted"]) for one in data["communes"] if one["lat"] is not None]
    return BoardView(
        funnel=drawn(funnel(_("De la liste à la médiation"), [steps[step] for step in SEVEN if step in steps]), show_title=False),
        outcomes=drawn(bars(_("Ce que deviennent les sollicités"), outcomes, names=(_("Résultat"), _("Dossiers"), "")), show_title=False),
        paces=[drawn(chart) for channel in Channel if (chart := _pace(data["pace"], channel)) is not None],
        places=drawn(dots(_("Les communes, par nombre de dossiers"), places, names=(_("Commune"), _("Dossiers"))), show_title=False),
        rates=data["funnel"]["rates"], sites=[_site(one, code) for one in data["sites"]], attention=data["attention"],
    )  # fmt: skip


TITLES = {
    Channel.LETTER: N_("Courriers, par jour"), Channel.SMS: N_("SMS, par jour"), Channel.CALL: N_("Appels, par jour"),
    Channel.VISIT: N_("Visites, par jour"),
}  # fmt: skip


def _pace(rows: list[dict[str, Any]], channel: Channel) -> Chart | None:
    """The pace of one channel; nothing for one that the campaign does not use these weeks."""
    if not any(row["done"].get(channel) or row["planned"].get(channel) for row in rows):
        return None
    today = clock.today()
    days = []
    for row in rows:
        day = date.fromisoformat(row["day"])
        done = row["done"].get(channel, 0) if day < today else None
        planned = None if day < today else row["planned"].get(channel, 0) + row["done"].get(channel, 0)
        days.append(Day(day, done, planned, row["room"].get(channel)))
    return pace(_(TITLES[channel]), days, today)


def _site(one: dict[str, Any], code: str) -> list[Any]:
    link = Markup('<a href="/campaigns/{}/cases?site={}">{}</a>').format(code, one["id"], one["name"])
    rate = percent(one["mediated"] / one["solicited"] if one["solicited"] else None)
    return [link, one["solicited"], one["reached"], one["mediated"], rate, one["calls"], one["visits"]]
