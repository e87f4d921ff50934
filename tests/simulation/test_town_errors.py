"""Mishaps change what they should and nothing more."""

from __future__ import annotations

from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from outreach.simulation.errors import (
    cut_compound,
    cut_long,
    mistake_dates,
    mistype,
    shift_numbers,
    swap_digits,
)
from outreach.simulation.handwriting import PHONE_STYLES, write_amounts, write_days
from outreach.simulation.pools import draw, each, place_in_group, starts_of, texts, unaccent

LETTERS = st.text(alphabet="abcdefghijklmnopqrstuvwxyzéèçA BC-", min_size=1, max_size=20)


@given(LETTERS, st.integers(0, 2**32 - 1))
def test_a_typing_error_is_one_small_step(word: str, seed: int) -> None:
    typed = mistype(texts([word, word]), np.array([True, False]), np.random.default_rng(seed))
    assert typed[1] == word
    assert abs(len(typed[0]) - len(word)) <= 1
    assert typed[0][:1] == word[:1]
    assert len(word) >= 3 or typed[0] == word


def test_compound_and_long_names_are_cut() -> None:
    assert cut_compound("Jean-Pierre") == "Jean"
    assert cut_compound("Léa") == "Léa"
    assert cut_long("Gonçalves Pinto") == "Gonçalves Pi"
    assert cut_long("Le Gall") == "Le Gall"


@given(st.dates(min_value=date(1930, 1, 1), max_value=date(2008, 12, 31)))
def test_day_and_month_change_places_only_where_that_is_a_date(birth: date) -> None:
    day = np.array([birth], dtype="datetime64[D]")
    yes, no = np.array([True]), np.array([False])
    rng = np.random.default_rng(0)
    swapped = mistake_dates(day, no, yes, rng)[0].item()
    told = day[0].item()
    expected = told.replace(day=told.month, month=told.day) if told.day <= 12 else told
    assert swapped == expected
    assert mistake_dates(day, no, no, rng)[0] == day[0]
    assert mistake_dates(day, yes, no, rng)[0] < day[0]


def test_digits_swap_inside_the_last_four() -> None:
    numbers = texts(["0639981234", "", "0639981234"])
    wrong = swap_digits(numbers, np.array([True, True, False]), np.random.default_rng(1))
    assert wrong[0] != numbers[0]
    assert wrong[0].startswith("063998")
    assert sorted(wrong[0]) == sorted(numbers[0])
    assert wrong[1:].tolist() == numbers[1:].tolist()


@given(st.lists(st.integers(1, 200), min_size=1, max_size=20), st.integers(0, 1000))
def test_wrong_house_numbers_stay_above_zero(numbers: list[int], seed: int) -> None:
    shifted = shift_numbers(np.array(numbers), np.ones(len(numbers), bool), np.random.default_rng(seed))
    assert (shifted >= 1).all()


def test_phone_styles() -> None:
    assert [style("0639981234") for style in PHONE_STYLES] == [
        "06 39 98 12 34",
        "06.39.98.12.34",
        "0639981234",
        "+33 6 39 98 12 34",
        "639981234",
    ]


def test_days_and_amounts_are_written_as_in_france() -> None:
    days = np.array(["1984-02-29", "NaT"], dtype="datetime64[D]")
    assert write_days(days, "{d}/{m}/{y}").tolist() == ["29/02/1984", ""]
    assert write_days(days, "{d}.{m}.{yy}").tolist() == ["29.02.84", ""]
    amounts = write_amounts(np.array([123_456] * 200 + [999]), np.random.default_rng(0)).tolist()
    assert set(amounts[:200]) == {"1234,56", "1 234,56", "1\u00a0234,56"}
    assert amounts[200] == "9,99"


@given(st.lists(st.integers(0, 5), min_size=1, max_size=40))
def test_places_count_from_zero_in_each_group(groups: list[int]) -> None:
    column = np.sort(np.array(groups))
    places = place_in_group(starts_of(column)).tolist()
    seen: dict[int, int] = {}
    for group, place in zip(column.tolist(), places, strict=True):
        assert place == seen.get(group, 0)
        seen[group] = place + 1


def test_draws_follow_weights_and_text_helpers_keep_order() -> None:
    drawn = draw(np.random.default_rng(0), (0.0, 1.0, 3.0), 10_000)
    assert (drawn != 0).all()
    assert abs((drawn == 2).mean() - 0.75) < 0.03
    assert each(texts(["b", "a", "b"]), str.upper).tolist() == ["B", "A", "B"]
    assert unaccent("Yılmaz Gonçalves Œuf") == "Yilmaz Goncalves OEuf"
