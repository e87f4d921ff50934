"""Cases that end without a meeting: the partner took the customer off the list, they object, or nothing is left to try."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.core.joins import all_joined, are_few, joined
from outreach.core.words import EventKind, Unit
from outreach.models.lists import LEFT_ALONE as LEFT_ALONE_ROWS
from outreach.policy.deaths import DECEASED, SQL_DEAD
from outreach.policy.kin import sql_cases_about
from outreach.policy.objections import BY_SMS, SQL_STOPPED, stopped_among, stopped_by
from outreach.tracking.events import NewEvent, append_events

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Result
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

# Who each case is about, as matching sees it now: looked up once for all that is asked of a campaign's cases.
ABOUT = """
CREATE TEMP TABLE about ON COMMIT DROP AS
SELECT id, unit, person_id, living_id, household_id, CASE WHEN unit = 'household' THEN household_id ELSE living_id END AS unit_id
FROM (SELECT c.id, c.unit, c.person_id, coalesce(lives.id, p.id) AS living_id,
             CASE WHEN p.merged_into IS NULL THEN p.household_id ELSE lives.household_id END AS household_id
      FROM "case" c {person} {lives} WHERE c.campaign_id = :campaign) n
"""
# Who is on the campaign's current rows, and what they owe; of several rows, the largest, as when the case was opened. A campaign's rows
# lie together: they are read once, instead of being looked up person by person.
LISTED = """
CREATE TEMP TABLE listed ON COMMIT DROP AS
SELECT person_id, max(amount_due) AS amount FROM current_row WHERE campaign_id = :campaign AND person_id IS NOT NULL GROUP BY 1
"""
# Case by case, whatever statistics say of a campaign: where they know none of its cases, all that are known here would be read for each.
PLACED = "SELECT a.*, c.status, c.closed_at, c.amount_due FROM about a {cases}"
OPEN = f"{PLACED} WHERE c.closed_at IS NULL"
# Whoever told the partner that they want no contact, or is dead as it knows, and is on no other row: their case ends though somebody else of
# their home is listed. Their own word is the one that bears their name, or the only one of their reference.
LEFT_ALONE = f"""
SELECT DISTINCT o.person_id, f.leave_reason
FROM list_row f JOIN list_row o ON o.superseded_by = f.list_id AND o.row_key = f.row_key AND o.partner_id = f.partner_id
WHERE f.campaign_id = :campaign AND f.{LEFT_ALONE_ROWS} AND f.state = 'leaving'
  AND o.campaign_id = :campaign AND o.person_id IS NOT NULL AND (
    (o.family_name, o.given_name) IS NOT DISTINCT FROM (f.family_name, f.given_name)
    OR NOT EXISTS (SELECT FROM list_row g WHERE g.list_id = f.list_id AND g.replaces = o.id))
"""
# Neither the person addressed nor anybody of the household is on a current row of the campaign any more: matching may
# regroup households or merge persons, which takes nobody off a list. While rows wait for matching, anybody may be behind
# them: then only who was taken off by name is gone, and of these nobody whose namesake came in. NOT IN, so that
# PostgreSQL looks people up in a hash instead of comparing every case with every row. Homes are asked only of the few who are not listed.
DEPARTED = f"""
WITH home AS MATERIALIZED (SELECT DISTINCT p.household_id FROM listed r {{listed}} WHERE p.household_id IS NOT NULL),
waiting AS MATERIALIZED (SELECT DISTINCT coalesce(family_name, '') AS family, coalesce(given_name, '') AS given FROM current_row
                         WHERE campaign_id = :campaign AND person_id IS NULL),
alone AS MATERIALIZED (
  SELECT id, unit, living_id AS person_id, household_id FROM ({OPEN}) o WHERE living_id NOT IN (SELECT person_id FROM listed)),
left_alone AS MATERIALIZED (
  SELECT a.id, min(s.leave_reason) AS reason FROM ({LEFT_ALONE}) s JOIN person p ON p.id = s.person_id
         JOIN alone a ON a.person_id = coalesce(p.merged_into, p.id) GROUP BY 1),
gone AS MATERIALIZED (
  SELECT id, person_id FROM alone
  WHERE unit = 'person' OR coalesce(household_id, 0) NOT IN (SELECT household_id FROM home)),
numbered AS (SELECT id, person_id FROM gone UNION SELECT gone.id, p.id FROM gone JOIN person p ON p.merged_into = gone.person_id),
taken_off AS MATERIALIZED (
  SELECT n.id, max(f.leave_reason) AS reason,
         bool_or((coalesce(o.family_name, ''), coalesce(o.given_name, '')) IN (SELECT family, given FROM waiting)) AS may_be_back
  FROM numbered n JOIN list_row o ON o.person_id = n.person_id AND o.campaign_id = :campaign
       JOIN list_row f ON f.list_id = o.superseded_by AND f.row_key = o.row_key AND f.partner_id = o.partner_id
         AND f.state = 'leaving'
  GROUP BY 1)
SELECT id, reason FROM left_alone
UNION ALL
SELECT gone.id, coalesce(t.reason, 'left_the_list') AS reason FROM gone LEFT JOIN taken_off t ON t.id = gone.id
WHERE gone.id NOT IN (SELECT id FROM left_alone) AND (NOT EXISTS (SELECT FROM waiting) OR NOT t.may_be_back)
"""
# An objection reaches cases opened before anybody knew that the person, or the phone, was the same: of the number of the case, of
# whom they are now, and of anybody whom they live with. Where these live is looked up before: once, not once a case.
STOPPED = f"""
WITH open AS MATERIALIZED ({OPEN}),
whom AS (
  SELECT person_id FROM open UNION SELECT living_id FROM open
  UNION SELECT m.id FROM open o {{mates}} WHERE o.unit = 'household'),
stopped AS MATERIALIZED (
  SELECT person_id, min(since) AS since, bool_and(source = '{BY_SMS}') AS by_sms FROM ({{stopped}}) s GROUP BY 1),
home AS MATERIALIZED (
  SELECT m.household_id, s.since, s.by_sms FROM stopped s {{stopping}} WHERE m.household_id IS NOT NULL),
told AS (
  SELECT o.id, s.since, s.by_sms FROM stopped s JOIN open o ON o.person_id = s.person_id
  UNION ALL SELECT o.id, s.since, s.by_sms FROM stopped s JOIN open o ON o.living_id = s.person_id
  UNION ALL SELECT o.id, h.since, h.by_sms FROM home h JOIN open o ON o.household_id = h.household_id AND o.unit = 'household')
SELECT id, min(since) AS since, bool_and(by_sms) AS by_sms FROM told GROUP BY 1
"""
# Those who said so are looked up where they are fewer than the people of the cases, else these: what a night costs depends neither
# on how many people the register has, nor on how many objected in all its years.
SAYING = "SELECT count(*) FROM objection WHERE lifted_at IS NULL"
BY_SAYING, BY_PEOPLE = SQL_STOPPED, stopped_among("whom", few=True)
# Of what was said a short while ago, by the few who said it: the open cases of a campaign that are about anybody of them.
STOPPED_SINCE = f"""
WITH said AS MATERIALIZED (SELECT * FROM objection WHERE recorded_at >= :since AND lifted_at IS NULL),
stopped AS MATERIALIZED (
  SELECT person_id, min(since) AS since, bool_and(source = '{BY_SMS}') AS by_sms FROM ({stopped_by("said")}) s GROUP BY 1),
concerned AS MATERIALIZED ({sql_cases_about("stopped")})
SELECT c.id, min(s.since) AS since, bool_and(s.by_sms) AS by_sms FROM stopped s JOIN concerned t ON t.person_id = s.person_id
       JOIN "case" c ON c.id = t.case_id WHERE c.campaign_id = :campaign AND c.closed_at IS NULL GROUP BY 1
"""
# Somebody was told, in whatever campaign, that who is addressed has died.
MOURNED = f"""
WITH dead AS MATERIALIZED ({SQL_DEAD}), numbered AS (
  SELECT person_id FROM dead UNION ALL SELECT p.id FROM dead JOIN person p ON p.merged_into = dead.person_id)
SELECT c.id FROM numbered n JOIN "case" c ON c.person_id = n.person_id WHERE c.campaign_id = :campaign AND c.closed_at IS NULL
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
WITH joined AS (
  SELECT DISTINCT ON (e.case_id) e.id AS event_id, e.case_id, CAST(e.data ->> 'into' AS bigint) AS into_id
  FROM "case" c {joined("event", "e", "e.case_id = c.id AND e.kind = 'joined'", few=True)}
  WHERE c.campaign_id = :campaign AND c.status = 'joined' ORDER BY e.case_id, e.occurred_at DESC, e.recorded_at DESC)
SELECT j.case_id AS id, j.event_id FROM joined j JOIN about own ON own.id = j.case_id JOIN about other ON other.id = j.into_id
WHERE own.unit_id IS NOT NULL AND own.unit_id IS DISTINCT FROM other.unit_id
"""
# What is due is what the partner's current rows say. Only cases that owe another amount are written.
OWED = f"""
WITH owed AS (SELECT * FROM listed WHERE amount IS NOT NULL),
open AS MATERIALIZED ({OPEN}),
other AS MATERIALIZED (SELECT id, amount FROM ({{of_cases}}) n WHERE amount_due IS DISTINCT FROM amount)
UPDATE "case" c SET amount_due = n.amount FROM other n WHERE c.id = n.id AND c.closed_at IS NULL
"""
AMOUNTS = {
    # A case may know its person by a number from before a merge.
    Unit.PERSON: OWED.replace(
        "{of_cases}",
        """SELECT o.id, o.amount_due, w.amount FROM owed w JOIN open o ON o.person_id = w.person_id
  UNION ALL SELECT o.id, o.amount_due, w.amount FROM owed w JOIN open o ON o.living_id = w.person_id
  WHERE o.living_id <> o.person_id""",
    ),
    # As everywhere: the home in which its person lives now. That of most who owe is known of their case.
    Unit.HOUSEHOLD: OWED.replace(
        "{of_cases}",
        """SELECT o.id, o.amount_due, h.amount FROM (
    SELECT household_id, max(amount) AS amount FROM (
      SELECT a.household_id, w.amount FROM owed w JOIN about a ON a.living_id = w.person_id
      UNION ALL SELECT p.household_id, w.amount FROM owed w {owing} WHERE w.person_id NOT IN (SELECT living_id FROM about)) u
    GROUP BY 1) h JOIN open o ON o.unit_id = h.household_id""",
    ),
}
_JOINS = {
    "listed": ("person", "p", "p.id = r.person_id"), "person": ("person", "p", "p.id = c.person_id"),
    "mates": ("person", "m", "m.household_id = o.household_id"), "stopping": ("person", "m", "m.id = s.person_id"),
    "owing": ("person", "p", "p.id = w.person_id"), "cases": ('"case"', "c", "c.id = a.id"),
    # Few were ever found to be somebody else.
    "lives": ("person", "lives", "lives.id = p.merged_into"),
}  # fmt: skip
"""How people are joined: table, name, condition."""
CASES = 'SELECT count(*) FROM "case" WHERE campaign_id = :campaign'
EXHAUSTED = """
SELECT id, split_part(wait_reason, ':', 2) AS reason, next_at FROM "case"
WHERE campaign_id = :campaign AND closed_at IS NULL AND wait_reason LIKE 'exhausted:%' AND next_at <= :now
"""


@contextmanager
def known_cases(session: Session, loaded: Loaded) -> Iterator[None]:
    """Have looked up, for all that is asked in the block, whom a campaign's cases are about and who is listed.

    Nobody is matched meanwhile, and no list comes. In a block of the same campaign, it is known already.
    """
    known: set[int] = session.info.setdefault("known_cases", set())
    if loaded.campaign.id in known:
        yield
        return
    for statement in (ABOUT, LISTED):
        session.execute(text(statement.format(**_joins(session, loaded))), {"campaign": loaded.campaign.id})
    session.execute(text("ANALYZE about, listed"))
    known.add(loaded.campaign.id)
    try:
        yield
    finally:
        known.remove(loaded.campaign.id)
    session.execute(text("DROP TABLE about, listed"))


def _asked(session: Session, sql: str, loaded: Loaded, **parts: str) -> Result[Any]:
    """Ask a query of a campaign's cases, people one by one where they are few beside the register (``core.joins``)."""
    with known_cases(session, loaded):
        return session.execute(text(sql.format(**_joins(session, loaded), **parts)), {"campaign": loaded.campaign.id})


def _joins(session: Session, loaded: Loaded) -> dict[str, str]:
    return all_joined(_JOINS, few=_few(session, loaded.campaign.id), optional={"lives"})


def _few(session: Session, campaign: int) -> bool:
    """Whether a campaign's cases are few beside the register; they are counted once for all that is asked in a session."""
    known: dict[int, bool] = session.info.setdefault("few_cases", {})
    if campaign not in known:
        known[campaign] = are_few(session, _cases(session, campaign), "person")
    return known[campaign]


def _cases(session: Session, campaign: int) -> int:
    return int(session.execute(text(CASES), {"campaign": campaign}).scalar_one())


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
        rows = _asked(session, STOPPED, loaded, stopped=_stopped(session, loaded)).all()
    else:
        rows = session.execute(text(STOPPED_SINCE), {"campaign": loaded.campaign.id, "since": since}).all()
    events = [
        NewEvent(
            row.id, EventKind.OBJECTED, f"objection:{row.since.isoformat()}", row.since, actor, BY_SMS if row.by_sms else "policy"
        )
        for row in rows
    ]
    return append_events(session, events)


def stop_mourned(session: Session, loaded: Loaded, *, actor: str) -> int:
    """Close the cases that address somebody of whose death one of us was told; returns how many."""
    rows = session.execute(text(MOURNED), {"campaign": loaded.campaign.id}).all()
    events = [NewEvent(row.id, EventKind.WITHDRAWN, DECEASED, clock.now(), actor, "policy", DECEASED) for row in rows]
    return append_events(session, events)


def _stopped(session: Session, loaded: Loaded) -> str:
    """Whom objections stop, in SQL: looked up from the fewer, those who said so or the people of the cases."""
    saying = int(session.execute(text(SAYING)).scalar_one())
    return BY_SAYING if saying < _cases(session, loaded.campaign.id) else BY_PEOPLE


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
