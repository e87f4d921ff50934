"""What providers tell us of their own accord: appended as it comes, read afterwards, the same in any order and number."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import clock
from outreach.core.provider import Notice

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

APPEND = """
INSERT INTO provider_notice (provider, kind, provider_ref, sender, data, received_at)
SELECT n.provider, n.kind, n.ref, n.sender, CAST(n.data AS jsonb), :now
FROM unnest(CAST(:providers AS text[]), CAST(:kinds AS text[]), CAST(:refs AS text[]), CAST(:senders AS text[]),
            CAST(:data AS text[])) AS n (provider, kind, ref, sender, data)
"""


def append_notices(session: Session, notices: Sequence[Notice]) -> None:
    """Keep what a provider said. Nothing is acted on here, but nothing leaves for the sender of an unread message either."""
    values = {
        "providers": [notice.provider for notice in notices], "kinds": [notice.kind.value for notice in notices],
        "refs": [notice.ref for notice in notices], "senders": [notice.sender for notice in notices],
        "data": [json.dumps(notice.data) for notice in notices], "now": clock.now(),
    }  # fmt: skip
    session.execute(text(APPEND), values)
