"""What a match of everybody leaves alone: whoever, with all that are tied to them, stands as the match found them."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from outreach.matching.register.touched import TYPES, touched

NEW = (None, None, None, 0)
ROWS = st.lists(
    st.tuples(
        st.integers(0, 4), st.integers(0, 3), st.none() | st.integers(1, 5), st.none() | st.integers(1, 5),
        st.none() | st.integers(1, 4), st.integers(0, 1),
    ),
    max_size=9,
)  # fmt: skip


def written(keys, known):
    """The places of the rows that are written; keys: (person, household), known: (person, first person, household, stands)."""
    ids = list(range(10, 10 + len(keys)))
    found = pa.table({
        "record_id": pa.array(ids, pa.int64()), "person_key": pa.array([key[0] for key in keys], pa.int64()),
        "household_key": pa.array([key[1] for key in keys], pa.int64()),
    })  # fmt: skip
    # Rows that are in force no longer are known too.
    columns = zip(*[(9, 1, 1, 1, 1), *((id_, *one) for id_, one in zip(ids, known, strict=True))], strict=True)
    held = pa.table({name: pa.array(column, kind) for (name, kind), column in zip(TYPES.items(), columns, strict=True)})
    return [id_ - 10 for id_ in touched(found, held)["record_id"].to_pylist()]


def test_who_is_as_they_were_is_not_written_again():
    assert written([(10, 10), (10, 10), (12, 12)], [(1, 1, 7, 1), (1, 1, 7, 1), (2, 2, 8, 1)]) == []


def test_a_new_row_brings_their_person_and_all_of_the_household():
    keys = [(10, 10), (10, 10), (12, 10), (13, 13)]
    assert written(keys, [(1, 1, 7, 1), NEW, (2, 2, 7, 1), (3, 3, 8, 1)]) == [0, 1, 2]


def test_who_are_joined_or_part_are_written_on_both_sides():
    assert written([(10, 10), (10, 10), (12, 12)], [(1, 1, 7, 1), (2, 2, 8, 1), (3, 3, 9, 1)]) == [0, 1]
    assert written([(10, 10), (11, 11), (12, 12)], [(1, 1, 7, 1), (1, 1, 7, 1), (3, 3, 9, 1)]) == [0, 1]
    assert written([(10, 10), (11, 11), (12, 12)], [(1, 1, 7, 1), (2, 2, 7, 1), (3, 3, 9, 1)]) == [0, 1]


def test_what_does_not_stand_is_written_and_whoever_it_belonged_to_first():
    assert written([(10, 10), (11, 11), (12, 12)], [(1, 2, 7, 0), (2, 2, 8, 1), (3, 3, 9, 1)]) == [0, 1]


@given(ROWS)
def test_nothing_of_what_is_written_is_tied_to_what_is_left(drawn):
    keys, known = [row[:2] for row in drawn], [row[2:] for row in drawn]
    # As matching gives them: a person's rows are of one household.
    home = dict(keys)
    keys = [(person, home[person]) for person, _household in keys]
    again = set(written(keys, known))
    for here in range(len(drawn)):
        person, first, household, stands = known[here]
        if here not in again:
            assert stands
            assert None not in {person, first, household}
        for there in range(len(drawn)):
            tied = keys[here][0] == keys[there][0] or keys[here][1] == keys[there][1]
            persons = ({person, first} - {None}) & (set(known[there][:2]) - {None})
            tied = tied or bool(persons) or (household is not None and household == known[there][2])
            assert not tied or (here in again) == (there in again)
            if here not in again and there not in again:
                assert (keys[here][0] == keys[there][0]) == (person == known[there][0])
                assert (keys[here][1] == keys[there][1]) == (household == known[there][2])
