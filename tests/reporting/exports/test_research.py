"""The extract for research: only where the agreement says so, and nobody in it stands alone or can be followed."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from uuid import uuid4

import pytest
from pydantic import ValidationError
from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import OutreachError, PolicyError
from outreach.definitions.agreement import Research
from outreach.models import Objection, Person
from outreach.reporting.exports import write_extract
from outreach.reporting.exports.dictionary import MEANINGS
from outreach.reporting.exports.research import TOLD
from tests.reporting.campaigns import SENT, START, a_season, a_town
from tests.reporting.exports.asked import CLAUSE, LATER, allow_research

COLUMNS = ("age", "size", "language", "reading", "area", "opened", "contacted", "mediated")


@pytest.fixture
def town(session):
    town = a_town(session)
    a_season(town)
    return town


def told(town, loaded, folder, day=LATER):
    with clock.travel(clock.at(day, "21:00")):
        result = write_extract(town.session, loaded, folder, actor="rosa")
    with result.path.open(encoding="utf-8", newline="") as file:
        return result, list(csv.DictReader(file, delimiter=";"))


def test_without_a_clause_or_after_its_end_nothing_is_given(town, tmp_path):
    with pytest.raises(PolicyError, match="ne permet pas"):
        told(town, town.loaded, tmp_path)
    loaded = allow_research(town, until="2026-12-17")
    with pytest.raises(PolicyError, match="17/12/2026"):
        told(town, loaded, tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert told(town, loaded, tmp_path, date(2026, 12, 17))[1]


def test_a_clause_says_to_whom_what_for_and_of_what():
    Research.model_validate(CLAUSE)
    for name in ("organisation", "purpose", "until"):
        with pytest.raises(ValidationError):
            Research.model_validate({key: value for key, value in CLAUSE.items() if key != name})
    assert Research.model_validate({key: value for key, value in CLAUSE.items() if key != "dimensions"}).dimensions == []
    with pytest.raises(ValidationError):
        Research.model_validate(CLAUSE | {"dimensions": ["street"]})


def test_every_line_is_like_others_and_all_cases_are_accounted_for(town, tmp_path):
    result, lines = told(town, allow_research(town), tmp_path)
    groups = Counter(tuple(line[column] for column in COLUMNS) for line in lines)
    assert min(groups.values()) >= 5
    objected = 2
    assert result.objecting == objected
    assert len(lines) == result.lines == 130 - result.rare - objected
    assert {line["outcome"] for line in lines} >= {"mediated", "unreachable", "open"}
    assert "objected" not in {line["outcome"] for line in lines}
    assert {line["actions"] for line in lines if line["kind"] == "action"} == {"payment_plan"}
    assert {line["causes"] for line in lines} == {"", "budget"}
    assert all(len(line[month]) <= len("2026-10") for line in lines for month in ("opened", "contacted", "mediated")), "no days"


def test_only_the_dimensions_of_the_clause_are_told(town, tmp_path):
    _result, lines = told(town, allow_research(town, dimensions=["area"]), tmp_path)
    assert set(lines[0]) == {"pseudonym", "area", "opened", "contacted", "mediated", *TOLD}


def test_two_extracts_cannot_be_joined_and_no_secret_stays(town, tmp_path):
    loaded = allow_research(town)
    first, second = (told(town, loaded, tmp_path / name)[1] for name in ("one", "two"))
    assert len({line["pseudonym"] for line in first}) == len(first)
    assert not {line["pseudonym"] for line in first} & {line["pseudonym"] for line in second}
    assert [line["pseudonym"] for line in first] == sorted(line["pseudonym"] for line in first), "not in the order of cases"
    entries = town.session.execute(text("SELECT data FROM audit_entry WHERE action = 'export.research'")).scalars().all()
    assert [set(entry) for entry in entries] == [{"for", "lines", "rare", "objecting", "steps"}] * 2


def test_who_objects_is_left_out_whoever_of_the_home_it_is(town, tmp_path):
    case = town.case(SENT)
    partner = Person(household_id=case.household_id, family_name="Essai", simulated=True, created_at=START)
    town.session.add(partner)
    town.session.flush()
    town.session.add(
        Objection(id=uuid4(), person_id=partner.id, mark="m", source="desk", occurred_at=START, recorded_at=START, lifted_at=None)
    )
    town.session.flush()
    assert told(town, allow_research(town), tmp_path)[0].objecting == 3


def test_the_dictionary_explains_every_column_and_tells_no_handful(town, tmp_path):
    result, lines = told(town, allow_research(town), tmp_path)
    with result.dictionary.open(encoding="utf-8", newline="") as file:
        rows = {row["colonne"]: row for row in csv.DictReader(file, delimiter=";")}
    assert {name for name in rows if not name.startswith("*")} == set(lines[0])
    assert all(rows[name]["sens"] == MEANINGS[name] for name in lines[0])
    assert rows["*oppositions"]["sens"] == "moins de 5"
    assert rows["*destinataire"]["sens"] == CLAUSE["organisation"]


def test_too_few_cases_give_no_line(session, tmp_path):
    town = a_town(session)
    town.many(3, SENT)
    with pytest.raises(OutreachError, match="trop peu"):
        told(town, allow_research(town), tmp_path)
