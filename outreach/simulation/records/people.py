"""Invented people in their homes: names, birth dates, phones, e-mails, and the partner that knows them."""

from __future__ import annotations

import numpy as np

from outreach.simulation.pools import Numbers, Texts, each, mail_word, texts
from outreach.simulation.records.homes import MOBILE, Columns, invent_homes
from outreach.simulation.records.pools import codes, draw_given_names, draw_surnames, long_tail
from outreach.simulation.records.shape import ListShape

SIZES, SIZE_SHARES = (1, 2, 3, 4, 5), (0.38, 0.32, 0.13, 0.11, 0.06)
OWN_SURNAME = 0.15
SHARED_MOBILE = SHARED_MAIL = 0.15
FIRST_BIRTH, DAYS = np.datetime64("1930-01-01"), 365 * 75
HOSTS = ("example.org", "example.com", "example.net", "courriel.example", "poste.example")


def invent_people(count: int, rng: np.random.Generator, shape: ListShape) -> Columns:
    """One row per person, household by household; ``person`` and ``household`` are the truth."""
    size_of = rng.choice(SIZES, count, p=SIZE_SHARES)
    household = np.repeat(np.arange(count), size_of)[:count]
    homes = invent_homes(int(household[-1]) + 1, rng, shape)
    people = {name: column[household] for name, column in homes.items()}
    people |= {"person": np.arange(count), "household": household}
    own = np.flatnonzero(rng.random(count) < OWN_SURNAME)
    people["family_name"][own] = draw_surnames(own.size, rng)
    people["given_name"] = draw_given_names(count, shape.abroad, rng)
    people["birth_date"] = FIRST_BIRTH + rng.integers(0, DAYS, count).astype("timedelta64[D]")
    _make_alike(people, rng, shape)
    people["mobile"] = _mobiles(household, rng)
    people["email"] = _mails(people, rng)
    people["partner"] = partner_codes(shape)[rng.choice(shape.partners, count, p=long_tail(shape.partners, 0.6, 1))]
    people["reference"] = references(count, rng)
    return people


def partner_codes(shape: ListShape) -> Texts:
    """The codes of the partners, the largest list first."""
    return texts([f"P{rank}" for rank in range(shape.partners)])


def references(count: int, rng: np.random.Generator) -> Texts:
    """Customer references."""
    return codes("C", rng.integers(0, 10**9, count), 9)


def _make_alike(people: Columns, rng: np.random.Generator, shape: ListShape) -> None:
    """Father and son of one first name, and twins: the second of two neighbours of a household."""
    household = people["household"]
    second = np.flatnonzero(household[1:] == household[:-1]) + 1
    luck = rng.random(second.size)
    for columns, chosen in (
        (("given_name", "family_name"), second[luck < shape.namesakes]),
        (("birth_date", "family_name"), second[luck > 1 - shape.twins]),
    ):
        for column in columns:
            people[column][chosen] = people[column][chosen - 1]


def _mobiles(household: Numbers, rng: np.random.Generator) -> Texts:
    """A mobile each, one in seven the household's; strangers never share one."""
    homes, count = int(household[-1]) + 1, household.size
    numbers = rng.choice(10**8, homes + count, replace=False)
    shared = rng.random(count) < SHARED_MOBILE
    return codes(MOBILE, np.where(shared, numbers[household], numbers[homes:]), 8)


def _mails(people: Columns, rng: np.random.Generator) -> Texts:
    """first.surname and a number, one in seven the household's."""
    household, count = people["household"], people["household"].size
    hosts = rng.integers(0, len(HOSTS), count).tolist()
    shared = (rng.random(count) < SHARED_MAIL).tolist()
    first, last = (each(people[name], mail_word).tolist() for name in ("given_name", "family_name"))
    numbers = rng.integers(1, 9999, count).tolist()
    return texts([
        f"famille.{last_of}{home}@{HOSTS[home % len(HOSTS)]}" if share else f"{given}.{surname}{number}@{HOSTS[host]}"
        for share, last_of, home, given, surname, number, host in zip(
            shared, people["fixed"].tolist(), household.tolist(), first, last, numbers, hosts, strict=True
        )
    ])  # fmt: skip
