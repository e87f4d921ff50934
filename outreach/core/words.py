"""The closed vocabularies of the field: every coded value of the database is a member of one of these."""

from __future__ import annotations

from enum import StrEnum


class Channel(StrEnum):
    """How the network reaches out."""

    LETTER = "letter"
    SMS = "sms"
    CALL = "call"
    VISIT = "visit"


class Unit(StrEnum):
    """What one case of a campaign is about."""

    HOUSEHOLD = "household"
    PERSON = "person"


class CampaignState(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    LAUNCHED = "launched"
    PAUSED = "paused"
    FINISHED = "finished"


class RowState(StrEnum):
    """What became of one row of a partner's file. ``leaving``: the partner takes this customer off the list."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    LEAVING = "leaving"
    REJECTED = "rejected"


class ListState(StrEnum):
    """Where a partner's list stands: its rows count only once it is committed, and no more once that is undone."""

    PREVIEWED = "previewed"
    COMMITTED = "committed"
    UNDONE = "undone"
    DISCARDED = "discarded"


class Through(StrEnum):
    """How a list reached us."""

    COMMAND = "command"
    INBOX = "inbox"
    API = "api"
    WEB = "web"


class LeaveReason(StrEnum):
    """Why a partner takes a customer off the list.

    ``PARTNER_OBJECTION``: the customer told the partner; it stops the campaign whose list says so. An objection told to us stops all.
    """

    SETTLED = "settled"
    DISPUTE = "dispute"
    MOVED = "moved"
    PARTNER_OBJECTION = "partner_objection"
    DECEASED = "deceased"
    LEFT = "left_the_list"


TO_LEAVE_ALONE = (LeaveReason.PARTNER_OBJECTION, LeaveReason.DECEASED)
"""Reasons that are about one person, not about a contract: nobody takes them for another of the same reference."""


class CaseStatus(StrEnum):
    """The state of a case, derived from its events by ``outreach.policy.status``.

    ``joined``: matching found that another case is about the same household or person; that one goes on.
    """

    WAITING = "waiting"
    SOLICITED = "solicited"
    REACHED = "reached"
    MEDIATED = "mediated"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    WRONG_DATA = "wrong_data"
    WITHDRAWN = "withdrawn"
    OBJECTED = "objected"
    JOINED = "joined"

    @property
    def is_open(self) -> bool:
        """Whether the case still has a next step."""
        return self in OPEN_STATUSES


OPEN_STATUSES = frozenset({CaseStatus.WAITING, CaseStatus.SOLICITED, CaseStatus.REACHED})


class ContactState(StrEnum):
    """The life of one planned contact. ``unknown``: the provider may or may not have sent it."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


class EventKind(StrEnum):
    """Facts about a case; appended, never changed."""

    OPENED = "opened"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    ATTEMPTED = "attempted"
    REPLIED = "replied"
    MEDIATED = "mediated"
    OBJECTED = "objected"
    WITHDRAWN = "withdrawn"
    JOINED = "joined"
    PARTED = "parted"
    EXHAUSTED = "exhausted"
    SNOOZED = "snoozed"
    APPOINTED = "appointed"
    RESUMED = "resumed"
    """The person took back, by SMS, what they had asked for by SMS."""
    CORRECTED = "corrected"
    """Somebody says that an earlier event was wrongly recorded: what it should have said, or that it never was."""


class SenderKind(StrEnum):
    """What people see as the sender of a message. ``service``: a pool of numbers that the provider chooses from."""

    NUMBER = "number"
    ALPHANUMERIC = "alphanumeric"
    SERVICE = "service"


class NoticeKind(StrEnum):
    """What a provider tells us about: a message received, the status of one sent, the course of a call."""

    MESSAGE = "message"
    STATUS = "status"
    CALL = "call"


class RunKind(StrEnum):
    """How a run of matching went about it: the whole register, or what is new against it."""

    FULL = "full"
    INCREMENT = "increment"


class PairVerdict(StrEnum):
    """What somebody decided about two rows: one person, two persons, nobody can tell."""

    SAME = "same"
    APART = "apart"
    UNSURE = "unsure"


class MediationKind(StrEnum):
    """The three kinds of a completed mediation."""

    EXCHANGE = "exchange"
    INFORMATION = "information"
    ACTION = "action"


class OutcomeKind(StrEnum):
    """What a partner reports of its customers afterwards."""

    PAID = "paid"
    PLAN_KEPT = "plan_kept"
    SUPPLY_KEPT = "supply_kept"


class WordingKind(StrEnum):
    """What somebody said about the partner's own service."""

    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"


class ShiftKind(StrEnum):
    """What a mediator's shift is for. ``desk``: receiving who comes, calls back or answers."""

    CALL = "call"
    VISIT = "visit"
    DESK = "desk"


class TravelMode(StrEnum):
    """How a mediator gets from door to door. ``transit``: on foot, and by public transport where that is faster."""

    FOOT = "foot"
    TRANSIT = "transit"
    BIKE = "bike"
    CAR = "car"


class AppointmentState(StrEnum):
    """What became of a promised call or visit."""

    OPEN = "open"
    KEPT = "kept"
    MISSED = "missed"
    CANCELLED = "cancelled"


class ChangeKind(StrEnum):
    """What a run of the planner did to what was planned before."""

    MOVED = "moved"
    DROPPED = "dropped"
    NOT_KEPT = "not_kept"
    """An appointment for which no shift can be found."""


class Verdict(StrEnum):
    """What the segment rules decided about a household or person."""

    TARGETED = "targeted"
    EXCLUDED = "excluded"


class LocationLevel(StrEnum):
    """How nearly an address was found. Only ``commune`` is too vague to send anybody there."""

    POINT = "point"
    NUMBER = "number"
    STREET = "street"
    COMMUNE = "commune"


class JobState(StrEnum):
    """How far a piece of work is that a page waits for."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class FactKind(StrEnum):
    """What a mediator's phone tells: each is one fact, made on the phone, that may arrive late and more than once."""

    RESULT = "result"
    DOORS = "doors"
    """One result for several doors of a building."""
    PROMISE = "promise"
    NEIGHBOUR = "neighbour"
    WALK_IN = "walk_in"
    OBJECTION = "objection"
    SNOOZE = "snooze"
    SKIP = "skip"
    CORRECTION = "correction"
    UNDO = "undo"


class FactStatus(StrEnum):
    """What became of a fact. ``duplicate``: another fact had said it; ``conflict``: both are kept, and somebody looks."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REFUSED = "refused"


class ClockMark(StrEnum):
    """Why the time that a phone gave was not believed."""

    FUTURE = "future"
    OLD = "old"


class Keep(StrEnum):
    """Which of two facts that contradict each other holds: that of the phone, the other, or both."""

    MINE = "mine"
    THEIRS = "theirs"
    BOTH = "both"


class SkipReason(StrEnum):
    """Why a mediator leaves a call aside. After the last two somebody else makes it."""

    NOT_NOW = "not_now"
    OTHER = "other"
    LANGUAGE = "language"
    ACQUAINTED = "acquainted"


class RequestKind(StrEnum):
    """What a person asks about their data (RGPD, articles 15, 16, 21, 17)."""

    ACCESS = "access"
    RECTIFICATION = "rectification"
    OBJECTION = "objection"
    ERASURE = "erasure"


class RequestState(StrEnum):
    """How far such a request is."""

    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"


HANDED_ON = frozenset({SkipReason.LANGUAGE, SkipReason.ACQUAINTED})
"""Left aside for these, a call is somebody else's to make."""
