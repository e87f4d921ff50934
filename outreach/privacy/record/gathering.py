"""Gathers one person's record: who they are to us, from whom we know it, why we wrote, everything that was done and said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import audit, clock
from outreach.core.errors import PolicyError
from outreach.core.i18n import _, french_day, speaking
from outreach.core.labels import FIELDS, REQUESTS, label, language_name
from outreach.core.phones import grouped_phone
from outreach.core.sealing import opened
from outreach.definitions.agreement import Agreement
from outreach.definitions.facts import STAGES
from outreach.models import ListRow
from outreach.models.base import REFERENCE, WAYS
from outreach.models.lists import SEPARATOR
from outreach.policy.retention import CONTACTS, ends_on
from outreach.privacy.record import queries
from outreach.privacy.record.cases import case_told, euros, mediation_told

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

SHOWN = tuple(column.name for column in ListRow.__table__.columns if column.name in FIELDS and column.name != "address_key")
"""The columns of a list's row that a person reads."""
Why = Callable[[int], str | None]
"""Why somebody is contacted, in a paragraph for them, by the number of the case; ``None`` where nothing tells."""


def record_of(session: Session, person_id: int, *, why: Why, actor: str, request: int | None = None) -> dict[str, Any]:
    """The record of one person, in French, JSON-ready; that it was made is on record.

    Raises ``PolicyError`` for somebody who is not known, or not any more.
    """
    living = session.execute(text("SELECT coalesce(merged_into, id) FROM person WHERE id = :id"), {"id": person_id}).scalar()
    who = session.execute(text(queries.WHO).columns(**WAYS), {"person": living}).first()
    if who is None or who.anonymised_at is not None:
        raise PolicyError(_("cette personne n'existe pas, ou n'est plus connue"), place=str(person_id))
    ids = list(session.execute(text(queries.IDS), {"person": living}).scalars())
    with speaking("fr"):
        told = _told(session, who, ids, why)
    audit.record(session, actor, "person.record", f"person/{living}", {"request": request, "cases": len(told["cases"])})
    return told


def _told(session: Session, who: Any, ids: list[int], why: Why) -> dict[str, Any]:
    values = {"person": who.id, "ids": ids}
    cases = session.execute(text(queries.CASES), values).mappings().all()
    rows = session.execute(text(queries.ROWS).columns(**WAYS, reference=REFERENCE), values).mappings().all()
    # Of a case of their household's, the mediations are told to whom it is about: what they took part in is told here.
    own = [case["id"] for case in cases if case["person_id"] in ids]
    elsewhere = session.execute(text(queries.ELSEWHERE), values | {"cases": own}).mappings().all()
    subjects = (
        [f"case {case['id']}" for case in cases] + [f"case/{case['id']}" for case in cases] + [f"person {one}" for one in ids]
    )
    agreements = {Agreement.model_validate(row["agreement"]).code: row["agreement"] for row in (*rows, *cases)}
    return {
        "made_on": long_day(clock.today()),
        "associations": _associations(agreements),
        "identity": _identity(who),
        "sources": [_source(row) for row in rows],
        "linked": _linked(session, values, len(rows)),
        "cases": [
            case_told(session, case, why(case["id"]), own=case["id"] in own) | {"kept_until": _kept_until(session, case)}
            for case in cases
        ],
        "elsewhere": [mediation_told(session, one) for one in elsewhere],
        "objections": [
            {"on": long_day(row.occurred_at), "lifted_on": long_day(row.lifted_at) if row.lifted_at else None}
            for row in session.execute(text(queries.OBJECTIONS), values)
        ],
        "requests": [
            {
                "what": label(REQUESTS, row.kind),
                "on": long_day(row.received_on),
                "answer": opened(row.answer, "person_request.answer"),
            }
            for row in session.execute(text(queries.REQUESTS), values)
        ],
        "reads": int(session.execute(text(queries.READS), {"subjects": subjects}).scalar_one()),
    }


def long_day(when: date | datetime) -> str:
    """« 3 octobre 2026 », in Paris."""
    day = when.astimezone(clock.PARIS).date() if isinstance(when, datetime) else when
    return french_day(day)


def _associations(agreements: dict[str, Any]) -> list[dict[str, str]]:
    found = {}
    for written in agreements.values():
        association = Agreement.model_validate(written).association
        found[association.code] = {
            "name": association.name,
            "address": association.address,
            "rights": association.contact_for_rights,
        }
    return list(found.values())


def _identity(who: Any) -> list[tuple[str, str]]:
    door = [
        f"{label(FIELDS, name)} {value}"
        for name, value in (
            ("care_of", who.care_of),
            ("residence", who.residence),
            ("building", who.building_name),
            ("staircase", who.staircase),
            ("floor", who.floor),
            ("door", who.door),
        )
        if value
    ]
    parts = [
        (_("nom"), " ".join(part for part in (who.title, who.given_name, who.family_name) if part)),
        (_("date de naissance"), long_day(who.birth_date) if who.birth_date else ""),
        (_("téléphone mobile"), grouped_phone(who.mobile) if who.mobile else ""), (_("téléphone fixe"), grouped_phone(who.fixed) if who.fixed else ""),
        (_("courriel"), who.email or ""), (_("adresse"), ", ".join(part for part in (who.street, who.town) if part)),
        (_("complément d'adresse"), ", ".join(door)),
        (_("langue"), language_name(who.language) if who.language else ""),
        (_("lit le français"), "" if who.reads_french is None else _yes(who.reads_french)),
        (_("personnes connues à cette adresse"), str(who.at_home) if who.at_home else ""),
    ]  # fmt: skip
    return [(name, value) for name, value in parts if value]


def _source(row: Any) -> dict[str, Any]:
    agreement = Agreement.model_validate(row["agreement"])
    own = {part.code: part.label for part in agreement.extra_fields}
    fields = [(label(FIELDS, name), _written(name, row[name])) for name in SHOWN if row[name] not in {None, ""}]
    fields += [(own.get(code, code), _written(code, value)) for code, value in (row["extra"] or {}).items() if value is not None]
    stored = [column["header"] for column in row["columns"] if column["stored"]]
    return {
        "partner": agreement.partner.name, "agreement": agreement.code, "purpose": agreement.purpose.strip(), "basis": agreement.legal_basis.value,
        "campaign": row["campaign"], "list": row["file_name"], "on": long_day(row["imported_at"]), "state": row["state"],
        "current": row["superseded_by"] is None and row["state"] in {"new", "changed"}, "fields": fields,
        "as_received": dict(zip(stored, (opened(row["raw"], "list_row.raw") or "").split(SEPARATOR), strict=False)),
    }  # fmt: skip


def _written(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _yes(value)
    if isinstance(value, date):
        return long_day(value)
    if isinstance(value, Decimal):
        return euros(value)
    if name == "stage":
        return label(STAGES, str(value))
    if name == "language":
        return language_name(str(value))
    return grouped_phone(str(value)) if name in {"mobile", "fixed"} else str(value)


def _yes(value: bool) -> str:
    return _("oui") if value else _("non")


def _linked(session: Session, values: dict[str, Any], rows: int) -> str | None:
    """How rows were found to speak of one person: by what program, how surely, and whether somebody looked at it."""
    links = session.execute(text(queries.LINKS), values).one()
    if rows < 2 or not links.pairs:  # noqa: PLR2004 - one row is linked to none
        return None
    decided = int(session.execute(text(queries.DECIDED), values).scalar_one())
    told = _("Un programme a trouvé que ces {rows} lignes parlent de vous (ressemblance d'au moins {percent} %).").format(
        rows=rows, percent=int(links.least * 100)
    )
    return f"{told} {_('Une personne de chez nous a vérifié.')}" if decided else told


def _kept_until(session: Session, case: Any) -> str:
    """Until when this case is kept under its agreement, if nothing more happens."""
    values = {"case": case["id"], "contacts": [kind.value for kind in CONTACTS]}
    last = session.execute(text(queries.LAST), values).scalar() or case["opened_at"]
    months = Agreement.model_validate(case["agreement"]).retention_months
    return long_day(ends_on(max(last, case["opened_at"]).astimezone(clock.PARIS).date(), months))
