"""Stage 6: what happened becomes events; statuses, mediations and objections follow from them."""

from outreach.tracking.closing import close_exhausted, join_twins, part_twins, refresh_amounts, stop_objected, withdraw_departed
from outreach.tracking.coming_forward import record_coming_forward
from outreach.tracking.events import NewEvent, append_events, refresh_cases
from outreach.tracking.notices import NoticeResult, append_notices, read_notices
from outreach.tracking.objections import heed_opt_outs, object_by_code, object_by_phone, record_objection, resume_by_phone
from outreach.tracking.promises import promise, snooze
from outreach.tracking.provider import TrackResult, track_provider
from outreach.tracking.receipts import record_sendings
from outreach.tracking.reconcile import reconcile
from outreach.tracking.record import AttemptResult, MediationRecord, record_attempt, record_attempts
from outreach.tracking.replies import replies_to_read, settle_reply

__all__ = [
    "AttemptResult",
    "MediationRecord",
    "NewEvent",
    "NoticeResult",
    "TrackResult",
    "append_events",
    "append_notices",
    "close_exhausted",
    "heed_opt_outs",
    "join_twins",
    "object_by_code",
    "object_by_phone",
    "part_twins",
    "promise",
    "read_notices",
    "reconcile",
    "record_attempt",
    "record_attempts",
    "record_coming_forward",
    "record_objection",
    "record_sendings",
    "refresh_amounts",
    "refresh_cases",
    "replies_to_read",
    "resume_by_phone",
    "settle_reply",
    "snooze",
    "stop_objected",
    "track_provider",
    "withdraw_departed",
]
