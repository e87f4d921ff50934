"""Who is calling, who is at the desk: the cases of a letter's code, of a phone, or of a name. Never guessed: people choose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import audit
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.letter_codes import number_of, plain_code
from outreach.core.phones import e164
from outreach.core.plain_names import SQL_PLAIN, plain_name

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

MOST = 20
LEAST_LETTERS = 2
"""Of a name, so that a search says something."""
LEAST_DIGITS = 8
"""Of what is looked for as a phone: a code of a letter may be all digits, and has six."""
# The case that a joined one went on as is the one to be found.
FOUND = """
SELECT DISTINCT kept.id AS case_id, kept.letter_code, kept.status, a.code AS campaign, a.name AS campaign_name, s.name AS site,
       l.id AS person_id, concat_ws(' ', l.title, l.given_name, l.family_name) AS name, l.birth_date, b.city, kept.opened_at,
       (SELECT max(k.done_at) FROM contact k WHERE k.case_id = kept.id AND k.state IN ('sent', 'done')) AS last_contact_at
FROM person q JOIN person l ON l.id = coalesce(q.merged_into, q.id)
     JOIN "case" c ON c.person_id = q.id OR c.person_id = l.id OR (c.unit = 'household' AND c.household_id = l.household_id)
     LEFT JOIN LATERAL (SELECT data FROM event e WHERE e.case_id = c.id AND e.kind = 'joined' AND c.status = 'joined'
                        ORDER BY e.occurred_at DESC, e.recorded_at DESC LIMIT 1) j ON true
     JOIN "case" kept ON kept.id = coalesce(CAST(j.data ->> 'into' AS bigint), c.id)
     JOIN campaign a ON a.id = kept.campaign_id JOIN site s ON s.id = kept.site_id
     LEFT JOIN household h ON h.id = l.household_id LEFT JOIN building b ON b.id = h.building_id
WHERE {which} ORDER BY kept.opened_at DESC, kept.id, l.id LIMIT :most
"""
BY_CODE = "c.id = :number AND c.letter_code = :code AND q.id = c.person_id"
BY_PHONE = "(q.mobile = :phone OR q.fixed = :phone)"
# Every word of what was said begins a word of the name: « diallo awa » finds « Awa DIALLO », accents or not.
BY_NAME = f"""
q.id IN (SELECT p.id FROM person p WHERE
  (SELECT bool_and(' ' || {SQL_PLAIN.format("concat_ws(' ', p.given_name, p.family_name)")} LIKE '% ' || word || '%')
   FROM unnest(CAST(:words AS text[])) AS word)
  AND (CAST(:born AS date) IS NULL OR p.birth_date = :born) LIMIT 200)
"""


@dataclass(frozen=True)
class Candidate:
    """A case that somebody may be calling about. ``found_by``: code, phone or name."""

    case_id: int
    letter_code: str
    status: str
    campaign: str
    campaign_name: str
    site: str
    person_id: int
    name: str
    birth_date: date | None
    city: str | None
    opened_at: datetime
    last_contact_at: datetime | None
    found_by: str


def identify(session: Session, said: str, *, actor: str, born: date | None = None) -> list[Candidate]:
    """The cases of the code, phone or name that somebody gives, at most twenty. The search is on record.

    What may be a code as well as a name is looked for as both. Raises ``OutreachError`` for what is too short to search for.
    """
    ways = _understood(said)
    found = [
        Candidate(**row, found_by=how)
        for how, which, values in ways
        for row in session.execute(text(FOUND.format(which=which)), values | {"born": born, "most": MOST}).mappings()
    ]
    audit.record(session, actor, "case.identify", ways[0][0], {"found": len(found)})
    return found[:MOST]


def _understood(said: str) -> list[tuple[str, str, dict[str, object]]]:
    phone = e164(said) if sum(map(str.isdigit, said)) >= LEAST_DIGITS else None
    if phone is not None:
        return [("phone", BY_PHONE, {"phone": phone})]
    number = number_of(said)
    words = plain_name(said).split()
    if sum(map(len, words)) < LEAST_LETTERS:
        raise OutreachError(
            _("c'est trop peu pour chercher"), place=said, mend=_("Donnez le code d'une lettre, un téléphone ou un nom.")
        )
    code = [("code", BY_CODE, {"number": number, "code": plain_code(said)})] if number else []
    return [*code, ("name", BY_NAME, {"words": words})]
