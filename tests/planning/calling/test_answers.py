"""When people answer: rates of seldom tried slots lean on the prior, the prior is fitted to all slots and can be read."""

from __future__ import annotations

import numpy as np
import pytest

from outreach.planning.calling import fit_prior, learn


def test_nothing_known_is_one_answer_in_three():
    found = learn(np.zeros((2, 3), int), np.zeros((2, 3), int))
    assert found.chance == pytest.approx(np.full((2, 3), 1 / 3))
    assert str(found.priors[0]) == "0.333 x 3.0"


def test_a_slot_tried_twice_is_neither_certain_nor_hopeless():
    calls, answered = np.array([[1000, 1000, 2, 2, 0]]), np.array([[200, 400, 2, 0, 0]])
    chance = learn(calls, answered).chance[0]
    assert chance[:2] == pytest.approx([0.2, 0.4], abs=0.01)
    assert 0.3 < chance[2] < 0.8
    assert 0.05 < chance[3] < 0.3
    assert chance[4] == pytest.approx(0.3, abs=0.02)


@pytest.mark.parametrize(("a", "b", "most"), [(2, 6, 200), (8, 12, 200), (20, 60, 200), (2, 6, 4)])
def test_the_prior_is_found_again(a, b, most):
    """Also from slots tried twice or three times each: what chance alone explains is no difference between them."""
    draw = np.random.default_rng(1)
    truth = draw.beta(a, b, 6000)
    calls = draw.integers(min(5, most - 2), most, 6000)
    prior = fit_prior(calls, draw.binomial(calls, truth))
    assert prior.mean == pytest.approx(a / (a + b), rel=0.03)
    assert prior.weight == pytest.approx(a + b, rel=0.12)


def test_slots_that_do_not_differ_share_what_they_know():
    draw = np.random.default_rng(2)
    calls = np.full(40, 30)
    found = learn(calls[None], draw.binomial(calls, 0.3)[None])
    assert found.priors[0].weight > 60
    assert np.ptp(found.chance) < 0.15


def test_counts_must_be_counts():
    with pytest.raises(ValueError, match="answers"):
        learn(np.array([[1]]), np.array([[2]]))
    with pytest.raises(ValueError, match="answers"):
        learn(np.array([[1]]), np.array([[-1]]))
