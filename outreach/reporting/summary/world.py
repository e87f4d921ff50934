"""What a partner's summaries count, as sums over the ways that cases went: from here it is decided what may be shown.

A count is told by a ``Spec``: a measure, a group of one dimension, a span of months. Specs are what the ledger of releases
keeps, so that what was told years ago can be found again among today's cases.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.reporting.figures.reading import Span
from outreach.reporting.secrecy import World

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

TOLD = ("all", "segment", "commune", "area")
"""The dimensions that partners read. Sites, languages and ages are the association's own."""
ANSWERS = ("theme", "action", "barrier", "obstacle", "referral")
"""What mediations said, of which partners read."""
ATTEMPT = "attempt"
"""The dimension of contacts made: its groups are channels, its measure ``made``."""


@dataclass(frozen=True)
class Way:
    """A way that cases went, as in ``figure_way``."""

    opened: date
    contactable: bool
    cohort: date | None
    reached: date | None
    accepted: date | None
    mediated: date | None
    kind: str | None
    objected: date | None
    ended: date | None
    ended_as: str | None

    def stands(self, last: date) -> str:
        """Where such a case stood at the end of a month: as ``figures.reading.SQL_STANDS`` says."""
        if self.objected is not None and self.objected <= last:
            return "objected"
        if self.mediated is not None and self.mediated <= last:
            return "mediated"
        return self.ended_as or "open" if self.ended is not None and self.ended <= last else "open"


def _solicited(way: Way, span: Span) -> bool:
    return way.cohort is not None and span.first <= way.cohort <= span.newest and way.stands(span.last) != "joined"


def _targeted(way: Way, span: Span) -> bool:
    return way.opened <= span.last and way.stands(span.last) != "joined"


def _came_to(stands: str) -> Callable[[Way, Span], bool]:
    return lambda way, span: _solicited(way, span) and way.stands(span.last) == stands


def _of_kind(kind: str) -> Callable[[Way, Span], bool]:
    return lambda way, span: _solicited(way, span) and way.stands(span.last) == "mediated" and way.kind == kind


def _by(month: date | None, span: Span) -> bool:
    return month is not None and month <= span.last


MEASURES: dict[str, Callable[[Way, Span], bool]] = {
    "targeted": _targeted,
    "contactable": lambda way, span: _targeted(way, span) and way.contactable,
    "solicited": _solicited,
    "reached": lambda way, span: _solicited(way, span) and _by(way.reached, span),
    "accepted": lambda way, span: _solicited(way, span) and _by(way.accepted, span),
    **{code: _came_to(code) for code in ("mediated", "refused", "unreachable", "wrong_data", "withdrawn", "objected", "open")},
    **{kind: _of_kind(kind) for kind in ("exchange", "information", "action")},
}
"""What is counted of the ways: the same as the columns of ``figures.reading.Tally``."""


@dataclass(frozen=True)
class Spec:
    """One count. ``groups``: values of the dimension; with ``rest`` all values but these. ``""`` is the one value of ``all``."""

    measure: str
    first: date
    last: date
    dimension: str = "all"
    groups: tuple[str, ...] = ("",)
    rest: bool = False
    until: date | None = None

    @property
    def span(self) -> Span:
        """The months that it is about."""
        return Span(self.first, self.last, self.until)

    @property
    def key(self) -> str:
        """Its name, the same in every summary."""
        groups = ("not " if self.rest else "") + ",".join(self.groups)
        months = f"{self.first:%Y-%m}..{self.last:%Y-%m}" + (f"~{self.until:%Y-%m}" if self.until else "")
        return f"{months}/{self.dimension}:{groups}/{self.measure}"

    def holds(self, value: str) -> bool:
        """Whether it counts a value of its dimension."""
        return (value in self.groups) is not self.rest

    def as_data(self) -> dict[str, Any]:
        """As the ledger keeps it."""
        days = {name: day.isoformat() if day else None for name, day in self._days().items()}
        return asdict(self) | days | {"groups": list(self.groups)}

    @classmethod
    def of(cls, data: dict[str, Any]) -> Spec:
        """From what the ledger kept."""
        days = {name: date.fromisoformat(data[name]) if data[name] else None for name in ("first", "last", "until")}
        return cls(**(data | days | {"groups": tuple(data["groups"])}))

    def _days(self) -> dict[str, date | None]:
        return {"first": self.first, "last": self.last, "until": self.until}


@dataclass(frozen=True)
class Ways:
    """All that a campaign's summaries count from: cases by dimension, value and way.

    And answers by subject, code and way's months.
    """

    cells: dict[str, dict[str, dict[Way, int]]]
    answers: dict[str, dict[str, dict[Way, int]]]
    attempts: dict[str, dict[date, int]]
    """Contacts made, by channel and month."""

    def count(self, spec: Spec) -> int:
        """The count of a spec."""
        if spec.dimension == ATTEMPT:
            made = self.attempts.get(spec.groups[0], {})
            return sum(number for month, number in made.items() if spec.first <= month <= spec.last)
        measured = MEASURES[spec.measure]
        groups = self._groups(spec.dimension)
        return sum(
            number for value, ways in groups.items() if spec.holds(value)
            for way, number in ways.items() if measured(way, spec.span)
        )  # fmt: skip

    def values(self, dimension: str) -> list[str]:
        """The values that a dimension has."""
        return sorted(self._groups(dimension))

    def _groups(self, dimension: str) -> dict[str, dict[Way, int]]:
        return self.answers[dimension] if dimension in self.answers else self.cells[dimension]


CELLS = """
SELECT k.dimension, k.value, w.opened, w.contactable, w.cohort, w.reached, w.accepted, w.mediated, w.kind, w.objected,
       w.ended, w.ended_as,
       k.n
FROM figure_cell k JOIN figure_way w ON w.id = k.way_id WHERE k.campaign_id = :campaign AND k.dimension = ANY(:told)
"""
# What was said counts from the month of saying on: the later of it and of the mediation.
SAID = """
SELECT subject, code, cohort, greatest(mediated, said) AS mediated, objected, sum(n) AS n FROM figure_answer
WHERE campaign_id = :campaign AND subject = ANY(:answers) AND mediated IS NOT NULL AND cohort IS NOT NULL GROUP BY 1, 2, 3, 4, 5
"""
MADE = """
SELECT channel, month, sum(n) FROM figure_work WHERE campaign_id = :campaign AND result <> 'mediation' GROUP BY 1, 2
"""


def read_ways(session: Session, campaign: int) -> Ways:
    """Everything that the summaries of a campaign count from."""
    cells: dict[str, dict[str, dict[Way, int]]] = {dimension: defaultdict(dict) for dimension in TOLD}
    known: dict[tuple[Any, ...], Way] = {}
    for dimension, value, *rest, number in session.execute(text(CELLS), {"campaign": campaign, "told": list(TOLD)}):
        way = known.setdefault(tuple(rest), Way(*rest))
        cells[dimension][value][way] = int(number)
    answers: dict[str, dict[str, dict[Way, int]]] = {subject: defaultdict(dict) for subject in ANSWERS}
    for subject, code, cohort, mediated, objected, number in session.execute(
        text(SAID), {"campaign": campaign, "answers": list(ANSWERS)}
    ):
        way = Way(cohort, True, cohort, mediated, mediated, mediated, None, objected, None, None)
        answers[subject][code][way] = int(number)
    attempts: dict[str, dict[date, int]] = defaultdict(dict)
    for channel, month, number in session.execute(text(MADE), {"campaign": campaign}):
        attempts[channel][month] = int(number)
    return Ways(cells, answers, attempts)


@dataclass(frozen=True)
class Stage:
    """The world of some specs: what its atoms are, and which of them each spec sums over."""

    world: World
    atoms: dict[Spec, frozenset[Any]]


def stage(ways: Ways, specs: Sequence[Spec]) -> Stage:
    """The world in which ``specs`` can be told apart, and nothing more: ways that no spec tells apart are one.

    Every value of a dimension may have gone every way that is known, unless its count says otherwise.
    """
    spans = sorted({spec.span for spec in specs}, key=lambda span: (span.first, span.last, span.newest))
    fine = list(dict.fromkeys((spec.measure, spec.span) for spec in specs if spec.dimension == "all"))
    pairs = [(measure, span) for span in spans for measure in ("solicited", "mediated")]
    built = _Builder(ways, _classes(ways, pairs), defaultdict(int), defaultdict(set))
    built.add_everybody(fine)
    asked = {spec.dimension for spec in specs}
    equalities = [
        equal for dimension in TOLD if dimension != "all" and dimension in asked for equal in built.add_groups(dimension)
    ]
    bounds = [bound for subject in ANSWERS if subject in asked for bound in built.add_answers(subject)]
    if ATTEMPT in asked:
        built.add_attempts()
    return Stage(World(dict(built.counts), equalities, bounds), {spec: _atoms(built.counts, spec, fine, pairs) for spec in specs})


@dataclass(frozen=True)
class _Builder:
    """Puts a world together: counts by atom, and of each class of ways the atoms that everybody falls into."""

    ways: Ways
    class_of: dict[Way, tuple[bool, ...]]
    counts: dict[Any, int]
    everybody: dict[Any, set[Any]]

    def add_everybody(self, fine: Sequence[tuple[str, Span]]) -> None:
        for way, number in self.ways.cells["all"].get("", {}).items():
            flags = tuple(MEASURES[measure](way, span) for measure, span in fine)
            atom = ("all", "", self.class_of[way], flags)
            self.counts[atom] += number
            self.everybody[self.class_of[way]].add(atom)

    def add_groups(self, dimension: str) -> list[tuple[frozenset[Any], frozenset[Any]]]:
        """All groups together are everybody."""
        parts: dict[Any, set[Any]] = defaultdict(set)
        for value, gone in self.ways.cells[dimension].items():
            for known in self.everybody:
                parts[known].add((dimension, value, known))
                self.counts[dimension, value, known] += 0
            for way, number in gone.items():
                self.counts[dimension, value, self.class_of[way]] += number
        return [(frozenset(found), frozenset(self.everybody[known])) for known, found in parts.items()]

    def add_answers(self, subject: str) -> list[tuple[frozenset[Any], frozenset[Any]]]:
        """One may say several things, but none without a mediation: only then is there somebody to say it."""
        bounds = []
        for code, gone in self.ways.answers[subject].items():
            for known, whole in self.everybody.items():
                if any(known[1::2]):
                    self.counts[subject, code, known] += 0
                    bounds.append((frozenset({(subject, code, known)}), frozenset(whole)))
            for way, number in gone.items():
                self.counts[subject, code, self.class_of[way]] += number
        return bounds

    def add_attempts(self) -> None:
        for channel, made in self.ways.attempts.items():
            for month, number in made.items():
                self.counts[ATTEMPT, channel, month] += number


def _classes(ways: Ways, pairs: Sequence[tuple[str, Span]]) -> dict[Way, tuple[bool, ...]]:
    every = {way for table in (*ways.cells.values(), *ways.answers.values()) for gone in table.values() for way in gone}
    return {way: tuple(MEASURES[measure](way, span) for measure, span in pairs) for way in every}


def _atoms(
    counts: Iterable[Any], spec: Spec, fine: Sequence[tuple[str, Span]], pairs: Sequence[tuple[str, Span]]
) -> frozenset[Any]:
    if spec.dimension == "all":
        place = fine.index((spec.measure, spec.span))
        return frozenset(atom for atom in counts if atom[0] == "all" and atom[3][place])
    if spec.dimension == ATTEMPT:
        return frozenset(
            atom for atom in counts if atom[0] == ATTEMPT and atom[1] in spec.groups and spec.first <= atom[2] <= spec.last
        )
    place = pairs.index((spec.measure, spec.span))
    return frozenset(atom for atom in counts if atom[0] == spec.dimension and spec.holds(atom[1]) and atom[2][place])
