"""Summaries that partners have read: released by a person, for good; corrected by new versions; and the ledger of all figures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text

from outreach.core import audit, clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.models import Summary, SummaryState

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_KEEP = text("""
INSERT INTO released_figure (partner_id, campaign_id, summary_id, key, atoms, value, released_at)
SELECT :partner, :campaign, :summary, f.key, CAST(f.atoms AS jsonb), f.value, :now
FROM unnest(CAST(:keys AS text[]), CAST(:atoms AS text[]), CAST(:values AS bigint[])) AS f (key, atoms, value)
""")
# What a partner has read cannot be unread: the figures of corrected versions stay in the ledger.
_LEDGER = text("""
SELECT f.key, f.atoms, f.value, f.campaign_id, f.summary_id, f.released_at FROM released_figure f
WHERE f.partner_id = :partner ORDER BY f.released_at, f.summary_id, f.key
""")
_NEWER = text("""
SELECT max(version) FROM summary WHERE campaign_id = :campaign AND period_start = :start AND period_end = :end
  AND version > :version AND state <> 'produced'
""")
_IN_FORCE = text("""
SELECT id FROM summary WHERE campaign_id = :campaign AND period_start = :start AND period_end = :end AND state = 'released'
""")
_VALUES = text("SELECT key, value FROM released_figure WHERE summary_id = :summary AND value IS NOT NULL")


@dataclass(frozen=True)
class TellableFigure:
    """A figure of a summary: its value, or ``None`` where it is withheld.

    ``atoms``: what it counts, as data from which it can be counted again on any later day.
    """

    key: str
    atoms: Mapping[str, Any]
    value: int | None


@dataclass(frozen=True)
class LedgerEntry:
    """A figure that a partner has read in a summary, or found withheld there (``value`` is ``None``)."""

    key: str
    atoms: Mapping[str, Any]
    value: int | None
    campaign_id: int
    summary_id: int
    released_at: datetime


def release(session: Session, summary_id: int, actor: str, *, reviewed_by: str, figures: Sequence[TellableFigure]) -> Summary:
    """Hand a produced summary to its partner. From now on it never changes, and its figures are in the ledger.

    ``figures``: all of the summary's, withheld ones as well. Raises ``OutreachError`` when it was released before, when a
    newer version was, when another version is in force that it does not correct, when nobody reviewed it, or when whoever
    produced it is alone to have looked at it.
    """
    summary = _locked(session, summary_id)
    _check(session, summary, actor, reviewed_by)
    now = clock.now()
    if summary.corrects is not None:
        session.get_one(Summary, summary.corrects).state = SummaryState.CORRECTED
        session.flush()
    summary.state, summary.reviewed_by, summary.released_by, summary.released_at = (
        SummaryState.RELEASED, reviewed_by, actor, now,
    )  # fmt: skip
    session.flush()
    values = {
        "partner": summary.partner_id, "campaign": summary.campaign_id, "summary": summary.id, "now": now,
        "keys": [figure.key for figure in figures], "atoms": [json.dumps(dict(figure.atoms)) for figure in figures],
        "values": [figure.value for figure in figures],
    }  # fmt: skip
    session.execute(_KEEP, values)
    told = {"version": summary.version, "reviewed_by": reviewed_by, "figures": len(figures), "corrects": summary.corrects}
    audit.record(session, actor, "summary.release", f"summary/{summary.id}", told)
    return summary


def correct(session: Session, summary_id: int, corrects: int, *, reason: str, actor: str) -> Summary:
    """Say that a produced summary corrects a released one, and why; it is released like any other.

    Raises ``OutreachError`` without a reason, when the corrected version is not the one in force, when the correction was
    released already, or when the two are not about the same campaign and period.
    """
    summary, before = _locked(session, summary_id), _locked(session, corrects)
    place = _place(summary)
    if not reason.strip():
        raise OutreachError(_("une correction dit pourquoi elle est faite"), place=place, mend=_("Donnez le motif."))
    if summary.state != SummaryState.PRODUCED:
        raise OutreachError(_("ce bilan a déjà été remis"), place=place, mend=_("Produisez une nouvelle version."))
    if before.state != SummaryState.RELEASED or _subject(before) != _subject(summary) or before.version >= summary.version:
        message = _(
            "seule la version remise, d'une même campagne et d'une même période, se corrige, par une version plus récente"
        )
        raise OutreachError(message, place=place)
    summary.corrects, summary.reason = before.id, reason.strip()
    session.flush()
    audit.record(session, actor, "summary.correct", f"summary/{summary.id}", {"corrects": before.id, "reason": reason.strip()})
    return summary


def told_before(session: Session, summary_id: int) -> dict[str, int]:
    """The values of a released summary, by key: what ``steady`` compares a correction with."""
    return {str(key): int(value) for key, value in session.execute(_VALUES, {"summary": summary_id})}


def steady(before: int | None, now: int | None, threshold: int) -> int | None:
    """The value that a correction publishes for a figure that was published as ``before``.

    A count that moves by 1 to ``threshold - 1`` between two versions points at those few people: whoever knows the reason of
    the correction knows what became of them. Such a figure keeps the value already published until the change is large enough
    to be published; so does a figure that is now to be withheld, as the partner has read it.
    """
    if before is None:
        return now
    return before if now is None or 0 < abs(now - before) < threshold else now


@dataclass(frozen=True)
class Version:
    """One version of a summary, and how far it has come."""

    id: int
    start: date
    end: date
    version: int
    state: str
    reviewed_by: str | None
    reason: str | None


def summaries_of(session: Session, campaign: int) -> list[Version]:
    """Every version of a campaign's summaries, the newest period first."""
    query = (
        select(Summary)
        .where(Summary.campaign_id == campaign)
        .order_by(Summary.period_end.desc(), Summary.period_start, Summary.version.desc())
    )
    return [
        Version(one.id, one.period_start, one.period_end, one.version, one.state, one.reviewed_by, one.reason)
        for one in session.scalars(query)
    ]


def ledger(session: Session, partner_id: int) -> list[LedgerEntry]:
    """All that a partner was ever told or refused, oldest first, of every campaign and version."""
    return [LedgerEntry(**row) for row in session.execute(_LEDGER, {"partner": partner_id}).mappings()]


def _locked(session: Session, summary_id: int) -> Summary:
    found = session.scalar(
        select(Summary).where(Summary.id == summary_id).with_for_update().execution_options(populate_existing=True)
    )
    if found is None:
        raise OutreachError(_("ce bilan n'existe pas"), place=f"summary/{summary_id}")
    return found


def _check(session: Session, summary: Summary, actor: str, reviewed_by: str) -> None:
    place = _place(summary)
    period = {"campaign": summary.campaign_id, "start": summary.period_start, "end": summary.period_end}
    if summary.state != SummaryState.PRODUCED:
        raise OutreachError(_("ce bilan a déjà été remis"), place=place, mend=_("Produisez une nouvelle version."))
    if not reviewed_by.strip() or not actor.strip():
        raise OutreachError(_("un bilan est relu par quelqu'un avant d'être remis"), place=place, mend=_("Dites qui l'a relu."))
    if summary.produced_by is not None and {actor, reviewed_by} == {summary.produced_by}:
        message = _("qui a produit un bilan ne peut pas être seul à le relire et à le remettre")
        raise OutreachError(message, place=place, mend=_("Faites-le relire par une autre personne."))
    newer = session.execute(_NEWER, period | {"version": summary.version}).scalar_one()
    if newer is not None:
        message = _("la version {newer}, plus récente, a déjà été remise").format(newer=newer)
        raise OutreachError(message, place=place)
    in_force = session.execute(_IN_FORCE, period).scalar_one_or_none()
    if in_force != summary.corrects:
        message, mend = (
            _("une autre version de ce bilan a été remise"),
            _("Remettez celle-ci comme sa correction, avec un motif."),
        )
        raise OutreachError(message, place=place, mend=mend)


def _subject(summary: Summary) -> tuple[int, int, date, date]:
    return summary.partner_id, summary.campaign_id, summary.period_start, summary.period_end


def _place(summary: Summary) -> str:
    return f"summary/{summary.id}, v{summary.version}"
