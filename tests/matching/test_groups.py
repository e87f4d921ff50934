"""Clusters, households and thresholds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.matching.clusters import components, persons
from outreach.matching.households import MOST_BY_NAME, households
from outreach.matching.rules import BY_NAME, TIED, UNTIED
from outreach.matching.thresholds import best_expected_f1_threshold, merge_threshold

SIZE = 12
links = st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)), max_size=20)


def ids(values):
    return np.array(values, dtype=np.int32)


def sides(pairs):
    return ids([pair[0] for pair in pairs]), ids([pair[1] for pair in pairs])


def never(left, right):
    del right
    return np.zeros(len(left), dtype=bool)


@given(links)
def test_components_are_those_of_a_walk(pairs):
    reached = {start: {start} for start in range(SIZE)}
    for _ in range(SIZE):
        for one, other in pairs:
            both = reached[one] | reached[other]
            for member in both:
                reached[member] = both
    assert components(SIZE, *sides(pairs)).tolist() == [min(reached[start]) for start in range(SIZE)]


def test_a_contradiction_cuts_the_weakest_link_only():
    left, right = sides([(0, 1), (1, 2), (2, 3), (5, 6)])
    strength = np.array([0.99, 0.90, 0.97, 0.95], dtype=np.float32)

    def apart(one, other):
        return (one == 0) & (other == 3)

    assert persons(7, left, right, strength, apart).tolist() == [0, 0, 2, 2, 4, 5, 5]
    assert persons(7, left, right, strength, never).tolist() == [0, 0, 0, 0, 4, 5, 5]


@given(links, st.sets(st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1))), st.randoms())
def test_no_person_holds_a_contradiction_in_any_order(pairs, foes, random):
    pairs = sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]} - foes)
    strength = {pair: 0.9 + (hash(pair) % 97) / 1000 for pair in pairs}

    def apart(one, other):
        return np.array([(a, b) in foes for a, b in zip(one.tolist(), other.tolist(), strict=True)], dtype=bool)

    results = []
    for _ in range(2):
        random.shuffle(pairs)
        p_same = np.array([strength[pair] for pair in pairs], dtype=np.float32)
        results.append(persons(SIZE, *sides(pairs), p_same, apart).tolist())
    assert results[0] == results[1]
    assert all(results[0][one] != results[0][other] for one, other in foes if one < other)


def test_a_chain_of_neighbours_is_not_one_household():
    left, right = sides([(0, 1), (1, 2), (2, 3), (3, 4)])
    together = np.array([0.97, 0.75, 0.75, 0.97], dtype=np.float32)
    found = households(np.arange(5, dtype=np.int32), left, right, together, 0.7)
    assert found.tolist() == [0, 0, 2, 3, 3]


def test_a_family_that_knows_each_other_stays_together():
    left, right = sides([(0, 1), (0, 2), (1, 2)])
    together = np.array([0.9, 0.72, 0.8], dtype=np.float32)
    assert households(np.arange(4, dtype=np.int32), left, right, together, 0.7).tolist() == [0, 0, 0, 3]


def test_who_shares_nothing_links_nobody_but_may_live_with_those_whom_something_ties():
    left, right = sides([(0, 1), (0, 2), (1, 2)])
    together = np.array([0.9, 0.9, 0.7], dtype=np.float32)
    person = np.arange(3, dtype=np.int32)
    for ties, expected in (([TIED, BY_NAME, UNTIED], [0, 0, 0]), ([TIED, UNTIED, UNTIED], [0, 0, 2])):
        assert households(person, left, right, together, 0.7, ties=np.array(ties, dtype=np.int8)).tolist() == expected


@pytest.mark.parametrize(("people", "alone"), [(MOST_BY_NAME, False), (MOST_BY_NAME + 1, True)])
def test_many_of_one_surname_among_many_are_namesakes_and_live_with_whom_more_ties(people, alone):
    """Two of them share a phone: they are at home together, whatever becomes of the others."""
    left, right = sides([(one, other) for other in range(people) for one in range(other)])
    together = np.full(len(left), 0.95, dtype=np.float32)
    ties = np.where((left == 0) & (right == 1), TIED, BY_NAME).astype(np.int8)
    found = households(np.arange(people, dtype=np.int32), left, right, together, 0.7, ties=ties).tolist()
    assert found == ([0, 0, *range(2, people)] if alone else [0] * people)


def test_all_rows_of_a_person_are_of_one_household():
    person = ids([0, 0, 2, 3])
    left, right = sides([(1, 2), (2, 3)])
    together = np.array([0.95, 0.1], dtype=np.float32)
    assert households(person, left, right, together, 0.7).tolist() == [0, 0, 0, 3]


def test_the_merge_threshold_reaches_the_expected_precision():
    p_same = np.array([0.999] * 50 + [0.95] * 10 + [0.85] * 10 + [0.5] * 5, dtype=np.float32)
    assert merge_threshold(p_same, 0.985, 0.8) == pytest.approx(0.95)
    assert merge_threshold(p_same, 0.9, 0.8) == pytest.approx(0.85)
    assert merge_threshold(p_same, 0.9, 0.97) == pytest.approx(0.999)
    assert merge_threshold(np.array([0.9], dtype=np.float32), 0.985, 0.8) == 1.0
    assert merge_threshold(np.empty(0, dtype=np.float32), 0.985, 0.8) == 0.8


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=40), st.floats(0.5, 0.999))
def test_merged_pairs_keep_the_target_on_average(values, target):
    p_same = np.array(values, dtype=np.float32)
    merged = p_same[p_same >= merge_threshold(p_same, target, 0.3)]
    assert not len(merged) or merged.astype(float).mean() >= target - 1e-9 or (merged == 1.0).all()


def test_the_best_expected_f1_lies_between_sure_and_unsure_pairs():
    p_same = np.array([0.99] * 20 + [0.05] * 20, dtype=np.float32)
    assert best_expected_f1_threshold(p_same) == pytest.approx(0.99)
    assert best_expected_f1_threshold(np.empty(0, dtype=np.float32)) == 1.0
