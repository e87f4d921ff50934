"""One look, on the planned day, and the answer stays: the table refuses an earlier look, another day, and a second answer."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text

from outreach.core import audit, clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.definitions.loader import content_hash
from outreach.models import Comparison
from outreach.policy.effects import design_effect, least_effect
from outreach.reporting.uplift.estimate import POINTS, estimate
from outreach.reporting.uplift.plan import PATIENCE, Plan, comparison_plan
from outreach.reporting.uplift.rows import compared, is_told
from outreach.reporting.uplift.verdict import Conclusive, Inconclusive, NotYet, Reason, judge

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

LOCK = "SELECT pg_advisory_xact_lock(hashtext('comparison'), CAST(:campaign AS int))"
DIGITS = 6
"""Decimals of what is kept: beyond them, machines differ."""


def uplift(session: Session, loaded: Loaded, *, actor: str = "report") -> NotYet | Inconclusive | Conclusive:
    """What contact changed: those contacted against those not yet, compared once, when the planned day is over.

    The first call after that day computes and freezes the answer; every later one reads it, whatever data come after. Where
    the partner's word is compared, a return file that tells of the day is waited for, at most ``PATIENCE``.
    Raises ``OutreachError`` when the kept answer is no longer what was kept.
    """
    plan = comparison_plan(session, loaded)
    if plan is None:
        return Inconclusive(Reason.ONE_WAVE, None, 0)
    session.execute(text(LOCK), {"campaign": plan.campaign_id})
    known = session.scalar(select(Comparison).where(Comparison.campaign_id == plan.campaign_id))
    if known is not None:
        return _thawed(known)
    day = plan.planned_for
    if day is None or clock.today() <= day:
        return NotYet(plan.opens_on, Reason.DAY_TO_COME)
    if is_told(session, plan, day):
        answer, about = _computed(session, plan, day)
    elif clock.today() <= day + PATIENCE:
        return NotYet(plan.opens_on, Reason.RETURN_AWAITED)
    else:
        answer, about = Inconclusive(Reason.NOT_TOLD, None, 0), {}
    _freeze(session, plan, day, answer, about, actor)
    return answer


def _computed(session: Session, plan: Plan, day: date) -> tuple[Inconclusive | Conclusive, dict[str, Any]]:
    found = compared(session, plan, day)
    contacted, waiting = found.sizes
    spread = design_effect(found.per_building, plan.icc)
    least = least_effect(contacted / spread, waiting / spread, plan.baseline)
    needed = round(POINTS * least, DIGITS) if least is not None else None
    answer = _rounded(judge(estimate(found.rows), needed, contacted + waiting))
    return answer, {"rows": found.fingerprint, "contacted": contacted, "waiting": waiting, "untold": list(found.untold)}


def _rounded(answer: Inconclusive | Conclusive) -> Inconclusive | Conclusive:
    """The answer as it will be read again."""
    if isinstance(answer, Inconclusive):
        return answer
    effect, low, high, p = (round(value, DIGITS) for value in (answer.effect, answer.low, answer.high, answer.p))
    return replace(answer, effect=effect, low=low, high=high, p=p)


def _freeze(
    session: Session, plan: Plan, day: date, answer: Inconclusive | Conclusive, about: dict[str, Any], actor: str
) -> None:
    """Keep the answer, and the hash of the rows that it was made of; of what is inconclusive, no figure is kept either."""
    kind = type(answer).__name__.lower()
    data = {"verdict": kind, "after": plan.after, "outcome": plan.outcome, "answer": asdict(answer), "about": about}
    row = Comparison(
        campaign_id=plan.campaign_id, version_id=plan.version_id, planned_for=day, computed_at=clock.now(), data=data,
        hash=content_hash(data),
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(session, actor, "campaign.compare", f"campaign/{plan.campaign_id}", {"verdict": kind, "hash": row.hash})


def _thawed(row: Comparison) -> Inconclusive | Conclusive:
    if content_hash(row.data) != row.hash:
        raise OutreachError(_("la comparaison gardée n'est plus celle qui a été calculée"), place=f"comparison {row.id}")
    answer = dict(row.data["answer"])
    if row.data["verdict"] == "conclusive":
        return Conclusive(**answer)
    return Inconclusive(**(answer | {"reason": Reason(answer["reason"])}))
