"""The path of an unpaid energy bill, computed from dates: what the supplier may have done, and the first day of a cut.

Engineering reading of the law, to be confirmed by the data protection officer: the unpaid day is the bill's due day, the
home is the main residence, and a meter not known to be a smart one is not one. Days are calendar days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from outreach.core.i18n import N_
from outreach.policy.dated import Dated, in_force

DEBT_STAGES = {
    "unpaid": N_("facture en retard depuis peu"),
    "first_letter": N_("première lettre du fournisseur possible"),
    "second_letter": N_("lettre annonçant une coupure possible"),
    "limited": N_("puissance réduite possible avant la coupure"),
    "truce": N_("trêve hivernale : pas de coupure"),
    "cut": N_("coupure possible"),
}
"""Where a debt stands by the law, from its first days on."""


@dataclass(frozen=True)
class Delays:
    """The delays of the path, in days. ``reduced``: at 1 kVA before a cut, for an aided household with a smart meter."""

    before_first_letter: int = 14
    first_letter: int = 15
    first_letter_aided: int = 30
    second_letter: int = 20
    reduced: int = 60


DELAYS: Sequence[Dated[Delays]] = (
    Dated(Delays(reduced=0), date(2008, 8, 14), N_("décret 2008-780, articles 2 à 4"), until=date(2023, 3, 31)),
    Dated(Delays(), date(2023, 4, 1), N_("décret 2008-780, modifié par le décret 2023-133")),
)
"""What holds on the day of the decision."""
TRUCE_STARTS, TRUCE_ENDS = (11, 1), (4, 1)
"""The winter truce begins on the first, and a cut is possible again from the second (CASF, article L115-3)."""
TRUCE_SOURCE = N_("code de l'action sociale et des familles, article L115-3")


@dataclass(frozen=True)
class Path:
    """The days of one debt: each begins the stage of its name."""

    first_letter: date
    second_letter: date
    limited: date
    cut: date


def path(unpaid_since: date, today: date, *, aided: bool = False, smart_meter: bool = False) -> Path:
    """The earliest days that the law allows for a bill unpaid since that day, by the rules in force ``today``."""
    delays = in_force(DELAYS, today).value
    first = unpaid_since + timedelta(days=delays.before_first_letter)
    second = first + timedelta(days=delays.first_letter_aided if aided else delays.first_letter)
    told = second + timedelta(days=delays.second_letter)
    if not (aided and smart_meter and delays.reduced):
        return Path(first, second, after_truce(told), after_truce(told))
    # Nobody aided is reduced during the truce, and a reduction that it interrupts goes on after it.
    limited = after_truce(told)
    cut = limited + timedelta(days=delays.reduced)
    if cut > date(limited.year, *TRUCE_STARTS):
        cut += date(limited.year + 1, *TRUCE_ENDS) - date(limited.year, *TRUCE_STARTS)
    return Path(first, second, limited, cut)


def debt_stage(unpaid_since: date, today: date, *, aided: bool = False, smart_meter: bool = False) -> str:
    """Where the debt stands today: one of ``DEBT_STAGES``."""
    days = path(unpaid_since, today, aided=aided, smart_meter=smart_meter)
    if today < days.first_letter:
        return "unpaid"
    if today < days.second_letter:
        return "first_letter"
    if in_truce(today) and today >= days.second_letter:
        return "truce" if days.cut <= after_truce(today) else "second_letter"
    if today < days.limited:
        return "second_letter"
    return "limited" if today < days.cut else "cut"


def days_to_cut(unpaid_since: date, today: date, *, aided: bool = False, smart_meter: bool = False) -> int:
    """Days from today to the first day on which the law allows a cut; 0 when it does already."""
    cut = path(unpaid_since, today, aided=aided, smart_meter=smart_meter).cut
    return (after_truce(max(cut, today)) - today).days


def in_truce(day: date) -> bool:
    """Whether no main residence may be cut on that day."""
    return (day.month, day.day) >= TRUCE_STARTS or (day.month, day.day) < TRUCE_ENDS


def after_truce(day: date) -> date:
    """The day itself, or the first one after the truce that it falls into."""
    if not in_truce(day):
        return day
    return date(day.year + (day.month >= TRUCE_STARTS[0]), *TRUCE_ENDS)


# The same in SQL. Months decide: the truce begins and ends with one.
SQL_AFTER_TRUCE = (
    "CASE WHEN extract(month FROM {0}) >= 11 THEN make_date(CAST(extract(year FROM {0}) AS int) + 1, 4, 1)"
    " WHEN extract(month FROM {0}) < 4 THEN make_date(CAST(extract(year FROM {0}) AS int), 4, 1) ELSE {0} END"
)
SQL_PATH = f"""
(SELECT first_letter, second_letter, told AS limited, CASE WHEN aided AND smart AND :debt_reduced > 0 THEN
          told + :debt_reduced + CASE WHEN told + :debt_reduced > make_date(CAST(extract(year FROM told) AS int), 11, 1)
          THEN make_date(CAST(extract(year FROM told) AS int) + 1, 4, 1) - make_date(CAST(extract(year FROM told) AS int), 11, 1)
          ELSE 0 END ELSE told END AS cut
 FROM (SELECT *, {SQL_AFTER_TRUCE.format("(second_letter + :debt_second_letter)")} AS told
       FROM (SELECT *, first_letter + CASE WHEN aided THEN :debt_first_letter_aided ELSE :debt_first_letter END AS second_letter
             FROM (SELECT {{since}} + :debt_before AS first_letter, coalesce({{aided}}, false) AS aided,
                          coalesce({{smart}}, false) AS smart) a) b) c)
"""
"""A lateral subquery with the days of ``Path``; ``{since}``, ``{aided}``, ``{smart}`` are SQL expressions."""
SQL_STAGE = f"""
CASE WHEN {{path}}.first_letter IS NULL THEN NULL WHEN :today < {{path}}.first_letter THEN 'unpaid'
     WHEN :today < {{path}}.second_letter THEN 'first_letter'
     WHEN extract(month FROM :today) NOT BETWEEN 4 AND 10
     THEN CASE WHEN {{path}}.cut <= {SQL_AFTER_TRUCE.format(":today")} THEN 'truce' ELSE 'second_letter' END
     WHEN :today < {{path}}.limited THEN 'second_letter' WHEN :today < {{path}}.cut THEN 'limited' ELSE 'cut' END
""".replace(":today", "CAST(:today AS date)")
SQL_DAYS_TO_CUT = (
    f"CASE WHEN {{path}}.cut IS NOT NULL THEN {SQL_AFTER_TRUCE.format('greatest({path}.cut, :today)')} - :today END"
).replace(":today", "CAST(:today AS date)")
"""``debt_stage`` and ``days_to_cut`` from the row ``{path}`` of ``SQL_PATH``; ``:today`` is bound."""


def sql_values(today: date) -> dict[str, Any]:
    """What the SQL form is bound to: the rules in force on that day."""
    delays = in_force(DELAYS, today).value
    return {
        "today": today, "debt_before": delays.before_first_letter, "debt_first_letter": delays.first_letter,
        "debt_first_letter_aided": delays.first_letter_aided, "debt_second_letter": delays.second_letter,
        "debt_reduced": delays.reduced,
    }  # fmt: skip


def rules_in_force(today: date) -> dict[str, str]:
    """The dated rules behind the two facts and where they come from, to be kept with a decision."""
    row = in_force(DELAYS, today)
    return {"debt_path": f"{row.since:%Y-%m-%d} · {row.source}", "truce": TRUCE_SOURCE}
