"""What leaves by other doors: contacts in OSDI's shape, and an extract for researchers that nobody is recognised in."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import date, timedelta

import pytest

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.definitions.agreement import Research
from outreach.models import Contact, Person
from outreach.reporting.exports import write_canvasses, write_extract
from outreach.reporting.exports.research import DICTIONARY, TRAITS
from tests.reporting.campaigns import END, OBJECTED, SENT, START, a_season, a_town

CLAUSE = Research(
    organisation="Université d'Essai", purpose="Étude des effets de la médiation sortante.", until=date(2027, 6, 30)
)


@pytest.fixture
def town(session):
    town = a_town(session)
    a_season(town)
    return town


def allowed(town, clause=CLAUSE):
    town.loaded.folder.agreement.__dict__["research"] = clause
    return town.loaded


def extract(town, folder):
    with clock.travel(clock.at(END, "21:00")):
        return write_extract(town.session, allowed(town), folder, actor="manager")


def lines(found):
    with found.files[0].open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_contacts_are_written_as_canvasses_without_any_name(town, tmp_path):
    case = town.many(1)[0]
    town.session.get_one(Person, case.person_id).family_name = "CANARIVERT"
    for place, (channel, disposition) in enumerate((("letter", None), ("call", "call_back"), ("visit", "not_home"))):
        moment = START + timedelta(days=place)
        town.session.add(
            Contact(
                campaign_id=case.campaign_id, case_id=case.id, person_id=case.person_id, step=f"s{place}", attempt=1, channel=channel,
                language="fr", state="done" if disposition else "sent", due_at=moment, useful_until=moment, disposition=disposition,
                done_at=moment,
            )
        )  # fmt: skip
    town.session.flush()
    path = tmp_path / "contacts.json"
    assert write_canvasses(town.session, town.loaded, path, actor="manager") == 3
    written = path.read_text(encoding="utf-8")
    found = json.loads(written)["_embedded"]["osdi:canvasses"]
    assert [(one["contact_type"], one["status_code"], one["success"], one["input_type"]) for one in found] == [
        ("mail", "sent", False, "automatic"), ("phone", "call_back", True, "manual"), ("walk", "not_home", False, "manual"),
    ]  # fmt: skip
    assert {one["target"] for one in found} == {f"outreach:person-{case.person_id}"}
    assert "CANARIVERT" not in written


def test_an_extract_needs_a_clause_that_still_holds(town, tmp_path):
    with pytest.raises(OutreachError, match="aucun extrait"):
        write_extract(town.session, town.loaded, tmp_path, actor="manager")
    ended = CLAUSE.model_copy(update={"until": date(2026, 11, 1)})
    with clock.travel(clock.at(END, "21:00")), pytest.raises(OutreachError, match="pris fin"):
        write_extract(town.session, allowed(town, ended), tmp_path, actor="manager")


def test_every_line_shares_its_traits_with_as_many_as_the_agreement_says(town, tmp_path):
    town.many(3, SENT, segment="limited", city="BRON", area="QP001")
    found = extract(town, tmp_path)
    rows = lines(found)
    shared = Counter(tuple(row[trait] for trait in TRAITS) for row in rows)
    assert min(shared.values()) >= 5
    assert found.left_out >= 3
    assert found.lines == len(rows) > 100
    assert set(rows[0]) == set(DICTIONARY) - {"*"}


def test_two_extracts_cannot_be_joined_and_who_objected_is_in_none(town, tmp_path):
    before = len(lines(extract(town, tmp_path / "a")))
    town.many(6, SENT, OBJECTED)
    first, second = (lines(extract(town, tmp_path / name)) for name in ("b", "c"))
    assert len(first) == before
    assert not {row["pseudonym"] for row in first} & {row["pseudonym"] for row in second}


def test_many_rare_lines_coarsen_a_column_instead_of_leaving_them_out(town, tmp_path):
    for place in range(12):
        town.many(1, SENT, segment=f"rare-{place}")
    found = extract(town, tmp_path)
    assert found.coarsened == ("segment",)
    assert {row["segment"] for row in lines(found)} == {"*"}
    assert found.left_out <= 0.05 * (found.lines + found.left_out)
    dictionary = json.loads(found.files[1].read_text(encoding="utf-8"))
    assert dictionary["for"] == CLAUSE.organisation
