"""Rules of protection that hold for any town, and small ones worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.reporting.secrecy import Figure, World, protect
from tests.reporting.tallies import Tallies

TOWNS = st.builds(
    Tallies,
    st.integers(0, 10_000),
    people=st.integers(0, 160),
    months=st.just(2),
    sizes=st.just({"commune": 4, "segment": 2}),
    themes=st.just(2),
)
FEW = settings(max_examples=25)


def row(*counts, total=True):
    """One table of parts, and their sum."""
    atoms = [frozenset({place}) for place in range(len(counts))]
    world = World({**dict(enumerate(counts)), "all": sum(counts)}, [(frozenset({"all"}), frozenset(range(len(counts))))])
    figures = [Figure(f"part {place}", one, table="parts") for place, one in enumerate(atoms)]
    return world, [*figures, Figure("all", frozenset({"all"}), 10, firm=True)] if total else figures


@FEW
@given(TOWNS, st.sampled_from([5, 11]))
def test_nothing_small_is_shown_and_the_same_input_gives_the_same_output(town, threshold):
    world, wanted = town.world(1), list(town.figures(1, 1))
    found = protect(world, wanted, threshold=threshold)
    assert [key for key, count in found.shown.items() if 0 < count < threshold] == []
    assert set(found.shown) | found.hidden == {figure.key for figure in wanted}
    assert all(found.shown[figure.key] == world.total(figure.atoms) for figure in wanted if figure.key in found.shown)
    assert protect(world, wanted, threshold=threshold) == found


@FEW
@given(TOWNS)
def test_what_was_released_stays_shown_and_hides_no_less(town):
    world, wanted = town.world(1), list(town.figures(1, 1))
    first = protect(town.world(0), list(town.figures(0, 0)))
    before = list(town.figures(0, 1))
    released = [replace(figure, table="") for figure in before if figure.key in first.shown]
    withheld = [figure for figure in before if figure.key in first.hidden]
    again = protect(world, [*wanted, *released], released, withheld=withheld)
    assert {figure.key for figure in released} <= set(again.shown)
    assert [key for key, count in again.shown.items() if 0 < count < 5] == []
    # A hidden figure is known to be one at least. In a town of a few people that alone can give away a sum of the first
    # summary; then nothing that could be hidden now would help, and whoever reviews is told.
    if again.already_known:
        silent = protect(world, released, released, withheld=[*withheld, *wanted])
        assert set(again.already_known) <= set(silent.already_known)


def test_that_a_hidden_figure_is_not_zero_can_give_away_an_earlier_one_and_is_said():
    """Of 11 people 5 were known to be mediated, and 1 to 6 others. That somebody refused later leaves 1 to 5: two from the truth."""
    town = Tallies(seed=2, people=23, months=2, sizes={"commune": 4, "segment": 2}, themes=2)
    world, before = town.world(1), {figure.key: figure for figure in town.figures(0, 1)}
    told = ("0..0/solicited", "0..0/segment:0/mediated", "0..0/segment:1/refused")
    released = [replace(before[key], table="") for key in told]
    withheld = [before["0..0/mediated"], before["0..0/segment:1/mediated"]]
    later = next(figure for figure in town.figures(1, 1) if figure.key == "0..1/month:0/refused")
    assert [world.total(figure.atoms) for figure in (*released, *withheld, later)] == [11, 5, 0, 8, 3, 1]
    assert protect(world, [], released, withheld=withheld).already_known == ()
    assert "0..0/mediated" in protect(world, [later], released, withheld=withheld).already_known


def test_the_total_is_kept_and_the_cheapest_goes_with_the_small():
    world, wanted = row(3, 20, 30, 8)
    found = protect(world, wanted)
    assert found.hidden == {"part 0", "part 3"}
    assert (found.count("all"), found.count("part 0")) == (61, None)


def test_zeros_are_shown_and_a_large_table_is_whole():
    world, wanted = row(0, 20, 30)
    assert protect(world, wanted).hidden == frozenset()


def test_the_few_outside_the_one_large_part_are_protected_together():
    """Four communes of one person each: every one could be nobody, but that they are four would be known."""
    world, wanted = row(90, 1, 1, 1, 1)
    found = protect(world, wanted)
    assert not {"all", "part 0"} <= set(found.shown)


def test_what_was_given_away_before_is_said():
    world, wanted = row(3, 20, 30)
    found = protect(world, wanted, [wanted[1], wanted[2], wanted[3]])
    assert found.hidden == {"part 0"}
    assert found.already_known


def test_two_periods_that_differ_by_a_few_are_not_both_shown():
    world = World({"january": 40, "february": 2})
    wanted = [Figure("1..2", frozenset({"january", "february"}), 2), Figure("1", frozenset({"january"}))]
    assert protect(world, wanted).hidden == {"1"}
    assert protect(world, wanted[:1], wanted[1:]).hidden == {"1..2"}


@given(st.lists(st.integers(0, 9), min_size=2, max_size=4), st.sampled_from([3, 5]))
def test_every_handful_has_another_world_by_enumeration(counts, threshold):
    """All worlds of whole numbers, tried one by one: each small part could be far from what it is, and no handful."""
    world, wanted = row(*counts)
    found = protect(world, wanted, threshold=threshold)
    if found.count("all") is None:
        return
    shown = {place: found.count(f"part {place}") for place in range(len(counts))}
    options = [
        [told] if told is not None else range(min(count, 1), sum(counts) + 1)
        for told, count in zip(shown.values(), counts, strict=True)
    ]
    worlds = [one for one in product(*options) if sum(one) == sum(counts)]
    for place, count in enumerate(counts):
        if shown[place] is None:
            assert any(abs(one[place] - count) > 2 for one in worlds)
            assert count >= threshold or any(one[place] >= threshold for one in worlds)


@pytest.mark.parametrize(
    ("world", "wanted"),
    [
        (World({"a": -1}), []),
        (World({"a": 1, "b": 2}, [(frozenset("a"), frozenset("b"))]), []),
        (World({"a": 2, "b": 1}, (), [(frozenset("a"), frozenset("b"))]), []),
        (World({"a": 1}), [Figure("x", frozenset("z"))]),
        (World({"a": 1}), [Figure("x", frozenset("a")), Figure("x", frozenset("a"))]),
        (World({"a": 1}), [Figure("x", frozenset("a"), table="t"), Figure("y", frozenset("a"), table="t")]),
    ],
)
def test_a_world_that_contradicts_itself_is_refused(world, wanted):
    with pytest.raises(ValueError, match=r"\w"):
        protect(world, wanted)
