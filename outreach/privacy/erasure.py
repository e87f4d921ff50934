"""Erasure of one person at their request (RGPD, article 17).

Nothing of them stays but hashed marks, so that no list brings them back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import audit, clock
from outreach.core.errors import PolicyError
from outreach.core.i18n import _
from outreach.core.marks import pepper
from outreach.policy.erasure import sql_kept
from outreach.privacy.anonymise import anonymise_cases, anonymise_people, anonymise_rows, forget_addresses
from outreach.privacy.retention import write_down

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

WHO = "SELECT coalesce(merged_into, id) AS id, anonymised_at FROM person WHERE id = :person"
ROWS = """
SELECT r.id
FROM list_row r JOIN person q ON q.id = r.person_id
WHERE coalesce(q.merged_into, q.id) = :person AND r.anonymised_at IS NULL
"""
CASES = """
SELECT c.id
FROM "case" c JOIN person q ON q.id = c.person_id
WHERE coalesce(q.merged_into, q.id) = :person AND c.anonymised_at IS NULL
"""
UNDERWAY = "SELECT count(*) FROM contact WHERE case_id = ANY(:cases) AND state IN ('claimed', 'unknown')"
BORN = "SELECT EXISTS (SELECT FROM list_row WHERE id = ANY(:rows) AND birth_date IS NOT NULL)"
MARK = f"""
INSERT INTO erasure_mark (mark, kind, made_at) SELECT DISTINCT ON (m.mark) m.mark, m.kind, :now FROM list_row r
  CROSS JOIN LATERAL ({sql_kept("r")}) m WHERE r.id = ANY(:rows) ORDER BY m.mark ON CONFLICT (mark) DO NOTHING
"""
# What was said from their phones, outside any case or in whichever: a phone that two share says it for both. A message stays that
# is somebody else's for sure: it is in the case of somebody known who never lived with them, and nobody ever wrote to that phone
# about them.
SAID = (
    """UPDATE provider_notice SET sender = NULL, sender_mark = NULL, data = '{}' WHERE handled_at IS NOT NULL AND sender_mark IN (
         SELECT unnest(ARRAY[mobile_mark, fixed_mark]) FROM list_row WHERE id = ANY(:rows))""",
    """WITH homes AS MATERIALIZED (
         SELECT household_id FROM person WHERE id = :person UNION
         SELECT h.household_id FROM household_member h JOIN person q ON q.id = h.person_id WHERE coalesce(q.merged_into, q.id) = :person)
       UPDATE inbound_message i SET sender = '', sender_mark = NULL, body = '' WHERE handled_at IS NOT NULL AND sender_mark IN (
         SELECT unnest(ARRAY[mobile_mark, fixed_mark]) FROM list_row WHERE id = ANY(:rows))
         AND NOT EXISTS (
           SELECT FROM "case" c JOIN person q ON q.id = c.person_id JOIN person l ON l.id = coalesce(q.merged_into, q.id)
           WHERE c.id = i.case_id AND c.anonymised_at IS NULL AND l.anonymised_at IS NULL AND l.id <> :person
             AND NOT EXISTS (SELECT FROM homes WHERE household_id = l.household_id)
             AND NOT EXISTS (SELECT FROM homes JOIN household_member h USING (household_id) JOIN person o ON o.id = h.person_id
                             WHERE coalesce(o.merged_into, o.id) = l.id)
             AND NOT EXISTS (SELECT FROM attempt a JOIN contact k ON k.id = a.contact_id JOIN person w ON w.id = k.person_id
                             WHERE a.address_mark = i.sender_mark
                               AND (k.case_id = ANY(:cases) OR coalesce(w.merged_into, w.id) = :person)))""",
)


@dataclass(frozen=True)
class Erased:
    """What an erasure took away, and how many marks it left."""

    cases: int
    rows: int
    marks: int


def erase(session: Session, person_id: int, *, actor: str, request: int | None = None) -> Erased:
    """Forget one person, everywhere and now. Their objection must have been recorded, and figures brought up to date.

    Raises ``PolicyError`` for nobody, for somebody already forgotten, and while something to them is on its way.
    """
    known = session.execute(text(WHO), {"person": person_id}).first()
    if known is None or known.anonymised_at is not None:
        raise PolicyError(_("cette personne n'existe pas, ou n'est plus connue"), place=str(person_id))
    person = known.id
    rows = list(session.execute(text(ROWS), {"person": person}).scalars())
    cases = list(session.execute(text(CASES), {"person": person}).scalars())
    if session.execute(text(UNDERWAY), {"cases": cases}).scalar_one():
        raise PolicyError(
            _("un envoi à cette personne est en cours, ou l'on ignore s'il est parti"),
            place=str(person_id),
            mend=_("L'opposition est enregistrée. Recommencez quand l'opérateur aura répondu : « outreach sending status »."),
        )
    born = session.execute(text(BORN), {"rows": rows}).scalar_one()
    marks = session.execute(text(MARK), {"rows": rows, "pepper": pepper(), "born": born, "now": clock.now()}).rowcount  # type: ignore[attr-defined]
    said = {"rows": rows, "cases": cases, "person": person}
    for statement in SAID:
        session.execute(text(statement), {name: value for name, value in said.items() if f":{name}" in statement})
    anonymise_cases(session, cases)
    anonymise_rows(session, rows)
    anonymise_people(session, [person])
    forget_addresses(session)
    erased = Erased(len(cases), len(rows), int(marks))
    write_down(session, erased.__dict__, day=clock.today(), actor=actor, request=request)
    audit.record(session, actor, "person.erase", f"person/{person}", erased.__dict__)
    return erased
