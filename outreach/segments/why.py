"""Why somebody is contacted, or is not: the decision with every rule, the values it saw, and its replay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text

from outreach.core import audit
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.marks import reference_mark
from outreach.core.words import Unit
from outreach.definitions.facts import PARTNER, Fact, FactType, vocabulary
from outreach.definitions.loader import Folder
from outreach.definitions.registry import find_case
from outreach.definitions.sealing import sealed
from outreach.models import Campaign, CampaignVersion, Case, Decision, SegmentRun
from outreach.policy.kin import sql_cases_about, sql_numbers_at_home
from outreach.segments.evaluate import compare, holds
from outreach.segments.verdict import Outcome, outcome_of, parts_of
from outreach.segments.wording import condition, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

# The row of a reference that speaks now, else the last that did.
BY_REFERENCE = """
SELECT r.person_id FROM list_row r JOIN target_list t ON t.id = r.list_id
WHERE r.campaign_id = :campaign AND r.row_key = ANY(:keys) AND t.state = 'committed' AND r.person_id IS NOT NULL
ORDER BY r.superseded_by IS NOT NULL, r.list_id DESC, r.id DESC LIMIT 1
"""
# What a decision may have been made about: every number that the person ever had, or every home that they ever lived in.
UNITS = f"""
WITH asked AS (SELECT CAST(:person AS bigint) AS person_id),
own AS (SELECT number FROM ({sql_numbers_at_home("asked")}) n WHERE own)
SELECT number FROM own WHERE :unit = 'person'
UNION SELECT p.household_id FROM own JOIN person p ON p.id = own.number WHERE :unit = 'household' AND p.household_id IS NOT NULL
UNION SELECT m.household_id FROM own JOIN household_member m ON m.person_id = own.number WHERE :unit = 'household'
"""
CASE_OF = f"""
WITH asked AS (SELECT CAST(:person AS bigint) AS person_id)
SELECT c.id FROM ({sql_cases_about("asked")}) t JOIN "case" c ON c.id = t.case_id
WHERE c.campaign_id = :campaign AND c.unit = :unit ORDER BY c.status = 'joined', c.id DESC LIMIT 1
"""
PARTNERS = "SELECT DISTINCT partner_id FROM target_list WHERE campaign_id = :campaign"
LIST_OF = f"""
WITH asked AS (SELECT CAST(:person AS bigint) AS person_id)
SELECT t.file_name, t.imported_at FROM ({sql_numbers_at_home("asked")}) n JOIN list_row r ON r.person_id = n.number
  JOIN target_list t ON t.id = r.list_id
WHERE r.campaign_id = :campaign AND t.state = 'committed' AND t.imported_at <= :decided AND (n.own OR :unit = 'household')
ORDER BY t.imported_at DESC, t.id DESC LIMIT 1
"""


@dataclass(frozen=True)
class Condition:
    """One comparison of a rule: the fact, the value it saw, what it asks for, and whether that was so."""

    fact: str
    label: str
    value: str
    wanted: str
    held: bool


@dataclass(frozen=True)
class Looked:
    """One rule that was looked at: an exclusion, or a segment; ``decided``: it is the one that gave the verdict."""

    code: str
    label: str
    excludes: bool
    held: bool
    decided: bool
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Why:
    """One decision, complete. ``same``: the replay of the stored values gives the same results and verdict."""

    campaign: str
    name: str
    partner: str
    agreement: str
    association: str
    purpose: str
    legal_basis: str
    rights: str
    unit: str
    list_name: str | None
    received_at: datetime | None
    decided_at: datetime
    version: int
    version_hash: str
    dated_rules: dict[str, str]
    targeted: bool
    label: str
    rules: tuple[Looked, ...]
    case: int | None
    letter_code: str | None
    wave: int | None
    waves: int
    urgent: bool
    commitment: str | None
    days_apart: int
    same: bool
    earlier: tuple[tuple[datetime, str], ...]


def why_case(session: Session, case: str, *, actor: str) -> Why:
    """The decision that opened a case, by its number or the code of its letter. Raises ``OutreachError`` for an unknown one."""
    found = find_case(session, case)
    unit = found.household_id if found.unit == Unit.HOUSEHOLD else found.person_id
    return _why(session, found.campaign_id, [unit] if unit is not None else [], case=found, actor=actor)


def why_reference(session: Session, campaign_code: str, reference: str, *, actor: str) -> Why:
    """The last decision about a customer of the partner, contacted or not. Raises ``OutreachError`` where there is none."""
    campaign = session.scalar(select(Campaign).where(Campaign.code == campaign_code))
    if campaign is None:
        raise OutreachError(_("campagne inconnue"), place=campaign_code, mend=_("Voyez le dossier campaigns/."))
    about: dict[str, Any] = {"campaign": campaign.id}
    keys = [reference_mark(partner, reference) for partner in session.execute(text(PARTNERS), about).scalars()]
    row = session.execute(text(BY_REFERENCE), about | {"keys": keys}).first()
    if row is None:
        mend = _("Vérifiez la référence ; une liste importée depuis peu attend « outreach match ».")
        raise OutreachError(_("personne n'est connu sous cette référence dans la campagne"), place=campaign_code, mend=mend)
    about |= {"person": row.person_id, "unit": campaign.unit}
    units = list(session.execute(text(UNITS), about).scalars())
    number = session.execute(text(CASE_OF), about).scalar()
    return _why(session, campaign.id, units, case=session.get_one(Case, number) if number else None, actor=actor)


def values_of(decision: Decision, run: SegmentRun, known: dict[str, Fact]) -> dict[str, Any]:
    """The values that the rules saw, by fact, in their own types."""
    found: dict[str, Any] = {}
    for name in run.facts:
        if not name.startswith(PARTNER):
            found[name] = getattr(decision, name)
            continue
        value = (decision.extra or {}).get(name.removeprefix(PARTNER))
        if value is not None and known[name].type is FactType.NUMBER:
            value = Decimal(str(value))
        elif value is not None and known[name].type is FactType.DATE:
            value = date.fromisoformat(value)
        found[name] = value
    return found


def replay(folder: Folder, values: dict[str, Any], today: date) -> tuple[int, Outcome]:
    """The results of all rules, one bit each, and the verdict, computed again from stored values without the database."""
    bits = sum(1 << at for at, part in enumerate(parts_of(folder.campaign)) if holds(part.when, values, today))
    return bits, outcome_of(folder.campaign, bits)


def _why(session: Session, campaign_id: int, units: Sequence[int], *, case: Case | None, actor: str) -> Why:
    own = case and (case.household_id if case.unit == Unit.HOUSEHOLD else case.person_id)
    query = (
        select(Decision, SegmentRun)
        .join(SegmentRun, SegmentRun.id == Decision.run_id)
        .where(SegmentRun.campaign_id == campaign_id, Decision.unit_id.in_(units))
        # Of two homes decided about in one run, that of the case, else the one known last.
        .order_by(SegmentRun.id.desc(), (Decision.unit_id == own).desc(), Decision.unit_id.desc())
    )
    decided = session.execute(query).all()
    if not decided:
        mend = _("Faites « outreach segment », puis redemandez.")
        raise OutreachError(_("rien n'a encore été décidé pour cette personne"), mend=mend)
    chosen = next((at for at, (_one, run) in enumerate(decided) if case is not None and run.id == case.run_id), 0)
    decision, run = decided[chosen]
    version = session.get_one(CampaignVersion, run.version_id)
    audit.record(
        session, actor, "decision.read", f"case/{case.id}" if case else f"decision/{decision.unit_id}/{run.id}",
        {"campaign": campaign_id, "run": run.id},
    )  # fmt: skip
    earlier = tuple(
        (each.decided_at, _verdict_label(other, Folder.thaw(session.get_one(CampaignVersion, each.version_id).definition)))
        for other, each in decided[chosen + 1 :]
    )
    return _told(session, decision, run, version, case, earlier)


def _told(
    session: Session, decision: Decision, run: SegmentRun, version: CampaignVersion, case: Case | None,
    earlier: tuple[tuple[datetime, str], ...],
) -> Why:  # fmt: skip
    folder = Folder.thaw(version.definition)
    known = vocabulary(folder.campaign, folder.agreement)
    values = values_of(decision, run, known)
    bits, outcome = replay(folder, values, run.today)
    design = sealed(session, run.campaign_id)
    came = session.execute(
        text(LIST_OF),
        {"campaign": run.campaign_id, "decided": run.decided_at, "unit": str(folder.campaign.unit), "person": decision.person_id},
    ).first()
    agreement, campaign = folder.agreement, folder.campaign
    return Why(
        campaign=campaign.code, name=campaign.name, partner=agreement.partner.name, agreement=agreement.code,
        association=agreement.association.name, purpose=agreement.purpose, legal_basis=str(agreement.legal_basis),
        rights=agreement.association.contact_for_rights, unit=str(campaign.unit), list_name=came.file_name if came else None,
        received_at=came.imported_at if came else None, decided_at=run.decided_at, version=version.number,
        version_hash=version.content_hash, dated_rules=dict(run.dated_rules), targeted=decision.reason is None,
        label=_verdict_label(decision, folder), rules=_looked(folder, known, values, decision, run),
        case=case.id if case else None, letter_code=case.letter_code if case else None, wave=case.wave if case else None,
        waves=design.waves if design else campaign.waves.count,
        urgent=bool(case and design and case.priority <= design.urgent), commitment=design.commitment if design else None,
        days_apart=campaign.waves.days_apart,
        same=(bits, outcome.reason, outcome.segment) == (decision.rules, decision.reason, decision.segment), earlier=earlier,
    )  # fmt: skip


def _verdict_label(decision: Decision, folder: Folder) -> str:
    code = decision.reason or decision.segment
    return next((part.label for part in parts_of(folder.campaign) if part.code == code), _("aucun segment ne convient"))


def _looked(
    folder: Folder, known: dict[str, Fact], values: dict[str, Any], decision: Decision, run: SegmentRun
) -> tuple[Looked, ...]:
    found = []
    for at, part in enumerate(parts_of(folder.campaign)):
        excludes = at < len(folder.campaign.exclusions)
        decided = part.code == (decision.reason if excludes else None if decision.reason else decision.segment)
        conditions = tuple(
            Condition(
                one.fact, _(known[one.fact].label), said(values.get(one.fact), known[one.fact]),
                condition(one, known[one.fact], run.today),
                compare(one, values.get(one.fact), run.today),
            )
            for one in part.when.comparisons()
        )  # fmt: skip
        found.append(Looked(part.code, part.label, excludes, bool(decision.rules >> at & 1), decided, conditions))
    return tuple(found)
