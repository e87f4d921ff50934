"""Who is targeted, and why; the order of contact is a sealed shuffle."""

from __future__ import annotations

from sqlalchemy import text

from outreach.core import clock
from outreach.core.secrets import objection_pepper
from outreach.segments import segment_campaign


def rows(played, query):
    with played.database.session() as session:
        return session.execute(text(query)).all()


def test_every_case_has_its_trace_with_every_rule_and_value(played):
    campaign = played.loaded.folder.campaign
    codes = {part.code for part in (*campaign.exclusions, *campaign.segments)}
    found = rows(played, "SELECT verdict, segment, reason, trace FROM decision")
    assert found
    for verdict, segment, reason, trace in found:
        assert set(trace["rules"]) == set(trace["thresholds"]) == codes
        assert trace["version"] == played.loaded.version.content_hash
        first = next((rule.code for rule in campaign.exclusions if trace["rules"][rule.code]), None)
        chosen = next((rule.code for rule in campaign.segments if trace["rules"][rule.code]), None)
        assert (verdict, reason) == (("excluded", first) if first else ("targeted", None)), "the trace explains the verdict"
        assert segment == chosen


def test_one_case_for_each_targeted_household(played):
    [(targeted, cases, codes)] = rows(
        played,
        "SELECT (SELECT count(*) FROM decision WHERE verdict = 'targeted'), count(*), count(DISTINCT letter_code) FROM \"case\"",
    )
    assert targeted == cases == codes > 50


def test_urgent_cases_are_all_in_the_first_wave_and_the_others_are_dealt_out(played):
    waves = dict(rows(played, 'SELECT priority, count(DISTINCT wave) FROM "case" GROUP BY 1'))
    assert {waves[priority] for priority in waves if priority <= 2} == {1}
    assert max(waves[priority] for priority in waves if priority > 2) == 3


def test_segmenting_again_opens_nothing(played):
    with clock.travel(clock.at(played.loaded.folder.campaign.ends_on, "08:00")), played.database.session() as session:
        again = segment_campaign(session, played.loaded, pepper=objection_pepper(played.database), actor="test")
        session.rollback()
    assert again.opened == 0
