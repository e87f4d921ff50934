"""Lists at the edge: empty, one row, forty rows, absent columns, wrong ids."""

import pandas as pd
import pyarrow as pa
import pytest

from outreach.matching.engine import match_records
from outreach.matching.prepare import COLUMNS
from outreach.matching.training import train
from outreach.simulation.records.lists import generate
from tests.matching.rows import household_keys, person_keys, rows


def test_an_empty_list():
    empty = pa.table({name: pa.array([], kind) for name, kind in COLUMNS.items()})
    matching = match_records(empty)
    assert matching.persons.num_rows == matching.households.num_rows == matching.links.num_rows == 0
    assert matching.review_count == matching.stats.pairs_compared == 0


def test_one_row_and_rows_without_anything():
    assert person_keys(match_records(rows({"family_name": "Martin"}))) == [1]
    blank = match_records(pd.DataFrame({"record_id": [7, 3]}))
    assert blank.persons.to_pydict() == {"record_id": [3, 7], "person_key": [3, 7]}


def test_forty_rows_with_a_repeated_person():
    records = generate(39, 951).records
    again = records.iloc[[0]].assign(record_id=40, email=None)
    matching = match_records(pd.concat([records, again], ignore_index=True))
    first = int(records.iloc[0]["record_id"])
    assert person_keys(matching)[39] == first
    assert household_keys(matching)[39] == household_keys(matching)[first - 1]


def test_dates_as_text_or_timestamps_are_read():
    person = {"given_name": "Nadia", "family_name": "Haddad", "postal_code": "33210"}
    as_text = rows(person | {"birth_date": "1980-02-12"}, person | {"birth_date": "1980-02-12"})
    as_stamps = as_text.assign(birth_date=pd.to_datetime(as_text["birth_date"]))
    assert person_keys(match_records(as_text)) == person_keys(match_records(as_stamps))


@pytest.mark.parametrize("ids", [[1, 1], [1, None]])
def test_record_ids_must_be_filled_in_and_unique(ids):
    with pytest.raises(ValueError, match="record_id"):
        match_records(pd.DataFrame({"record_id": ids}))


def test_a_list_without_record_ids_is_refused():
    with pytest.raises(ValueError, match="record_id"):
        match_records(pd.DataFrame({"given_name": ["Paul"]}))


def test_nothing_can_be_learnt_from_two_strangers():
    with pytest.raises(ValueError, match="too few"):
        train(rows({"given_name": "Paul"}, {"given_name": "Nadia"}))
