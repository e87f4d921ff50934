"""Invented towns as counts of people, and the summaries that a partner would like to read of them month after month."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random

from outreach.reporting.secrecy import Figure, World, protect

OUTCOMES = ("mediated", "refused")
MANY = 0.45
"""How much rarer the next value of a dimension is than the one before: some are always few."""


@dataclass
class Tallies:
    """Who was solicited in which month and what came of it when, by commune, segment, site and theme."""

    seed: int
    people: int = 120
    months: int = 3
    sizes: dict[str, int] = field(default_factory=lambda: {"commune": 5, "segment": 3, "site": 2})
    themes: int = 3

    def __post_init__(self):
        draw = Random(self.seed)
        self.cases = [self._case(draw) for _ in range(self.people)]

    def _case(self, draw):
        values = {name: self._value(draw, size) for name, size in self.sizes.items()}
        if "site" in values and "commune" in values and draw.random() < 0.8:
            values["site"] = values["commune"] % self.sizes["site"]
        cohort = draw.randrange(self.months)
        at = cohort + min(int(draw.expovariate(1.0)), self.months)
        outcome = draw.choices(OUTCOMES, (0.7, 0.3))[0]
        themes = [theme for theme in range(self.themes) if draw.random() < 0.5 / (theme + 1)] if outcome == "mediated" else []
        return values, cohort, outcome, at, themes

    @staticmethod
    def _value(draw, size):
        return draw.choices(range(size), [(1 - MANY) ** place for place in range(size)])[0]

    def cells(self, today):
        """(cohort, outcome, month of the outcome); what comes later than ``today`` is open."""
        for cohort in range(today + 1):
            yield cohort, "open", None
            for outcome in OUTCOMES:
                for month in range(cohort, today + 1):
                    yield cohort, outcome, month

    def world(self, today):
        """All that there is to count at the end of a month."""
        values = {name: list(range(size)) for name, size in self.sizes.items()} | {"all": [0]}
        counts = Counter({(name, value, *cell): 0 for cell in self.cells(today) for name in values for value in values[name]})
        talked = [cell for cell in self.cells(today) if cell[1] == "mediated"]
        counts.update({("theme", theme, *cell): 0 for cell in talked for theme in range(self.themes)})
        for own, cohort, outcome, at, themes in self.cases:
            if cohort > today:
                continue
            cell = (cohort, outcome, at) if at <= today else (cohort, "open", None)
            for name in values:
                counts[name, own.get(name, 0), *cell] += 1
            for theme in themes if at <= today else ():
                counts["theme", theme, *cell] += 1
        equalities = [
            (frozenset({("all", 0, *cell)}), frozenset((name, value, *cell) for value in range(size)))
            for cell in self.cells(today)
            for name, size in self.sizes.items()
        ]
        at_most = [
            (frozenset({("theme", theme, *cell)}), frozenset({("all", 0, *cell)}))
            for cell in talked
            for theme in range(self.themes)
        ]
        return World(dict(counts), equalities, at_most)

    def figures(self, end, today):
        """The tables of the summary up to the month ``end`` (groups, months, themes, totals), in the cells of ``today``."""

        def cells(outcome):
            for cohort, came, month in self.cells(today):
                if cohort <= end and (outcome == "solicited" or (came == outcome and month <= end)):
                    yield cohort, came, month

        for outcome in ("solicited", *OUTCOMES):
            of = list(cells(outcome))
            yield _figure(f"0..{end}/{outcome}", "all", 0, of, weight=100, firm=outcome != "refused")
            for month in range(end + 1):
                in_month = [cell for cell in of if cell[0] == month]
                yield _figure(f"0..{end}/month:{month}/{outcome}", "all", 0, in_month, 5, table=f"month/{outcome}")
            for name, size in self.sizes.items():
                for value in range(size):
                    yield _figure(f"0..{end}/{name}:{value}/{outcome}", name, value, of, 2, table=f"{name}/{outcome}")
        for theme in range(self.themes):
            yield _figure(f"0..{end}/theme:{theme}", "theme", theme, list(cells("mediated")), 1)


def _figure(key, name, value, cells, weight=1, *, firm=False, table=""):
    return Figure(key, frozenset((name, value, *cell) for cell in cells), weight, firm, table)


def told_month_after_month(town, threshold):
    """A summary a month, each protected against those before. Gives the world at the end, what was read, what was asked for.

    Read and asked for are figures in the cells of the last month.
    """
    last = town.months - 1
    read, protections = set(), []
    for today in range(town.months):
        before = [figure for end in range(today) for figure in town.figures(end, today)]
        protection = protect(
            town.world(today),
            list(town.figures(today, today)),
            [figure for figure in before if figure.key in read],
            threshold,
            withheld=[figure for figure in before if figure.key not in read],
        )
        read |= set(protection.shown)
        protections.append(protection)
    asked = [figure for end in range(town.months) for figure in town.figures(end, last)]
    return town.world(last), [figure for figure in asked if figure.key in read], asked, protections
