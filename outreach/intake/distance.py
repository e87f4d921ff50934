"""How many typing errors lie between two words."""

from __future__ import annotations


def edits(left: str, right: str, most: int) -> int:
    """Letters to add, drop, change or exchange with their neighbour (optimal string alignment).

    Counting stops above ``most``: the answer is then ``most + 1``.
    """
    if left == right:
        return 0
    if abs(len(left) - len(right)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(right) + 1))
    for at, letter in enumerate(left, start=1):
        two_before, before, row = before, row, [at]
        for place, other in enumerate(right, start=1):
            cost = min(before[place] + 1, row[-1] + 1, before[place - 1] + (letter != other))
            if at > 1 and place > 1 and letter == right[place - 2] and left[at - 2] == other:
                cost = min(cost, two_before[place - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
