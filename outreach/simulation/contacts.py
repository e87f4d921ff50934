"""Telephone numbers and e-mail addresses of the residents.

Numbers come from the ranges the French numbering plan keeps for fiction (Arcep decision 2018-0881: 06 39 98
for mobiles; 01 99 00, 02 61 91, 03 53 01, 04 65 71 and 05 36 49 for landlines; 10,000 numbers each). A town
too big for them draws the rest from ordinary ranges, so that strangers do not share a number. Addresses use
the ``.example`` ending that no one can own (RFC 2606).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from outreach.simulation.households import GROWN_CHILD, HEAD, MINOR, PARTNER, Members
from outreach.simulation.pools import (
    Flags,
    Numbers,
    Texts,
    blank,
    chance,
    each,
    mail_word,
    pick,
    place_in_group,
    starts_of,
    stream,
    texts,
)

FICTION_MOBILE = "063998"
FICTION_LANDLINES = ("046571", "019900", "026191", "035301", "053649")
_RANGE_SIZE = 10_000
# The local fiction range is used far more often than the others.
_LANDLINE_WEIGHTS = np.repeat([30.0, 1.0, 1.0, 1.0, 1.0], _RANGE_SIZE)
_OTHER_MOBILES = (610_000_000, 629_000_000)
_OTHER_LANDLINES = (472_000_000, 479_000_000)
_MOBILE_OWNERS = 0.73
# Of the members of a household whose head has a mobile, those who only use that one.
_MOBILE_SHARED = 0.38
_LANDLINE_HOUSEHOLDS = 0.35
_FORMER_NUMBERS = 0.012
_EMAIL_OWNERS = 0.52
_EMAIL_SHARED = 0.12
_MAIL_HOSTS = ("courriel.example", "boite.example", "messagerie.example", "post.example")


@dataclass(frozen=True)
class Contacts:
    """National numbers (ten digits) or ``""`` for each person; ``former`` are mobiles nobody holds now."""

    mobile: Texts
    landline: Texts
    email: Texts
    former: Texts


def give_contacts(members: Members, first: Texts, surname: Texts, seed: int) -> Contacts:
    """Mobiles for most adults (some use the head's), a landline for a third of the households, e-mails."""
    rng = stream(seed, "contacts")
    adult = members.role != MINOR
    head = np.arange(adult.size) - place_in_group(starts_of(members.household))
    owns = adult & chance(rng, _MOBILE_OWNERS, adult.size)
    shares = owns & (members.role != HEAD) & owns[head] & chance(rng, _MOBILE_SHARED, adult.size)
    holders = np.flatnonzero(owns & ~shares)
    spare = 1 + int(_FORMER_NUMBERS * adult.sum())
    numbers = _mobiles(holders.size + spare, rng)
    mobile = blank(adult.size)
    mobile[holders] = numbers[spare:]
    mobile = np.where(shares, mobile[head], mobile)
    email = _emails(members, first, surname, head, rng)
    return Contacts(mobile, _household_landlines(members.household, adult, rng), email, numbers[:spare])


def _household_landlines(household: Numbers, adult: Flags, rng: np.random.Generator) -> Texts:
    """One landline for a household that has one, told to each adult."""
    count = int(household[-1]) + 1
    with_line = np.flatnonzero(chance(rng, _LANDLINE_HOUSEHOLDS, count))
    line = blank(count)
    line[with_line] = _landlines(with_line.size, rng)
    return np.where(adult, line[household], "").astype(object)


def _mobiles(count: int, rng: np.random.Generator) -> Texts:
    """Distinct mobile numbers: the fiction range first."""
    fiction = [f"{FICTION_MOBILE}{rank:04d}" for rank in rng.permutation(_RANGE_SIZE)[:count]]
    return texts(fiction + _others(_OTHER_MOBILES, count - len(fiction), rng))


def _landlines(count: int, rng: np.random.Generator) -> Texts:
    """Distinct landline numbers: the fiction ranges first, the local one more often."""
    # The smallest of exponential waiting times divided by weights = a weighted draw without replacement.
    order = np.argsort(rng.exponential(1.0, _LANDLINE_WEIGHTS.size) / _LANDLINE_WEIGHTS)[:count]
    fiction = [f"{FICTION_LANDLINES[rank // _RANGE_SIZE]}{rank % _RANGE_SIZE:04d}" for rank in order.tolist()]
    return texts(fiction + _others(_OTHER_LANDLINES, count - len(fiction), rng))


def _others(bounds: tuple[int, int], count: int, rng: np.random.Generator) -> list[str]:
    """Distinct numbers of an ordinary range."""
    low, high = bounds
    return [f"0{low + step}" for step in rng.choice(high - low, count, replace=False).tolist()]


def _emails(members: Members, first: Texts, surname: Texts, head: Numbers, rng: np.random.Generator) -> Texts:
    """first.surname and a number at a host that cannot exist; some partners use the head's address."""
    size = first.size
    adult = members.role != MINOR
    owns = adult & chance(rng, _EMAIL_OWNERS, size)
    local = [
        f"{name}.{family}{number}@{host}"
        for name, family, number, host in zip(
            each(first, mail_word),
            each(surname, mail_word),
            rng.integers(1, 10_000, size).tolist(),
            pick(rng, _MAIL_HOSTS, (6, 2, 1, 1), size),
            strict=True,
        )
    ]
    email = np.where(owns, texts(local), "")
    shares = np.isin(members.role, (PARTNER, GROWN_CHILD)) & owns & owns[head] & chance(rng, _EMAIL_SHARED, size)
    return np.where(shares, email[head], email).astype(object)
