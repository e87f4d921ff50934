"""What a round is made of: doors, walkers, the plan, and why an appointment cannot be kept.

All moments are whole seconds counted from one origin that the caller chooses for the whole problem (Unix time will do),
so that several days and several sites stand in one problem.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from outreach.core.errors import OutreachError
from outreach.core.i18n import N_
from outreach.core.words import TravelMode

ENTRY = 120
"""Seconds to get into a building."""
NEXT_DOOR = 60
"""Seconds between two doors of one building."""
PRIZES = {1: 2800, 2: 1900, 3: 1300, 4: 900, 5: 750}
"""Seconds worth spending on a visit, by priority."""
LEAST_PRIZE = 600


class Reason(StrEnum):
    """Why an appointment cannot be kept, or a door left the plan. ``WORDS`` has the sentences."""

    NO_SPEAKER = "no_speaker"
    NO_SHIFT = "no_shift"
    NO_DOOR = "no_door"
    TOO_FAR = "too_far"
    CLASH = "clash"
    PROMISED_ABSENT = "promised_absent"
    MEDIATOR_ABSENT = "mediator_absent"
    WITHDRAWN = "withdrawn"
    BETTER_USE = "better_use"
    NEW_APPOINTMENT = "new_appointment"


WORDS: dict[Reason, str] = {
    Reason.NO_SPEAKER: N_("personne ne parle cette langue parmi les médiateurs présents"),
    Reason.NO_SHIFT: N_("aucun médiateur qui parle cette langue n'est en tournée à cette heure"),
    Reason.NO_DOOR: N_("on ne sait pas où est cette porte, ou elle ne se visite pas ce jour-là"),
    Reason.TOO_FAR: N_("trop loin : personne ne peut y être à l'heure et rentrer avant la fin de sa tournée"),
    Reason.CLASH: N_("se heurte à d'autres rendez-vous au même moment"),
    Reason.PROMISED_ABSENT: N_("le médiateur qui l'a promis n'est pas en tournée à cette heure"),
    Reason.MEDIATOR_ABSENT: N_("le médiateur prévu est absent"),
    Reason.WITHDRAWN: N_("la porte n'est plus à visiter"),
    Reason.BETTER_USE: N_("une porte plus utile a pris sa place"),
    Reason.NEW_APPOINTMENT: N_("un rendez-vous est venu s'ajouter"),
}
"""The sentence of each reason, to be passed through ``_`` where it is shown."""


class InfeasiblePlanError(OutreachError):
    """A plan that breaks a rule (a window, a shift, a required visit): it is refused, never returned."""


@dataclass(frozen=True)
class Appointment:
    """A promise: the visit begins between ``begins`` and ``ends`` (seconds).

    ``mediator_id`` or ``shift_id``: the one who promised it, if it matters who comes.
    """

    begins: int
    ends: int
    mediator_id: int | None = None
    shift_id: int | None = None


@dataclass(frozen=True)
class Door:
    """A household to visit.

    ``value``: seconds worth spending on it (see ``PRIZES``). ``speaks``: the languages of which the mediator must speak one.
    ``service``: seconds at the door. ``floor``: None when unknown. ``windows``: when the visit may begin, as (first, last)
    seconds; none = at any time. ``appointment``: a required window, in the place of ``windows``.
    """

    case_id: int
    building_id: int
    lon: float
    lat: float
    value: int
    speaks: frozenset[str]
    service: int = 720
    floor: int | None = None
    windows: tuple[tuple[int, int], ...] = ()
    appointment: Appointment | None = None


@dataclass(frozen=True)
class Lunch:
    """A break of ``seconds`` at the site that begins between ``earliest`` and ``latest``."""

    earliest: int
    latest: int
    seconds: int


@dataclass(frozen=True)
class Walker:
    """One mediator's visit shift of one day, from the site and back, in the seconds of the problem."""

    shift_id: int
    mediator_id: int
    lon: float
    lat: float
    starts: int
    ends: int
    speaks: frozenset[str]
    mode: TravelMode = TravelMode.TRANSIT
    lunch: Lunch | None = None


@dataclass(frozen=True)
class Stop:
    """One visit: it ``begins`` and ``ends`` (seconds); ``arrives``: at the door, before any wait. ``building_id``: where that door is."""

    case_id: int
    arrives: int
    begins: int
    ends: int
    building_id: int | None = None


@dataclass(frozen=True)
class Round:
    """The ordered visits of one shift.

    ``leaves``: from the site; ``back``: at the site. ``lunch``: its first and last second, at the site.
    ``travel``: seconds between doors, entries included.
    """

    shift_id: int
    mediator_id: int
    leaves: int
    back: int
    travel: int
    stops: tuple[Stop, ...]
    lunch: tuple[int, int] | None = None


@dataclass(frozen=True)
class SetAside:
    """An appointment that cannot be kept, with the reason and the appointments it clashes with."""

    case_id: int
    reason: Reason
    clashes_with: tuple[int, ...] = ()


@dataclass(frozen=True)
class Plan:
    """Rounds of shifts that have visits, in the order of the walkers.

    ``set_aside``: appointments that nobody can keep. ``left``: cases without a visit, most valuable first.
    ``value``: of the doors visited; ``travel``: seconds. ``seed`` and ``iterations`` make the plan again.
    """

    rounds: tuple[Round, ...]
    set_aside: tuple[SetAside, ...]
    left: tuple[int, ...]
    value: int
    travel: int
    seed: int
    iterations: int


@dataclass(frozen=True)
class Moved:
    """A case whose visit changed hands."""

    case_id: int
    from_shift: int
    to_shift: int
    reason: Reason


@dataclass(frozen=True)
class Dropped:
    """A case that is no longer visited, with the reason."""

    case_id: int
    shift_id: int
    reason: Reason


@dataclass(frozen=True)
class Change:
    """What a new plan changes: cases ``kept`` with their mediator, ``moved``, ``added`` as (case, shift), ``dropped``.

    ``disturbed``: share of the doors still to visit, of the mediators who stay, that changed hands or were dropped.
    """

    kept: tuple[int, ...]
    moved: tuple[Moved, ...]
    added: tuple[tuple[int, int], ...]
    dropped: tuple[Dropped, ...]
    disturbed: float


@dataclass(frozen=True)
class Replanned:
    """A plan made anew while the day runs (visits done or under way included), and what it changes."""

    plan: Plan
    change: Change


def prize(priority: int) -> int:
    """The value of a door by priority, in seconds worth spending."""
    return PRIZES.get(priority, LEAST_PRIZE)
