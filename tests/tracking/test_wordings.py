"""What a partner reads of what people said: written by a person, once, and never with a name or a number in it."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from outreach.core.errors import OutreachError
from outreach.core.words import MediationKind
from outreach.models import Household, Person
from outreach.models.base import SealedText
from outreach.tracking import MediationRecord, decide_wording, record_walk_in, wordings_to_check
from tests.reporting.campaigns import START, a_town

SAID = MediationRecord(
    MediationKind.EXCHANGE, ("energie",), "fr", 10, complaint="Personne ne répond jamais à Awa.", suggestion="Un guichet."
)


@pytest.fixture
def waiting(session):
    town = a_town(session)
    case = town.many(1)[0]
    person = session.get_one(Person, case.person_id)
    person.given_name, person.family_name = "Awa", "N'DIAYE-BÂ"
    session.flush()
    record_walk_in(session, case.id, SAID, medium="desk", found_by="name", actor="desk", occurred_at=START)
    return wordings_to_check(session, "energy-arrears")


def test_words_wait_for_a_person_and_are_released_as_that_person_writes_them(session, waiting):
    assert [(word.kind, word.said) for word in waiting] == [("complaint", SAID.complaint), ("suggestion", SAID.suggestion)]
    decide_wording(session, waiting[0].id, "Le téléphone du service ne répond pas.", actor="manager")
    decide_wording(session, waiting[1].id, None, actor="manager")
    assert wordings_to_check(session, "energy-arrears") == []
    kept = session.execute(
        text("SELECT said, released, decided_by FROM wording ORDER BY id").columns(said=SealedText("wording.said"))
    ).all()
    assert [tuple(row) for row in kept] == [
        (SAID.complaint, "Le téléphone du service ne répond pas.", "manager"), (SAID.suggestion, None, "manager"),
    ]  # fmt: skip
    with pytest.raises(OutreachError, match="déjà"):
        decide_wording(session, waiting[0].id, "Autre chose.", actor="manager")


@pytest.mark.parametrize(
    "written",
    [
        "AWA attend toujours.",
        "La famille ndiaye attend, dit N'Diaye.",
        "Rappeler au 06 39 98 00 01.",
        "Dossier 4471-209-3.",
        "a@b.fr",
        "  ",
    ],
)
def test_what_tells_who_spoke_is_refused(session, waiting, written):
    with pytest.raises(OutreachError):
        decide_wording(session, waiting[0].id, written, actor="manager")
    assert len(wordings_to_check(session, "energy-arrears")) == 2


def test_nor_does_the_name_of_whom_they_live_with_now(session, waiting):
    person = session.scalars(select(Person).where(Person.family_name == "N'DIAYE-BÂ")).one()
    home = Household(created_at=START)
    session.add(home)
    session.flush()
    now_known_as = Person(created_at=START, household_id=home.id, simulated=True)
    session.add_all([now_known_as, Person(created_at=START, household_id=home.id, simulated=True, given_name="Idrissa")])
    session.flush()
    person.merged_into = now_known_as.id
    session.flush()
    with pytest.raises(OutreachError):
        decide_wording(session, waiting[0].id, "Idrissa attend toujours.", actor="manager")
