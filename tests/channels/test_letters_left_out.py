"""A run that waits for the print house, or is printed again, leaves without those who are to be left alone by then."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest
from pypdfium2 import PdfDocument
from sqlalchemy import text

from outreach.channels.letters.delivery import chosen_runs
from outreach.channels.letters.leaving_out import left_out
from outreach.channels.letters.targets import HandOverError
from outreach.core import clock
from outreach.core.references import reference_of
from outreach.core.words import CaseStatus
from outreach.tracking import object_by_phone, record_objection
from tests.channels.test_letters_delivery import handed_over, house, prepared, printings, run, server, town

__all__ = ["house", "prepared", "run", "server", "town"]

LETTERS = """
SELECT l.contact_id AS id, k.person_id, k.case_id FROM mail_letter l JOIN contact k ON k.id = l.contact_id WHERE l.batch_id = :batch
ORDER BY l.page
"""


def letters(town, batch):
    with town.database.session() as session:
        return session.execute(text(LETTERS), {"batch": batch}).all()


def refuse(town, person):
    """Somebody of the run objects at the desk."""
    with town.database.session() as session:
        record_objection(session, person, source="desk", actor="test", occurred_at=clock.now())


def told(house):
    """The manifests that the print house has, by their file."""
    return {path.stem: json.loads(path.read_text()) for path in house.folder.glob("*.json")}


def test_who_objected_since_the_run_was_sealed_has_no_letter_in_what_leaves(run, house):
    town, batch = run
    one, *others = letters(town, batch)
    refuse(town, one.person_id)
    [done] = handed_over(town, batch, house)
    assert (done.letters, done.left_out) == (len(others), 1)
    [(stem, described)] = told(house).items()
    assert stem.endswith("-sans-1")
    kept = (house.folder / f"{stem}.pdf").read_bytes()
    assert (described["letters"], described["sha256"]) == (len(others), sha256(kept).hexdigest())
    assert [entry["reference"] for entry in described["recipients"]] == [reference_of(other.id) for other in others]
    with PdfDocument(kept) as document:
        assert len(document) == described["pages"] == described["recipients"][-1]["page"] + len(document) // len(others) - 1
        words = "".join(page.get_textpage().get_text_bounded() for page in document)
    assert reference_of(one.id) not in words
    assert all(reference_of(other.id) in words for other in others)
    assert batch not in chosen_runs_again(town), "it has left"


def test_a_second_printing_leaves_out_who_objected_after_the_first(run, house):
    town, batch = run
    count = len(letters(town, batch))
    assert handed_over(town, batch, house)[0].left_out == 0
    refuse(town, letters(town, batch)[-1].person_id)
    [again] = handed_over(town, batch, house, again="perdu par l'imprimeur")
    assert (again.printing, again.letters, again.left_out) == (2, count - 1, 1)
    assert sorted(described["letters"] for described in told(house).values()) == [count - 1, count]


def test_a_hand_over_that_arrived_is_known_whoever_objects_meanwhile(run, server):
    town, batch = run
    everybody = len(letters(town, batch))
    server.fail_rename = True
    with pytest.raises(HandOverError):
        handed_over(town, batch, server.target())
    server.fail_rename = False
    [part] = (server.folder / "depot").glob("*.json.part")
    part.rename(part.with_suffix(""))
    refuse(town, letters(town, batch)[0].person_id)
    [done] = handed_over(town, batch, server.target())
    assert (done.was_there, done.letters, done.left_out) == (True, everybody, 0), "their letter had left"
    assert len(list((server.folder / "depot").glob("*.pdf"))) == 1


def test_an_objection_by_the_phone_holds_before_any_night(run):
    town, batch = run
    with town.database.session() as session:
        found = text(
            "SELECT p.id, p.mobile FROM person p WHERE p.id = ANY(:people) AND p.mobile IS NOT NULL ORDER BY p.id LIMIT 1"
        )
        from outreach.models.base import PHONE

        row = session.execute(found.columns(mobile=PHONE), {"people": [one.person_id for one in letters(town, batch)]}).one()
        object_by_phone(session, row.mobile, actor="test", occurred_at=clock.now())
        gone = left_out(session, batch)
    assert {one.id for one in letters(town, batch) if one.person_id == row.id} <= gone


@pytest.mark.parametrize("status", list(CaseStatus))
def test_whom_a_closed_case_leaves_alone_gets_no_letter_and_who_was_never_reached_does(run, status):
    town, batch = run
    one = letters(town, batch)[0]
    with town.database.session() as session:
        session.execute(
            text('UPDATE "case" SET status = :status WHERE id = :case'), {"status": status.value, "case": one.case_id}
        )
        is_left_out = one.id in left_out(session, batch)
    assert is_left_out is not (status.is_open or status is CaseStatus.UNREACHABLE)


def test_a_run_of_which_nobody_is_left_is_done_and_nothing_leaves(run, house):
    town, batch = run
    for one in letters(town, batch):
        refuse(town, one.person_id)
    [done] = handed_over(town, batch, house)
    assert (done.letters, done.left_out) == (0, len(letters(town, batch)))
    assert list(house.folder.iterdir()) == []
    assert [row.number for row in printings(town)] == [1]
    assert batch not in chosen_runs_again(town), "it does not come back each time"


def test_of_whom_nothing_is_known_any_more_there_is_no_letter(run, house):
    town, batch = run
    gone = letters(town, batch)[0]
    with town.database.session() as session:
        session.execute(text("UPDATE mail_letter SET content = '{}' WHERE contact_id = :id"), {"id": gone.id})
    [done] = handed_over(town, batch, house)
    assert done.left_out == 1
    assert reference_of(gone.id) not in str(told(house))


def chosen_runs_again(town):
    with town.database.session() as session:
        return chosen_runs(session, town.loaded.campaign.code)
