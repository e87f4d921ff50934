"""A definition leaves as files and comes back the same; what is not one's own, or not the agreement that was signed, stays out."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import text

from outreach.definitions.loader import FILES, content_hash, read_folder
from outreach.definitions.written import as_written, check_files, files_of
from outreach.web.access.who_may import ROUTES
from tests.web.manager.way import NEW


def packed(files):
    """Files as a zip."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, words in files.items():
            archive.writestr(f"folder/{name}", words)
    return made.getvalue()


def exported(manager, code):
    """The files of a campaign's definition."""
    with zipfile.ZipFile(io.BytesIO(manager.get(f"/campaigns/{code}/definition.zip").content)) as archive:
        return {name.rpartition("/")[2]: archive.read(name).decode() for name in archive.namelist()}


def hash_of(database, code):
    """The hash of a draft."""
    with database.session() as session:
        return content_hash(session.execute(text("SELECT draft FROM campaign WHERE code = :code"), {"code": code}).scalar_one())


@pytest.mark.parametrize(
    "folder", sorted(path.parent for path in Path("campaigns").glob("*/campaign.yaml")), ids=lambda path: path.name
)
def test_every_shipped_definition_is_the_same_when_it_comes_back(folder):
    known = read_folder(folder)
    back, mistakes = check_files(files_of(as_written(known)))
    assert mistakes == []
    assert content_hash(back.definition()) == content_hash(known.definition())


def test_an_export_that_is_imported_has_the_same_hash(desk):
    database, manager, _second, _other = desk
    before = hash_of(database, "energy-arrears")
    files = exported(manager, "energy-arrears")
    assert set(files) == set(FILES)
    answer = manager.post("/campaigns/new/import", files={"files": ("campaign.zip", packed(files))})
    assert answer.headers["location"] == "/campaigns/energy-arrears/way"
    assert hash_of(database, "energy-arrears") == before
    assert answer.status_code == 303
    parts = [("files", (name, words)) for name, words in files.items()]
    assert manager.post("/campaigns/new/import", files=parts).status_code == 303
    assert hash_of(database, "energy-arrears") == before


def test_every_mistake_of_an_import_is_told_with_its_file_and_line(desk):
    database, manager, _second, _other = desk
    files = exported(manager, "energy-arrears")
    before = hash_of(database, "energy-arrears")
    files["campaign.yaml"] = files["campaign.yaml"].replace("priority: 1", "priority: 11", 1)
    files["messages.yaml"] = files["messages.yaml"].replace("{salutation}", "{nobody}", 1)
    page = manager.post("/campaigns/new/import", files={"files": ("campaign.zip", packed(files))})
    assert page.status_code == 422
    assert re.search(r"campaign\.yaml, ligne \d+", page.text)
    assert re.search(r"messages\.yaml, ligne \d+", page.text)
    assert "champ inconnu" in page.text
    assert hash_of(database, "energy-arrears") == before
    assert manager.post("/campaigns/new/import", files={"files": ("x.txt", b"nothing")}).status_code == 422


def test_what_the_agreement_allows_is_not_the_managers_to_change(desk):
    _database, manager, _second, other = desk
    files = exported(manager, "energy-arrears")
    looser = files | {"agreement.yaml": files["agreement.yaml"].replace("retention_months: 24", "retention_months: 12")}
    page = manager.post("/campaigns/new/import", files={"files": ("campaign.zip", packed(looser))})
    assert page.status_code == 422
    assert "pas la convention signée" in page.text
    stolen = {name: words.replace("energy-arrears", "mine") for name, words in files.items()}
    page = other.post("/campaigns/new/import", files={"files": ("campaign.zip", packed(stolen))})
    assert page.status_code == 422
    assert "n&#39;a pas cette convention" in page.text


def test_a_manager_of_another_association_finds_none_of_it(desk):
    _database, manager, _second, other = desk
    manager.post("/campaigns/new", NEW | {"name": "À nous"})
    ours = [route for route in ROUTES if "/way" in route or "definition.zip" in route]
    assert len(ours) > 30
    places = {"code": "a-nous", "language": "fr", "channel": "sms", "number": "1", "one": "1", "other": "2", "part": "segments", "rule": "heavy", "decision": "1",
              "job": "00000000-0000-4000-8000-000000000000"}  # fmt: skip
    for route in ours:
        method, path = route.split(" ", 1)
        target = re.sub(r"\{(\w+)\}", lambda place: places[place[1]], path)
        answer = other.get(target) if method == "GET" else other.post(target, {"text": "x", "verdict": "same"}, **file_for(path))
        assert answer.status_code == 404, f"{route}: {answer.status_code}"
    page = other.post("/campaigns/new", NEW | {"name": "À eux", "agreement": "energie-2026", "origin": "a-nous"})
    assert page.status_code == 422


def file_for(path):
    """A file where a form wants one."""
    return {"files": {"file": ("x.csv", b"a;b\n1;2\n")}} if path.endswith("/way/list") else {}
