"""Ten thousand random histories, told in any order and often twice: what is stored is what their events say."""

from __future__ import annotations

from datetime import UTC, timedelta
from random import Random

from sqlalchemy import text

from outreach.core.words import EventKind
from outreach.models import Case
from outreach.policy.dispositions import DISPOSITIONS
from outreach.policy.objections import BY_SMS
from outreach.policy.status import Fact, derive_status
from outreach.tracking import NewEvent, append_events
from outreach.tracking.events import standings_of
from tests.reporting.campaigns import START, a_town

CASES, MOST = 10_000, 8
BEGIN = START.astimezone(UTC)
SEEDS = 20_261_128
KINDS = [kind for kind in EventKind if kind is not EventKind.CORRECTED]
CODES = [None, *DISPOSITIONS, "wrong_data", "exchange", "call_back"]


def a_history(case, draw):
    events = []
    for place in range(draw.randrange(MOST)):
        moment = BEGIN + timedelta(hours=draw.randrange(24 * 40))
        source = draw.choice(["call", "list", BY_SMS])
        events.append(NewEvent(case, draw.choice(KINDS), str(place), moment, "test", source, draw.choice(CODES)))
    for place, event in enumerate(draw.sample(events, draw.randrange(len(events) + 1) // 2)):
        for again in range(draw.randrange(3)):
            told = {"event": str(event.id)}
            moment = BEGIN + timedelta(days=41, minutes=draw.randrange(1000), microseconds=again)
            events.append(
                NewEvent(case, EventKind.CORRECTED, f"{place}:{again}", moment, "test", "tracking", draw.choice(CODES), data=told)
            )
    return events


def test_stored_status_is_the_one_recomputed_for_ten_thousand_histories(session):
    town = a_town(session)
    person = town.many(1)[0]
    site, version = person.site_id, person.version_id
    session.execute(
        text(
            'WITH home AS (INSERT INTO household (created_at) SELECT :at FROM generate_series(1, :n) RETURNING id)'
            ' INSERT INTO "case" (campaign_id, version_id, unit, household_id, person_id, site_id, segment, priority, wave, letter_code,'
            " status, opened_at, next_at) SELECT :campaign, :version, 'household', id, :person, :site, 'early', 5, 1,"
            " 'R' || id, 'waiting', :at, :at FROM home"
        ),
        {"campaign": town.loaded.campaign.id, "version": version, "person": person.person_id,
         "site": site, "at": START, "n": CASES},
    )  # fmt: skip
    draw = Random(SEEDS)
    cases = list(session.scalars(text("SELECT id FROM \"case\" WHERE letter_code LIKE 'R%'")))
    histories = {case: a_history(case, draw) for case in cases}
    events = [event for history in histories.values() for event in history]
    told = events + draw.sample(events, len(events) // 3)
    draw.shuffle(told)
    for start in range(0, len(told), 7_000):
        append_events(session, told[start : start + 7_000])
    stored = {case.id: case for case in session.query(Case).filter(Case.id.in_(cases))}
    fresh = standings_of(session, cases)
    for case, history in histories.items():
        facts = [
            Fact(event.kind, event.code, event.occurred_at, event.source, str(event.id), event.data.get("event", ""))
            for event in history
        ]
        expected = derive_status(facts)
        closed = expected.reason if expected.closed_at else None
        assert (stored[case].status, stored[case].closed_at, stored[case].closed_reason) == (
            str(expected.status), expected.closed_at, closed,
        )  # fmt: skip
        draw.shuffle(facts)
        assert derive_status([*facts, *facts[:3]]) == expected == fresh.get(case, expected)
