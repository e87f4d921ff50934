"""From persons to households: who probably lives together, kept only when the whole group holds together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outreach.matching.clusters import Ids, components
from outreach.matching.rules import BY_NAME, TIED, UNTIED, Ties

# A group that chaining has made too large is cut again at these probabilities, alone.
HARDER_CUTS = (0.8, 0.9, 0.95, 0.98, 0.99, 0.995)
MOST_BY_NAME = 6
"""People of one surname who may be one household by it alone where many live: more are namesakes (of a home for workers, of a tower
without doors, of a town's address for who has none), and nobody knows who of them lives with whom."""
Floats = NDArray[np.float32]
Marks = NDArray[np.bool_]
Links = tuple[Ids, Ids, Floats, Ties]


def households(
    person: Ids, left: Ids, right: Ids, together: Floats, link: float, *, outdated: Marks | None = None, ties: Ties | None = None
) -> Ids:
    """The smallest id of each id's household.

    `person` is the smallest id of each id's person; `together` is P(same person or same household) of the
    pairs; a person's rows are always of one household. Two persons are linked from `link` on. A group stays
    when the mean over *all* its pairs of persons is at least `link`, a pair that was never compared counting
    0. Rows marked `outdated` (a former address) tie nobody to those who lived there. Pairs whose `ties` are none (`rules`) have
    nothing but the street door in common: they may live with others whom something ties, but link nobody. A group of more than
    `MOST_BY_NAME` persons is grouped again by what says more than a surname.
    """
    ties = np.full(len(left), TIED, dtype=np.int8) if ties is None else ties
    if outdated is not None:
        lives = ~outdated[left] & ~outdated[right]
        left, right, together, ties = left[lives], right[lives], together[lives], ties[lives]
    links = _between_persons(person, (left, right, together, ties))
    found = _grouped(person, links, link)
    one, other, strength, tie = links
    of_many = np.bincount(found[person == np.arange(len(person))], minlength=len(person)) > MOST_BY_NAME
    namesakes = of_many[found[one]] & of_many[found[other]]
    if (tie[namesakes] == BY_NAME).any():
        more = np.where(tie == BY_NAME, UNTIED, tie).astype(np.int8)
        again = _grouped(person, (one[namesakes], other[namesakes], strength[namesakes], more[namesakes]), link)
        found = np.where(of_many[found], again, found).astype(np.int32)
    return found[person]


def _grouped(person: Ids, links: Links, link: float) -> Ids:
    """The smallest id of each person's group."""
    one, other, strength, ties = links
    found = np.arange(len(person), dtype=np.int32)
    for cut in (link, *(cut for cut in HARDER_CUTS if cut > link)):
        linked = (strength >= cut) & (ties > UNTIED)
        group = components(len(person), one[linked], other[linked])
        holds = _holds_together(group, person, (one, other, strength, ties), link)
        settled = holds[group]
        found[settled] = group[settled]
        inside = ~settled[one] & ~settled[other]
        one, other, strength, ties = one[inside], other[inside], strength[inside], ties[inside]
        if not len(one):
            break
    return found


def _between_persons(person: Ids, links: Links) -> Links:
    """The strongest link of each pair of persons, and the strongest of their rows' ties."""
    left, right, together, tied = links
    one = np.minimum(person[left], person[right]).astype(np.int64)
    other = np.maximum(person[left], person[right]).astype(np.int64)
    apart = one != other
    keys = one[apart] * len(person) + other[apart]
    order = np.argsort(keys, kind="stable")
    unique, starts = np.unique(keys[order], return_index=True)
    if not len(unique):
        return np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float32), np.empty(0, np.int8)
    strength = np.maximum.reduceat(together[apart][order], starts)
    ties = np.maximum.reduceat(tied[apart][order], starts)
    one, other = np.divmod(unique, len(person))
    return one.astype(np.int32), other.astype(np.int32), strength, ties


def _holds_together(group: Ids, person: Ids, links: Links, link: float) -> NDArray[np.bool_]:
    """Per group label: whether the mean probability over all pairs of its persons reaches `link`."""
    one, other, strength, _ = links
    size = len(group)
    is_person = person == np.arange(size)
    members = np.bincount(group[is_person], minlength=size)
    inside = group[one] == group[other]
    total = np.bincount(group[one[inside]], weights=strength[inside], minlength=size)
    pairs = members * (members - 1) / 2
    return np.asarray((pairs > 0) & (total >= link * pairs - 1e-6))


def former_addresses(person: Ids, home: NDArray[np.uint64], as_of: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which rows give an address that the same person has left: a later row of theirs says another one.

    `home` is 0 where a row has no address; `as_of` orders the rows in time, those of one delivery being equal.
    """
    addressed = np.flatnonzero(home > 0)
    order = addressed[np.lexsort((home[addressed], as_of[addressed], person[addressed]))]
    whose = person[order]
    last = np.flatnonzero(np.append(whose[1:] != whose[:-1], True)) if len(order) else np.empty(0, np.int64)
    latest, lives = np.full(len(person), -1, np.int64), np.zeros(len(person), np.uint64)
    latest[whose[last]], lives[whose[last]] = as_of[order[last]], home[order[last]]
    return np.asarray((home > 0) & (as_of < latest[person]) & (home != lives[person]))
