"""Which street of a register a street with typing errors, initials or the wrong kind means: the surest, or none."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from outreach.intake.distance import edits
from outreach.policy.postal import LINKING_WORDS, SPELLED_TYPES, STREET_TYPES

ALIKE = 0.85
"""Under this, two streets are two streets."""
AHEAD = 0.03
"""The best candidate must be ahead of the second by this much."""
MOST_EDITS = 3
SHORTEST = 4
"""Letters of a name in which a typing error can be told from another name."""
HANDFUL = 12
"""Candidates looked at closely: those with most letter pairs in common."""
INITIAL, SHORTENED, OTHER_KIND, OTHER_COMMUNE, MISTYPED_KIND, WORDS_APART = 0.04, 0.1, 0.08, 0.06, 0.02, 0.01
"""What each liberty costs: an initial for a name, names left out, another kind of street, another commune of the same
postal code, a typing error in the kind, words run together."""
SHORT_KINDS = {full: [short for short, spelled in STREET_TYPES.items() if spelled == full] for full in set(STREET_TYPES.values())}


@dataclass(frozen=True)
class Found:
    """A street of the register, and how alike it is (1: the same)."""

    street: str
    insee: str
    alike: float


@dataclass(frozen=True)
class _Way:
    street: str
    insee: str
    kind: str
    name: tuple[str, ...]
    joined: str
    digits: tuple[str, ...]


class Streets:
    """The streets of one postal code."""

    def __init__(self, ways: Iterable[tuple[str, str]]) -> None:
        self.ways = [_way(street, insee) for street, insee in sorted(set(ways))]
        self.pairs: dict[str, list[int]] = defaultdict(list)
        for place, way in enumerate(self.ways):
            for pair in _pairs(way.street):
                self.pairs[pair].append(place)

    def find(self, street: str, insee: str | None) -> Found | None:
        """The one street that is meant, near enough and ahead of all others."""
        asked = _way(street, insee or "")
        shared = Counter(place for pair in _pairs(street) for place in self.pairs.get(pair, ()))
        scores = {
            place: alike for place, _count in shared.most_common(HANDFUL) if (alike := _alike(asked, self.ways[place])) >= ALIKE
        }
        ranked = sorted(scores, key=lambda place: -scores[place])
        if not ranked or (len(ranked) > 1 and scores[ranked[0]] - scores[ranked[1]] < AHEAD):
            return None
        best = self.ways[ranked[0]]
        return Found(best.street, best.insee, scores[ranked[0]])


def _way(street: str, insee: str) -> _Way:
    words = street.split()
    kind = words[0] if len(words) > 1 else ""
    name = tuple(word for word in words[1 if kind else 0 :] if word not in LINKING_WORDS) or (words[-1],)
    return _Way(street, insee, kind, name, "".join(name), tuple(word for word in name if word.isdigit()))


def _pairs(street: str) -> set[str]:
    return {street[place : place + 2] for place in range(len(street) - 1)}


def _alike(asked: _Way, known: _Way) -> float:
    if asked.kind not in SPELLED_TYPES and asked.kind:
        # The kind is left out, or mistyped: whichever is nearer.
        bare = _way(f"VOIE {asked.street}", asked.insee)
        alike = max(_names(bare, known) - OTHER_KIND, _names(asked, known) - _kinds(asked.kind, known.kind))
    elif not asked.kind:
        alike = _names(asked, known) - (OTHER_KIND if known.kind in SPELLED_TYPES else 0)
    else:
        alike = _names(asked, known) - (OTHER_KIND if asked.kind != known.kind else 0)
    return max(alike, _letters(asked, known)) - (OTHER_COMMUNE if asked.insee and asked.insee != known.insee else 0)


def _letters(asked: _Way, known: _Way) -> float:
    """How alike two streets are letter by letter, wherever the spaces are: « RUE DELA POSTE », « AVELOUISE MICHEL »."""
    if min(len(asked.joined), len(known.joined)) < SHORTEST or asked.digits != known.digits:
        return 0.0
    kinds = [known.kind] if asked.kind in SPELLED_TYPES else [known.kind, *SHORT_KINDS.get(known.kind, ())]
    rest, whole = known.street.removeprefix(known.kind).replace(" ", ""), asked.street.replace(" ", "")
    wrong = min(edits(whole, kind + rest, MOST_EDITS) for kind in kinds)
    return 1.0 - WORDS_APART - wrong / (len(known.joined) + 3) if wrong < MOST_EDITS else 0.0


def _kinds(asked: str, known: str) -> float:
    wrong = edits(asked, known, 2)
    return MISTYPED_KIND * wrong if wrong <= 2 and len(asked) >= SHORTEST - 1 else OTHER_KIND  # noqa: PLR2004


def _names(asked: _Way, known: _Way) -> float:
    """How alike two names are, without kinds and linking words: the same letters, initials, names left out, typing errors."""
    if asked.joined == known.joined:
        return 1.0
    if asked.digits != known.digits:
        # The 8th of May is not the 8th of March, and 1945 no typing error of 1918.
        return 0.0
    if len(asked.name) == len(known.name) and all(map(_same_or_initial, asked.name, known.name)):
        return 1.0 - INITIAL
    left_out = len(known.name) - len(asked.name)
    if left_out > 0 and known.name[left_out:] == asked.name and len(asked.joined) >= SHORTEST:
        return 1.0 - SHORTENED
    wrong = edits(asked.joined, known.joined, MOST_EDITS)
    if wrong > MOST_EDITS or min(len(asked.joined), len(known.joined)) < SHORTEST:
        return 0.0
    return 1.0 - wrong / (max(len(asked.joined), len(known.joined)) + 3)


def _same_or_initial(asked: str, known: str) -> bool:
    return asked == known or (len(asked) == 1 and known.startswith(asked)) or (len(known) == 1 and asked.startswith(known))
