"""The estimate of an effect: what it is, that its interval keeps its promise, and that « non concluant » holds no figure."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.policy.effects import design_effect, least_effect
from outreach.reporting.uplift import Conclusive, Inconclusive, Reason, Rows, estimate, judge
from outreach.reporting.uplift.student import distribution, quantile, two_sided
from tests.reporting.simulated import campaign, naive_interval

CAMPAIGNS = 100
BLOCKS = {"strata": 1, "likeness": 0.0}


@pytest.mark.parametrize(
    ("freedom", "expected"),
    [(1, 12.7062), (2, 4.3027), (3, 3.1824), (5, 2.5706), (10, 2.2281), (30, 2.0423), (120, 1.9799), (1e6, 1.9600)],
)
def test_quantiles_are_those_of_the_tables(freedom, expected):
    assert quantile(0.975, freedom) == pytest.approx(expected, abs=5e-5)
    assert quantile(0.025, freedom) == pytest.approx(-expected, abs=5e-5)
    assert two_sided(expected, freedom) == pytest.approx(0.05, abs=2e-5)


@given(share=st.floats(0.001, 0.999), freedom=st.floats(1, 5_000))
def test_a_quantile_undoes_the_distribution(share, freedom):
    assert distribution(quantile(share, freedom), freedom) == pytest.approx(share, abs=1e-9)


def test_it_is_least_squares_with_strata_and_the_variance_of_clusters():
    """The same by the textbook: dummies for strata, and the sandwich written out."""
    rows = campaign(np.random.default_rng(1), cases=400, strata=4)
    names = np.unique(rows.stratum)
    x = np.column_stack([rows.treated, *(rows.stratum == name for name in names)]).astype(float)
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ x.T @ rows.outcome
    rest = rows.outcome - x @ beta
    groups = np.unique(rows.cluster)
    meat = sum(np.outer(score, score) for group in groups for score in [x[rows.cluster == group].T @ rest[rows.cluster == group]])
    correction = len(groups) / (len(groups) - 1) * (len(x) - 1) / (len(x) - x.shape[1])
    error = np.sqrt(correction * (inverse @ meat @ inverse)[0, 0])
    found = estimate(rows)
    assert found.effect == pytest.approx(100 * beta[0])
    assert found.high - found.effect == pytest.approx(100 * quantile(0.975, found.freedom) * error)
    assert (found.clusters, found.strata) == (len(groups), len(names))


@pytest.fixture(scope="module")
def hundred():
    """100 campaigns with an effect of 6 points, and 100 with none."""
    rng = np.random.default_rng(20261005)
    settings = {"likeness": 0.10, "cases": 5_000}
    return {effect: [campaign(rng, effect=effect / 100, **settings) for _one in range(CAMPAIGNS)] for effect in (6, 0)}


def verdict(rows):
    sizes = np.unique(rows.cluster, return_counts=True)[1]
    spread = design_effect((sizes**2).sum() / sizes.sum(), 0.05)
    contacted = int(rows.treated.sum())
    least = least_effect(contacted / spread, (len(rows.treated) - contacted) / spread, 0.30)
    return judge(estimate(rows), 100 * least, len(rows.treated))


def test_the_interval_covers_a_known_effect_of_six_points(hundred):
    found = [estimate(rows) for rows in hundred[6]]
    assert sum(one.low <= 6 <= one.high for one in found) >= 93
    assert np.mean([one.effect for one in found]) == pytest.approx(6, abs=0.5)


def test_without_an_effect_there_are_few_false_alarms(hundred):
    assert sum(not one.low <= 0 <= one.high for one in map(estimate, hundred[0])) <= 7
    assert sum(isinstance(verdict(rows), Conclusive) for rows in hundred[0]) <= 7


def test_six_points_are_found_by_most_campaigns_of_five_thousand(hundred):
    told = [verdict(rows) for rows in hundred[6]]
    assert sum(isinstance(one, Conclusive) for one in told) >= 75
    assert all(one.effect > 0 for one in told if isinstance(one, Conclusive))


def test_over_many_campaigns_the_interval_is_neither_too_short_nor_too_long():
    rng = np.random.default_rng(7)
    found = [estimate(campaign(rng, cases=1_200, likeness=0.10)) for _one in range(1_500)]
    assert 0.935 <= np.mean([one.low <= 6 <= one.high for one in found]) <= 0.97


def test_where_help_spreads_by_building_doors_are_no_strangers():
    """The effect itself differs between large buildings: the usual interval is too short, this one is not."""
    rng = np.random.default_rng(11)
    many = [
        campaign(rng, cases=2_000, per_building=40, baseline=0.45, strata=2, likeness=0.0, uneven=0.20) for _one in range(400)
    ]
    ours = np.mean([one.low <= 6 <= one.high for one in map(estimate, many)])
    naive = np.mean([low <= 6 <= high for low, high in map(naive_interval, many)])
    assert ours >= 0.93
    assert naive < 0.89


def test_where_whole_buildings_are_dealt_doors_are_no_strangers_either():
    rng = np.random.default_rng(12)
    covered = []
    for _one in range(400):
        building = np.repeat(np.arange(60), 20)
        treated = rng.permutation(np.arange(60) % 2 == 0)[building]
        home = rng.normal(0, 0.12, 60)[building]
        outcome = (rng.random(1_200) < np.clip(0.4 + home + 0.06 * treated, 0, 1)).astype(float)
        rows = Rows(np.zeros(1_200, int), treated, building, outcome)
        found, (low, high) = estimate(rows), naive_interval(rows)
        covered.append((found.low <= 6 <= found.high, low <= 6 <= high))
    ours, naive = np.mean(covered, axis=0)
    assert ours >= 0.93
    assert naive < 0.88


def test_strata_of_very_unequal_waves_do_not_mix_up_who_they_are_with_what_was_done():
    """Those of one stratum pay more often and are contacted first: a plain difference would call it an effect."""
    rng = np.random.default_rng(3)
    stratum = np.repeat([0, 1], [3_000, 3_000])
    treated = np.concatenate([rng.permutation(3_000) < 2_700, rng.permutation(3_000) < 300])
    outcome = (rng.random(6_000) < np.where(stratum == 0, 0.7, 0.2)).astype(float)
    rows = Rows(stratum, treated, np.arange(6_000), outcome)
    found, plain = estimate(rows), naive_interval(rows)
    assert found.low <= 0 <= found.high
    assert plain[0] > 20


def test_strata_in_which_nobody_waits_are_dropped_and_told():
    rows = campaign(np.random.default_rng(5), cases=600, strata=3)
    lone = Rows(
        np.concatenate([rows.stratum, np.full(40, 99)]), np.concatenate([rows.treated, np.ones(40, bool)]),
        np.concatenate([rows.cluster, np.arange(40) + 10**6]), np.concatenate([rows.outcome, np.ones(40)]),
    )  # fmt: skip
    found = estimate(lone)
    assert (found.dropped, found.dropped_cases) == (1, 40)
    assert replace(found, dropped=0, dropped_cases=0) == estimate(rows)


def test_with_nobody_to_compare_there_is_no_estimate():
    nobody = Rows(np.zeros(5, int), np.ones(5, bool), np.arange(5), np.ones(5))
    assert estimate(nobody) is None
    assert estimate(replace(nobody, treated=np.arange(5) < 2, cluster=np.zeros(5, int))) is None, "one building has no error"
    assert judge(None, 8.0, 5) == Inconclusive(Reason.TOO_FEW, 8.0, 5)


def test_looking_every_day_would_raise_false_alarms_and_one_look_does_not():
    """Why there is one look: the same campaigns without any effect, looked at daily until something shows, or once."""
    rng = np.random.default_rng(17)
    daily = once = 0
    for _one in range(4 * CAMPAIGNS):
        rows = campaign(rng, cases=1_500, effect=0.0, baseline=0.40, **BLOCKS)
        paid_on = np.where(rows.outcome == 1, rng.integers(1, 22, len(rows.outcome)), 99)
        looks = [estimate(replace(rows, outcome=(paid_on <= day).astype(float))) for day in range(1, 22)]
        alarms = [not look.low <= 0 <= look.high for look in looks]
        daily += any(alarms)
        once += alarms[-1]
    assert once <= 0.07 * 4 * CAMPAIGNS
    assert daily >= 0.12 * 4 * CAMPAIGNS


def test_what_is_inconclusive_holds_no_figure_of_what_was_found():
    assert [item.name for item in fields(Inconclusive)] == ["reason", "needed", "had"]
    rows = campaign(np.random.default_rng(2), cases=1_500)
    found = estimate(rows)
    told = judge(found, abs(found.effect) + 1, 1_500)
    assert told == Inconclusive(Reason.NO_CLEAR_DIFFERENCE, abs(found.effect) + 1, 1_500)
    assert judge(replace(found, low=-1.0, high=30.0, effect=14.5), 3.0, 1_500).reason is Reason.NO_CLEAR_DIFFERENCE
    assert isinstance(judge(replace(found, low=2.0, high=30.0, effect=16.0), 3.0, 1_500), Conclusive)
    assert "non concluant" in str(told)
    assert not any(letter.isdigit() for letter in str(told))


SMALL = st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 6), st.booleans()), min_size=8, max_size=60).map(
    lambda lines: Rows(*(np.array(column) for column in zip(*lines, strict=True)))
)


def same(one, other):
    if one is None or other is None:
        return one is other
    names = ("effect", "low", "high", "p", "contacted", "waiting", "clusters", "strata")
    return all(getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-6, abs=1e-6) for name in names)


@given(rows=SMALL, seed=st.integers(0, 2**32 - 1))
@settings(max_examples=150)
def test_neither_names_nor_order_matter(rows, seed):
    order = np.random.default_rng(seed).permutation(len(rows.outcome))
    renamed = Rows(
        np.array([f"site {name * 7 % 5}" for name in rows.stratum])[order], rows.treated[order], (1_000 - 13 * rows.cluster)[order],
        rows.outcome[order],
    )  # fmt: skip
    assert same(estimate(rows), estimate(renamed))


@given(rows=SMALL, size=st.integers(1, 10), all_treated=st.booleans())
@settings(max_examples=150)
def test_a_stratum_without_a_comparison_changes_nothing(rows, size, all_treated):
    more = Rows(
        np.concatenate([rows.stratum, np.full(size, 50)]), np.concatenate([rows.treated, np.full(size, all_treated)]),
        np.concatenate([rows.cluster, np.full(size, 77)]), np.concatenate([rows.outcome, np.ones(size, bool)]),
    )  # fmt: skip
    assert same(estimate(rows), estimate(more))


@given(rows=SMALL, shifts=st.lists(st.floats(-3, 3), min_size=4, max_size=4))
@settings(max_examples=150)
def test_the_level_of_a_stratum_is_no_effect(rows, shifts):
    shifted = replace(rows, outcome=rows.outcome + np.array(shifts)[rows.stratum])
    one, other = estimate(rows), estimate(shifted)
    assert (one is None) == (other is None)
    assert one is None or other.effect == pytest.approx(one.effect, abs=1e-6)


@given(rows=SMALL)
@settings(max_examples=100)
def test_changing_sides_changes_the_sign_alone(rows):
    one, other = estimate(rows), estimate(replace(rows, treated=~rows.treated))
    assert (one is None) == (other is None)
    assert one is None or (other.effect, other.low, other.high) == pytest.approx((-one.effect, -one.high, -one.low), abs=1e-6)
