"""Segments without Prefect: a look at what a campaign would do, that leaves no trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach.segments.preview import Preview
from outreach.segments.preview import preview as look

if TYPE_CHECKING:
    from outreach.core.database import Database
    from outreach.definitions.registry import Loaded


def preview(database: Database, loaded: Loaded) -> Preview:
    """What the campaign's rules make of its lists; the transaction is rolled back, nothing is written."""
    with database.session() as session:
        seen = look(session, loaded)
        session.rollback()
    return seen
