"""Nothing of any person leaves, by whatever door: unmistakable invented people are looked for, in any spelling, in every export."""

from __future__ import annotations

import ast
import re
import unicodedata
from datetime import timedelta
from pathlib import Path
from uuid import uuid4
from zipfile import ZipFile

import pypdfium2
import pytest
from sqlalchemy import select, text

from outreach.core import clock
from outreach.core.marks import reference_mark
from outreach.core.sealing import seal
from outreach.core.words import MediationKind
from outreach.models import Building, Mediator, Person, PrivateNote, Wording
from outreach.models.base import REFERENCE
from outreach.reporting import partner_summary, release_summary
from outreach.reporting.exports import EXPORTERS, write_canvasses, write_extract
from outreach.tracking import MediationRecord, decide_wording, record_neighbour, record_walk_in, wordings_to_check
from tests.reporting.campaigns import SENT, START, a_season, a_town
from tests.reporting.exports.asked import LATER, PEPPER, allow_research, contacted
from tests.undoing import undone_session

ROOM = Path(__file__).parents[3] / "outreach" / "reporting"
WRITERS = {
    "write_workbook", "write_document", "write_json", "write_files",  # by partner_summary
    "write_canvasses", "write_extract", "write_dictionary",
}  # fmt: skip
"""Everything that writes a file in the reporting room. Whoever adds one makes it write below, so that it is searched too."""
PEOPLE = (
    ("Zébulonne", "CANARIVERT-DUBOIS", "+33639984321", "RUELLE DES SERINS BAVARDS", "REF-SEREIN-7781"),
    ("Ödön-Kéziah", "PIPITCHERIN", "+33639988765", "IMPASSE DU PIPIT CHERIN", "REF-PIPIT-9902"),
)
NOTE, COMPLAINT = "La clé du cagibi est sous le nain de jardin", "Zébulonne attend le releveur depuis la Saint-Glinglin"
NEIGHBOUR_NOTE, MEDIATOR = "La voisine Quetzalinde ne sort plus", "Ornithorynque P."
RELEASED = "Ouvrir un guichet le samedi."
WORDS = (
    *(part for person in PEOPLE for name in person[:2] for part in (name, *name.split("-")) if part != "DUBOIS"),
    *(f"{one} {other}" for given, family, *_ in PEOPLE for one, other in ((given, family), (family, given))),
    *(part for person in PEOPLE for part in person[3:]), "serins bavards", "nain de jardin", "Saint-Glinglin", "Quetzalinde", "Ornithorynque",
)  # fmt: skip
NUMBERS = tuple(person[2][-9:] for person in PEOPLE)


def plain(written):
    """Letters and digits alone: no case, accents, spaces or hyphens."""
    apart = unicodedata.normalize("NFKD", written.casefold())
    return "".join(sign for sign in apart if sign.isalnum())


def traces(written):
    """What of any person is in a text, in whatever spelling."""
    letters, digits = plain(written), re.sub(r"[\s.\-()/]", "", written)
    return [word for word in WORDS if plain(word) in letters] + [number for number in NUMBERS if number in digits]


def read(path):
    """Everything that a file holds: of a workbook all of its parts, of a document its properties too."""
    if path.suffix == ".pdf":
        with pypdfium2.PdfDocument(path) as document:
            pages = [document[place].get_textpage().get_text_range() for place in range(len(document))]
            return " ".join([*pages, str(document.get_metadata_dict())])
    if path.suffix == ".xlsx":
        with ZipFile(path) as archive:
            assert {"xl/sharedStrings.xml", "docProps/core.xml", "docProps/app.xml"} <= set(archive.namelist())
            return " ".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    return path.read_text(encoding="utf-8-sig")


@pytest.fixture(scope="module")
def session(swept):
    """One session for all that is looked for here; what it did is undone at the end."""
    with undone_session(swept, expire_on_commit=False) as session:
        yield session


@pytest.fixture(scope="module")
def written(session, tmp_path_factory):
    """A season with the canaries among many, told in every way there is; returns every file written."""
    tmp_path = tmp_path_factory.mktemp("told")
    town = a_town(session)
    a_season(town)
    hide(town)
    loaded = allow_research(town)
    with clock.travel(clock.at(LATER, "21:00")):
        told = partner_summary(session, loaded, start=START.date(), end=LATER, out=tmp_path, actor="engine")
        release_summary(session, told.summary_id, actor="manager", reviewed_by="colleague")
        for suffix in (".json", ".jsonl"):
            write_canvasses(session, loaded, tmp_path / f"canvasses{suffix}", pepper=PEPPER, actor="manager")
        write_extract(session, loaded, tmp_path, actor="manager")
    return sorted(path for path in tmp_path.rglob("*") if path.is_file())


def hide(town):
    """Put the canaries wherever the house keeps something of people."""
    session = town.session
    record = MediationRecord(
        MediationKind.ACTION, ("energie",), "fr", 20, {"payment_plan": {"amount": "77.77", "instalments": 3}}, barriers=("budget",),
        complaint=COMPLAINT, suggestion=RELEASED, private_note=NOTE,
    )  # fmt: skip
    session.execute(text("UPDATE mediator SET name = :name"), {"name": MEDIATOR})
    for case, (given, family, phone, street, reference) in zip(town.many(2, SENT), PEOPLE, strict=True):
        person = session.get_one(Person, case.person_id)
        person.given_name, person.family_name, person.mobile = given, family, phone
        home = session.execute(text("SELECT building_id FROM household WHERE id = :id"), {"id": case.household_id}).scalar_one()
        session.get_one(Building, home).street = street
        values = {
            "reference": seal(reference, REFERENCE.place),
            "key": reference_mark(1, reference),
            "raw": f"{given};{family};{phone};{street}",
            "family": family,
            "person": person.id,
        }
        session.execute(
            text(
                "UPDATE list_row SET reference = :reference, row_key = :key, raw = :raw, family_name = :family WHERE person_id = :person"
            ),
            values,
        )
        session.flush()
        contact = contacted(town, case, "talked", "visit", 4)
        moment = START + timedelta(days=20)
        record_walk_in(session, case.id, record, medium="desk", found_by="name", actor="desk", occurred_at=moment, key=uuid4())
        asked = MediationRecord(MediationKind.EXCHANGE, ("energie",), "fr", 5, anonymous=1, private_note=NEIGHBOUR_NOTE)
        record_neighbour(session, contact.id, asked, actor="desk", occurred_at=moment)
    for waiting in wordings_to_check(session, town.loaded.campaign.code):
        decide_wording(session, waiting.id, RELEASED if waiting.said == RELEASED else None, actor="manager")


def test_no_trace_of_anybody_is_in_any_file(written):
    kinds = {path.suffix for path in written}
    assert kinds == {".xlsx", ".pdf", ".json", ".jsonl", ".csv"}
    assert len(written) == 7
    assert {path.name: found for path in written if (found := traces(read(path)))} == {}


def test_no_trace_of_anybody_is_in_what_is_kept_of_reports(session, written):
    assert written
    query = """SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'
               AND (table_name LIKE '%figure%' OR table_name LIKE '%summar%' OR table_name IN ('comparison', 'audit_entry'))"""
    tables = session.execute(text(query)).scalars().all()
    assert {"summary", "released_figure", "case_figure", "figure_cell", "figure_list", "figure_credit"} <= set(tables)
    kept = {name: " ".join(map(str, session.execute(text(f"SELECT to_jsonb(t) FROM {name} t")).scalars())) for name in tables}
    assert {name: found for name, told in kept.items() if (found := traces(told))} == {}


def test_the_search_finds_them_where_they_are(session, written):
    assert any(RELEASED[:20] in read(path) for path in written), "what was released is there"
    for table, least in (("person", 6), ("list_row", 8), ("private_note", 2), ("wording", 2), ("building", 2), ("mediator", 1)):
        told = " ".join(map(str, session.execute(text(f"SELECT to_jsonb(t) FROM {table} t")).scalars()))
        # Sealed at rest: read by whoever has the key.
        for model, sealed in ((PrivateNote, "body"), (Wording, "said")):
            if model.__tablename__ == table:
                told += " ".join(session.scalars(select(getattr(model, sealed))))
        assert len(traces(told)) >= least, table
    assert session.query(Mediator).count() > 0
    for spelt in (
        "zebulonne CANARIVERT DUBOIS",
        "Canarivert‐Dubois, Zébulonne",
        "06 39 98 43 21",
        "+33 (6) 39.98.43.21",
        "ODON KEZIAH",
    ):
        assert traces(spelt), spelt


def test_every_export_there_is_is_searched():
    functions = {
        node.name
        for path in ROOM.rglob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and re.match(r"(write|export|save|print)_", node.name)
    }
    assert functions == WRITERS
    assert {maker.__name__ for maker in EXPORTERS.values()} == {"write_canvasses", "write_extract"}
