"""Why two rows are one person: the steps add up, every level has its words, and the picture shows them."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.core.i18n import speaking
from outreach.matching.engine import match_records
from outreach.matching.explained.explain import MISSING, ORDER, barred, waterfall
from outreach.matching.explained.picture import bar, factor, percent, svg
from outreach.matching.explained.wording import AGREEMENTS, BARRED, OUTCOMES, agreement, silent
from outreach.matching.fields import FIELDS, NAMES, pack, unpack_one
from outreach.matching.model import posteriors, score
from outreach.matching.parameters import shipped
from outreach.simulation.records.lists import generate

LEVELS = st.fixed_dictionaries({field.name: st.integers(-1, len(field.levels) - 1) for field in FIELDS})
RECORDS = 10_000


def model_says(pattern):
    return float(posteriors(score(shipped(), np.array([pattern], dtype=np.int32), RECORDS).joint)[0, 0])


@given(LEVELS)
def test_the_steps_lead_from_the_first_guess_to_the_verdict(levels):
    pattern = pack(levels)
    why = waterfall(pattern, shipped(), RECORDS, model_says(pattern))
    odds = np.cumsum([step.weight for step in why.steps])
    probabilities = 1 / (1 + np.exp2(-odds))
    assert [step.p_after for step in why.steps] == pytest.approx(probabilities, abs=1e-3)
    assert why.steps[-1].p_after == pytest.approx(why.p_same, abs=1e-3)
    assert {step.field for step in why.telling}.isdisjoint(why.silent)
    assert all(step.weight == 0 for step in why.steps if step.level == MISSING)
    assert all((step.field, step.level) in AGREEMENTS for step in why.telling)


def test_every_field_has_its_place_and_every_level_its_words():
    assert sorted(ORDER) == sorted(NAMES)
    wanted = {(field.name, level) for field in FIELDS for level in field.levels}
    assert wanted <= set(AGREEMENTS)


def test_what_a_run_says_of_a_pair_is_what_is_explained():
    matching = match_records(generate(3_000, 991).records)
    for link in matching.links.to_pandas().sample(150, random_state=1).itertuples():
        why = waterfall(link.pattern, matching.parameters, matching.stats.records, link.p_same)
        assert why.steps[-1].p_after == pytest.approx(link.p_same, abs=2e-3)
        if link.decision == "merge" and why.barred:
            assert why.barred == "nothing_personal", "merged through others, never by its own evidence"


def test_the_rule_that_forbids_a_merge_is_named():
    assert barred(pack({"given_name": 0, "birth_date": 0, "mobile": 2})) == "contradicted"
    assert barred(pack({"given_name": 0, "mobile": 2, "address": 3})) == "nothing_personal"
    assert barred(pack({"given_name": 5, "family_name": 4, "birth_date": 3})) is None
    assert set(BARRED) == {"contradicted", "nothing_personal", "chained"}


def test_patterns_unpack_to_words():
    assert unpack_one(pack({"given_name": 5, "flat": 1})) == {"given_name": "equal_or_swapped", "flat": "equal"}


@pytest.mark.parametrize(
    ("weight", "words", "drawn"),
    [(10, "× 1 024", "│██████████"), (-3, "÷ 8", "░░░│"), (0, "–", "│"), (0.5, "× 1,4", "│█"), (40, None, "│████████████")],
)
def test_weights_are_told_and_drawn(weight, words, drawn):
    if words:
        assert factor(weight).replace("\u202f", " ").replace("\xa0", " ") == words
    assert bar(weight).strip() == drawn


def test_nothing_uncertain_is_called_certain():
    plain = {p: percent(p).replace("\u202f", " ").replace("\xa0", " ") for p in (0.99999, 0.0001, 0.5, 0.123)}
    assert plain == {0.99999: "plus de 99,9 %", 0.0001: "moins de 0,1 %", 0.5: "50 %", 0.123: "12,3 %"} or plain[0.5] == "50,0 %"


def test_the_picture_holds_every_step_and_nothing_that_a_page_would_run():
    pattern = pack({"given_name": 5, "family_name": 4, "birth_date": 3, "mobile": 0, "address": 3, "crowd": 0})
    why = waterfall(pattern, shipped(), RECORDS, model_says(pattern))
    picture = ET.fromstring(svg(why))  # noqa: S314 - our own
    texts = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert [agreement(step.field, step.level) for step in why.telling] == texts[0:-2:2]
    width = float(picture.get("width"))
    assert all(
        0 <= float(bar.get("x")) <= float(bar.get("x")) + float(bar.get("width")) <= width
        for bar in picture.iter("{http://www.w3.org/2000/svg}rect")
    )
    assert "style=" not in svg(why)
    with speaking("en"):
        assert "Same family name" in svg(why)


def test_silence_is_told_once():
    assert silent([]) == ""
    assert "téléphone fixe, porte" in silent(["fixed", "flat"])
    assert set(OUTCOMES) == {"merge", "review", "household", "apart"}
