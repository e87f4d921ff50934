"""What people decided binds: never overruled, in any order, through any chain."""

from __future__ import annotations

from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.matching.clusters import Said, persons
from outreach.matching.constraints import Constraints, in_ids, pairs_of
from outreach.matching.engine import match_records
from outreach.simulation.records.lists import generate
from tests.matching.rows import HOME, person_keys, rows

SIZE = 10
pair = st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)).filter(lambda both: both[0] != both[1])
pairs = st.lists(pair, max_size=14)


def sides(links):
    return tuple(np.array([link[side] for link in links], dtype=np.int32) for side in (0, 1))


def nobody(left, right):
    del right
    return np.zeros(len(left), dtype=bool)


@given(pairs, pairs, pairs, st.sets(pair))
@settings(max_examples=300)
def test_apart_is_never_overruled_and_same_only_by_apart(links, same, apart, foes):
    def estranged(left, right):
        return np.array([(a, b) in foes for a, b in zip(left.tolist(), right.tolist(), strict=True)], dtype=bool)

    strength = np.linspace(0.99, 0.9, len(links), dtype=np.float32)
    found = persons(SIZE, *sides(links), strength, estranged, Said(same=sides(same), apart=sides(apart)))
    assert all(found[one] != found[other] for one, other in apart)
    if not apart:
        assert all(found[one] == found[other] for one, other in same)


@given(pairs, pairs)
def test_decisions_change_nothing_but_what_they_touch(links, apart):
    strength = np.linspace(0.99, 0.9, len(links), dtype=np.float32)
    free = persons(SIZE, *sides(links), strength, nobody)
    bound = persons(SIZE, *sides(links), strength, nobody, Said(apart=sides(apart)))
    touched = {int(free[one]) for both in apart for one in both}
    assert all(free[i] == bound[i] for i in range(SIZE) if int(free[i]) not in touched)


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(1, 400)), max_size=12), st.randoms())
@settings(max_examples=4)
def test_apart_holds_in_a_whole_list_in_any_order_of_rows(decided, random):
    records = generate(400, 985).records
    merged = match_records(records).links.to_pandas().query("decision == 'merge'")
    decided = [*decided, *random.sample(list(zip(merged["left_id"], merged["right_id"], strict=True)), 5)]
    constraints = Constraints(apart=pairs_of(decided))
    keys = person_keys(match_records(records, constraints=constraints))
    assert all(keys[one - 1] != keys[other - 1] for one, other in decided if one != other)
    shuffled = records.sample(frac=1, random_state=1)
    assert person_keys(match_records(shuffled, constraints=constraints)) == keys


def test_merging_and_taking_it_back_is_the_identity():
    records = generate(1_000, 986).records
    before = match_records(records)
    strangers = pairs_of([(1, 500), (2, 700), (3, 900)])
    joined = person_keys(match_records(records, constraints=Constraints(same=strangers)))
    assert all(joined[one - 1] == joined[other - 1] for one, other in strangers.tolist())
    assert person_keys(match_records(records, constraints=Constraints())) == person_keys(before)


def test_a_persons_word_goes_over_the_rules():
    """A woman who married and whose birth date was mistyped: no rule would join the two rows, somebody who knows her does."""
    people = rows(
        {"given_name": "Marie", "family_name": "Petit", "birth_date": date(1970, 1, 2), **HOME},
        {"given_name": "Josée", "family_name": "Roux", "birth_date": date(1981, 5, 6), "postal_code": "75011"},
    )
    assert person_keys(match_records(people)) == [1, 2]
    assert person_keys(match_records(people, constraints=Constraints(same=pairs_of([(2, 1)])))) == [1, 1]


def test_unsure_is_neither_merged_nor_asked_again():
    person = {"given_name": "Élodie", "family_name": "Lefèvre", "birth_date": date(1980, 2, 12), **HOME}
    matching = match_records(rows(person, person), constraints=Constraints(unsure=pairs_of([(1, 2)])))
    assert person_keys(matching) == [1, 2]
    assert matching.review_count == 0


def test_an_answer_for_one_row_answers_for_the_persons_other_rows():
    elder = {"given_name": "Karim", "family_name": "Benali", "birth_date": date(1950, 1, 1), "mobile": "+33639980001"}
    people = rows(elder, elder, elder | {"birth_date": None, "mobile": None}, **HOME)
    apart = match_records(people, constraints=Constraints(apart=pairs_of([(1, 3)])))
    assert person_keys(apart) == [1, 1, 3], "row 2 is the same person as row 1"
    assert apart.review_count == 0


def test_decisions_about_rows_that_a_run_does_not_know_are_passed_over():
    constraints = Constraints(same=pairs_of([(1, 99), (7, 7), (2, 1)]), apart=pairs_of([(98, 99)]))
    decided = in_ids(constraints, np.array([1, 2, 7]))
    assert [side.tolist() for side in decided.said.same] == [[0], [1]]
    assert [side.tolist() for side in decided.pairs()] == [[0], [1]]
