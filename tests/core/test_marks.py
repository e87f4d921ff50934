"""Marks: the same for the same value wherever it is made, of one installation's secret alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from outreach.core import marks, sealing
from outreach.core.errors import DatabaseError
from outreach.core.settings import settings

PHONE = "+33639980001"
WORDS = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), min_size=1)
pytestmark = pytest.mark.usefixtures("cluster")


@pytest.fixture
def secret(monkeypatch):
    def choose(value):
        monkeypatch.setenv("OUTREACH_OBJECTION_PEPPER", value)
        settings.cache_clear()

    yield choose
    monkeypatch.undo()
    settings.cache_clear()


def test_a_mark_depends_on_the_secret_and_tells_nothing(secret):
    secret("a")
    one = marks.mark(PHONE)
    assert one == marks.mark(PHONE)
    assert "39980001" not in one
    secret("b")
    assert marks.mark(PHONE) != one


@given(st.lists(st.none() | st.just("") | WORDS))
def test_a_whole_column_has_the_marks_of_its_values(column):
    assert marks.mark_all(column) == [marks.mark(one) if one else None for one in column]


def test_postgresql_makes_the_same_marks(database):
    with database.session() as session:
        for said in (PHONE, "lea@example.org", "É ₤ '\\"):
            query = text("SELECT " + marks.SQL_MARK.format(identity="CAST(:said AS text)"))
            values = {"said": said, "pepper": marks.pepper()}
            assert session.execute(query, values).scalar_one() == marks.mark(said)


def test_references_are_a_partners_own():
    assert marks.reference_marks(1, ["A1", None, ""]) == [marks.reference_mark(1, "A1"), None, None]
    assert marks.reference_mark(1, "A1") != marks.reference_mark(2, "A1")
    assert marks.reference_mark(1, "A1") == marks.mark("erased|reference|1|A1"), "what erasures of before were known by"


def test_a_phone_may_be_copied_from_column_to_column_and_not_taken_for_a_reference():
    kept = sealing.seal_all([PHONE, None, ""], sealing.PHONE)
    assert sealing.opened_all([*kept, "en clair"], sealing.PHONE) == [PHONE, None, "", "en clair"]
    assert len({*sealing.seal_all([PHONE] * 50, sealing.PHONE)}) == 50, "no nonce is drawn twice"
    with pytest.raises(DatabaseError, match="changés"):
        sealing.opened(kept[0], sealing.REFERENCE)


def test_a_server_needs_a_secret_of_its_own(monkeypatch):
    monkeypatch.setenv("OUTREACH_DATABASE_URL", "postgresql+psycopg2://nobody@127.0.0.1/none")
    settings.cache_clear()
    try:
        with pytest.raises(DatabaseError, match="OUTREACH_OBJECTION_PEPPER"):
            marks.pepper()
    finally:
        monkeypatch.undo()
        settings.cache_clear()
