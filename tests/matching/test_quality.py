"""The engine on generated lists; the seeds were never used to design or train it."""

import numpy as np
import pyarrow as pa
import pytest

from outreach.matching.engine import match_records
from outreach.matching.training import train
from outreach.simulation.records.lists import generate
from outreach.simulation.records.shape import ListShape
from tests.matching.rows import household_keys, person_keys, quality


@pytest.mark.parametrize("seed", [961, 962])
def test_persons_and_households_of_ten_thousand_rows(seed):
    lists = generate(10_000, seed)
    matching = match_records(lists.records)
    precision, _, f1 = quality(lists.truth["person"], person_keys(matching))
    assert f1 >= 0.88
    assert precision >= 0.98
    precision, recall, _ = quality(lists.truth["household"], household_keys(matching))
    assert precision >= 0.95
    assert recall >= 0.78


def test_precision_of_automatic_merges_over_seeds():
    right = total = 0
    for seed in (904, 905, 906):
        lists = generate(5_000, seed)
        links = match_records(lists.records).links.to_pandas()
        merged = links[links["decision"] == "merge"]
        person = lists.truth.set_index("record_id")["person"]
        right += int((person[merged["left_id"]].to_numpy() == person[merged["right_id"]].to_numpy()).sum())
        total += len(merged)
    assert total > 1_000
    assert right / total >= 0.985


@pytest.mark.parametrize(
    "shape",
    [
        ListShape(duplicates=0.2, flats=0.1),
        ListShape(flats=0.7, partners=1),
        ListShape(partners=2, same_partner=0.1),
    ],
)
def test_other_kinds_of_lists(shape):
    lists = generate(8_000, 912, shape)
    precision, _, f1 = quality(lists.truth["person"], person_keys(match_records(lists.records)))
    assert precision >= 0.97
    assert f1 >= 0.81


def test_the_order_of_the_rows_does_not_matter():
    records = generate(2_000, 921).records
    shuffled = records.iloc[np.random.default_rng(1).permutation(len(records))]
    first, second = (
        match_records(records),
        match_records(pa.Table.from_pandas(shuffled, preserve_index=False)),
    )
    assert first.persons.equals(second.persons)
    assert first.households.equals(second.households)
    assert first.links.equals(second.links)
    assert first.merge_at == second.merge_at


def test_chunks_do_not_change_the_result(small_chunks):
    records = generate(1_500, 922).records
    assert match_records(records).links.equals(match_records(records, settings=small_chunks).links)


def test_links_agree_with_persons_and_thresholds():
    matching = match_records(generate(4_000, 923).records)
    person = dict(zip(*(column.to_pylist() for column in matching.persons.columns), strict=True))
    links = matching.links.to_pandas()
    assert (links["left_id"] < links["right_id"]).all()
    assert links["p_same"].between(0, 1).all()
    assert (links["p_same"] + links["p_household"] <= 1 + 1e-6).all()
    together = links["left_id"].map(person) == links["right_id"].map(person)
    assert (together == (links["decision"] == "merge")).all()
    review = links[links["decision"] == "review"]
    assert len(review) == matching.review_count
    assert (review["p_same"] >= matching.review_from).all()


def test_parameters_learnt_from_a_list_do_as_well_as_the_shipped_ones():
    lists = generate(5_000, 931)
    own = train(lists.records)
    assert own.version == "own"
    scores = [
        quality(lists.truth["person"], person_keys(match_records(lists.records, parameters=parameters)))[2]
        for parameters in (None, own)
    ]
    assert abs(scores[0] - scores[1]) <= 0.03
