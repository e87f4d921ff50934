"""Takes out of the tables who people are, and leaves what is counted.

Each function changes the rows it is given, and can be run again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import clock
from outreach.models import Decision, Person
from outreach.policy.erasure import SQL_ROW_FORGOTTEN, sql_nothing

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_PERSON_KEEPS = {"id", "household_id", "simulated", "merged_into", "created_at", "anonymised_at"}
_DECISION_KEEPS = {"unit_id", "run_id", "person_id", "household_id", "site_id", "verdict", "segment", "reason", "rules"}
"""What stays of a decision: that it was made and which rules held; none of the values that they saw."""


ROWS = (
    f"UPDATE list_row r SET {SQL_ROW_FORGOTTEN} WHERE id = ANY(:ids) AND anonymised_at IS NULL",
    """UPDATE row_issue i SET value = NULL, details = '{}'
       FROM list_row r WHERE r.id = ANY(:ids) AND i.list_id = r.list_id AND i.row_number = r.row_number""",
    "UPDATE match_decision SET left_key = '', left_who = '', note = NULL WHERE left_row = ANY(:ids)",
    "UPDATE match_decision SET right_key = '', right_who = '', note = NULL WHERE right_row = ANY(:ids)",
)
# What counts of a case is kept in broad strokes before nobody can be found behind it.
CASES = (
    """INSERT INTO case_remainder (case_id, contactable, commune, area, language, reading, age, size)
       SELECT case_id, contactable, commune, area, language, reading, age, size FROM case_figure WHERE case_id = ANY(:ids)
       ON CONFLICT (case_id) DO NOTHING""",
    "UPDATE case_figure SET building_id = NULL WHERE case_id = ANY(:ids)",
    """INSERT INTO provider_erasure (provider, provider_ref, channel, asked_at)
       SELECT a.provider, a.provider_ref, k.channel, :now FROM attempt a JOIN contact k ON k.id = a.contact_id
       WHERE k.case_id = ANY(:ids) AND a.provider_ref IS NOT NULL AND k.channel IN ('sms', 'call')
       UNION SELECT coalesce(provider, 'twilio'), provider_ref, 'sms', :now FROM inbound_message WHERE case_id = ANY(:ids)
       ON CONFLICT (provider, provider_ref) DO NOTHING""",
    """UPDATE attempt a
        SET address = '', address_mark = NULL, body_hash = ''
        FROM contact k
        WHERE k.id = a.contact_id AND k.case_id = ANY(:ids)""",
    "UPDATE mail_letter l SET content = '{}' FROM contact k WHERE k.id = l.contact_id AND k.case_id = ANY(:ids)",
    "UPDATE inbound_message SET sender = '', sender_mark = NULL, body = '' WHERE case_id = ANY(:ids)",
    "DELETE FROM private_note n USING mediation m WHERE m.id = n.mediation_id AND m.case_id = ANY(:ids)",
    "UPDATE wording w SET said = '' FROM mediation m WHERE m.id = w.mediation_id AND m.case_id = ANY(:ids)",
    "UPDATE appointment SET note = NULL WHERE case_id = ANY(:ids)",
    "UPDATE call_skip SET words = NULL WHERE case_id = ANY(:ids)",
    "UPDATE phone_fact SET payload = NULL, answer = '{}', sha256 = '' WHERE case_id = ANY(:ids)",
    f"""UPDATE decision d
        SET {sql_nothing(Decision, _DECISION_KEEPS)}
        FROM "case" c JOIN segment_run r ON r.campaign_id = c.campaign_id
        WHERE c.id = ANY(:ids) AND d.run_id = r.id
          AND d.unit_id = CASE c.unit WHEN 'household' THEN c.household_id ELSE c.person_id END""",
    "SELECT outreach_forget_events(:ids)",
    "SELECT outreach_forget_outcomes(:ids)",
    """UPDATE "case" SET letter_code = '', amount_due = NULL, anonymised_at = :now WHERE id = ANY(:ids)""",
)
_DECIDED = f"""
UPDATE decision d SET {sql_nothing(Decision, _DECISION_KEEPS)} FROM segment_run r JOIN campaign m ON m.id = r.campaign_id
WHERE r.id = d.run_id AND m.unit = '{{unit}}' AND d.unit_id IN ({{units}})
"""
# Everybody who was ever found to be one of these people; their homes, once nobody known lives there.
EVERYBODY = "SELECT id FROM person WHERE coalesce(merged_into, id) = ANY(:ids)"
PEOPLE = (
    _DECIDED.format(unit="person", units=EVERYBODY),
    f"""UPDATE person SET {sql_nothing(Person, _PERSON_KEEPS)}, anonymised_at = :now WHERE id IN ({EVERYBODY})""",
    f"""CREATE TEMP TABLE left_home ON COMMIT DROP AS
        SELECT h.id, h.building_id FROM household h JOIN person p ON p.household_id = h.id WHERE p.id IN ({EVERYBODY})
          AND NOT EXISTS (SELECT FROM person o WHERE o.household_id = h.id AND o.anonymised_at IS NULL)""",
    _DECIDED.format(unit="household", units="SELECT id FROM left_home"),
    """UPDATE household h
        SET building_id = NULL, staircase = NULL, floor = NULL, door = NULL, building_name = NULL, residence = NULL,
         po_box = NULL, care_of = NULL FROM left_home l WHERE l.id = h.id""",
    "DROP TABLE left_home",
)
# An address that nobody lives at and no row names any more would still say that somebody there was on a list.
ADDRESSES = (
    """DELETE FROM building b WHERE NOT EXISTS (SELECT FROM household h WHERE h.building_id = b.id)
       AND b.address_key NOT IN (SELECT address_key FROM list_row WHERE address_key IS NOT NULL)""",
    """DELETE FROM address_location WHERE address_key NOT IN (SELECT address_key FROM list_row WHERE address_key IS NOT NULL)
       AND address_key NOT IN (SELECT address_key FROM building)""",
)


def anonymise_rows(session: Session, ids: Sequence[int]) -> None:
    """Forget what rows of lists said; their states, and what of contact data they had, stay for the counts."""
    _run(session, ROWS, ids)


def anonymise_cases(session: Session, ids: Sequence[int]) -> None:
    """Forget whom cases were about, and everything written to, by or of them. Their figures must be up to date."""
    _run(session, CASES, ids)


def anonymise_people(session: Session, ids: Sequence[int]) -> None:
    """Forget people, under every number they ever had, and homes in which nobody known lives any more."""
    _run(session, PEOPLE, ids)


def forget_addresses(session: Session) -> None:
    """Forget where addresses are that belong to nobody known."""
    for statement in ADDRESSES:
        session.execute(text(statement))


def _run(session: Session, statements: Sequence[str], ids: Sequence[int]) -> None:
    values = {"ids": list(ids), "now": clock.now()}
    for statement in statements:
        session.execute(text(statement), {name: value for name, value in values.items() if f":{name}" in statement})
