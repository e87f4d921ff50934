"""What the sheets show, in plain fields; whoever fills them decides what a mediator may take along."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Stop:
    """One door of a round, in the order of the walk. Empty texts are what is not known.

    ``time``: ``14:10``; ``address``: number and street; ``access``: code, staircase, building; ``care_of``: whose name the bell bears; ``language``: as people
    say it (« turc, un peu de français »); ``lon``/``lat``: of the building.
    """

    time: str
    name: str
    address: str
    city: str
    floor: str
    door: str
    access: str
    language: str
    lon: float
    lat: float
    remark: str = ""
    care_of: str = ""


@dataclass(frozen=True)
class RoundSheet:
    """One mediator's round of one day, from a site and back."""

    mediator: str
    day: date
    site: str
    site_phone: str
    site_lon: float
    site_lat: float
    opening_words: str
    stops: tuple[Stop, ...]
    questions: tuple[str, ...] = ()
    if_nobody: str = ""
    openings: tuple[tuple[str, str], ...] = ()
    """(Language, first words) for the people of the list who speak another one."""
    link: str = ""
    """Where the same list is on the phone."""


@dataclass(frozen=True)
class Call:
    """One call of a shift. ``phone``: any written form of a French number; ``remark``: such as a promised call back."""

    time: str
    name: str
    phone: str
    language: str
    remark: str = ""


@dataclass(frozen=True)
class CallSheet:
    """One mediator's calls of one shift, in order. ``script``: what is said after the opening words."""

    mediator: str
    day: date
    site: str
    site_phone: str
    opening_words: str
    script: str
    calls: tuple[Call, ...]
    questions: tuple[str, ...] = ()
    if_nobody: str = ""
    openings: tuple[tuple[str, str], ...] = ()
    link: str = ""
