"""Stage 6: what happened becomes events; statuses, mediations and objections follow from them."""

from outreach.tracking.closing import close_exhausted, join_twins, part_twins, refresh_amounts, stop_objected, withdraw_departed
from outreach.tracking.events import NewEvent, append_events, refresh_cases
from outreach.tracking.promises import promise, snooze
from outreach.tracking.provider import TrackResult, record_sendings, track_provider
from outreach.tracking.record import (
    AttemptResult,
    MediationRecord,
    record_attempt,
    record_attempts,
    record_coming_forward,
    record_objection,
)

__all__ = [
    "AttemptResult",
    "MediationRecord",
    "NewEvent",
    "TrackResult",
    "append_events",
    "close_exhausted",
    "join_twins",
    "part_twins",
    "promise",
    "record_attempt",
    "record_attempts",
    "record_coming_forward",
    "record_objection",
    "record_sendings",
    "refresh_amounts",
    "refresh_cases",
    "snooze",
    "stop_objected",
    "track_provider",
    "withdraw_departed",
]
