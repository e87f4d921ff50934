"""Door-to-door rounds: which door, by whom, in which order, at what time. No database: dataclasses in, dataclasses out."""

from outreach.planning.rounds.cities import City, plan_cities
from outreach.planning.rounds.cut import offered, seats
from outreach.planning.rounds.model import (
    WORDS,
    Appointment,
    Change,
    Door,
    Dropped,
    InfeasiblePlanError,
    Lunch,
    Moved,
    Plan,
    Reason,
    Replanned,
    Round,
    SetAside,
    Stop,
    Walker,
    prize,
)
from outreach.planning.rounds.osrm import Osrm, TravelTimesError
from outreach.planning.rounds.plan import iterations_for, plan_rounds
from outreach.planning.rounds.replan import replan
from outreach.planning.rounds.travel import StraightLine, TravelTimes

__all__ = [
    "WORDS",
    "Appointment",
    "Change",
    "City",
    "Door",
    "Dropped",
    "InfeasiblePlanError",
    "Lunch",
    "Moved",
    "Osrm",
    "Plan",
    "Reason",
    "Replanned",
    "Round",
    "SetAside",
    "Stop",
    "StraightLine",
    "TravelTimes",
    "TravelTimesError",
    "Walker",
    "iterations_for",
    "offered",
    "plan_cities",
    "plan_rounds",
    "prize",
    "replan",
    "seats",
]
