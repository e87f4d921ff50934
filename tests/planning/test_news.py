"""What a plan need not look at again: whoever it gave up, and whom it planned for, until people are matched or the definition changes."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import Channel
from outreach.planning.news import is_news
from outreach.planning.reasons import BY_HAND
from outreach.planning.worklist import needy_cases
from outreach.planning.writing import write_run
from tests.phones import DUE, ready

MATCHED = "INSERT INTO match_run (ran_at, kind, parameters, figures) VALUES (:now, 'increment', 'p', '{}')"
LAUNCHED = "UPDATE campaign_version SET launched_at = :now WHERE campaign_id = :campaign"
GIVEN_UP = """
UPDATE "case" SET wait_reason = 'exhausted:no_answer', next_step = NULL, next_at = :at WHERE id = ANY(:cases)
"""
DONE = "UPDATE contact SET state = 'done', disposition = 'no_answer', done_at = :at WHERE case_id = ANY(:cases)"
SPOKEN = {"callers": frozenset({"fr"}), "visitors": frozenset()}


def planned(session, campaign, *, cause="nightly"):
    write_run(session, campaign, actor="test", cause=cause, counts={}, changes=[])


def test_a_match_and_a_launch_are_news_once(session):
    campaign = ready(session, 2, Channel.CALL, "l8-paul").loaded.campaign.id
    with clock.travel(DUE):
        planned(session, campaign)
    with clock.travel(DUE + timedelta(hours=8)):
        session.execute(text(LAUNCHED), {"now": DUE - timedelta(days=9), "campaign": campaign})
        assert not is_news(session, campaign)
        session.execute(text(MATCHED), {"now": clock.now()})
        assert is_news(session, campaign)
    with clock.travel(DUE + timedelta(days=1)):
        planned(session, campaign, cause=BY_HAND)
        assert is_news(session, campaign), "a contact that somebody moved was no plan"
        planned(session, campaign)
        assert not is_news(session, campaign)
        session.execute(text(LAUNCHED), {"now": clock.now(), "campaign": campaign})
        assert is_news(session, campaign)


def test_what_was_being_written_while_a_plan_read_is_news(session):
    campaign = ready(session, 2, Channel.CALL, "l8-paul").loaded.campaign.id
    with clock.travel(DUE):
        session.execute(text(LAUNCHED), {"now": DUE - timedelta(days=9), "campaign": campaign})
        session.execute(text(MATCHED), {"now": DUE - timedelta(minutes=5)})
        planned(session, campaign)
        assert is_news(session, campaign), "it may have been committed after the plan looked"


def test_whoever_was_given_up_is_looked_at_when_there_is_news(session):
    found = ready(session, 3, Channel.CALL, "l8-paul")
    with clock.travel(DUE):
        session.execute(text(DONE), {"cases": found.cases, "at": DUE - timedelta(days=1)})
        session.execute(text(GIVEN_UP), {"cases": found.cases[:1], "at": DUE + timedelta(days=3)})
        session.execute(
            text("UPDATE \"case\" SET next_at = :at, wait_reason = 'to_plan' WHERE id = ANY(:cases)"),
            {"cases": found.cases[1:], "at": DUE},
        )
        horizon = DUE + timedelta(days=7)
        campaign = found.loaded.campaign.id
        quiet = set(needy_cases(session, campaign, horizon, news=False, **SPOKEN)["id"]) & set(found.cases)
        told = set(needy_cases(session, campaign, horizon, news=True, **SPOKEN)["id"]) & set(found.cases)
    assert quiet == set(found.cases[1:])
    assert told == set(found.cases)


def test_the_sites_of_a_campaign_are_known_as_its_cases_open(session):
    found = ready(session, 3, Channel.CALL, "l8-paul")
    kept = session.execute(text("SELECT campaign_id, site_id FROM campaign_site ORDER BY 1, 2")).all()
    assert kept == session.execute(text('SELECT DISTINCT campaign_id, site_id FROM "case" ORDER BY 1, 2')).all()
    assert found.loaded.campaign.id in {row.campaign_id for row in kept}
