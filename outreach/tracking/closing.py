"""Cases that end without a meeting: the partner took the customer off the list, they object, or nothing is left to try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.core.joins import all_joined, are_few
from outreach.core.words import EventKind, Unit
from outreach.policy.kin import sql_cases_about
from outreach.policy.objections import BY_SMS, stopped_among, stopped_by
from outreach.tracking.events import NewEvent, append_events

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Result
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

# Neither the person addressed nor anybody of the household is on a current row of the campaign any more: matching may
# regroup households or merge persons, which takes nobody off a list. While rows wait for matching, anybody may be behind
# them: then only who was taken off by name is gone, and of these nobody whose namesake came in. NOT IN, so that
# PostgreSQL looks people up in a hash instead of comparing every case with every row. Homes are asked only of the few who are not listed.
DEPARTED = """
WITH listed AS MATERIALIZED (SELECT DISTINCT person_id FROM current_row WHERE campaign_id = :campaign AND person_id IS NOT NULL),
home AS MATERIALIZED (SELECT DISTINCT p.household_id FROM listed r {listed} WHERE p.household_id IS NOT NULL),
waiting AS MATERIALIZED (SELECT DISTINCT coalesce(family_name, '') AS family, coalesce(given_name, '') AS given FROM current_row
                         WHERE campaign_id = :campaign AND person_id IS NULL),
alone AS MATERIALIZED (
  SELECT c.id, c.unit, coalesce(p.merged_into, p.id) AS person_id FROM "case" c {person}
  WHERE c.campaign_id = :campaign AND c.closed_at IS NULL
    AND coalesce(p.merged_into, p.id) NOT IN (SELECT person_id FROM listed)),
gone AS MATERIALIZED (
  SELECT alone.id, alone.person_id FROM alone {now}
  WHERE alone.unit = 'person' OR coalesce(lives.household_id, 0) NOT IN (SELECT household_id FROM home)),
numbered AS (SELECT id, person_id FROM gone UNION SELECT gone.id, p.id FROM gone JOIN person p ON p.merged_into = gone.person_id),
taken_off AS MATERIALIZED (
  SELECT n.id, max(f.leave_reason) AS reason,
         bool_or((coalesce(o.family_name, ''), coalesce(o.given_name, '')) IN (SELECT family, given FROM waiting)) AS may_be_back
  FROM numbered n JOIN list_row o ON o.person_id = n.person_id AND o.campaign_id = :campaign
       JOIN list_row f ON f.list_id = o.superseded_by AND f.row_key = o.row_key AND f.partner_id = o.partner_id
         AND f.state = 'leaving'
  GROUP BY 1)
SELECT gone.id, coalesce(t.reason, 'left_the_list') AS reason FROM gone LEFT JOIN taken_off t ON t.id = gone.id
WHERE NOT EXISTS (SELECT FROM waiting) OR NOT t.may_be_back
"""
# An objection reaches cases opened before anybody knew that the person, or the phone, was the same. Only the people of open cases
# are held against the marks: what a night costs depends on the campaign, not on how many people the register has.
STOPPED = f"""
WITH concerned AS MATERIALIZED (
  SELECT c.id, c.person_id FROM "case" c WHERE c.campaign_id = :campaign AND c.closed_at IS NULL
  UNION
  SELECT c.id, lives.id FROM "case" c {{person}} {{lives}} WHERE c.campaign_id = :campaign AND c.closed_at IS NULL
    AND p.merged_into IS NOT NULL
  UNION
  SELECT c.id, m.id FROM "case" c {{person}} {{lives}} {{mates}}
    WHERE c.campaign_id = :campaign AND c.closed_at IS NULL AND c.unit = 'household'),
whom AS MATERIALIZED (SELECT DISTINCT person_id FROM concerned),
stopped AS MATERIALIZED (
  SELECT person_id, min(since) AS since, bool_and(source = '{BY_SMS}') AS by_sms FROM ({stopped_among("whom", few=True)}) s
    GROUP BY 1)
SELECT c.id, min(s.since) AS since, bool_and(s.by_sms) AS by_sms FROM stopped s JOIN concerned c ON c.person_id = s.person_id
  GROUP BY 1
"""
# Of what was said a short while ago, by the few who said it: the open cases of a campaign that are about anybody of them.
STOPPED_SINCE = f"""
WITH said AS MATERIALIZED (SELECT * FROM objection WHERE recorded_at >= :since AND lifted_at IS NULL),
stopped AS MATERIALIZED (
  SELECT person_id, min(since) AS since, bool_and(source = '{BY_SMS}') AS by_sms FROM ({stopped_by("said")}) s GROUP BY 1),
concerned AS MATERIALIZED ({sql_cases_about("stopped")})
SELECT c.id, min(s.since) AS since, bool_and(s.by_sms) AS by_sms FROM stopped s JOIN concerned t ON t.person_id = s.person_id
       JOIN "case" c ON c.id = t.case_id WHERE c.campaign_id = :campaign AND c.closed_at IS NULL GROUP BY 1
"""
# Which unit each case is about, as matching sees it now.
PLACED = """
SELECT c.id, c.status, c.closed_at, CASE WHEN c.unit = 'household' THEN lives.household_id ELSE lives.id END AS unit_id
FROM "case" c {person} {lives} WHERE c.campaign_id = :campaign
"""
# Cases that matching has since found to be about one household (or person): the one that got furthest goes on, or has ended
# with an answer; the others, if open, join it. A case that ended without an answer holds nobody back.
TWINS = f"""
WITH ranked AS (
  SELECT *, first_value(id) OVER (PARTITION BY unit_id ORDER BY CASE status WHEN 'reached' THEN 1 WHEN 'solicited' THEN 2
                                                                            WHEN 'waiting' THEN 3 ELSE 0 END, id) AS kept
  FROM ({PLACED}) p WHERE unit_id IS NOT NULL AND status NOT IN ('withdrawn', 'unreachable', 'wrong_data', 'joined'))
SELECT id, kept, (SELECT count(*) FROM event e WHERE e.case_id = ranked.id AND e.kind = 'parted') AS partings
FROM ranked WHERE id <> kept AND closed_at IS NULL
"""
# Cases that joined another one which is, as it turns out, about somebody else: a merge was undone, or a household split.
PARTED = f"""
WITH placed AS MATERIALIZED ({PLACED}),
joined AS (SELECT DISTINCT ON (e.case_id) e.id AS event_id, e.case_id, CAST(e.data ->> 'into' AS bigint) AS into_id
           FROM event e JOIN placed p ON p.id = e.case_id
           WHERE e.kind = 'joined' AND p.status = 'joined' ORDER BY e.case_id, e.occurred_at DESC, e.recorded_at DESC)
SELECT j.case_id AS id, j.event_id FROM joined j JOIN placed own ON own.id = j.case_id JOIN placed other ON other.id = j.into_id
WHERE own.unit_id IS NOT NULL AND own.unit_id IS DISTINCT FROM other.unit_id
"""
# What is due is what the partner's current rows say; of several, the largest, as when the case was opened. A campaign's rows lie
# together: they are read once, instead of being looked up person by person.
OWED = """
WITH owed AS MATERIALIZED (
  SELECT person_id, max(amount_due) AS amount FROM current_row WHERE campaign_id = :campaign AND amount_due IS NOT NULL
    GROUP BY 1)
UPDATE "case" c SET amount_due = n.amount FROM ({of_unit}) n
WHERE c.campaign_id = :campaign AND c.closed_at IS NULL AND {is_about} AND c.amount_due IS DISTINCT FROM n.amount
"""
AMOUNTS = {
    # A case may know its person by a number from before a merge.
    Unit.PERSON: OWED.replace("{of_unit}", "SELECT * FROM owed UNION ALL SELECT a.id, o.amount FROM owed o {once}").replace(
        "{is_about}", "c.person_id = n.person_id"
    ),
    # As everywhere: the home in which its person lives now.
    Unit.HOUSEHOLD: OWED.replace(
        "{of_unit}",
        "WITH owing AS (SELECT p.household_id, max(o.amount) AS amount FROM owed o {owing} GROUP BY 1)"
        f" SELECT t.id, w.amount FROM ({PLACED}) t JOIN owing w ON w.household_id = t.unit_id",
    ).replace("{is_about}", "c.id = n.id"),
}
_JOINS = {
    "listed": ("person", "p", "p.id = r.person_id"), "person": ("person", "p", "p.id = c.person_id"),
    "lives": ("person", "lives", "lives.id = coalesce(p.merged_into, p.id)"), "mates": ("person", "m", "m.household_id = lives.household_id"),
    "now": ("person", "lives", "lives.id = alone.person_id"), "once": ("person", "a", "a.merged_into = o.person_id"),
    "owing": ("person", "p", "p.id = o.person_id"),
}  # fmt: skip
"""How people are joined: table, name, condition."""
CASES = 'SELECT count(*) FROM "case" WHERE campaign_id = :campaign'
EXHAUSTED = """
SELECT id, split_part(wait_reason, ':', 2) AS reason, next_at FROM "case"
WHERE campaign_id = :campaign AND closed_at IS NULL AND wait_reason LIKE 'exhausted:%' AND next_at <= :now
"""


def _asked(session: Session, sql: str, loaded: Loaded) -> Result[Any]:
    """Ask a query of a campaign's cases, people one by one where they are few beside the register (``core.joins``)."""
    joins = all_joined(_JOINS, few=_few(session, loaded.campaign.id))
    return session.execute(text(sql.format(**joins)), {"campaign": loaded.campaign.id})


def _few(session: Session, campaign: int) -> bool:
    """Whether a campaign's cases are few beside the register; they are counted once for all that is asked in a session."""
    known: dict[int, bool] = session.info.setdefault("few_cases", {})
    if campaign not in known:
        known[campaign] = are_few(session, int(session.execute(text(CASES), {"campaign": campaign}).scalar_one()), "person")
    return known[campaign]


def withdraw_departed(session: Session, loaded: Loaded, *, actor: str) -> int:
    """Stop for everybody whom the partner no longer lists (debt paid, moved out …); returns the cases closed.

    Letters, SMS, calls and visits that are planned are cancelled with the case, under the reason that the partner gave.
    """
    rows = _asked(session, DEPARTED, loaded).all()
    events = [NewEvent(row.id, EventKind.WITHDRAWN, "list", clock.now(), actor, "intake", row.reason) for row in rows]
    return append_events(session, events)


def stop_objected(session: Session, loaded: Loaded, *, actor: str, since: datetime | None = None) -> int:
    """Close the cases of whom an objection stops, however we came to know it; returns how many.

    ``since``: only what was recorded from then on is looked at. That is enough while nobody has been matched.
    """
    if since is None:
        rows = _asked(session, STOPPED, loaded).all()
    else:
        rows = session.execute(text(STOPPED_SINCE), {"campaign": loaded.campaign.id, "since": since}).all()
    events = [
        NewEvent(
            row.id, EventKind.OBJECTED, f"objection:{row.since.isoformat()}", row.since, actor, BY_SMS if row.by_sms else "policy"
        )
        for row in rows
    ]
    return append_events(session, events)


def join_twins(session: Session, loaded: Loaded, *, actor: str) -> int:
    """Close cases that turn out to be about a household or person who has another case; returns how many."""
    rows = _asked(session, TWINS, loaded).all()
    events = [
        NewEvent(row.id, EventKind.JOINED, _joining(row.partings), clock.now(), actor, "matching", None, data={"into": row.kept})
        for row in rows
    ]
    return append_events(session, events)


def _joining(partings: int) -> str:
    """The key of a case's joining: it may join again after it parted."""
    return f"joined:{partings}" if partings else "joined"


def part_twins(session: Session, loaded: Loaded, *, actor: str) -> int:
    """Open again the cases that had joined another which is no longer about the same household or person; returns how many."""
    rows = _asked(session, PARTED, loaded).all()
    events = [NewEvent(row.id, EventKind.PARTED, str(row.event_id), clock.now(), actor, "matching") for row in rows]
    return append_events(session, events)


def close_exhausted(session: Session, loaded: Loaded, *, actor: str) -> int:
    """Close the cases for which every step was tried and the time of grace is over; returns how many."""
    rows = session.execute(text(EXHAUSTED), {"campaign": loaded.campaign.id, "now": clock.now()}).all()
    events = [NewEvent(row.id, EventKind.EXHAUSTED, "cadence", row.next_at, actor, "planning", row.reason) for row in rows]
    return append_events(session, events)


def close_outlived(session: Session, case_ids: Sequence[int], *, actor: str) -> int:
    """Close cases that outlived their agreement: nobody may be contacted under it any more; returns how many."""
    events = [
        NewEvent(case, EventKind.WITHDRAWN, "agreement", clock.now(), actor, "policy", "agreement_over") for case in case_ids
    ]
    return append_events(session, events)


def refresh_amounts(session: Session, loaded: Loaded) -> int:
    """Give the open cases the amounts that the partner's latest lists say; returns how many changed."""
    return int(_asked(session, AMOUNTS[Unit(loaded.campaign.unit)], loaded).rowcount)  # type: ignore[attr-defined]
