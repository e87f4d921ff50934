"""Objections: whatever a person asks us to stop is stopped on every channel, campaign and site, at once."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid5

from sqlalchemy import text

from outreach.core import clock
from outreach.core.letter_codes import code_of, number_of
from outreach.core.marks import mark
from outreach.core.prepared import kept
from outreach.core.provider import OPTED_OUT
from outreach.core.words import EventKind
from outreach.models.base import PHONE
from outreach.policy.kin import sql_cases_about, sql_numbers_at_home
from outreach.policy.objections import BY_SMS, SQL_STOPPED
from outreach.tracking.events import NAMESPACE, NewEvent, append_events

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# Of who was named, and of who that is now: a mark of the phone outlives the person's erasure.
MARKS_OF = """
SELECT mark FROM person p JOIN person l ON l.id IN (p.id, p.merged_into)
  CROSS JOIN LATERAL unnest(ARRAY[l.mobile_mark, l.fixed_mark]) WITH ORDINALITY m (mark, place)
WHERE p.id = :id AND mark IS NOT NULL GROUP BY mark ORDER BY min(l.id), min(place)
"""
_MARKS = "ARRAY(SELECT unnest(CAST(:marks AS text[])))"
WHO_HAS = f"SELECT id FROM person WHERE mobile_mark = ANY({_MARKS}) OR fixed_mark = ANY({_MARKS})"
CASES_OF = f"""
WITH asked AS (SELECT CAST(:person AS bigint) AS person_id) SELECT DISTINCT case_id FROM ({sql_cases_about("asked")}) c ORDER BY 1
"""
# One that stands already, made the same way, is not made twice.
STORE = """
INSERT INTO objection (id, person_id, mark, source, occurred_at, recorded_at)
SELECT :id, :person, :mark, :source, :at, :now WHERE NOT EXISTS (
  SELECT FROM objection o
  WHERE o.person_id IS NOT DISTINCT FROM CAST(:person AS bigint) AND o.mark = :mark AND o.source = :source
    AND o.lifted_at IS NULL)
ON CONFLICT (id) DO NOTHING
"""
# An objection by SMS marks every phone of who wrote: what it marked at that moment is taken back together.
LIFT = """
UPDATE objection o SET lifted_at = :at FROM objection said
WHERE said.mark = :mark AND said.source = :source AND said.lifted_at IS NULL AND said.occurred_at <= :at
  AND o.source = said.source AND o.lifted_at IS NULL AND o.occurred_at = said.occurred_at
  AND o.person_id IS NOT DISTINCT FROM said.person_id
RETURNING o.person_id, o.mark
"""
# Cases closed by an objection of these people, whom nothing stops any more, nor anybody whom the case is about.
FREED = f"""
WITH stopped AS MATERIALIZED (SELECT person_id FROM ({SQL_STOPPED}) s),
mine AS (SELECT unnest(CAST(:people AS bigint[])) AS person_id),
theirs AS MATERIALIZED (
  SELECT DISTINCT c.id, c.unit, c.person_id FROM ({sql_cases_about("mine")}) t JOIN "case" c ON c.id = t.case_id
  WHERE c.status = 'objected'),
held AS MATERIALIZED (
  SELECT person_id, own FROM ({sql_numbers_at_home("theirs")}) n WHERE number IN (SELECT person_id FROM stopped))
SELECT id FROM theirs t
WHERE NOT EXISTS (SELECT FROM held h WHERE h.person_id = t.person_id AND (h.own OR t.unit = 'household')) ORDER BY id
"""
# A refusal that is older than an objection of the same phone is that objection, whether it stands or was taken back since.
OPTED_OUT_PHONES = f"""
SELECT max(a.address) AS address, max(a.started_at) AS at FROM attempt a
WHERE a.error = :error AND a.started_at > :since AND a.address_mark IS NOT NULL
  AND NOT EXISTS (SELECT FROM objection o WHERE o.mark = a.address_mark AND o.source = '{BY_SMS}'
                  AND (o.lifted_at IS NULL OR o.lifted_at >= a.started_at))
GROUP BY a.address_mark
"""
PERSON_OF_CODE = """
SELECT coalesce(p.merged_into, p.id) FROM "case" c JOIN person p ON p.id = c.person_id
WHERE c.id = :number AND c.letter_code = :code
"""
PLAN_AGAIN = """
UPDATE "case" SET next_at = :now, wait_reason = 'to_plan' WHERE id = ANY(:cases) AND closed_at IS NULL
"""


def record_objection(session: Session, person_id: int, *, source: str, actor: str, occurred_at: datetime) -> None:
    """A person's opposition: every open case that would reach them closes, on all channels, at once."""
    for found in kept(session, MARKS_OF, {"id": person_id}).scalars().all() or [mark(f"person:{person_id}")]:
        _store(session, person_id, found, source, occurred_at)
    cases = kept(session, CASES_OF, {"person": person_id}).scalars()
    key = f"objection:{person_id}:{source}:{occurred_at.isoformat()}"
    append_events(session, [NewEvent(case, EventKind.OBJECTED, key, occurred_at, actor, source) for case in cases])


def object_by_phone(session: Session, phone: str, *, actor: str, occurred_at: datetime) -> int:
    """A message from ``phone`` (E.164) says stop: whoever shares the phone is meant too, for it says « this phone ».

    Returns how many people that is; of a phone that nobody has the mark is kept, for the list that may bring it.
    """
    people = kept(session, WHO_HAS, {"marks": [mark(phone)]}).scalars().all()
    for person in people:
        record_objection(session, person, source=BY_SMS, actor=actor, occurred_at=occurred_at)
    if not people:
        _store(session, None, mark(phone), BY_SMS, occurred_at)
    return len(people)


def resume_by_phone(session: Session, phone: str, *, actor: str, occurred_at: datetime) -> int:
    """A message from ``phone`` takes back what a message from it asked for; what was said otherwise stands.

    Returns how many cases go on.
    """
    lifted = session.execute(text(LIFT), {"mark": mark(phone), "source": BY_SMS, "at": occurred_at}).all()
    if not lifted:
        return 0
    # Also whoever got one of these phones since: their cases were closed by its mark.
    sharing = kept(session, WHO_HAS, {"marks": [row.mark for row in lifted]}).scalars()
    people = {row.person_id for row in lifted if row.person_id is not None} | set(sharing)
    cases = list(session.execute(text(FREED), {"people": sorted(people)}).scalars())
    key = f"resumed:{occurred_at.isoformat()}"
    append_events(session, [NewEvent(case, EventKind.RESUMED, key, occurred_at, actor, BY_SMS) for case in cases])
    session.execute(text(PLAN_AGAIN), {"cases": cases, "now": clock.now()})
    return len(cases)


def heed_opt_outs(session: Session, since: datetime, *, actor: str = "track") -> int:
    """Who told the provider to stop told us: their objection holds everywhere. Returns how many phones are new."""
    rows = session.execute(text(OPTED_OUT_PHONES).columns(address=PHONE), {"since": since, "error": OPTED_OUT}).all()
    for row in rows:
        object_by_phone(session, row.address, actor=actor, occurred_at=row.at)
    return len(rows)


def object_by_code(session: Session, code: str, *, actor: str, occurred_at: datetime) -> bool:
    """Whoever a letter was written to objects with the code that it carries; ``False`` for what is no code of ours."""
    number = number_of(code)
    person = session.execute(text(PERSON_OF_CODE), {"number": number, "code": code_of(number)}).scalar()
    if person is None:
        return False
    record_objection(session, person, source="letter", actor=actor, occurred_at=occurred_at)
    return True


def _store(session: Session, person: int | None, hashed: str, source: str, at: datetime) -> None:
    values = {
        "id": uuid5(NAMESPACE, f"{person}:{hashed}:{source}:{at.isoformat()}"), "person": person, "mark": hashed, "source": source,
        "at": at, "now": clock.now(),
    }  # fmt: skip
    kept(session, STORE, values)
