"""The partner's outcome summary: stored as a version, written as a workbook and a document from the same content."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from outreach.core import audit, clock
from outreach.models import Agreement, Summary
from outreach.reporting.content import summary_content
from outreach.reporting.document import write_document
from outreach.reporting.workbook import write_workbook

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded


@dataclass(frozen=True)
class SummaryResult:
    """A summary and where its files lie (workbook, document). ``is_new``: this content had not been told before."""

    summary_id: int
    version: int
    content_hash: str
    is_new: bool
    files: tuple[Path, ...]


def partner_summary(session: Session, loaded: Loaded, *, start: date, end: date, out: Path, actor: str) -> SummaryResult:
    """Count, protect, store and write the summary of a period (both days included).

    The same content is the same version: nothing is stored again, the files are written again. Raises ``ValueError``
    when the period ends before it starts.
    """
    if end < start:
        message = "the period ends before it starts"
        raise ValueError(message)
    content = summary_content(session, loaded, start=start, end=end)
    stored, is_new = _store(session, loaded, content, start=start, end=end, actor=actor)
    name = f"bilan-{loaded.campaign.code}-{end}-v{stored.version}"
    files = (
        write_workbook(stored.content, out / f"{name}.xlsx", version=stored.version),
        write_document(stored.content, out / f"{name}.pdf", version=stored.version),
    )
    return SummaryResult(stored.id, stored.version, stored.content_hash, is_new, files)


def _store(
    session: Session, loaded: Loaded, content: dict[str, Any], *, start: date, end: date, actor: str
) -> tuple[Summary, bool]:
    digest = sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    same_period = (Summary.campaign_id == loaded.campaign.id, Summary.period_start == start, Summary.period_end == end)
    known = session.scalar(select(Summary).where(*same_period, Summary.content_hash == digest))
    if known is not None:
        return known, False
    last = session.scalar(select(func.coalesce(func.max(Summary.version), 0)).where(*same_period)) or 0
    stored = Summary(
        campaign_id=loaded.campaign.id,
        partner_id=session.get_one(Agreement, loaded.campaign.agreement_id).partner_id,
        period_start=start,
        period_end=end,
        version=last + 1,
        content_hash=digest,
        content=content,
        produced_at=clock.now(),
        produced_by=actor,
    )
    session.add(stored)
    session.flush()
    audit.record(session, actor, "summary.produce", f"summary/{stored.id}", {"version": stored.version, "hash": digest})
    return stored, True
