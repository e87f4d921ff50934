"""A mediator's day as their phone is given it: everything that they need without a network, and nothing else. Read only."""

from outreach.planning.today.cards import Card, Day, Left, Stop, Work
from outreach.planning.today.day import card_of, day_of, shifts_of
from outreach.planning.today.line import InLine, move_to, next_in_line
from outreach.planning.today.vocabulary import vocabulary_of

__all__ = [
    "Card",
    "Day",
    "InLine",
    "Left",
    "Stop",
    "Work",
    "card_of",
    "day_of",
    "move_to",
    "next_in_line",
    "shifts_of",
    "vocabulary_of",
]
