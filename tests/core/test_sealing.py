"""Words sealed at rest: read again by their key alone, at their place alone, whatever keys came after."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.core import sealing
from outreach.core.errors import DatabaseError
from outreach.core.settings import settings

PLACE = "private_note.body"
pytestmark = pytest.mark.usefixtures("cluster")


@pytest.fixture
def keys(monkeypatch):
    """Chooses the keys, the one in force first."""

    def choose(*secrets):
        monkeypatch.setenv("OUTREACH_FIELD_KEY", secrets[0])
        monkeypatch.setenv("OUTREACH_FIELD_KEYS_BEFORE", " ".join(secrets[1:]))
        settings.cache_clear()

    yield choose
    monkeypatch.undo()
    settings.cache_clear()


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), min_size=1))
def test_words_come_back_and_never_look_the_same(words):
    one, other = sealing.seal(words, PLACE), sealing.seal(words, PLACE)
    assert one != other
    assert sealing.opened(one, PLACE) == sealing.opened(other, PLACE) == words
    assert sealing.SEALED.match(one)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_data_come_back(value):
    kept = sealing.seal_data(value, "mail_letter.content")
    assert sealing.opened_data(kept, "mail_letter.content") == value
    assert not value or kept != value


def test_nothing_stays_nothing_and_old_words_are_read_as_they_stand():
    assert (sealing.seal(None, PLACE), sealing.seal("", PLACE), sealing.seal_data({}, PLACE)) == (None, "", {})
    for words in ("§ 12 du bail", "§abc", "un mot", "§12345678"):
        assert sealing.opened(words, PLACE) == words
    assert sealing.opened_data({"sealed": "x", "more": 1}, PLACE) == {"sealed": "x", "more": 1}


def test_words_open_at_their_own_place_alone_and_not_when_changed():
    kept = sealing.seal("un secret", PLACE)
    with pytest.raises(DatabaseError, match="changés"):
        sealing.opened(kept, "wording.said")
    body = kept[:-6] + ("AAAA" if kept[-6:-2] != "AAAA" else "BBBB") + kept[-2:]
    with pytest.raises(DatabaseError, match="changés"):
        sealing.opened(body, PLACE)


def test_keys_change_while_people_work(keys):
    keys("la-première-clé-longue")
    old = sealing.seal("avant", PLACE)
    keys("la-deuxième-clé-longue", "la-première-clé-longue")
    new = sealing.seal("après", PLACE)
    assert (sealing.opened(old, PLACE), sealing.opened(new, PLACE)) == ("avant", "après")
    keys("la-deuxième-clé-longue")
    assert sealing.opened(new, PLACE) == "après"
    with pytest.raises(DatabaseError, match="OUTREACH_FIELD_KEYS_BEFORE"):
        sealing.opened(old, PLACE)


def test_a_server_needs_a_key_of_its_own(monkeypatch):
    monkeypatch.setenv("OUTREACH_DATABASE_URL", "postgresql+psycopg2://nobody@127.0.0.1/none")
    settings.cache_clear()
    try:
        with pytest.raises(DatabaseError, match="OUTREACH_FIELD_KEY"):
            sealing.ring()
    finally:
        monkeypatch.undo()
        settings.cache_clear()
