"""For managers: shifts that the weekly pattern does not know, how the days look, and what the planner did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from outreach.core import audit
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.plain_tables import records
from outreach.core.words import ChangeKind, ShiftKind
from outreach.models import Mediator, PlanChange, PlanRun, Shift, Site
from outreach.planning.shifts import KNOWN
from outreach.planning.writing import Changed
from outreach.policy.territories import territory_of, zone_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

COLUMNS = ("mediator", "kind", "day", "start", "end")
"""The columns of a file of shifts."""
LOAD = """
SELECT s.day, m.code AS mediator, m.name, o.code AS site, o.insee, s.kind, s.starts_at, s.ends_at, count(k.id) AS contacts,
       EXISTS (SELECT FROM absence a WHERE a.mediator_id = m.id AND a.starts_at < s.ends_at AND a.ends_at > s.starts_at) AS absent
FROM shift s JOIN mediator m ON m.id = s.mediator_id JOIN site o ON o.id = s.site_id
     LEFT JOIN contact k ON k.shift_id = s.id AND k.state <> 'cancelled'
WHERE s.day BETWEEN :first AND :last GROUP BY s.id, m.id, o.id ORDER BY s.day, o.code, m.code, s.starts_at
"""


@dataclass(frozen=True)
class Working:
    """One shift as a list shows it, with the contacts on it; ``starts_at`` and ``ends_at`` as clocks show them at its site."""

    day: date
    mediator: str
    name: str
    site: str
    kind: ShiftKind
    starts_at: datetime
    ends_at: datetime
    contacts: int
    absent: bool


def shifts_between(session: Session, first: date, last: date) -> list[Working]:
    """The shifts of some days, with how many contacts each has."""
    rows = session.execute(text(LOAD), {"first": first, "last": last}).mappings()
    return [_working(**row) for row in rows]


def _working(*, insee: str, kind: str, starts_at: datetime, ends_at: datetime, **rest: Any) -> Working:
    zone = zone_of(territory_of(insee))
    return Working(kind=ShiftKind(kind), starts_at=starts_at.astimezone(zone), ends_at=ends_at.astimezone(zone), **rest)


def read_shifts(path: Path) -> dict[str, dict[str, str]]:
    """The rows of a file (CSV or workbook) with the columns of ``COLUMNS``, each by its place: the file and its line there.

    Raises ``OutreachError`` that names what is missing.
    """
    rows = {f"{path}:{line}": row for line, row in records(path).items()}
    if not rows or any(name not in row for row in rows.values() for name in COLUMNS):
        mend = _("Colonnes : {columns}.").format(columns=", ".join(COLUMNS))
        raise OutreachError(_("il manque des colonnes, ou des lignes"), place=str(path), mend=mend)
    return rows


def add_shifts(session: Session, rows: Mapping[str, Mapping[str, str]], *, source: str, actor: str) -> int:
    """Add shifts; one that exists (same mediator and start) gets its new end and kind. Nothing is added if any row is wrong.

    ``rows`` by their places, for messages; ``source``: where they come from, for the audit. Raises ``OutreachError`` that names
    the place and the mend; so does a shift during another one of its mediator, who would be promised to two people at once.
    """
    query = select(Mediator, Site).join(Site, Site.id == Mediator.site_id)
    people = {mediator.code: (mediator, site) for mediator, site in session.execute(query)}
    checked = {place: _checked(row, place, people) for place, row in rows.items()}
    _check_apart(session, checked)
    values = list(checked.values())
    statement = insert(Shift).values(values)
    # By hand from now on: no campaign's hours change it any more.
    changed = {"ends_at": statement.excluded.ends_at, "kind": statement.excluded.kind, "campaign_id": None}
    session.execute(statement.on_conflict_do_update(index_elements=["mediator_id", "starts_at"], set_=changed))
    audit.record(session, actor, "shifts.add", source, {"shifts": len(values)})
    return len(values)


def _check_apart(session: Session, checked: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse a shift that lies over another of the same mediator, of this file or of those known."""
    values = checked.values()
    days = [row["day"] for row in values]
    asked = {"people": sorted({row["mediator_id"] for row in values}), "first": min(days), "last": max(days)}
    taken: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    written = {(row["mediator_id"], row["starts_at"]) for row in values}
    for mediator, starts_at, ends_at in session.execute(text(KNOWN), asked):
        if (mediator, starts_at) not in written:
            taken[mediator].append((starts_at, ends_at))
    for place, row in checked.items():
        others = taken[row["mediator_id"]]
        met = next((other for other in others if other[0] < row["ends_at"] and other[1] > row["starts_at"]), None)
        if met is not None:
            zone = row["starts_at"].tzinfo
            begins, ends = (moment.astimezone(zone).strftime("%H:%M") for moment in met)
            raise OutreachError(
                _("ce poste en recouvre un autre de la même personne, de {begins} à {ends}").format(begins=begins, ends=ends),
                place=place, mend=_("Changez ses heures, ou reprenez le début de l'autre pour le remplacer."),
            )  # fmt: skip
        others.append((row["starts_at"], row["ends_at"]))


def _checked(row: Mapping[str, str], place: str, people: dict[str, tuple[Mediator, Site]]) -> dict[str, Any]:
    found = people.get(row["mediator"].strip())
    if found is None:
        raise OutreachError(
            _("médiateur inconnu : {code}").format(code=row["mediator"]),
            place=place,
            mend=_("Les codes sont ceux des campagnes."),
        )
    mediator, site = found
    try:
        kind, day = ShiftKind(row["kind"].strip()), date.fromisoformat(row["day"].strip())
        start, end = time.fromisoformat(row["start"].strip()), time.fromisoformat(row["end"].strip())
    except ValueError as error:
        mend = _("Écrivez par exemple : call;2026-11-26;10:00;13:00 (genre : call, visit ou desk).")
        raise OutreachError(_("ligne illisible ({reason})").format(reason=error), place=place, mend=mend) from None
    if start >= end:
        raise OutreachError(_("l'heure de fin doit être après l'heure de début"), place=place)
    zone = zone_of(territory_of(site.insee))
    return {
        "mediator_id": mediator.id, "site_id": site.id, "kind": kind.value, "day": day,
        "starts_at": datetime.combine(day, start, zone), "ends_at": datetime.combine(day, end, zone),
    }  # fmt: skip


@dataclass(frozen=True)
class Run:
    """One run of the planner: when, by whom, why, what it counted, and what it changed."""

    planned_at: datetime
    actor: str
    cause: str
    counts: dict[str, Any]
    changes: list[Changed]


def last_runs(session: Session, campaign_id: int, count: int) -> list[Run]:
    """The latest runs of the planner for a campaign, newest first."""
    rows = session.scalars(
        select(PlanRun)
        .where(PlanRun.campaign_id == campaign_id)
        .order_by(PlanRun.planned_at.desc(), PlanRun.id.desc())
        .limit(count)
    ).all()
    changed = session.scalars(
        select(PlanChange).where(PlanChange.run_id.in_([row.id for row in rows])).order_by(PlanChange.id)
    ).all()
    return [
        Run(row.planned_at, row.actor, row.cause, row.counts, [_changed(one) for one in changed if one.run_id == row.id])
        for row in rows
    ]


def _changed(row: PlanChange) -> Changed:
    return Changed(
        row.case_id, row.contact_id, ChangeKind(row.change), row.reason, row.before_at, row.after_at, row.before_mediator,
        row.after_mediator,
    )  # fmt: skip
