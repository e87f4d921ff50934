"""The code on a letter: six letters and digits that nobody confuses, made of the case's number and leading back to it.

The number is scrambled by a step through all 31⁶ codes, so that neighbours look nothing alike and no code is given twice:
no index is needed to find the case of a code, nor to keep codes apart.
"""

from __future__ import annotations

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXY"
PLACES = 6
PROOF = 8
"""Places of the proof beside it on a square (``core.letter_passes``): one in 850 thousand million is right."""
ALL = len(LETTERS) ** PLACES
"""Codes there are: 887 million cases."""
FACTOR, SHIFT = 387_420_489, 104_729
NOBODY = 0
"""The number of samples: no case has it, and its code leads to none."""
GUESTS = ALL - 1_000_000
"""From here on numbers are those of guests of rehearsals: no case has them, whatever its letter's square is pressed for."""

SQL_SCRAMBLED = f"({{number}} * {FACTOR} + {SHIFT}) % {ALL}"
"""The scrambled number; ``{number}`` is an SQL expression."""
SQL_CODE = "||".join(
    f"substr('{LETTERS}', CAST({{scrambled}} / {len(LETTERS) ** place} % {len(LETTERS)} AS int) + 1, 1)"
    for place in range(PLACES)
)
"""The code itself; ``{scrambled}`` is the scrambled number."""


def code_of(number: int) -> str:
    """The code of a case's number."""
    scrambled = (number * FACTOR + SHIFT) % ALL
    return "".join(LETTERS[scrambled // len(LETTERS) ** place % len(LETTERS)] for place in range(PLACES))


def plain_code(written: str) -> str:
    """A code as it is kept, however somebody wrote it: « k7m 2qx » is K7M2QX."""
    return written.strip().upper().replace(" ", "").replace("-", "")


def number_of(code: str) -> int:
    """The number of the case that a code stands for, however it is written; ``NOBODY`` for what is no code."""
    kept = plain_code(code)
    if len(kept) != PLACES or not set(kept) <= set(LETTERS):
        return NOBODY
    scrambled = sum(LETTERS.index(letter) * len(LETTERS) ** place for place, letter in enumerate(kept))
    return int((scrambled - SHIFT) * pow(FACTOR, -1, ALL) % ALL)
