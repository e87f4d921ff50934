"""What happens to a row when it is written a second time: typing errors, moves, other names, other contacts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from outreach.simulation.pools import Numbers, texts
from outreach.simulation.records.homes import MOBILE, Columns
from outreach.simulation.records.people import partner_codes, references
from outreach.simulation.records.pools import codes, draw_surnames, spellings
from outreach.simulation.records.shape import ListShape

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MOVED = 0.15
MOVED_COLUMNS = (
    "house_number", "repetition", "street", "postal_code", "city", "building", "staircase", "floor", "door", "fixed",
)  # fmt: skip
MONTHS = 12
Mistake = Callable[[Columns, Numbers, np.random.Generator], None]


def repeat_with_mistakes(people: Columns, count: int, rng: np.random.Generator, shape: ListShape) -> Columns:
    """Write ``count`` rows of these people again, with mistakes; some people are drawn twice or more often."""
    source = rng.integers(0, people["person"].size, count)
    rows = {name: column[source] for name, column in people.items()}
    moving = np.flatnonzero(rng.random(count) < MOVED)
    elsewhere = rng.integers(0, people["person"].size, moving.size)
    for name in MOVED_COLUMNS:
        rows[name][moving] = people[name][elsewhere]
    _change_partner(rows, rng, shape)
    for share, mistake in (*MISTAKES, (shape.transliterated, _spell_otherwise)):
        mistake(rows, np.flatnonzero(rng.random(count) < share), rng)
    return rows


def _change_partner(rows: Columns, rng: np.random.Generator, shape: ListShape) -> None:
    """Half stay in one partner's list, half of those as the same customer."""
    count = rows["person"].size
    goes = rng.random(count) >= shape.same_partner
    rows["partner"][goes] = rng.choice(partner_codes(shape), int(goes.sum()))
    new = goes | (rng.random(count) < 1 / 2)
    rows["reference"][new] = references(int(new.sum()), rng)


def _typo(word: str, rng: np.random.Generator) -> str:
    """One letter dropped, doubled, replaced or exchanged with its neighbour, seldom the first."""
    if len(word) <= 2:  # noqa: PLR2004 - nothing would be left of it
        return word
    seldom, place, kind, letter = rng.random(), rng.random(), rng.integers(0, 4), LETTERS[int(rng.integers(0, 26))]
    first = 0 if seldom < 0.1 else 1  # noqa: PLR2004 - people rarely miss the first letter
    at = first + int(place * (len(word) - first))
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:]
    if kind == 2:  # noqa: PLR2004 - the third of four kinds
        return word[:at] + letter + word[at + 1 :]
    return word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :] if at else word


def _typo_in(column: str) -> Mistake:
    def mistake(rows: Columns, chosen: Numbers, rng: np.random.Generator) -> None:
        rows[column][chosen] = texts([_typo(word, rng) for word in rows[column][chosen].tolist()])

    return mistake


def _initial(rows: Columns, chosen: Numbers, rng: np.random.Generator) -> None:
    del rng
    rows["given_name"][chosen] = texts([name[:1] for name in rows["given_name"][chosen].tolist()])


def _cut_compound(rows: Columns, chosen: Numbers, rng: np.random.Generator) -> None:
    del rng
    rows["given_name"][chosen] = texts([name.split("-")[0] for name in rows["given_name"][chosen].tolist()])


def _other_surname(rows: Columns, chosen: Numbers, rng: np.random.Generator) -> None:
    """Married or divorced: another surname, behind the old one or in its place."""
    new, behind = draw_surnames(chosen.size, rng), rng.random(chosen.size) < 1 / 2
    rows["family_name"][chosen] = np.where(behind, rows["family_name"][chosen] + " " + new, new)


def _swap_names(rows: Columns, chosen: Numbers, rng: np.random.Generator) -> None:
    del rng
    rows["given_name"][chosen], rows["family_name"][chosen] = rows["family_name"][chosen], rows["given_name"][chosen]


def _wrong_number(rows: Columns, chosen: Numbers, rng: np.random.Generator) -> None:
    rows["house_number"][chosen] = texts([str(number) for number in rng.integers(1, 120, chosen.size).tolist()])


def _new_mobile(rows: Columns, chosen: Numbers, rng: np.random.Generator) -> None:
    rows["mobile"][chosen] = codes(MOBILE, rng.integers(0, 10**8, chosen.size), 8)


def _digits_swapped(rows: Columns, chosen: Numbers, rng: np.random.Generator) -> None:
    places = rng.integers(9, 13, chosen.size).tolist()
    rows["mobile"][chosen] = texts([
        number[:at] + number[at + 1] + number[at] + number[at + 2 :]
        for number, at in zip(rows["mobile"][chosen].tolist(), places, strict=True)
    ])  # fmt: skip


def _other_mail(rows: Columns, chosen: Numbers, rng: np.random.Generator) -> None:
    numbers = rng.integers(1, 10**6, chosen.size).tolist()
    rows["email"][chosen] = texts([
        f"{name.lower()}{number}@poste.example".replace(" ", "")
        for name, number in zip(rows["given_name"][chosen].tolist(), numbers, strict=True)
    ])  # fmt: skip


def _wrong_birth_date(rows: Columns, chosen: Numbers, rng: np.random.Generator) -> None:
    """Day and month exchanged, or another figure in the year."""
    born = rows["birth_date"][chosen]
    month, year = born.astype("datetime64[M]"), born.astype("datetime64[Y]")
    day, month_of_year = (born - month).astype(np.int64) + 1, (month - year).astype(np.int64) + 1
    exchanged = (day <= MONTHS) & (rng.random(chosen.size) < 1 / 2)
    swapped = (year.astype("datetime64[M]") + (day - 1)).astype("datetime64[D]") + (month_of_year - 1)
    earlier = (month - 12 * rng.integers(1, 11, chosen.size)).astype("datetime64[D]") + np.minimum(day, 28) - 1
    rows["birth_date"][chosen] = np.where(exchanged, swapped, earlier)


def _spell_otherwise(rows: Columns, chosen: Numbers, rng: np.random.Generator) -> None:
    others, luck = spellings(), rng.random(chosen.size).tolist()
    rows["given_name"][chosen] = texts([
        others[name][int(place * len(others[name]))] if name in others else name
        for name, place in zip(rows["given_name"][chosen].tolist(), luck, strict=True)
    ])  # fmt: skip


MISTAKES: tuple[tuple[float, Mistake], ...] = (
    (0.10, _typo_in("given_name")), (0.10, _typo_in("family_name")), (0.08, _typo_in("street")), (0.03, _initial),
    (0.50, _cut_compound), (0.07, _other_surname), (0.03, _swap_names), (0.04, _wrong_number), (0.12, _new_mobile),
    (0.04, _digits_swapped), (0.15, _other_mail), (0.06, _wrong_birth_date),
)  # fmt: skip
