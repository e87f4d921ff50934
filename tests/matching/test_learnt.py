"""Parameters learnt from the register's own rows, adopted by a person; answers that correct the odds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from outreach.core.acts import ACTS
from outreach.core.errors import PolicyError
from outreach.matching.constraints import Constraints
from outreach.matching.parameters import Parameters, shipped
from outreach.matching.register.calibration import LEAST_LABELS, calibrate, fit_correction
from outreach.matching.register.learnt import adopt, effect, keep_calibrated, learn, parameters_in_force, shifts
from outreach.matching.scoring import ScoredPairs, calibrated, uncorrected
from outreach.simulation.records.lists import generate


def table(seed, rows=4_000):
    import pyarrow as pa

    return pa.Table.from_pandas(generate(rows, seed).records, preserve_index=False)


def test_learning_says_what_it_learnt_and_adopts_nothing(session):
    found = learn(session, table(995), Constraints(), actor="lea")
    assert (found.version, found.records, found.against) == ("own-1", 4_000, shipped().version)
    assert found.effect.review_before > 0
    assert all(abs(shift.after - shift.before) >= 1 for shift in found.shifts)
    assert found.shifts == sorted(found.shifts, key=lambda shift: -abs(shift.after - shift.before))
    assert parameters_in_force(session).version == shipped().version
    adopt(session, "own-1", actor="lea")
    assert parameters_in_force(session).version == "own-1"
    adopt(session, shipped().version, actor="lea")
    assert parameters_in_force(session) == replace(shipped(), calibration=(0.0, 1.0)), "back to what was shipped"
    kept = session.execute(text("SELECT version, learnt_from FROM match_parameters ORDER BY id")).all()
    assert kept == [("own-1", "4000 rows"), (shipped().version, "shipped")]
    told = [ACTS[action] for (action,) in session.execute(text("SELECT action FROM audit_entry ORDER BY id"))]
    assert all("paramètres" in words for words in told), "the audit trail says what was done, and nothing of duplicates"


def test_too_little_to_learn_from_is_told(session):
    with pytest.raises(PolicyError, match="il en faut 2000"):
        learn(session, table(996, 500), Constraints(), actor="lea")
    with pytest.raises(PolicyError, match="n'existent pas"):
        adopt(session, "own-9", actor="lea")


def test_the_same_parameters_change_nothing():
    assert shifts(shipped(), shipped()) == []
    same = effect(table(997, 2_000), Constraints(), shipped(), shipped())
    assert (same.merged, same.parted) == (0, 0)
    assert same.review_before == same.review_after


def answered(session, said, same):
    session.execute(
        text(
            "INSERT INTO match_decision (verdict, left_row, right_row, left_partner, left_key, left_who, right_partner, right_key,"
            " right_who, p_same, author, decided_at) SELECT v, n, n + 100000, 1, n, 'x', 1, n, 'y', p, 'lea', now()"
            " FROM unnest(CAST(:verdicts AS text[]), CAST(:said AS float[])) WITH ORDINALITY AS a (v, p, n)"
        ),
        {"verdicts": ["same" if answer else "apart" for answer in same], "said": [float(p) for p in said]},
    )


def test_answers_correct_odds_that_said_too_much(session):
    rng = np.random.default_rng(7)
    said = rng.uniform(0.3, 0.95, 400)
    answered(session, said, rng.random(400) < said**2)
    found = calibrate(session)
    assert found.labels == 400
    assert all(abs(one.corrected - one.found) < 0.12 for one in found.bins if one.pairs >= 40)
    assert any(one.said - one.found > 0.12 for one in found.bins)
    version = keep_calibrated(session, (found.offset, found.slope), found.labels, actor="lea")
    adopt(session, version, actor="lea")
    assert parameters_in_force(session).calibration == pytest.approx((found.offset, found.slope))


def test_few_answers_correct_nothing(session):
    answered(session, [0.9] * (LEAST_LABELS - 1), [True] * (LEAST_LABELS - 1))
    with pytest.raises(PolicyError, match="trop peu de réponses"):
        calibrate(session)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_a_correction_never_turns_the_order_round(answers):
    said, same = np.array([p for p, _ in answers]), np.array([answer for _, answer in answers])
    offset, slope = fit_correction(said, same)
    assert slope >= 0.1
    assert np.isfinite(offset)


def test_corrected_pairs_stay_probabilities_and_parameters_keep_the_correction(tmp_path):
    pairs = ScoredPairs(
        *(np.arange(3, dtype=np.int32) for _ in range(3)),
        np.array([0.1, 0.6, 0.99], dtype=np.float32), np.array([0.8, 0.3, 0.005], dtype=np.float32),
    )  # fmt: skip
    found = calibrated(pairs, (-1.0, 1.2))
    assert (found.p_same < pairs.p_same).all()
    assert (found.p_same + found.p_household <= 1 + 1e-6).all()
    assert [uncorrected(float(p), (-1.0, 1.2)) for p in found.p_same] == pytest.approx(pairs.p_same.tolist(), abs=1e-5)
    assert calibrated(pairs, (0.0, 1.0)) is pairs
    path = tmp_path / "own.json"
    replace(shipped(), calibration=(-1.0, 1.2)).save(path)
    assert Parameters.load(path).calibration == (-1.0, 1.2)
