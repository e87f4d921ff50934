"""What somebody can work out who keeps every summary: written from the published tables alone, without the engine's audit."""

from __future__ import annotations

from itertools import combinations
from math import ceil, floor

import pytest
from ortools.linear_solver import pywraplp

from outreach.reporting.secrecy import keeper
from tests.reporting.tallies import Tallies, told_month_after_month

NEAR = 2


class Reader:
    """A linear program over the cells of the town, from what was read and what everybody knows."""

    def __init__(self, world, read):
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.cells = {atom: self.solver.NumVar(0, 10_000, "") for atom in world.counts}
        for one, other in world.equalities:
            self.solver.Add(self.sum(one) == self.sum(other))
        for part, whole in world.at_most:
            self.solver.Add(self.sum(part) <= self.sum(whole))
        for atoms, count in read:
            self.solver.Add(self.sum(atoms) == count)

    def sum(self, atoms):
        return self.solver.Sum([self.cells[atom] for atom in atoms])

    def interval(self, atoms):
        """The whole numbers that a sum can be."""
        found = []
        for aim in (self.solver.Minimize, self.solver.Maximize):
            aim(self.sum(atoms))
            assert self.solver.Solve() == pywraplp.Solver.OPTIMAL
            found.append(self.solver.Objective().Value())
        return ceil(found[0] - 1e-6), floor(found[1] + 1e-6)


def few(count, threshold):
    return 0 < count < threshold


def secrets(world, read, asked, threshold):
    """Every small figure ever asked for, every small difference of two of them, and all that was hidden."""
    shown = {figure.key for figure in read}
    people_read = {figure.atoms for figure in read}
    found = {figure.atoms: figure.key for figure in asked if figure.key not in shown and figure.atoms not in people_read}
    distinct = {figure.atoms: figure.key for figure in asked if figure.atoms}
    found |= {atoms: key for atoms, key in distinct.items() if few(world.total(atoms), threshold)}
    for one, other in combinations(distinct, 2):
        part, whole = sorted((one, other), key=len)
        if part < whole and few(world.total(whole - part), threshold):
            found[whole - part] = f"{distinct[whole]} - {distinct[part]}"
    return {atoms: name for atoms, name in found.items() if atoms}


def found_out(world, read, targets):
    reader = Reader(world, [(figure.atoms, world.total(figure.atoms)) for figure in read])
    for atoms, name in targets.items():
        low, high = reader.interval(atoms)
        count = world.total(atoms)
        assert low <= count <= high
        if count - NEAR <= low and high <= count + NEAR:
            yield name, count, low, high


@pytest.mark.parametrize("threshold", [5, 11])
@pytest.mark.parametrize("seed", range(6))
def test_the_linear_system_of_all_summaries_gives_no_hidden_count_away(seed, threshold):
    town = Tallies(seed, people=60 + 40 * seed)
    world, read, asked, protections = told_month_after_month(town, threshold)
    targets = secrets(world, read, asked, threshold)
    assert len(targets) > 10, "there was something to find out"
    assert list(found_out(world, read, targets)) == []
    assert [known for protection in protections for known in protection.already_known] == []


@pytest.mark.parametrize(("settle", "tables"), [(0, 10_000_000), (5_000, 10_000_000), (5_000, 2_000), (0, 0)])
def test_with_too_little_time_more_is_hidden_and_nothing_given_away(monkeypatch, settle, tables):
    town = Tallies(3, people=150)
    full = told_month_after_month(town, 5)[1]
    monkeypatch.setattr(keeper, "SETTLE", settle)
    monkeypatch.setattr(keeper, "TABLES", tables)
    world, read, asked, protections = told_month_after_month(town, 5)
    assert any(protection.is_coarse for protection in protections)
    assert len(read) <= len(full)
    assert list(found_out(world, read, secrets(world, read, asked, 5))) == []


def test_the_attack_finds_what_hiding_small_counts_alone_leaves():
    """The attack is worth something: it breaks summaries in which only small counts are hidden."""
    town = Tallies(1)
    world = town.world(2)
    asked = [figure for end in range(3) for figure in town.figures(end, 2)]
    read = [figure for figure in asked if not few(world.total(figure.atoms), 5)]
    assert len(list(found_out(world, read, secrets(world, read, asked, 5)))) > 10


@pytest.mark.parametrize("seed", range(6))
def test_no_subtraction_of_two_or_three_figures_leaves_a_handful(seed):
    town = Tallies(seed, people=60 + 40 * seed)
    world, read, _asked, _protections = told_month_after_month(town, 5)
    known = {figure.atoms: world.total(figure.atoms) for figure in read if figure.atoms}
    known |= {whole - part: known[whole] - known[part] for whole in list(known) for part in list(known) if part < whole}
    known |= {whole - part: known[whole] - known[part] for whole in list(known) for part in list(known) if part < whole}
    assert {atoms: count for atoms, count in known.items() if few(count, 5)} == {}
