"""Calls and visits in OSDI's words: all results have one, people stand under numbers that lead nowhere."""

from __future__ import annotations

import json
import re
from uuid import uuid4

import pytest
from sqlalchemy import text

from outreach.core.errors import OutreachError
from outreach.core.words import Channel
from outreach.models import Objection
from outreach.policy.dispositions import DISPOSITIONS
from outreach.reporting.exports import write_canvasses
from outreach.reporting.exports.osdi import STATUS_CODES, is_success
from tests.reporting.campaigns import OBJECTED, SENT, START, a_town
from tests.reporting.exports.asked import PEPPER, contacted

FIELDS = {"identifiers", "origin_system", "action_date", "contact_type", "success", "status_code", "_links"}


def told(town, path, **what):
    result = write_canvasses(town.session, town.loaded, path, **({"pepper": PEPPER, "actor": "rosa"} | what))
    lines = path.read_text(encoding="utf-8")
    return result, [json.loads(line) for line in lines.splitlines()] if path.suffix == ".jsonl" else json.loads(lines)


def target(canvass):
    return canvass["_links"]["osdi:target"]["href"]


def test_every_result_of_a_call_or_visit_has_its_word():
    made = {code for code, row in DISPOSITIONS.items() if row.channels & {Channel.CALL, Channel.VISIT}}
    assert set(STATUS_CODES) == made
    assert {code for code in made if is_success(code)} == {
        "mediated",
        "talked",
        "call_back",
        "refused",
        "no_need",
        "language_barrier",
    }


def test_a_canvass_says_what_happened_and_to_whom_by_a_number_alone(session, tmp_path):
    town = a_town(session)
    one, other = town.many(2, SENT)
    contacted(town, one, "not_home", "visit", 3)
    contacted(town, one, "mediated", "call", 5)
    contacted(town, other, "refused", "call", 4)
    contacted(town, other, None, "call", 6)
    result, canvasses = told(town, tmp_path / "a" / "c.jsonl")
    assert (result.canvasses, result.left_out) == (3, 0)
    assert [(one["contact_type"], one["status_code"], one["success"]) for one in canvasses] == [
        ("in-person", "not-home", False), ("phone", "refused", True), ("phone", "success", True),
    ]  # fmt: skip
    assert {frozenset(one) for one in canvasses} == {frozenset(FIELDS)}
    assert canvasses[0]["action_date"] == "2026-10-08T09:00+02:00"
    assert target(canvasses[0]) == target(canvasses[2]) != target(canvasses[1])
    assert all(re.fullmatch(r"people/[0-9a-f]{16}", target(canvass)) for canvass in canvasses), "no number of ours"
    entry = session.execute(text("SELECT actor, data FROM audit_entry WHERE action = 'export.canvass'")).one()
    assert (entry.actor, entry.data["canvasses"], entry.data["targets"]) == ("rosa", 3, True)


def test_numbers_hold_within_a_campaign_and_under_a_secret(session, tmp_path):
    town = a_town(session)
    contacted(town, town.case(SENT), "no_answer")
    first, again, other = (
        told(town, tmp_path / f"{name}.jsonl", pepper=pepper)[1] for name, pepper in (("a", "x"), ("b", "x"), ("c", "y"))
    )
    assert first == again
    assert target(first[0]) != target(other[0])


def test_targets_may_be_left_out_and_the_collection_is_as_osdi_has_it(session, tmp_path):
    town = a_town(session)
    contacted(town, town.case(SENT), "no_answer")
    _result, found = told(town, tmp_path / "c.json", targets=False)
    [canvass] = found["_embedded"]["osdi:canvasses"]
    assert "osdi:target" not in canvass["_links"]
    assert found["total_records"] == found["total_pages"] == 1
    assert found["_links"]["osdi:canvasses"] == [canvass["_links"]["self"]]


def test_who_objects_is_left_out_with_their_home(session, tmp_path):
    town = a_town(session)
    objected, marked, free = town.case(SENT, OBJECTED), town.case(SENT), town.case(SENT)
    for case in (objected, marked, free):
        contacted(town, case, "no_answer")
    session.add(
        Objection(
            id=uuid4(), person_id=marked.person_id, mark="m", source="desk", occurred_at=START, recorded_at=START, lifted_at=None
        )
    )
    session.flush()
    result, canvasses = told(town, tmp_path / "c.jsonl")
    assert (result.left_out, len(canvasses)) == (2, 1)


def test_another_kind_of_file_is_refused(session, tmp_path):
    with pytest.raises(OutreachError, match="jsonl"):
        told(a_town(session), tmp_path / "c.csv")


def test_a_season_is_told_contact_by_contact(played, undone, tmp_path):
    result = write_canvasses(undone, played.loaded, tmp_path / "c.jsonl", pepper=PEPPER, actor="rosa")
    made = sum(
        number
        for what, number in played.season.results.items()
        if what.startswith(("call:", "visit:")) and "neighbour" not in what
    )
    assert result.canvasses + result.left_out == made
    canvasses = [json.loads(line) for line in result.path.read_text().splitlines()]
    assert {"success", "not-home", "no-answer", "refused", "not-target"} <= {one["status_code"] for one in canvasses}
    assert all("osdi:canvasser" in one["_links"] for one in canvasses)
