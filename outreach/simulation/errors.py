"""The ways names, numbers and dates go wrong between a person and a partner's file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from outreach.simulation.pools import Dates, Flags, Numbers, Reals, Texts, chance

# Letters side by side on a French (AZERTY) keyboard.
_NEIGHBOURS = {
    "a": "zq", "b": "vn", "c": "xv", "d": "sf", "e": "zr", "f": "dg", "g": "fh", "h": "gj", "i": "uo",
    "j": "hk", "k": "jl", "l": "km", "m": "lp", "n": "b", "o": "ip", "p": "om",
    "q": "as", "r": "et", "s": "qd",
    "t": "ry", "u": "yi", "v": "cb", "w": "x", "x": "wc", "y": "tu", "z": "ae",
}  # fmt: skip
_SHORTEST_MISTYPED = 3
_SURNAME_LIMIT = 12
_LAST_SAFE_DAY_FOR_SWAP = 12


@dataclass(frozen=True)
class ErrorRates:
    """Probability of each mishap for one row of a list."""

    surname_typo: float
    first_typo: float
    initial: float
    cut_first: float
    cut_surname: float
    swapped: float
    other_surname: float
    street_typo: float
    wrong_number: float
    birth_digit: float
    birth_swapped: float
    phone_digits: float
    phone_changed: float
    email_altered: float
    moved: float


# A person's first row carries the noise of any customer base; a second row under another reference was opened
# at another time by another agent and differs much more.
FIRST_ROW = ErrorRates(
    surname_typo=0.03,
    first_typo=0.025,
    initial=0.02,
    cut_first=0.20,
    cut_surname=0.10,
    swapped=0.012,
    other_surname=0.05,
    street_typo=0.03,
    wrong_number=0.01,
    birth_digit=0.012,
    birth_swapped=0.012,
    phone_digits=0.01,
    phone_changed=0.02,
    email_altered=0.02,
    moved=0.04,
)
SECOND_ROW = ErrorRates(
    surname_typo=0.20,
    first_typo=0.18,
    initial=0.12,
    cut_first=0.5,
    cut_surname=0.3,
    swapped=0.08,
    other_surname=0.35,
    street_typo=0.15,
    wrong_number=0.06,
    birth_digit=0.06,
    birth_swapped=0.05,
    phone_digits=0.06,
    phone_changed=0.25,
    email_altered=0.15,
    moved=0.10,
)


def rates(name: str, second: Flags) -> Reals:
    """The rate of one mishap for each row, by whether it is a person's second row."""
    values: Reals = np.where(second, getattr(SECOND_ROW, name), getattr(FIRST_ROW, name))
    return values


def struck(name: str, second: Flags, rng: np.random.Generator) -> Flags:
    """The rows struck by a mishap."""
    return chance(rng, rates(name, second), second.size)


def mistype(words: Texts, hit: Flags, rng: np.random.Generator) -> Texts:
    """One typing error in each word that is hit and has three letters or more."""
    mistyped = words.copy()
    rows = np.flatnonzero(hit)
    kinds = rng.integers(0, 4, rows.size).tolist()
    places = rng.random(rows.size).tolist()
    for row, kind, place in zip(rows.tolist(), kinds, places, strict=True):
        mistyped[row] = _one_error(words[row], kind, place)
    return mistyped


def _one_error(word: str, kind: int, place: float) -> str:
    """Swap two letters, leave one out, double one, or hit a neighbouring key (never the first letter)."""
    if len(word) < _SHORTEST_MISTYPED:
        return word
    at = 1 + int(place * (len(word) - 2))
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:  # noqa: PLR2004
        return word[:at] + word[at] + word[at:]
    near = _NEIGHBOURS.get(word[at].lower(), "e")
    letter = near[int(place * 1000) % len(near)]
    return word[:at] + (letter.upper() if word[at].isupper() else letter) + word[at + 1 :]


def cut_compound(name: str) -> str:
    """What a narrow field keeps of a compound first name: ``Jean-Pierre`` becomes ``Jean``."""
    return name.replace("-", " ").split(" ")[0] if len(name) > _SHORTEST_MISTYPED else name


def cut_long(name: str) -> str:
    """What a field of twelve letters keeps of a long or double surname."""
    return name[:_SURNAME_LIMIT].rstrip(" -'")


def mistake_dates(days: Dates, digit: Flags, swapped: Flags, rng: np.random.Generator) -> Dates:
    """Birth dates with a wrong digit in the year or the day, or with day and month exchanged."""
    shift = np.where(chance(rng, 0.5, days.size), 3652, rng.integers(1, 10, days.size))
    wrong = np.where(digit, days - shift.astype("timedelta64[D]"), days)
    month = wrong.astype("datetime64[M]")
    day_number = (wrong - month).astype(np.int64) + 1
    month_number = month.astype(np.int64) % 12 + 1
    # Only a day up to 12 can be read as a month; the exchange then always gives a real date.
    exchange = swapped & (day_number <= _LAST_SAFE_DAY_FOR_SWAP)
    year = wrong.astype("datetime64[Y]")
    exchanged = (year.astype("datetime64[M]") + (day_number - 1)).astype("datetime64[D]") + (month_number - 1)
    result: Dates = np.where(exchange, exchanged, wrong)
    return result


def swap_digits(numbers: Texts, hit: Flags, rng: np.random.Generator) -> Texts:
    """Telephone numbers with two neighbouring digits of the last four exchanged."""
    wrong = numbers.copy()
    rows = np.flatnonzero(hit & (numbers != ""))
    places = rng.integers(6, 9, rows.size).tolist()
    for row, at in zip(rows.tolist(), places, strict=True):
        text = numbers[row]
        wrong[row] = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return wrong


def shift_numbers(numbers: Numbers, hit: Flags, rng: np.random.Generator) -> Numbers:
    """House numbers off by a little (never below 1)."""
    shifted: Numbers = np.where(hit, np.maximum(1, numbers + rng.choice((-2, 2, 4, 10), numbers.size)), numbers)
    return shifted
