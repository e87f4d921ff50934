"""Print runs: sealed once whatever happens in between, each letter kept, nobody named in the manifest."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import text

from outreach.channels.letters import staging
from outreach.channels.letters.dispatch import dispatch_letters
from outreach.channels.letters.letter import unsealed
from outreach.channels.letters.render import TEMPLATE, design
from outreach.core import clock
from outreach.core.database import drop_database
from outreach.core.letter_passes import shown_code
from outreach.core.references import contact_of
from outreach.core.sealing import opened_data
from outreach.core.settings import settings
from outreach.definitions.messages import LetterText
from outreach.models.base import SealedData
from tests.copies import copied
from tests.printing import PRINTING, Town, prepare_town, with_letters

TOTALS = """
SELECT (SELECT count(*) FROM mail_batch) AS batches, (SELECT coalesce(sum(letters), 0) FROM mail_batch) AS letters,
       (SELECT count(*) FROM mail_letter) AS kept, (SELECT count(*) FROM contact WHERE channel = 'letter' AND state = 'sent') AS sent,
       (SELECT count(*) FROM contact WHERE channel = 'letter' AND state = 'planned') AS planned
"""


@pytest.fixture(scope="module")
def prepared(cluster, template, worker_id, tmp_path_factory):
    """The name of a database in which letters are due, its campaign, and the day."""
    name = f"letters_{worker_id}"
    database = copied(cluster, name, template)
    town, day = prepare_town(database, tmp_path_factory.mktemp("letters"))
    database.dispose()
    yield name, town.loaded, day
    drop_database(cluster, name)


@pytest.fixture
def town(prepared, cluster, worker_id, tmp_path):
    source, loaded, day = prepared
    name = f"printing_{worker_id}"
    drop_database(cluster, name)
    database = copied(cluster, name, source)
    with clock.travel(clock.at(day, PRINTING)):
        yield Town(database, loaded, tmp_path / "out")
    database.dispose()
    drop_database(cluster, name)


def totals(town):
    with town.database.session() as session:
        return session.execute(text(TOTALS)).one()


def printed(town):
    return dispatch_letters(town.database, town.loaded, town.out, worker="test")


def files(town):
    return sorted(path.name for path in town.out.iterdir() if not path.name.startswith("."))


def test_a_run_is_sealed_with_every_letter_kept(town):
    before = totals(town)
    result = printed(town)
    after = totals(town)
    assert result.letters > 20
    assert (after.letters, after.kept, after.sent) == (result.letters, result.letters, result.letters)
    assert before.planned > after.planned
    for path in result.files:
        described = json.loads(path.with_suffix(".json").read_text())
        assert described["sha256"] == sha256(path.read_bytes()).hexdigest()
        assert len(described["recipients"]) == described["letters"]
        assert all(contact_of(line["reference"]) for line in described["recipients"])
    with town.database.session() as session:
        [(size, design)] = session.execute(text("SELECT DISTINCT size, design FROM mail_batch")).all()
    assert 10 <= size <= 12.5
    assert len(design) == 64
    assert not list((town.out / staging.HIDDEN).iterdir())
    assert printed(town).letters == 0, "once"


KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from outreach.channels.letters import dispatch, staging
from outreach.core import clock
from outreach.core.database import Database
from outreach.core.sealing import opened_data
from outreach.flows import pipeline

def die(*_args, **_more):
    os.kill(os.getpid(), signal.SIGKILL)

url, owner, code, out, moment, point = sys.argv[1:]
database = Database(url, owner, None)
owner_of, name = {"before the commit": (dispatch, "_finish"), "after the file": (dispatch, "_keep"),
                  "before the file is in its place": (staging.Staged, "publish"),
                  "between manifest and file": (staging, "write_manifest")}[point]
kept = getattr(owner_of, name)
if point == "between manifest and file":
    def written(*args):
        kept(*args)
        die()
    staging.write_manifest = written
elif point == "before the commit":
    def finished(session, letters, *rest):
        kept(session, letters, *rest)
        if letters:
            die()
    dispatch._finish = finished
else:
    setattr(owner_of, name, die)
with clock.travel(datetime.fromisoformat(moment)):
    loaded = pipeline.loaded_campaign(database, code)
    dispatch.dispatch_letters(database, loaded, Path(out), worker="killed")
"""


@pytest.mark.parametrize(
    ("point", "is_sealed"),
    [
        ("after the file", False),
        ("before the commit", False),
        ("before the file is in its place", True),
        ("between manifest and file", True),
    ],
)
def test_a_process_killed_anywhere_prints_nothing_twice_and_loses_nothing(town, cluster, point, is_sealed):
    expected = totals(town).planned
    url = town.database.engine.url.render_as_string(hide_password=False)
    owner = url.replace("outreach_app", "outreach_owner")
    command = [sys.executable, "-c", KILLED, url, owner, town.loaded.campaign.code, str(town.out), clock.now().isoformat(), point]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    left = totals(town)
    assert (left.batches > 0) == is_sealed
    assert list(town.out.glob("*.pdf")) == [], "nothing is in its place that was not put there"
    with clock.travel(clock.now() + timedelta(minutes=6)):
        result = printed(town)
    after = totals(town)
    assert after.letters == after.kept == after.sent
    assert after.sent + after.planned == expected
    with town.database.session() as session:
        sealed = dict(session.execute(text("SELECT file_name, sha256 FROM mail_batch")).all())
    assert {path.name: sha256(path.read_bytes()).hexdigest() for path in town.out.glob("*.pdf")} == sealed
    assert {path.with_suffix(".json") for path in result.files} == set(town.out.glob("*.json"))
    leftovers = list((town.out / staging.HIDDEN).iterdir())
    for path in leftovers:  # of the run that was never sealed: removed once nobody can be at work on it
        os.utime(path, (0, 0))
    printed(town)
    assert not list((town.out / staging.HIDDEN).iterdir())


def test_a_file_that_somebody_works_on_is_left_alone(town):
    folder = town.out / staging.HIDDEN
    folder.mkdir(parents=True)
    (folder / "made.pdf").write_bytes(b"%PDF")
    held = staging.Staged.made(folder / "made.pdf", "0" * 64)
    os.utime(held.path, (0, 0))
    with town.database.session() as session:
        assert staging.recover(session, town.out) == []
    assert held.path.exists()
    held.release()
    with town.database.session() as session:
        staging.recover(session, town.out)
    assert not held.path.exists()


def test_languages_and_a_template_of_the_campaigns_own_reach_the_paper(town):
    turkish = LetterText(
        subject="Faturanız", paragraphs=["{salutation},", "Bizi arayın: {site_phone}, kod {letter_code}."], signature="PIMMS"
    )
    chinese = LetterText(subject="账单", paragraphs=["请致电"], signature="PIMMS")
    town = with_letters(town, tr=turkish, zh=chinese)
    own = TEMPLATE.read_text(encoding="utf-8").replace("// The letter of the house", "// Ours")
    town = replace(town, loaded=replace(town.loaded, folder=replace(town.loaded.folder, letter_template=own)))
    with town.database.session() as session:
        session.execute(
            text(
                "UPDATE contact SET language = CASE id % 5 WHEN 0 THEN 'tr' WHEN 1 THEN 'zh' ELSE language END"
                " WHERE channel = 'letter' AND state = 'planned'"
            )
        )
    printed(town)
    with town.database.session() as session:
        batches = session.execute(text("SELECT letters, pages, design, manifest FROM mail_batch ORDER BY id")).all()
        kept = [
            unsealed(opened_data(row, "mail_letter.content"))
            for row in session.execute(text("SELECT content FROM mail_letter ORDER BY batch_id, page")).scalars()
        ]
    assert {batch.design for batch in batches} == {design(own)}
    assert {batch.pages // batch.letters for batch in batches} == {1, 2}, "Turkish with French on the back, the others in French"
    assert {letter.language for letter in kept} >= {"tr", "fr"}
    assert all((letter.back is not None) == (letter.language == "tr") for letter in kept)
    gaps = [gap["language"] for batch in batches for gap in batch.manifest["left_out"]]
    assert gaps == ["zh"], "no font prints it: those letters are French, and the manifest says so"


def test_a_square_proves_the_letter_and_that_of_somebody_invented_proves_nothing(town, monkeypatch):
    monkeypatch.setenv("OUTREACH_PUBLIC_URL", "https://mediation.example.org")
    settings.cache_clear()
    with town.database.session() as session:
        session.execute(text("UPDATE person SET simulated = (id % 2 = 0)"))
    printed(town)
    monkeypatch.undo()
    settings.cache_clear()
    proven = set()
    with town.database.session() as session:
        query = text(
            "SELECT p.simulated, l.content FROM mail_letter l JOIN contact k ON k.id = l.contact_id JOIN person p ON p.id = k.person_id"
        )
        for row in session.execute(query.columns(content=SealedData("mail_letter.content"))):
            letter = unsealed(row.content)
            shown = shown_code(letter.link.removeprefix("https://mediation.example.org/o/"))
            assert shown == (None if row.simulated else letter.letter_code)
            proven.add(shown is not None)
    assert proven == {True, False}


def test_a_run_from_before_a_restore_keeps_its_file(town):
    day = clock.today()
    known = town.out / f"courriers-{town.loaded.campaign.code}-{day}-01.pdf"
    known.parent.mkdir(parents=True)
    known.write_bytes(b"what is in the post")
    made = printed(town)
    assert made.letters
    assert known.read_bytes() == b"what is in the post"
    assert known not in made.files
    with town.database.session() as session:
        assert session.execute(text("SELECT min(number) FROM mail_batch")).scalar_one() == 2
