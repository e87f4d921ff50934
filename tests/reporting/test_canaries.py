"""Nothing of any person leaves with a summary: unmistakable invented people are looked for in everything that is written."""

from __future__ import annotations

import io
import unicodedata
from datetime import timedelta
from uuid import uuid4
from zipfile import ZipFile

import pypdfium2
import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import MediationKind
from outreach.definitions.agreement import Research
from outreach.definitions.registry import find_campaign
from outreach.models import Building, Person
from outreach.reporting import exports, partner_summary, release_summary
from outreach.reporting.exports import write_canvasses, write_extract
from outreach.tracking import MediationRecord, decide_wording, record_walk_in, wordings_to_check
from tests.reporting.campaigns import END, START, a_season, a_town

CANARIES = (
    ("Zébulonne", "CANARIVERT-DUBOIS", "+33639981234", "ruelle des Canaris Verts"),
    ("Ödön", "PIPITCHERIN", "+33639985678", "impasse du Pipit Cherin"),
)
NOTE, COMPLAINT, REFERENCE = "La clé est sous le pot de Pipitcherine", "Zébulonne attend depuis mars", "REF-CANARI-77"
TRACES = (
    "zebulonne", "canarivert", "odon pipit", "pipitcherin", "639981234", "639985678", "ruelle des canaris", "impasse du pipit",
    "sous le pot", "attend depuis mars", "ref-canari", "ref canari",
)  # fmt: skip


@pytest.fixture
def summary(session, tmp_path):
    """A season with the canaries among many, told to the partner in all its forms and released."""
    town = a_town(session)
    a_season(town)
    record = MediationRecord(
        MediationKind.ACTION, ("energie",), "fr", 20, {"payment_plan": {"amount": "77.77", "instalments": 3}}, barriers=("budget",),
        complaint=COMPLAINT, suggestion="Un guichet le samedi.", private_note=NOTE,
    )  # fmt: skip
    for case, (given, family, phone, street) in zip(town.many(2), CANARIES, strict=True):
        person = session.get_one(Person, case.person_id)
        person.given_name, person.family_name, person.mobile = given, family, phone
        home = session.execute(text("SELECT building_id FROM household WHERE id = :id"), {"id": case.household_id}).scalar_one()
        session.get_one(Building, home).street = street
        session.execute(
            text("UPDATE list_row SET reference = :reference, raw = :raw, family_name = :family WHERE person_id = :person"),
            {"reference": REFERENCE, "raw": f"{given};{family};{phone}", "family": family, "person": person.id},
        )
        session.flush()
        arguments = {"medium": "desk", "found_by": "name", "actor": "desk", "occurred_at": START + timedelta(days=20)}
        record_walk_in(session, case.id, record, key=uuid4(), **arguments)
    waiting = wordings_to_check(session, "energy-arrears")
    decide_wording(session, waiting[0].id, None, actor="manager")
    decide_wording(
        session, next(word.id for word in waiting if word.kind == "suggestion"), "Un guichet le samedi.", actor="manager"
    )
    with clock.travel(clock.at(END, "21:00")):
        told = partner_summary(session, town.loaded, start=START.date(), end=END, out=tmp_path, actor="engine")
        release_summary(session, told.summary_id, actor="manager", reviewed_by="colleague")
    return told


def plain(written):
    apart = unicodedata.normalize("NFKD", written.lower())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def written(path):
    if path.suffix == ".pdf":
        with pypdfium2.PdfDocument(path) as document:
            return " ".join(document[place].get_textpage().get_text_range() for place in range(len(document)))
    if path.suffix == ".xlsx":
        with ZipFile(io.BytesIO(path.read_bytes())) as archive:
            return " ".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    return path.read_text(encoding="utf-8")


def found_in(told):
    return [trace for trace in TRACES if trace in plain(told) or trace in plain(told).replace(" ", "")]


def test_no_canary_is_in_any_file_of_a_summary(summary):
    assert {path.suffix for path in summary.files} == {".xlsx", ".pdf", ".json"}
    for path in summary.files:
        assert "guichet le samedi" in plain(written(path)).replace("\n", " "), (
            "what was released is there, so that this looks at the right words"
        )
        assert found_in(written(path)) == []


def test_no_canary_is_in_any_other_export(session, summary, tmp_path):
    loaded = find_campaign(session, "energy-arrears")
    clause = Research(organisation="Université d'Essai", purpose="Étude des effets de la médiation.", until=END)
    loaded.folder.agreement.__dict__["research"] = clause
    write_canvasses(session, loaded, tmp_path / "contacts.json", actor="manager")
    with clock.travel(clock.at(END, "21:00")):
        extract = write_extract(session, loaded, tmp_path, actor="manager")
    assert summary.is_new
    assert {name for name in exports.__all__ if name.startswith("write_")} == {"write_canvasses", "write_extract"}, (
        "scan the new one too"
    )
    for path in (tmp_path / "contacts.json", *extract.files):
        assert found_in(written(path)) == []


def test_no_canary_is_in_what_summaries_and_figures_are_kept_in(session, summary):
    assert summary.is_new
    tables = ("summary", "released_figure", "case_figure", "figure_cell", "figure_way", "figure_answer", "figure_work", "figure_course",
              "figure_credit", "figure_list", "credit")  # fmt: skip
    for table in tables:
        rows = session.execute(text(f"SELECT to_jsonb(t)::text FROM {table} t".replace("::text", "")))
        assert found_in(" ".join(str(row[0]) for row in rows)) == []


def test_the_canaries_are_known_so_that_finding_none_means_something(session, summary):
    assert summary.is_new
    notes = session.execute(text("SELECT string_agg(body, ' ') FROM private_note")).scalar_one()
    names = session.execute(
        text("SELECT string_agg(concat_ws(' ', given_name, family_name, mobile), ' ') FROM person")
    ).scalar_one()
    assert set(found_in(notes)) == {"pipitcherin", "sous le pot"}
    assert {"zebulonne", "canarivert", "pipitcherin", "639981234"} <= set(found_in(names))
