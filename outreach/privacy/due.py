"""What is due to be forgotten on a day.

Cases and rows past the retention of their agreement, and people of whom nothing else is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import clock
from outreach.core.dropped import WaitingFile, waiting_files
from outreach.policy.retention import CONTACTS, NOTICE_MONTHS, SQL_ENDS

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

MONTHS = "CAST(g.definition ->> 'retention_months' AS int)"
# Every case that still says who it is about, and the first day on which it may not any more: some months after the last contact,
# or after it was opened if there was none. One that is still open, or of which a sending is under way, is not over. Of a case
# that is young by its opening alone, events are not even looked for.
CASES = f"""
CREATE TEMP TABLE case_clock ON COMMIT DROP AS
SELECT c.id, g.id AS agreement_id, c.campaign_id, c.person_id, c.unit, g.valid_to < :day AS over,
       c.closed_at IS NOT NULL AND NOT EXISTS (
         SELECT FROM contact k WHERE k.case_id = c.id AND k.state IN ('planned', 'claimed', 'unknown')) AS closed,
       CAST({SQL_ENDS.format(last="greatest(c.opened_at, t.at)", months=MONTHS)} AS date) AS ends_on
FROM "case" c JOIN campaign m ON m.id = c.campaign_id JOIN agreement g ON g.id = m.agreement_id
     LEFT JOIN LATERAL (SELECT max(e.occurred_at) AS at FROM event e WHERE e.case_id = c.id AND e.kind = ANY(:contacts)
                        AND {SQL_ENDS.format(last="c.opened_at", months=MONTHS)} <= :day) t ON true
WHERE c.anonymised_at IS NULL
"""
# Whoever such a case is about, or lives in its household, is known for it under that agreement.
KEPT = """
CREATE TEMP TABLE kept_person ON COMMIT DROP AS
WITH held AS MATERIALIZED (SELECT * FROM case_clock WHERE NOT (closed AND ends_on <= :day))
SELECT h.agreement_id, coalesce(p.merged_into, p.id) AS person_id FROM held h JOIN person p ON p.id = h.person_id
UNION
SELECT h.agreement_id, m.id
FROM held h JOIN person p ON p.id = h.person_id JOIN person l ON l.id = coalesce(p.merged_into, p.id)
  JOIN person m ON m.household_id = l.household_id AND m.merged_into IS NULL WHERE h.unit = 'household'
"""
_IN_FORCE = "r.superseded_by IS NULL AND r.state IN ('new', 'changed') AND t.state = 'committed'"
# A row speaks for its partner's customer until the partner's later lists, of the same scope, no longer let it stand.
ROWS = f"""
CREATE TEMP TABLE row_due ON COMMIT DROP AS
WITH heard AS MATERIALIZED (
  SELECT campaign_id, scope, max(imported_at) AS at FROM target_list WHERE state = 'committed' GROUP BY 1, 2)
SELECT r.id, t.agreement_id FROM list_row r JOIN target_list t ON t.id = r.list_id JOIN agreement g ON g.id = t.agreement_id
  LEFT JOIN heard h ON h.campaign_id = t.campaign_id AND h.scope = t.scope
  LEFT JOIN person p ON p.id = r.person_id
  LEFT JOIN kept_person k ON k.person_id = coalesce(p.merged_into, p.id) AND k.agreement_id = t.agreement_id
WHERE r.anonymised_at IS NULL AND k.person_id IS NULL AND {SQL_ENDS.format(last="t.imported_at", months=MONTHS)} <= :day
  AND {SQL_ENDS.format(last=f"CASE WHEN {_IN_FORCE} THEN h.at ELSE t.imported_at END", months=MONTHS)} <= :day
"""
DUE_CASES = "SELECT id FROM case_clock WHERE closed AND ends_on <= :day ORDER BY id"
# Open, past its day, and under an agreement that is over: it can only be closed.
OUTLIVED = "SELECT id FROM case_clock WHERE NOT closed AND over AND ends_on <= :day ORDER BY id"
DUE_ROWS = "SELECT id FROM row_due ORDER BY id"
# People whom rows named that are due or gone, of whom no other row is left, and no case is kept, be it theirs or their
# household's.
PEOPLE = """
WITH named AS MATERIALIZED (
  SELECT coalesce(q.merged_into, q.id) AS person_id, max(n.agreement_id) AS agreement_id FROM (
    SELECT r.person_id, d.agreement_id FROM row_due d JOIN list_row r ON r.id = d.id WHERE r.person_id IS NOT NULL
    UNION ALL SELECT person_id, NULL FROM list_row WHERE anonymised_at IS NOT NULL AND person_id IS NOT NULL) n
  JOIN person q ON q.id = n.person_id WHERE q.anonymised_at IS NULL GROUP BY 1),
left_over AS MATERIALIZED (
  SELECT DISTINCT coalesce(q.merged_into, q.id) AS person_id
  FROM named n JOIN person q ON coalesce(q.merged_into, q.id) = n.person_id
  JOIN list_row r ON r.person_id = q.id LEFT JOIN row_due d ON d.id = r.id WHERE r.anonymised_at IS NULL AND d.id IS NULL)
SELECT n.person_id AS id, n.agreement_id FROM named n
WHERE NOT EXISTS (SELECT FROM left_over l WHERE l.person_id = n.person_id)
  AND NOT EXISTS (SELECT FROM kept_person k WHERE k.person_id = n.person_id)
"""
COUNTED = f"""
SELECT g.code, {MONTHS} AS months, g.valid_to, p.name AS partner,
       (SELECT count(*) FROM case_clock c WHERE c.agreement_id = g.id AND c.closed AND c.ends_on <= :day) AS cases,
       (SELECT count(*) FROM case_clock c WHERE c.agreement_id = g.id AND NOT c.closed AND c.ends_on <= :day) AS held,
       (SELECT count(*) FROM row_due r WHERE r.agreement_id = g.id) AS rows,
       (SELECT count(*) FROM ({PEOPLE}) w WHERE w.agreement_id = g.id) AS people,
       (SELECT min(c.ends_on) FROM case_clock c WHERE c.agreement_id = g.id AND c.closed AND c.ends_on > :day) AS next_on
FROM agreement g JOIN partner p ON p.id = g.partner_id ORDER BY g.code
"""


@dataclass(frozen=True)
class DueOfAgreement:
    """What is due under one agreement.

    ``held``: cases past their day that are not closed yet; ``next_on``: when more falls due.
    """

    agreement: str
    partner: str
    months: int
    valid_to: date
    cases: int
    rows: int
    people: int
    held: int
    next_on: date | None


@dataclass(frozen=True)
class Due:
    """What is due on ``day`` under each agreement, and what will be a month later: the notice.

    ``files``: dropped lists that no agreement counts, since nobody has answered for them yet, each with its own last day.
    """

    day: date
    now: list[DueOfAgreement]
    soon: list[DueOfAgreement]
    files: list[WaitingFile]

    @property
    def cases(self) -> int:
        """All cases due now."""
        return sum(one.cases for one in self.now)

    @property
    def rows(self) -> int:
        """All rows due now."""
        return sum(one.rows for one in self.now)

    @property
    def people(self) -> int:
        """All people due now."""
        return sum(one.people for one in self.now)


def what_is_due(session: Session, day: date | None = None) -> Due:
    """The dry run: what a run on ``day`` (today) would anonymise, and what one a month later would. Changes nothing."""
    chosen = day or clock.today()
    now, soon = (_counted(session, day) for day in (chosen, clock.months_after(chosen, NOTICE_MONTHS)))
    return Due(chosen, now, soon, waiting_files())


def gather(session: Session, day: date) -> None:
    """Lay out what is due on ``day`` in ``case_clock``, ``kept_person`` and ``row_due``, temporary until the transaction ends."""
    values = {"day": day, "contacts": [kind.value for kind in CONTACTS]}
    for table in ("case_clock", "kept_person", "row_due"):
        session.execute(text(f"DROP TABLE IF EXISTS {table}"))
    for statement, table in ((CASES, "case_clock"), (KEPT, "kept_person"), (ROWS, "row_due")):
        session.execute(text(statement), {name: value for name, value in values.items() if f":{name}" in statement})
        session.execute(text(f"ANALYZE {table}"))


def outlived_cases(session: Session, day: date | None = None) -> list[int]:
    """Cases that are open past their day under an agreement that is over: to be closed before they can be forgotten."""
    chosen = day or clock.today()
    gather(session, chosen)
    return list(session.execute(text(OUTLIVED), {"day": chosen}).scalars())


def _counted(session: Session, day: date) -> list[DueOfAgreement]:
    gather(session, day)
    return [
        DueOfAgreement(row.code, row.partner, row.months, row.valid_to, row.cases, row.rows, row.people, row.held, row.next_on)
        for row in session.execute(text(COUNTED), {"day": day})
    ]
