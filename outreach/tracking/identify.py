"""Who is calling, who is at the desk: the cases of a letter's code, a phone, a name, a reference, an address.

Never guessed: people choose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import audit
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.letter_codes import number_of, plain_code
from outreach.core.marks import mark, reference_mark
from outreach.core.phones import e164
from outreach.core.plain_names import SQL_ADDRESS_WORDS, SQL_NAME_WORDS, plain_name
from outreach.policy.kin import sql_cases_about

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

MOST = 20
LEAST_LETTERS = 2
"""Of a name, so that a search says something."""
LEAST_DIGITS = 8
"""Of what is looked for as a phone: a code of a letter may be all digits, and has six."""
# Whoever fits and has a case at the sites, so that of a frequent name one's own are among those looked at; a joined case may have
# gone on at another site. As unions, PostgreSQL looks each person up by the indexes, instead of first reading all the cases of the
# sites.
THEIRS = f"""
(CAST(:sites AS bigint[]) IS NULL OR EXISTS (
  SELECT FROM ({sql_cases_about("(SELECT q.id AS person_id)")}) t JOIN "case" c ON c.id = t.case_id
  WHERE c.site_id = ANY(:sites) OR c.status = 'joined'))
"""
# Whoever fits first, then the cases that are about each. The case that a joined one went on as is the one to be found.
FOUND = f"""
WITH people AS MATERIALIZED (
  SELECT q.id, coalesce(q.merged_into, q.id) AS person_id FROM person q WHERE {{which}} AND {{theirs}} LIMIT 200),
near AS (SELECT DISTINCT case_id AS id, person_id AS living FROM ({sql_cases_about("people")}) t)
SELECT DISTINCT kept.id AS case_id, kept.letter_code, kept.status, a.code AS campaign, a.name AS campaign_name, s.name AS site,
       l.id AS person_id, concat_ws(' ', l.title, l.given_name, l.family_name) AS name, l.birth_date, b.city, kept.opened_at,
       (SELECT max(k.done_at) FROM contact k WHERE k.case_id = kept.id AND k.state IN ('sent', 'done')) AS last_contact_at
FROM near JOIN person l ON l.id = near.living JOIN "case" c ON c.id = near.id
     LEFT JOIN LATERAL (SELECT data FROM event e WHERE e.case_id = c.id AND e.kind = 'joined' AND c.status = 'joined'
                        ORDER BY e.occurred_at DESC, e.recorded_at DESC LIMIT 1) j ON true
     JOIN "case" kept ON kept.id = coalesce(CAST(j.data ->> 'into' AS bigint), c.id)
     JOIN campaign a ON a.id = kept.campaign_id JOIN site s ON s.id = kept.site_id
     LEFT JOIN household h ON h.id = l.household_id LEFT JOIN building b ON b.id = h.building_id
WHERE (CAST(:sites AS bigint[]) IS NULL OR kept.site_id = ANY(:sites)) AND (CAST(:number AS bigint) IS NULL OR c.id = :number)
ORDER BY kept.opened_at DESC, kept.id, l.id LIMIT :most
"""
BY_CODE = 'q.id = (SELECT c.person_id FROM "case" c WHERE c.id = :number AND c.letter_code = :code)'
BY_PHONE = "(q.mobile_mark = :phone OR q.fixed_mark = :phone)"
# Every word of what was said begins a word of the name: « diallo awa » finds « Awa DIALLO », accents or not.
BY_NAME = f"""
{SQL_NAME_WORDS.format("q")} @@ to_tsquery('simple', :asked) AND (CAST(:born AS date) IS NULL OR q.birth_date = :born)
"""
BY_REFERENCE = """
q.id IN (SELECT r.person_id FROM list_row r JOIN target_list t ON t.id = r.list_id AND t.state = 'committed'
         WHERE r.row_key = ANY(:keys) AND r.superseded_by IS NULL AND r.state IN ('new', 'changed'))
"""
BY_ADDRESS = f"""
q.household_id IN (SELECT h.id FROM building b JOIN household h ON h.building_id = b.id
                   WHERE {SQL_ADDRESS_WORDS.format("b")} @@ to_tsquery('simple', :asked))
"""


@dataclass(frozen=True)
class Candidate:
    """A case that somebody may be calling about. ``found_by``: code, phone, name, reference or address."""

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


def identify(
    session: Session, said: str, *, actor: str, born: date | None = None, sites: Sequence[int] | None = None
) -> list[Candidate]:
    """The cases of the code, phone, name, reference or address that somebody gives, at most twenty. The search is on record.

    What may be a code as well as a name is looked for as both; a reference and an address only if nothing else fits.
    ``sites``: those of which cases are looked for, all without. Raises ``OutreachError`` for what is too short to search for.
    """
    common: dict[str, object] = {"born": born, "number": None, "most": MOST, "sites": list(sites) if sites is not None else None}
    found: dict[int, Candidate] = {}
    how = ""
    for way, which, values in _understood(session, said):
        if found and way in LAST:
            break
        how = way
        for row in session.execute(text(FOUND.format(which=which, theirs=THEIRS)), common | values).mappings():
            found.setdefault(row["case_id"], Candidate(**row, found_by=how))
    audit.record(session, actor, "case.identify", how, {"found": len(found)})
    return list(found.values())[:MOST]


LAST = frozenset({"reference", "address"})
"""Ways that are tried when nothing else fits."""
PARTNERS = "SELECT id FROM partner ORDER BY id"


def _understood(session: Session, said: str) -> list[tuple[str, str, dict[str, object]]]:
    phone = e164(said) if sum(map(str.isdigit, said)) >= LEAST_DIGITS else None
    if phone is not None:
        return [("phone", BY_PHONE, {"phone": mark(phone)})]
    number = number_of(said)
    words = plain_name(said).split()
    if sum(map(len, words)) < LEAST_LETTERS:
        raise OutreachError(
            _("c'est trop peu pour chercher"), place=said, mend=_("Donnez le code d'une lettre, un téléphone ou un nom.")
        )
    code = [("code", BY_CODE, {"number": number, "code": plain_code(said)})] if number else []
    asked = " & ".join(f"{word}:*" for word in words)
    ways: list[tuple[str, str, dict[str, object]]] = [*code, ("name", BY_NAME, {"asked": asked})]
    if any(sign.isdigit() for sign in said):
        ways.append(("reference", BY_REFERENCE, {"keys": _keys(session, said)}))
    if len(words) > 1:
        ways.append(("address", BY_ADDRESS, {"asked": asked}))
    return ways


def _keys(session: Session, said: str) -> list[str]:
    """The keys that rows of any partner would have under a reference as somebody says it."""
    written = {said.strip(), said.strip().upper(), said.replace(" ", "")}
    return [reference_mark(partner, one) for partner in session.execute(text(PARTNERS)).scalars() for one in sorted(written)]
