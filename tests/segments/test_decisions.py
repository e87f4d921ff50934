"""Who is targeted, and why; the order of contact is a sealed shuffle."""

from __future__ import annotations

from sqlalchemy import text

from outreach.core import clock
from outreach.segments import faults, segment_campaign
from outreach.segments.evaluate import holds
from outreach.segments.verdict import outcome_of


def rows(played, query):
    with played.database.session() as session:
        return session.execute(text(query)).all()


def test_every_decision_has_the_results_of_all_rules_and_the_values_they_saw(played):
    campaign = played.loaded.folder.campaign
    runs = {run.id: run for run in rows(played, "SELECT * FROM segment_run")}
    found = rows(played, "SELECT * FROM decision")
    assert found
    for decision in found:
        run = runs[decision.run_id]
        assert run.rules == [part.code for part in (*campaign.exclusions, *campaign.segments)]
        outcome = outcome_of(campaign, decision.rules)
        assert (decision.reason, decision.segment) == (outcome.reason, outcome.segment), "the trace explains the verdict"
        assert (decision.verdict == "targeted") == outcome.targeted
        values = {name: getattr(decision, name) for name in run.facts}
        again = [holds(part.when, values, run.today) for part in (*campaign.exclusions, *campaign.segments)]
        assert again == [bool(decision.rules >> at & 1) for at in range(len(run.rules))], "replayed from what was stored"


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
        again = segment_campaign(session, played.loaded, actor="test")
        session.rollback()
    assert again.opened == 0


def test_every_wave_is_what_the_sealed_draw_says(played):
    with played.database.session() as session:
        checked, found = faults(session)
    assert checked > 50
    assert found == []
