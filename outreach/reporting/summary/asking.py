"""What a summary would like to show: each count with its spec, then shown or hidden as secrecy allows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from outreach.reporting.disclosure import is_small
from outreach.reporting.releases import steady
from outreach.reporting.secrecy import Figure, Protection, protect
from outreach.reporting.summary.world import Spec, Ways, stage

TOP, STEP, ROW, LINE = 100.0, 40.0, 10.0, 4.0
"""What it costs to hide a total, a step of the funnel, a count of a group, a line of what was said."""


@dataclass(frozen=True)
class Wish:
    """One count that a summary would like to show."""

    spec: Spec
    weight: float
    firm: bool = False
    table: str = ""


@dataclass
class Asking:
    """Collects wishes; a count wished for twice is one figure."""

    wishes: dict[str, Wish] = field(default_factory=dict)

    def want(self, spec: Spec, weight: float, *, firm: bool = False, table: str = "") -> Spec:
        """Wish for a count; the first wish for it says what it is worth."""
        self.wishes.setdefault(spec.key, Wish(spec, weight, firm, table))
        return spec

    def settle(self, ways: Ways, told: Mapping[Spec, bool], threshold: int, published: Mapping[str, int]) -> Answer:
        """Decide what may be shown to who has read summaries before: ``told`` says of each count whether it was shown.

        ``published``: the values, by key, of the version that this summary corrects.
        """
        wishes = [wish.spec for wish in self.wishes.values()]
        months = _months((*told, *wishes))
        set_up = stage(ways, list(dict.fromkeys((*told, *wishes, *months))))
        wanted = [Figure(key, set_up.atoms[wish.spec], wish.weight, wish.firm, wish.table) for key, wish in self.wishes.items()]
        before = {True: [], False: []}  # type: dict[bool, list[Figure]]
        for spec, was_shown in told.items():
            before[was_shown].append(Figure(spec.key, set_up.atoms[spec]))
        sensitive = [set_up.atoms[spec] for spec in months if is_small(set_up.world.total(set_up.atoms[spec]), threshold)]
        found = protect(set_up.world, wanted, before[True], threshold, withheld=before[False], sensitive=sensitive)
        return Answer(found, self.wishes, published, threshold)


def _months(specs: Iterable[Spec]) -> list[Spec]:
    """Of each group that is told by itself, who was first solicited in a month at the edge of what is told.

    Nobody asks for it, and it must not follow from two summaries that begin or end a month apart.
    """
    edges: dict[tuple[str, tuple[str, ...]], set[date]] = defaultdict(set)
    for spec in specs:
        if spec.measure == "solicited" and not spec.rest:
            edges[spec.dimension, spec.groups] |= {spec.first, spec.span.newest}
    return [
        Spec("solicited", month, month, dimension, groups)
        for (dimension, groups), months in edges.items()
        for month in sorted(months)
    ]


@dataclass(frozen=True)
class Answer:
    """What may be shown."""

    found: Protection
    wishes: dict[str, Wish]
    published: Mapping[str, int]
    threshold: int

    def count(self, spec: Spec) -> int | None:
        """The count, ``None`` when it is hidden; in a correction, the one that was published where it moved by a handful."""
        return steady(self.published.get(spec.key), self.found.count(spec.key), self.threshold)

    def told(self) -> list[tuple[Spec, int | None]]:
        """Every count that was wished for, as it is shown: what the ledger keeps."""
        return [(wish.spec, self.count(wish.spec)) for wish in self.wishes.values()]
