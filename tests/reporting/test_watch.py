"""What is watched: each rule is on when it must be, and off otherwise; nothing of a person is in what Prometheus reads."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from outreach.channels.limits import stop_sending
from outreach.core import clock
from outreach.core.i18n import speaking
from outreach.core.live import lock_copy
from outreach.reporting.watch import METRICS, RULES, Measures, age, alerts_of, exposition, measure
from tests.played import END

DOCS = Path(__file__).parents[2] / "docs" / "operations"
HOUR, DAY = 3600, 86400
CALM = Measures(
    at=clock.at(END, "10:30"), live=True, why_not_live=None, stopped=False, campaigns={"launched": 2}, due={"sms": 60.0},
    last_dispatch=120.0, unknown={}, providers_down=[], quota={"sms": 0.5}, notices=0, oldest_notice=None, replies=3,
    oldest_reply=HOUR, lists=1, oldest_list=HOUR, files=1, oldest_file=HOUR, failed_jobs=0, oldest_job=30.0, requests=1, days_to_request=20, backup=HOUR,
    oldest_backup=20 * DAY, backup_days=2, board=60.0, plan=DAY, never_planned=DAY, revision="0000",
)  # fmt: skip
ON = {
    "unconfirmed_copy": {"live": False},
    "stopped": {"stopped": True},
    "no_dispatch": {"due": {"sms": 31 * 60.0}, "last_dispatch": 31 * 60.0},
    "unknown": {"unknown": {"sms": 2}},
    "provider_down": {"providers_down": ["twilio"]},
    "notices_unread": {"oldest_notice": 16 * 60.0},
    "replies_unread": {"oldest_reply": 25 * HOUR},
    "quota_reached": {"quota": {"sms": 1.0, "letter": 0.1}},
    "imports_failed": {"failed_jobs": 1},
    "lists_stuck": {"oldest_list": 25 * HOUR},
    "files_waiting": {"oldest_file": 25 * HOUR},
    "jobs_stuck": {"oldest_job": 2 * HOUR},
    "plan_missed": {"plan": 4 * DAY},
    "plan_never": {"never_planned": 4 * DAY},
    "boards_stale": {"board": 16 * 60.0},
    "request_due": {"days_to_request": -1},
    "backup_too_old": {"backup": 3 * DAY},
    "backup_missing": {"backup": None, "oldest_backup": None},
}
# The same campaign under another code, launched when the first was.
ANOTHER = """
WITH made AS (
  INSERT INTO campaign (code, name, agreement_id, unit, state) SELECT 'other', name, agreement_id, unit, state FROM campaign RETURNING id),
version AS (
  INSERT INTO campaign_version (campaign_id, number, content_hash, definition, launched_at, launched_by)
  SELECT made.id, 1, 'x', definition, launched_at, launched_by FROM campaign_version, made)
SELECT FROM made
"""
OFF = [
    {"due": {"sms": 5 * HOUR}, "last_dispatch": 60.0},
    {"due": {}, "last_dispatch": 5 * HOUR},
    {"due": {"sms": 60.0}, "last_dispatch": 5 * DAY},
    {"backup": None, "campaigns": {}},
    {"backup": 9 * DAY, "backup_days": 0},
    {"plan": None, "campaigns": {"finished": 1}},
    {"days_to_request": 8},
]


def codes(found):
    return [alert.code for alert in alerts_of(found)]


def test_nothing_is_said_while_nothing_is_wrong():
    assert codes(CALM) == []


@pytest.mark.parametrize("code", ON)
def test_a_rule_is_on_alone_and_says_what_to_do(code):
    [alert] = alerts_of(replace(CALM, **ON[code]))
    assert alert.code == code
    assert len(alert.mend) > 15
    assert "{" not in alert.sentence
    with speaking("en"):
        assert alerts_of(replace(CALM, **ON[code]))[0].sentence != alert.sentence


def test_every_rule_is_tried():
    assert set(ON) == {rule.code for rule in RULES}


@pytest.mark.parametrize("values", OFF)
def test_what_is_no_reason_is_none(values):
    assert codes(replace(CALM, **values)) == []


def test_nothing_leaves_because_somebody_wanted_so_is_no_missed_dispatch():
    late = {"due": {"sms": 5 * HOUR}, "last_dispatch": 5 * HOUR}
    assert codes(replace(CALM, **late, stopped=True)) == ["stopped"]
    assert codes(replace(CALM, **late, live=False)) == ["unconfirmed_copy"]


def test_what_is_urgent_comes_first():
    both = replace(CALM, **ON["request_due"], **ON["unknown"], **ON["stopped"])
    assert codes(both) == ["unknown", "stopped", "request_due"]


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 min"), (5340, "89 min"), (5400, "2 h"), (172_799, "48 h"), (200_000, "2 j")]
)
def test_ages_are_a_word(seconds, said):
    assert age(seconds) == said


@pytest.fixture
def tuesday(undone):
    """The played town in the middle of a working morning."""
    undone.execute(text("UPDATE target_list SET state = 'committed' WHERE state = 'previewed'"))
    with clock.travel(clock.at(END, "10:45")):
        yield undone


def test_the_played_town_is_measured(tuesday):
    found = measure(tuesday)
    assert (found.live, found.stopped, found.campaigns) == (True, False, {"launched": 1})
    assert found.revision > "0020"
    assert found.last_dispatch is not None
    assert "backup_missing" in codes(found)


def test_what_is_due_counts_within_its_hours_and_its_quota_alone(tuesday):
    move = """UPDATE contact SET state = 'planned', due_at = :due, useful_until = :until, shift_id = NULL, done_at = NULL
              WHERE id = (SELECT max(id) FROM contact WHERE channel = 'sms' AND case_id NOT IN
                          (SELECT case_id FROM contact WHERE state IN ('planned', 'claimed', 'unknown')))"""
    due = clock.now() - timedelta(minutes=40)
    tuesday.execute(text("DELETE FROM quota_use"))
    tuesday.execute(text("UPDATE contact SET due_at = :later WHERE state = 'planned' AND due_at <= :now"),
                    {"later": clock.now() + timedelta(days=1), "now": clock.now()})  # fmt: skip
    assert measure(tuesday).due == {}
    assert tuesday.execute(text(move), {"due": due, "until": clock.now() + timedelta(hours=8)}).rowcount == 1
    found = measure(tuesday)
    assert found.due == {"sms": 2400.0}
    assert ("no_dispatch" in codes(found)) is (found.last_dispatch > 1800)
    with clock.travel(clock.at(END, "23:10")):
        assert measure(tuesday).due == {}
    used = """INSERT INTO quota_use (agreement_id, channel, day, used) SELECT id, 'sms', :day, 20000 FROM agreement"""
    tuesday.execute(text(used), {"day": END})
    assert measure(tuesday).due == {}
    assert "quota_reached" in codes(measure(tuesday))


def test_a_campaign_that_no_night_took_on_is_seen_beside_one_that_is_planned(tuesday):
    """The newest plan is another campaign's: by it nothing would be missed."""
    assert measure(tuesday).never_planned is None
    run = """INSERT INTO plan_run (campaign_id, planned_at, actor, cause, counts)
             SELECT :campaign, :now, 'test', 'nightly', '{}'"""
    campaign = tuesday.execute(text("SELECT id FROM campaign")).scalar_one()
    tuesday.execute(text("UPDATE campaign_version SET launched_at = :at"), {"at": clock.now() - timedelta(days=5)})
    tuesday.execute(text(ANOTHER))
    assert measure(tuesday).never_planned == 5 * DAY
    assert [one.sentence for one in alerts_of(measure(tuesday)) if one.code == "plan_never"] == [
        "Une campagne lancée depuis 5 j n'a encore jamais été planifiée"
    ]
    tuesday.execute(text("UPDATE campaign SET state = 'paused' WHERE id <> :first"), {"first": campaign})
    assert measure(tuesday).never_planned is None
    tuesday.execute(text("UPDATE campaign SET state = 'launched'"))
    another = tuesday.execute(text("SELECT max(id) FROM campaign")).scalar_one()
    tuesday.execute(text(run), {"campaign": another, "now": clock.now()})
    assert measure(tuesday).never_planned is None
    assert "plan_missed" not in codes(measure(tuesday))
    with clock.travel(clock.now() + timedelta(days=4)):
        tuesday.execute(text(run), {"campaign": another, "now": clock.now()})
        assert "plan_missed" in codes(measure(tuesday)), "the first is not planned any more"
        tuesday.execute(text("UPDATE campaign SET state = 'finished' WHERE id <> :another"), {"another": another})
        assert measure(tuesday).plan == 0


def test_what_is_pressed_down_or_unknown_is_seen(tuesday):
    stop_sending(tuesday, "essai", actor="test")
    lock_copy(tuesday, reason="essai", actor="test")
    tuesday.execute(
        text("INSERT INTO provider_health (provider, faults, open_until, changed_at) VALUES ('twilio', 5, :until, :now)"),
        {"until": clock.now() + timedelta(minutes=1), "now": clock.now()},
    )
    found = measure(tuesday)
    assert (found.live, found.stopped, found.providers_down) == (False, True, ["twilio"])
    assert found.why_not_live
    assert {"unconfirmed_copy", "stopped", "provider_down"} <= set(codes(found))


def told(found):
    """(name, labels): value of each gauge."""
    families = text_string_to_metric_families(exposition(found).decode())
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for family in families for sample in family.samples}


def test_prometheus_reads_every_gauge_and_every_rule(tuesday):
    found = told(replace(CALM, **ON["unknown"], **ON["provider_down"], oldest_notice=1.0))
    assert {name for name, _labels in found} == {metric.name for metric in METRICS}
    alerts = {dict(labels)["code"]: value for (name, labels), value in found.items() if name == "outreach_alert"}
    assert {code for code, value in alerts.items() if value} == {"unknown", "provider_down"}
    assert set(alerts) == {rule.code for rule in RULES}
    assert told(measure(tuesday))["outreach_live_copy", ()] == 1


def test_labels_name_nobody(tuesday, played):
    """Values of labels are of closed lists: channels, states, rules, providers, revisions."""
    said = exposition(measure(tuesday)).decode()
    labels = set(re.findall(r'="([^"]*)"', said))
    assert labels <= {"sms", "letter", "call", "visit", "launched", "draft", "paused", "finished", "now", "today", "twilio",
                      measure(tuesday).revision, *(rule.code for rule in RULES)}  # fmt: skip
    assert played.loaded.campaign.code not in said
    assert {field.name for field in fields(Measures)} & {"name", "phone", "campaign"} == set()


def test_the_rules_for_prometheus_name_what_there_is():
    rules = yaml.safe_load((DOCS / "prometheus" / "alerts.yml").read_text())["groups"][0]["rules"]
    known = {metric.name for metric in METRICS} | {"up"}
    used = {name for rule in rules for name in re.findall(r"\b(?:outreach_\w+|up)\b", rule["expr"])}
    assert used <= known
    of_ours = {code for rule in rules for code in re.findall(r'outreach_alert\{code="(\w+)"\}', rule["expr"])}
    assert of_ours == {rule.code for rule in RULES}
    urgency = {rule.code: rule.urgency.value for rule in RULES}
    for rule in rules:
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
        code = rule["alert"].removeprefix("outreach_")
        assert rule["labels"]["urgency"] == urgency.get(code, rule["labels"]["urgency"])
    scrape = yaml.safe_load((DOCS / "prometheus" / "scrape.yml").read_text())
    assert scrape["scrape_configs"][0]["metrics_path"] == "/metrics"
    assert scrape["rule_files"] == ["alerts.yml"]


def test_the_guide_names_every_rule():
    guide = (DOCS / "monitoring.md").read_text()
    assert [rule.code for rule in RULES if f"`{rule.code}`" not in guide] == []
