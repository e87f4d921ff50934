"""Stage 6: what happened becomes events; statuses, mediations and objections follow from them."""

from outreach.tracking.closing import (
    close_exhausted,
    close_outlived,
    join_twins,
    known_cases,
    part_twins,
    refresh_amounts,
    stop_mourned,
    stop_objected,
    withdraw_departed,
)
from outreach.tracking.coming_forward import record_coming_forward, record_neighbour, record_walk_in
from outreach.tracking.corrections import correct_mediation, correct_result
from outreach.tracking.events import NewEvent, append_events, refresh_cases
from outreach.tracking.identify import Candidate, identify
from outreach.tracking.mediations import MediationRecord
from outreach.tracking.notices import NoticeResult, append_notices, read_notices
from outreach.tracking.objections import heed_opt_outs, object_by_code, object_by_phone, record_objection, resume_by_phone
from outreach.tracking.promises import promise, snooze
from outreach.tracking.provider import TrackResult, track_provider
from outreach.tracking.receipts import record_sendings
from outreach.tracking.reconcile import reconcile
from outreach.tracking.record import AttemptResult, record_attempts
from outreach.tracking.replies import replies_to_read, settle_reply
from outreach.tracking.wordings import decide_wording, wordings_to_check

__all__ = [
    "AttemptResult",
    "Candidate",
    "MediationRecord",
    "NewEvent",
    "NoticeResult",
    "TrackResult",
    "append_events",
    "append_notices",
    "close_exhausted",
    "close_outlived",
    "correct_mediation",
    "correct_result",
    "decide_wording",
    "heed_opt_outs",
    "identify",
    "join_twins",
    "known_cases",
    "object_by_code",
    "object_by_phone",
    "part_twins",
    "promise",
    "read_notices",
    "reconcile",
    "record_attempts",
    "record_coming_forward",
    "record_neighbour",
    "record_objection",
    "record_sendings",
    "record_walk_in",
    "refresh_amounts",
    "refresh_cases",
    "replies_to_read",
    "resume_by_phone",
    "settle_reply",
    "snooze",
    "stop_mourned",
    "stop_objected",
    "track_provider",
    "withdraw_departed",
    "wordings_to_check",
]
