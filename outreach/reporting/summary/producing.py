"""The partner's outcome summary: produced as a version, reviewed and released by people, corrected by a new version."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from outreach.core import audit, clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.models import Agreement, Campaign, Summary, SummaryState
from outreach.reporting.figures.keeping import refresh_all
from outreach.reporting.releases import TellableFigure, correct, ledger, release, told_before
from outreach.reporting.summary.content import summary_content
from outreach.reporting.summary.document import write_document
from outreach.reporting.summary.interchange import write_json
from outreach.reporting.summary.workbook import write_workbook
from outreach.reporting.summary.world import Spec

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded


@dataclass(frozen=True)
class SummaryResult:
    """A summary and where its files lie (workbook, document, JSON). ``is_new``: this content had not been told before."""

    summary_id: int
    version: int
    content_hash: str
    is_new: bool
    files: tuple[Path, ...]


def partner_summary(
    session: Session, loaded: Loaded, *, start: date, end: date, out: Path, actor: str, reason: str | None = None
) -> SummaryResult:
    """Count, protect, store and write the summary of a period (both days included). It waits for its review.

    The same content is the same version: nothing is stored again, the files are written again. When a version of the period
    was released and the content is another, the new one is its correction, which needs a ``reason``: without it the released
    version stays what there is. Raises ``OutreachError`` for a period that is not made of whole months or does not end today.
    """
    check_period(start, end, loaded.folder.campaign.starts_on)
    refresh_all(session)
    stored, is_new = _store(session, loaded, start=start, end=end, actor=actor, reason=reason)
    return SummaryResult(stored.id, stored.version, stored.content_hash, is_new, write_files(loaded.campaign.code, stored, out))


def write_files(code: str, stored: Summary, out: Path) -> tuple[Path, ...]:
    """Workbook, document and JSON of a stored version; the same version gives the same bytes."""
    name = f"bilan-{code}-{stored.period_end}-v{stored.version}"
    return (
        write_workbook(stored.content, out / f"{name}.xlsx", version=stored.version),
        write_document(stored.content, out / f"{name}.pdf", version=stored.version),
        write_json(stored.content, out / f"{name}.json", version=stored.version),
    )


def files_of(session: Session, summary_id: int, out: Path) -> tuple[Path, ...]:
    """Write the files of a stored version again. Raises ``OutreachError`` for an unknown one."""
    summary = session.get(Summary, summary_id)
    if summary is None:
        raise OutreachError(_("ce bilan n'existe pas"), place=f"summary/{summary_id}")
    return write_files(session.get_one(Campaign, summary.campaign_id).code, summary, out)


def release_summary(session: Session, summary_id: int, *, actor: str, reviewed_by: str) -> Summary:
    """Hand a produced summary to its partner, for good.

    Raises ``OutreachError`` as ``releases.release`` does, and when another summary was released since this one was produced:
    what may be shown has to be decided again.
    """
    summary = session.get(Summary, summary_id)
    if summary is None:
        raise OutreachError(_("ce bilan n'existe pas"), place=f"summary/{summary_id}")
    if summary.state == SummaryState.PRODUCED and summary.content["ledger"] != len(ledger(session, summary.partner_id)):
        raise OutreachError(
            _("un autre bilan a été remis à ce partenaire depuis"), place=f"summary/{summary_id}",
            mend=_("Produisez celui-ci à nouveau : le secret se décide sur tout ce que le partenaire a lu."),
        )  # fmt: skip
    figures = [TellableFigure(row["key"], row["counts"], row["count"]) for row in summary.content["figures"]]
    return release(session, summary_id, actor, reviewed_by=reviewed_by, figures=figures)


def check_period(start: date, end: date, starts_on: date) -> None:
    """Figures are kept by month: a period begins with a month, or the campaign, and ends with a month, or today.

    Raises ``OutreachError``.
    """
    today = clock.today()
    if start.day != 1 and start != starts_on:
        raise OutreachError(
            _("un bilan commence avec un mois ou avec la campagne"), place=f"{start:%d/%m/%Y}",
            mend=_("Choisissez par exemple le {day}.").format(day=f"{start.replace(day=1):%d/%m/%Y}"),
        )  # fmt: skip
    if end < start:
        raise OutreachError(_("la période finit avant de commencer"), place=f"{start:%d/%m/%Y} – {end:%d/%m/%Y}")
    if end > today or (end != today and (end + timedelta(days=1)).day != 1):
        raise OutreachError(
            _("un bilan va jusqu'à aujourd'hui ou jusqu'à la fin d'un mois passé"), place=f"{end:%d/%m/%Y}",
            mend=_("Choisissez par exemple le {day}.").format(day=f"{end.replace(day=1) - timedelta(days=1):%d/%m/%Y}"),
        )  # fmt: skip


def last_whole_period(today: date) -> date:
    """Up to when the report of a day tells: on the first of a month up to the end of the one before, else up to today."""
    return today - timedelta(days=1) if today.day == 1 else today


def _store(session: Session, loaded: Loaded, *, start: date, end: date, actor: str, reason: str | None) -> tuple[Summary, bool]:
    partner = session.get_one(Agreement, loaded.campaign.agreement_id).partner_id
    same_period = (Summary.campaign_id == loaded.campaign.id, Summary.period_start == start, Summary.period_end == end)
    in_force = session.scalar(select(Summary).where(*same_period, Summary.state == SummaryState.RELEASED))
    told = ledger(session, partner)
    known = {Spec.of(dict(entry.atoms)): entry.value is not None for entry in told if entry.campaign_id == loaded.campaign.id}
    published = told_before(session, in_force.id) if in_force else {}
    content = summary_content(session, loaded, start=start, end=end, told=known, published=published)
    content["comparison"] = _earlier(session, loaded.campaign, start)
    digest = sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    if in_force is not None and (in_force.content_hash == digest or not reason):
        return in_force, False
    same = session.scalar(select(Summary).where(*same_period, Summary.content_hash == digest).order_by(Summary.version.desc()))
    if same is not None and same.content["ledger"] == len(told) and same.state == SummaryState.PRODUCED:
        return same, False
    last = session.scalar(select(func.coalesce(func.max(Summary.version), 0)).where(*same_period)) or 0
    stored = Summary(
        campaign_id=loaded.campaign.id, partner_id=partner, period_start=start, period_end=end, version=last + 1,
        content_hash=digest, content=content | {"ledger": len(told)}, produced_at=clock.now(), produced_by=actor,
    )  # fmt: skip
    session.add(stored)
    session.flush()
    audit.record(session, actor, "summary.produce", f"summary/{stored.id}", {"version": stored.version, "hash": digest})
    if in_force is not None and reason:
        correct(session, stored.id, in_force.id, reason=reason, actor=actor)
    return stored, True


def _earlier(session: Session, campaign: Campaign, start: date) -> list[dict[str, Any]]:
    """The main figures of the summaries of earlier periods, as they were released: the last six."""
    query = select(Summary).where(
        Summary.campaign_id == campaign.id, Summary.state == SummaryState.RELEASED, Summary.period_end < start
    ).order_by(Summary.period_end.desc(), Summary.period_start).limit(6)  # fmt: skip
    return [
        {"start": found.period_start.isoformat(), "end": found.period_end.isoformat()}
        | {name: found.content[name] for name in ("solicited", "mediated", "conversion")}
        for found in session.scalars(query)
    ]
