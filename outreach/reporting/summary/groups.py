"""The tables of a summary: groups of those solicited, and what mediations said."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from babel.dates import format_date

from outreach.core.communes import commune_names
from outreach.policy.mediation import vocabulary as words
from outreach.policy.mediation.actions import ACTIONS
from outreach.reporting.disclosure import OTHERS
from outreach.reporting.figures.reading import Span
from outreach.reporting.summary.asking import LINE, ROW, Answer, Asking
from outreach.reporting.summary.world import Spec, Ways

if TYPE_CHECKING:
    from outreach.definitions.campaign import Campaign

MOST_COMMUNES = 12
NO_PLACE = "Adresse non localisée"
AREAS = {
    "inside": "Quartier prioritaire", "outside": "Hors quartier prioritaire", "rural": "Commune rurale", "none": NO_PLACE,
}  # fmt: skip
SMALL_WORDS = frozenset({"De", "Du", "Des", "La", "Le", "Les", "L", "D", "En", "Sur", "Sous", "Et", "Au", "Aux", "A"})
SAID = {
    "theme": ("themes", "Sujets abordés", words.THEMES),
    "action": ("actions", "Actions mises en place", {code: action.label for code, action in ACTIONS.items()}),
    "referral": ("referrals", "Orientations", words.REFERRALS),
    "barrier": ("causes", "Causes des difficultés", words.BARRIERS),
    "obstacle": ("obstacles", "Obstacles rencontrés dans vos services", words.OBSTACLES),
}
"""What mediations said: the table's id, its title, its words."""


@dataclass(frozen=True)
class Group:
    """One line of a table: its label, and the counts that it shows."""

    label: str
    solicited: Spec | None
    mediated: Spec


Tables = dict[str, tuple[str, list[Group]]]
"""By id: the title and the lines. Tables of groups first, then those of what was said."""


def wished_tables(asking: Asking, ways: Ways, span: Span, campaign: Campaign, threshold: int) -> Tables:
    """Wish for every table of a summary; the lines are chosen by size, the small ones gathered under « Autres »."""
    segments = {segment.code: segment.label for segment in campaign.segments}
    present = {dimension: _present(ways, span, dimension) for dimension in ("segment", "area")}
    tables: Tables = {
        "segment": ("Par situation", [
            _group(asking, span, "segment", (code,), segments.get(code, code))
            for code in sorted(present["segment"], key=lambda code: (list(segments).index(code) if code in segments else 99, code))
        ]),
        "month": ("Par mois de première sollicitation", [_month(asking, month, span) for month in _months(ways, span)]),
        "commune": ("Par commune", _communes(asking, ways, span, threshold)),
        "area": ("Par quartier", [
            _group(asking, span, "area", (code,), label) for code, label in AREAS.items() if code in present["area"]
        ]),
    }  # fmt: skip
    for subject, (name, title, vocabulary) in SAID.items():
        tables[name] = title, _said(asking, ways, span, subject, vocabulary)
    return tables


def shown_tables(answer: Answer, tables: Tables) -> dict[str, Any]:
    """The tables as they may be read."""
    groups, said = [], []
    for code, (title, lines) in tables.items():
        if code in {name for name, _title, _words in SAID.values()}:
            rows = [{"label": line.label, "count": answer.count(line.mediated)} for line in lines]
            said.append({"id": code, "title": title, "rows": _by_size(rows, "count")})
        else:
            rows = [_row(answer, line) for line in lines]
            groups.append({"id": code, "title": title, "rows": _by_size(rows, "solicited") if code == "commune" else rows})
    return {"breakdowns": groups, "answers": said}


def _by_size(rows: list[dict[str, Any]], count: str) -> list[dict[str, Any]]:
    """The largest first; what is hidden by name, and « Autres » last: the place of a line must not tell its size."""
    return sorted(rows, key=lambda row: (row["label"] == OTHERS, row[count] is None, -(row[count] or 0), row["label"]))


def _row(answer: Answer, line: Group) -> dict[str, Any]:
    solicited = answer.count(line.solicited) if line.solicited else None
    mediated = answer.count(line.mediated)
    known = solicited and mediated is not None
    rate = round(100 * (mediated or 0) / solicited, 1) if known and solicited else None
    return {"label": line.label, "solicited": solicited, "mediated": mediated, "rate": rate}


def _group(
    asking: Asking,
    span: Span,
    dimension: str,
    groups: tuple[str, ...],
    label: str,
    *,
    rest: bool = False,
    until: date | None = None,
) -> Group:
    def wish(measure: str) -> Spec:
        spec = Spec(measure, span.first, span.last, dimension, groups, rest, until)
        return asking.want(spec, ROW, table=f"{dimension} {measure}")

    return Group(label, wish("solicited"), wish("mediated"))


def _month(asking: Asking, month: date, span: Span) -> Group:
    """Those first solicited in a month; where they stood at the end of the period."""

    def wish(measure: str) -> Spec:
        return asking.want(Spec(measure, month, span.last, until=month), ROW, table=f"month {measure}")

    return Group(format_date(month, "MMMM y", locale="fr"), wish("solicited"), wish("mediated"))


def _months(ways: Ways, span: Span) -> list[date]:
    cohorts = {way.cohort for way in ways.cells["all"].get("", {}) if way.cohort is not None}
    return sorted(month for month in cohorts if span.first <= month <= span.last)


def _present(ways: Ways, span: Span, dimension: str) -> dict[str, int]:
    counted = {code: ways.count(Spec("solicited", span.first, span.last, dimension, (code,))) for code in ways.values(dimension)}
    return {code: number for code, number in counted.items() if number}


def _communes(asking: Asking, ways: Ways, span: Span, threshold: int) -> list[Group]:
    """The largest communes; the small ones become « Autres », made large enough to be shown."""
    found = _present(ways, span, "commune")
    ranked = sorted(found, key=lambda place: (-found[place], place))
    kept = [place for place in ranked if found[place] >= threshold][:MOST_COMMUNES]
    gathered = [place for place in ranked if place not in set(kept)]
    while gathered and kept and sum(found[place] for place in gathered) < threshold:
        gathered.append(kept.pop())
    named = Counter(map(commune, kept))
    lines = [_group(asking, span, "commune", (place,), _told_apart(place, named)) for place in kept]
    if gathered:
        lines.append(_group(asking, span, "commune", tuple(sorted(kept)), OTHERS, rest=True))
    return lines


def _said(asking: Asking, ways: Ways, span: Span, subject: str, vocabulary: dict[str, str]) -> list[Group]:
    counted = {
        code: (Spec("mediated", span.first, span.last, subject, (code,)), vocabulary.get(code, spoken(code)))
        for code in ways.values(subject)
    }
    sizes = {code: ways.count(spec) for code, (spec, _label) in counted.items()}
    order = sorted((code for code in counted if sizes[code]), key=lambda code: (-sizes[code], code))
    return [Group(counted[code][1], None, asking.want(counted[code][0], LINE)) for code in order]


def commune(place: str) -> str:
    """``69259|VENISSIEUX`` as people read it, by its code, else by its name; a commune called « Autres » does not exist."""
    insee, _bar, city = place.partition("|")
    if insee in commune_names():
        return commune_names()[insee]
    parts = city.replace("-", " ").title().split()
    joined = "-".join(part.lower() if index and part in SMALL_WORDS else part for index, part in enumerate(parts))
    joined = re.sub(r"(^|-)([DL])-", r"\1\2'", joined, flags=re.IGNORECASE)
    return joined if joined and joined != OTHERS else NO_PLACE


def _told_apart(place: str, named: Counter[str]) -> str:
    """The name of a commune, with its department where two communes are called the same."""
    name, insee = commune(place), place.partition("|")[0]
    department = insee[:3] if insee.startswith(("97", "98")) else insee[:2]
    return f"{name} ({department})" if named[name] > 1 and department else name


def spoken(code: str) -> str:
    """A code of a campaign's own as words."""
    return code.replace("_", " ").replace("-", " ").capitalize()
