"""No hidden count can be worked out from what is published."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from outreach.reporting.disclosure import OTHERS, Row, ShownRow, gather_small, is_small, suppress, suppress_rows, thin_steps

T = 5
cells = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=1), st.integers(0, 40), min_size=1, max_size=7)


@st.composite
def a_row(draw):
    solicited = draw(st.integers(1, 40))
    return Row(solicited, draw(st.integers(0, solicited)))


tables = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=1), a_row(), min_size=1, max_size=7)


@given(cells)
def test_no_small_count_is_shown_and_shown_counts_are_true(counts):
    shown = suppress(counts, T)
    assert all(not is_small(value, T) and value == counts[name] for name, value in shown.items() if value is not None)


@given(cells)
def test_no_hidden_count_follows_from_the_published_total(counts):
    shown = suppress(counts, T)
    hidden = [name for name in counts if shown[name] is None]
    total = sum(counts.values())
    if not hidden or total < T:
        return
    left = total - sum(value for value in shown.values() if value is not None)
    # A reader knows that zeros are shown, unless everything is hidden.
    least = 0 if len(hidden) == len(counts) else 1
    for _ in hidden:
        assert left - least * (len(hidden) - 1) > least


@given(cells)
def test_a_hidden_count_could_always_be_a_large_one(counts):
    shown = suppress(counts, T)
    hidden = [name for name in counts if shown[name] is None]
    if hidden and len(hidden) < len(counts):
        assert sum(counts[name] for name in hidden) - (len(hidden) - 1) >= T


def test_what_is_safe_is_left_as_it_is():
    assert suppress({"a": 12, "b": 0, "c": 7}, T) == {"a": 12, "b": 0, "c": 7}


def test_one_small_count_takes_the_next_smallest_with_it():
    assert suppress({"a": 3, "b": 50, "c": 9}, T) == {"a": None, "b": 50, "c": None}


@given(tables)
def test_no_small_part_of_a_group_follows_from_its_row_or_the_totals(rows):
    shown = suppress_rows(rows, T)
    hidden = [name for name in rows if shown[name].mediated is None]
    for name, row in shown.items():
        if row.mediated is not None:
            assert row.solicited is not None
            assert row == ShownRow(rows[name].solicited, rows[name].mediated)
            assert not is_small(row.mediated, T)
            assert not is_small(row.solicited - row.mediated, T)
    totals = Row(sum(row.solicited for row in rows.values()), sum(row.mediated for row in rows.values()))
    # Totals below the threshold are never published; a total of zero says that each part is zero, which is no handful.
    if not hidden or len(rows) == 1 or min(totals.mediated, totals.rest) < T:
        return
    # All that is hidden, shared out: each mediated count has more than one possible value.
    mediated = sum(rows[name].mediated for name in hidden)
    solicited = sum(rows[name].solicited for name in hidden)
    for name in hidden:
        most = min(rows[name].solicited, mediated)
        least = max(0, rows[name].solicited - (solicited - mediated))
        assert most > least


@given(tables)
def test_the_sizes_of_groups_are_protected_like_any_parts(rows):
    shown = suppress_rows(rows, T)
    assert {name: row.solicited for name, row in shown.items()} == suppress(
        {name: row.solicited for name, row in rows.items()}, T
    )


@given(tables, st.integers(1, 5))
def test_gathering_small_groups_keeps_the_totals(rows, most):
    gathered = gather_small(rows, T, most)
    assert sum(row.solicited for row in gathered.values()) == sum(row.solicited for row in rows.values())
    assert sum(row.mediated for row in gathered.values()) == sum(row.mediated for row in rows.values())
    assert len(gathered) <= most + 1
    small = [name for name, row in gathered.items() if is_small(row.solicited, T)]
    assert not small or len(gathered) == 1


def test_small_communes_become_others():
    rows = {"Lyon": Row(90, 50), "Bron": Row(3, 1), "Feyzin": Row(4, 4)}
    assert gather_small(rows, T, 8) == {"Lyon": Row(90, 50), OTHERS: Row(7, 5)}


@given(st.lists(st.integers(0, 60), min_size=2, max_size=7))
def test_no_two_shown_steps_differ_by_a_handful(numbers):
    steps = [(str(place), number) for place, number in enumerate(sorted(numbers, reverse=True))]
    shown = thin_steps(steps, frozenset({"0"}), T)
    values = [value for value in shown.values() if value is not None]
    assert all(not is_small(value, T) for value in values)
    assert all(not is_small(abs(left - right), T) for left in values for right in values)
