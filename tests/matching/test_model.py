"""The three-class model: estimation, adaptation, saving, explaining."""

from importlib import resources

import numpy as np
import pytest

from outreach.matching.explained.explain import explain
from outreach.matching.fields import FIELDS, NEAR_FIELDS, one_hot, pack
from outreach.matching.frequencies import Chance, name_averages, name_rarity
from outreach.matching.model import (
    estimate_far_rates,
    estimate_moved,
    estimate_near,
    estimate_near_weights,
    far_log_weights,
    posteriors,
    score,
)
from outreach.matching.parameters import CLASSES, Parameters, Stratum, shipped
from outreach.matching.prepare import load
from outreach.matching.session import MatchSettings, database
from outreach.matching.training import START_NEAR
from tests.matching.rows import rows

TRUE_WEIGHTS = {"same": 0.05, "household": 0.25, "stranger": 0.70}


def drawn_patterns(near: Stratum, pairs: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Patterns drawn from a known mixture, a third of the levels missing, with their counts."""
    rng = np.random.default_rng(seed)
    kinds = rng.choice(3, pairs, p=[near.weights[name] for name in CLASSES])
    columns = {}
    for field in FIELDS:
        level = np.full(pairs, 3 if field.name == "address" else -1)
        if field.name in NEAR_FIELDS:
            for row, name in enumerate(CLASSES):
                chosen = kinds == row
                shares = np.array(near.tables[name][field.name])
                level[chosen] = rng.choice(len(shares), chosen.sum(), p=shares / shares.sum())
            level[rng.random(pairs) < 0.33] = -1
        columns[field.name] = level
    packed = sum(radix * (columns[name] + 1) for name, radix in _radices().items())
    return np.unique(packed.astype(np.int32), return_counts=True)


def _radices() -> dict[str, int]:
    return {field.name: pack({field.name: 0}) for field in FIELDS}


def test_em_recovers_a_known_mixture():
    true = Stratum(TRUE_WEIGHTS, shipped().near.tables)
    patterns, counts = drawn_patterns(true, 60_000, 1)
    found = estimate_near(patterns, counts.astype(float), START_NEAR)
    for name in CLASSES:
        assert found.weights[name] == pytest.approx(TRUE_WEIGHTS[name], abs=0.01)
        for field in NEAR_FIELDS:
            assert found.tables[name][field] == pytest.approx(true.tables[name][field], abs=0.06)


def test_weights_follow_a_long_list_and_stay_put_in_a_short_one():
    true = Stratum(TRUE_WEIGHTS, shipped().near.tables)
    known = shipped().near
    for pairs, expected in ((100_000, TRUE_WEIGHTS), (1, known.weights)):
        patterns, counts = drawn_patterns(true, pairs, 2)
        found = estimate_near_weights(patterns, counts.astype(float), known, prior_pairs=500)
        assert found.weights["same"] == pytest.approx(expected["same"], abs=0.01)


def test_rates_between_addresses_are_per_record():
    pattern = np.array([pack({"given_name": 5, "family_name": 4, "birth_date": 3, "address": 0})], dtype=np.int32)
    found = estimate_far_rates(pattern, np.array([500.0]), shipped().far, records=10_000, prior_records=0)
    assert found.weights["same"] == pytest.approx(0.05, rel=0.05)


def test_what_a_move_changes_is_learnt_from_those_whose_names_and_birth_dates_say_who_they_are():
    person = {"given_name": 5, "family_name": 4, "birth_date": 3}
    patterns = np.array([pack(person | {"address": 0, "fixed": 0}), pack(person | {"address": 2, "fixed": 2})], dtype=np.int32)
    found = estimate_moved(patterns, np.array([900.0, 300.0]), shipped().far, records=20_000, prior_pairs=10.0)
    assert found.tables["same"]["address"] == pytest.approx((0.75, 0.0, 0.25, 0.0), abs=0.02)
    assert found.tables["same"]["fixed"] == pytest.approx((0.75, 0.0, 0.25), abs=0.02)
    assert found.tables["same"]["birth_date"] == shipped().far.tables["same"]["birth_date"]


def test_how_crowded_addresses_are_is_taken_from_the_list():
    """A list that covers few of each block has strangers at addresses that look empty."""
    strangers = {"given_name": 0, "family_name": 0, "partner": 0}
    patterns = np.array([pack(strangers | {"address": 3, "crowd": 0})], dtype=np.int32)
    found = estimate_near_weights(patterns, np.array([50_000.0]), shipped().near, prior_pairs=500)
    assert found.tables["stranger"]["crowd"][0] > 10 * shipped().near.tables["stranger"]["crowd"][0]


@pytest.mark.parametrize("records", [0, 1, 2, 40, 1_000_000])
def test_class_shares_are_proper_in_a_list_of_any_size(records):
    shares = np.exp(far_log_weights(np.array([0.3, 0.2]), records))
    assert shares.sum() == pytest.approx(1)
    assert (shares > 0).all()
    assert shares[:2].max() <= 0.25


def test_posteriors_sum_to_one_even_far_from_zero():
    found = posteriors(np.array([[-900.0, -901.0, -950.0], [0.0, 0.0, 0.0]]))
    assert found.sum(axis=1) == pytest.approx([1, 1])


def test_a_missing_field_says_nothing():
    assert not one_hot(np.array([0], dtype=np.int32), NEAR_FIELDS).any()


def test_shipped_parameters_are_small_and_survive_saving(tmp_path):
    text = resources.files("outreach.matching").joinpath("data", "parameters-2.json").read_text()
    assert len(text) < 20_000
    shipped().save(tmp_path / "again.json")
    assert Parameters.load(tmp_path / "again.json") == shipped()
    assert shipped().version == "2"


def test_shipped_tables_are_distributions():
    for stratum in (shipped().near, shipped().far):
        for table in stratum.tables.values():
            for shares in table.values():
                assert sum(shares) == pytest.approx(1, abs=0.002)


def test_parameters_of_another_engine_are_refused(tmp_path):
    path = tmp_path / "old.json"
    shipped().save(path)
    path.write_text(path.read_text().replace('"crowd"', '"storey"'))
    with pytest.raises(ValueError, match="storey"):
        Parameters.load(path)


def test_agreeing_more_is_never_less_likely_one_person():
    base = {"given_name": 5, "family_name": 4, "address": 3, "crowd": 0}
    patterns = np.array([pack(base | {"birth_date": born}) for born in (0, -1, 3)], dtype=np.int32)
    p_same = posteriors(score(shipped(), patterns, 10_000).joint)[:, 0]
    assert p_same[0] < p_same[1] < p_same[2]


def test_explanation_adds_up_to_the_score():
    pattern = pack({"given_name": 5, "family_name": 4, "birth_date": 3, "mobile": 2, "address": 3, "crowd": 0})
    evidence = explain(pattern, shipped())
    assert [item.field for item in evidence] == [field.name for field in FIELDS]
    joint = score(shipped(), np.array([pattern], dtype=np.int32), 1_000).joint[0]
    prior = np.log2(shipped().near.weights["same"] / shipped().near.weights["stranger"])
    assert sum(item.same for item in evidence) + prior == pytest.approx((joint[0] - joint[2]) / np.log(2))
    words = {item.field: (item.level, item.same) for item in evidence}
    assert words["birth_date"][0] == "equal"
    assert words["birth_date"][1] > 5
    assert words["email"] == ("missing", 0.0)


def test_chance_rates_blend_and_are_never_zero():
    assert Chance(0, 0).rate(0.01, 1_000) == pytest.approx(0.01)
    assert Chance(500, 10_000).rate(0.0, 0.0) == pytest.approx(0.05)
    assert Chance(0, 10_000).rate(0.0, 1_000) > 0


def test_rare_names_weigh_more_and_the_average_agreement_weighs_nothing():
    people = [{"family_name": "Martin"}] * 6 + [{"family_name": "Quéméneur"}] * 2 + [{}]
    with database(MatchSettings()) as connection:
        load(connection, rows(*people))
        surname = name_rarity(connection, name_averages(connection)).surname
    average = np.log((36 + 4) / 8)
    assert surname[0] == pytest.approx(average - np.log(6))
    assert surname[6] == pytest.approx(average - np.log(2))
