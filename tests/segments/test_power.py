"""What size of effect waves can show: against published figures, a simulation, and common sense."""

from __future__ import annotations

import numpy as np
import pytest

from outreach.policy.effects import design_effect, least_effect
from outreach.segments.power import detectable


@pytest.mark.parametrize(("each", "points"), [(500, 8.4), (2_500, 3.7), (10_000, 1.8), (50_000, 0.8)])
def test_the_least_effect_of_two_halves_is_the_published_one(each, points):
    assert round(100 * least_effect(each, each, 0.30), 1) == points


def test_an_effect_of_that_size_is_seen_four_times_in_five():
    rng = np.random.default_rng(7)
    one, other, baseline = 1_500, 700, 0.30
    effect = least_effect(one, other, baseline)
    seen, runs = 0, 4_000
    risen, plain = rng.binomial(one, baseline + effect, runs) / one, rng.binomial(other, baseline, runs) / other
    pooled = (risen * one + plain * other) / (one + other)
    seen = np.abs(risen - plain) / np.sqrt(pooled * (1 - pooled) * (1 / one + 1 / other)) > 1.959964
    assert 0.78 < seen.mean() < 0.82


def test_doors_of_one_building_weigh_less_than_strangers():
    assert [design_effect(size, 0.05) for size in (8, 20, 1)] == pytest.approx([1.35, 1.95, 1.0])
    alone, block = (detectable([500, 500], baseline=0.3, icc=0.05, per_building=size).best for size in (1, 20))
    assert block > alone
    assert block == pytest.approx(least_effect(500 / 1.95, 500 / 1.95, 0.3))


def test_each_wave_is_compared_with_those_who_wait():
    found = detectable([100, 200, 300], baseline=0.3, icc=0, per_building=1)
    assert [(one.after_wave, one.contacted, one.waiting) for one in found.comparisons] == [(1, 100, 500), (2, 300, 300)]


def test_what_cannot_be_shown_is_not_promised():
    assert least_effect(2, 2, 0.9) is None
    assert detectable([50], baseline=0.3, icc=0, per_building=1).best is None
