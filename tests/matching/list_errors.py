"""What happens to a row when it is written a second time: typing errors, moves, married names."""

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

Row = dict[str, Any]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MOVED_COLUMNS = (
    "house_number", "repetition", "street", "postal_code", "city", "building", "staircase", "floor", "door",
    "fixed",
)  # fmt: skip


def repeat_with_errors(
    frame: pd.DataFrame, count: int, rng: np.random.Generator, partners: int, same_partner: float
) -> pd.DataFrame:
    """Write `count` rows of people already in the frame again, with errors; some people come three times."""
    source = rng.integers(0, len(frame), count)
    elsewhere = rng.integers(0, len(frame), count)
    rows = frame.iloc[source].to_dict("records")
    homes = frame.iloc[elsewhere][list(MOVED_COLUMNS)].to_dict("records")
    for row, home in zip(rows, homes, strict=True):
        if rng.random() < 0.15:
            row.update(home)
        _change_partner(row, rng, partners, same_partner)
        for share, mistake in MISTAKES:
            if rng.random() < share:
                mistake(row, rng)
    return pd.DataFrame(rows, columns=frame.columns)


def _change_partner(row: Row, rng: np.random.Generator, partners: int, same_partner: float) -> None:
    if rng.random() < same_partner:
        if rng.random() < 0.5:
            row["reference"] = f"C{rng.integers(0, 10**9):09d}"
        return
    row["partner"] = f"P{rng.integers(0, partners)}"
    row["reference"] = f"C{rng.integers(0, 10**9):09d}"


def _typo(word: str, rng: np.random.Generator) -> str:
    """One letter dropped, doubled, replaced or exchanged with its neighbour, seldom the first."""
    if len(word) < 3:
        return word
    at = int(rng.integers(0 if rng.random() < 0.1 else 1, len(word)))
    kind = rng.integers(0, 4)
    letter = LETTERS[rng.integers(0, 26)]
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:]
    if kind == 2:
        return word[:at] + letter + word[at + 1 :]
    return word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :] if at else word


def _typo_in(column: str) -> Callable[[Row, np.random.Generator], None]:
    def mistake(row: Row, rng: np.random.Generator) -> None:
        row[column] = _typo(row[column], rng)

    return mistake


def _initial(row: Row, rng: np.random.Generator) -> None:
    del rng
    row["given_name"] = row["given_name"][:1]


def _cut_compound(row: Row, rng: np.random.Generator) -> None:
    del rng
    row["given_name"] = row["given_name"].split("-")[0]


def _other_surname(row: Row, rng: np.random.Generator) -> None:
    new = LETTERS[rng.integers(0, 26)] + _typo("ANTONELLI", rng)[int(rng.integers(0, 3)) :]
    row["family_name"] = f"{row['family_name']} {new}" if rng.random() < 0.5 else new


def _swap_names(row: Row, rng: np.random.Generator) -> None:
    del rng
    row["given_name"], row["family_name"] = row["family_name"], row["given_name"]


def _wrong_number(row: Row, rng: np.random.Generator) -> None:
    row["house_number"] = str(rng.integers(1, 120))


def _new_mobile(row: Row, rng: np.random.Generator) -> None:
    row["mobile"] = f"+3363998{rng.integers(0, 10**8):08d}"


def _digits_swapped(row: Row, rng: np.random.Generator) -> None:
    at = int(rng.integers(9, 13))
    number = row["mobile"]
    row["mobile"] = number[:at] + number[at + 1] + number[at] + number[at + 2 :]


def _other_mail(row: Row, rng: np.random.Generator) -> None:
    row["email"] = f"{row['given_name'].lower()}{rng.integers(1, 10**6)}@poste.example"


def _wrong_birth_date(row: Row, rng: np.random.Generator) -> None:
    born = pd.Timestamp(row["birth_date"]).date()
    if born.day <= 12 and rng.random() < 0.5:
        row["birth_date"] = pd.Timestamp(date(born.year, born.day, born.month))
    else:
        row["birth_date"] = pd.Timestamp(date(born.year - 1 - int(rng.integers(0, 9)), born.month, min(born.day, 28)))


MISTAKES: tuple[tuple[float, Callable[[Row, np.random.Generator], None]], ...] = (
    (0.10, _typo_in("given_name")), (0.10, _typo_in("family_name")), (0.08, _typo_in("street")),
    (0.03, _initial), (0.50, _cut_compound), (0.07, _other_surname), (0.03, _swap_names),
    (0.04, _wrong_number), (0.12, _new_mobile), (0.04, _digits_swapped), (0.15, _other_mail),
    (0.06, _wrong_birth_date),
)  # fmt: skip
