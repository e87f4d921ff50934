"""Nobody stands alone in an extract: whatever the lines, those shown look like k others; nothing else is lost."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from outreach.definitions.agreement import ResearchDimension
from outreach.reporting.exports.anonymity import ANYTHING, MOST_LEFT_OUT, make_coarse
from outreach.reporting.exports.ladders import OTHER, ladder_of, ladder_of_months

AGES = ("under_25", "25_34", "35_49", "50_64", "65_74", "75_on", "unknown")
MONTHS = ("", "2026-10", "2026-11", "2026-12", "2027-01")
LANGUAGES = ("fr", "fr", "fr", "ar", "tr", "wo", "unknown")
LINES = st.lists(st.tuples(st.sampled_from(AGES), st.sampled_from(LANGUAGES), st.sampled_from(MONTHS)), max_size=80)


def ladders(lines, k):
    return [
        ladder_of(ResearchDimension.AGE, (), k),
        ladder_of(ResearchDimension.LANGUAGE, [line[1] for line in lines], k),
        ladder_of_months("contacted"),
    ]


@given(LINES, st.integers(5, 12))
def test_every_line_shown_looks_like_k_at_least(lines, k):
    coarse = make_coarse(lines, ladders(lines, k), k)
    shown = Counter(line for line in coarse.lines if line is not None)
    assert len(coarse.lines) == len(lines)
    assert min(shown.values(), default=k) >= k
    assert shown.total() + coarse.left_out == len(lines)
    assert coarse.left_out in range(k) or coarse.left_out <= MOST_LEFT_OUT * len(lines)


@given(LINES, st.integers(5, 12), st.randoms())
def test_the_order_of_lines_says_nothing(lines, k, lot):
    shuffled = lot.sample(lines, len(lines))
    one, other = (make_coarse(some, ladders(some, k), k) for some in (lines, shuffled))
    assert one.steps == other.steps
    assert Counter(one.lines) == Counter(other.lines)


@given(LINES, st.integers(5, 12))
def test_a_value_shown_is_true(lines, k):
    steps = ladders(lines, k)
    coarse = make_coarse(lines, steps, k)
    for line, shown in zip(lines, coarse.lines, strict=True):
        for ladder, value, told in zip(steps, line, shown or (), strict=False):
            assert told == ladder.at(coarse.steps[ladder.column], value)


def test_what_is_common_stays_as_it_was():
    lines = [("35_49", "fr", "2026-10")] * 40 + [("65_74", "fr", "2026-11")] * 40
    coarse = make_coarse(lines, ladders(lines, 5), 5)
    assert coarse.lines == lines
    assert set(coarse.steps.values()) == {0}


def test_a_few_rare_lines_go_rather_than_that_all_become_coarser():
    lines = [("35_49", "fr", "2026-10")] * 99 + [("75_on", "fr", "2026-10")]
    coarse = make_coarse(lines, ladders(lines, 5), 5)
    assert coarse.left_out == 1
    assert coarse.steps["age"] == 0


def test_ladders_lead_from_fine_to_nothing():
    months = ladder_of_months("opened")
    assert [months.at(step, "2026-11") for step in range(4)] == ["2026-11", "2026-T4", "2026", ANYTHING]
    assert [months.at(step, "") for step in range(4)] == ["", "", "", ANYTHING]
    spoken = ladder_of(ResearchDimension.LANGUAGE, ["fr"] * 500 + ["ar"] * 20 + ["wo"] * 5, 5)
    assert [spoken.at(0, language) for language in ("fr", "ar", "wo")] == ["fr", "ar", OTHER], "five of 525 are not frequent"
    assert [spoken.at(1, language) for language in ("fr", "ar", "wo")] == ["fr", OTHER, OTHER]
