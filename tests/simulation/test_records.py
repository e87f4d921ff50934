"""The generator of partners' lists: repeatable, true to its shape, hard in the ways it promises."""

import pytest

from outreach.simulation.records.lists import COLUMNS, generate
from outreach.simulation.records.pools import given_names, spellings, surnames
from outreach.simulation.records.shape import MISSING, ListShape


def test_the_same_seed_gives_the_same_lists():
    first, again, other = generate(500, 3), generate(500, 3), generate(500, 4)
    assert first.records.equals(again.records)
    assert first.truth.equals(again.truth)
    assert not first.records.equals(other.records)
    assert tuple(first.records.columns) == COLUMNS
    assert first.records["record_id"].tolist() == list(range(1, 501))


@pytest.mark.parametrize("duplicates", [0.02, 0.2])
def test_as_many_rows_repeat_a_person_as_asked(duplicates):
    lists = generate(2_000, 5, ListShape(duplicates=duplicates))
    assert len(lists.records) == 2_000
    assert lists.truth["person"].duplicated().sum() == round(2_000 * duplicates)
    homes = lists.truth.groupby("person")["household"].nunique()
    assert homes.max() == 1


def test_fields_are_missing_as_often_as_asked():
    records = generate(5_000, 6, ListShape(missing={**MISSING, "birth_date": 0.7})).records
    absent = records.isna().mean()
    assert absent["birth_date"] == pytest.approx(0.7, abs=0.03)
    assert absent["email"] == pytest.approx(0.5, abs=0.03)


def test_more_flats_mean_more_neighbours_at_one_address():
    crowds = []
    for flats in (0.1, 0.7):
        records = generate(4_000, 7, ListShape(flats=flats)).records
        crowds.append(records.groupby(["postal_code", "street", "house_number"])["record_id"].transform("size").mean())
    assert crowds[0] * 3 < crowds[1]


def test_namesakes_and_twins_live_in_one_household():
    lists = generate(4_000, 8, ListShape(duplicates=0.0, namesakes=0.3, twins=0.3, missing={}))
    people = lists.records.assign(household=lists.truth["household"], given_name=lists.records["given_name"].str.upper())
    assert people.duplicated(["household", "given_name"]).mean() > 0.1
    assert people.duplicated(["household", "birth_date"]).mean() > 0.1


def test_a_name_has_other_spellings_that_lead_back_to_it():
    assert "MUHAMMAD" in spellings()["MOHAMED"]
    assert all(name in spellings()[other] for name, others in spellings().items() for other in others)
    lists = generate(4_000, 9, ListShape(duplicates=0.3, abroad=1.0, transliterated=1.0))
    names = lists.records["given_name"].str.upper().groupby(lists.truth["person"]).nunique()
    assert (names > 1).sum() > 500


def test_names_are_many_and_no_number_can_be_dialled():
    assert len(given_names()) > 1_000
    assert len(surnames()) == 12_000
    records = generate(1_000, 10).records
    assert (records["mobile"].dropna().str.len() > len("+33") + 9).all()
    assert (records["fixed"].dropna().str.len() > len("+33") + 9).all()


def test_repeats_differ_from_what_they_repeat():
    lists = generate(5_000, 11, ListShape(duplicates=0.3, missing={}))
    both = lists.records.assign(person=lists.truth["person"])
    differing = both.groupby("person")[["mobile", "street", "birth_date", "partner", "email"]].nunique().gt(1)
    repeated = both["person"].value_counts().sort_index().gt(1).to_numpy()
    shares = differing[repeated].mean()
    assert (shares > 0.05).all()
    assert (shares < 0.8).all()
