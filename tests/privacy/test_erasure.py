"""Erasure: one person and nobody else, everywhere, for good; and no later list brings them back."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import PolicyError
from outreach.core.marks import mark
from outreach.core.sealing import seal
from outreach.flows import forgetting, lists, pipeline
from outreach.flows.invariants import all_invariants
from outreach.reporting import rebuild_figures
from outreach.simulation.twilio import ACCOUNT, TOKEN, Answer, LoopbackProvider
from tests.opened import in_clear, phone
from tests.played import END
from tests.privacy.season import copied, figures, telling, traces, while_somebody_is_matched

# Somebody with a phone, met and closed, who lives with others, so that there is somebody to confuse them with.
WHO = """
SELECT l.id, l.given_name, l.family_name, l.mobile FROM person l JOIN "case" c ON c.person_id = l.id
WHERE l.mobile IS NOT NULL AND l.merged_into IS NULL AND EXISTS (SELECT FROM attempt a JOIN contact k ON k.id = a.contact_id WHERE k.case_id = c.id)
  AND (SELECT count(*) FROM person o WHERE o.household_id = l.household_id AND o.merged_into IS NULL) > 1 ORDER BY l.id LIMIT 1
"""
ROWS = """
SELECT r.id, r.reference FROM list_row r JOIN person q ON q.id = r.person_id WHERE coalesce(q.merged_into, q.id) = :person ORDER BY r.id
"""


@pytest.fixture
def season(played, cluster, worker_id):
    with copied(played, cluster, worker_id) as database, clock.travel(clock.at(END, "20:30")):
        yield database


@pytest.fixture
def somebody(season):
    with season.session() as session:
        return session.execute(in_clear(WHO)).one()


def others(session, person):
    """Everybody else, as the register has them."""
    query = "SELECT id, given_name, family_name, mobile, fixed, household_id FROM person WHERE coalesce(merged_into, id) <> :person ORDER BY id"
    return [tuple(row) for row in session.execute(in_clear(query), {"person": person})]


def the_list_again(played, folder, reference):
    """The partner's list with that customer once more, without the last line of somebody else, so that it is another list."""
    source = next(path for path in sorted((played.town / "energie").glob("*.csv")) if reference.encode() in path.read_bytes())
    lines = source.read_bytes().splitlines(keepends=True)
    last = max(place for place, line in enumerate(lines) if reference.encode() not in line)
    path = folder / source.name
    path.write_bytes(b"".join(line for place, line in enumerate(lines) if place != last))
    return path


def test_everything_of_the_person_goes_and_nothing_of_anybody_else(season, somebody):
    rebuild_figures(season)
    with season.session() as session:
        words = [word for word in telling(session, [somebody.id]) if not _shared(session, word, somebody.id)]
        references = [row.reference for row in session.execute(in_clear(ROWS), {"person": somebody.id})]
        before, counted = others(session, somebody.id), figures(session)
        open_before = session.execute(text('SELECT count(*) FROM "case" WHERE closed_at IS NULL')).scalar_one()
    assert words
    erased = forgetting.erase_person(season, somebody.id, actor="test", request=7)
    assert erased.rows == len(references)
    assert erased.cases >= 1
    assert erased.marks >= 3
    with season.session() as session:
        assert others(session, somebody.id) == before
        assert traces(session, words) == set()
        assert traces(session, references) == set()
        person = session.execute(text("SELECT * FROM person WHERE id = :id"), {"id": somebody.id}).one()
        assert person.anonymised_at is not None
        assert (person.given_name, person.family_name, person.birth_date, person.mobile) == (None, None, None, None)
        journal = session.execute(text("SELECT request_id, counts FROM retention_run")).one()
        assert (journal.request_id, journal.counts["rows"]) == (7, erased.rows)
        assert [finding.code for finding in all_invariants(session) if finding.faults] == []
        # The objection changed what stands; the erasure after it changed nothing.
        after = figures(session)
    rebuild_figures(season)
    with season.session() as session:
        assert figures(session) == after
    assert open_before >= 0
    assert set(after) == set(counted)


def _shared(session, word, person):
    query = """SELECT EXISTS (SELECT FROM list_row r LEFT JOIN person q ON q.id = r.person_id WHERE coalesce(q.merged_into, q.id) IS DISTINCT FROM :person
               AND :mark IN (r.mobile_mark, r.fixed_mark, r.email_mark))"""
    return session.execute(text(query), {"mark": mark(word), "person": person}).scalar_one()


# Of two people who are not of one home, the case and the number of the second; and a case of the first one's home.
ANOTHER = """
SELECT c.id FROM "case" c JOIN person l ON l.id = c.person_id JOIN person e ON e.id = :person
WHERE l.merged_into IS NULL AND l.household_id <> e.household_id
  AND NOT EXISTS (SELECT FROM household_member h JOIN household_member o USING (household_id)
                  WHERE h.person_id = l.id AND o.person_id = e.id)
ORDER BY c.id LIMIT 1
"""
AT_HOME = """
UPDATE "case" SET person_id = (
  SELECT o.id FROM person e JOIN person o ON o.household_id = e.household_id AND o.id <> e.id AND o.merged_into IS NULL
  WHERE e.id = :person ORDER BY o.id LIMIT 1)
WHERE id = (SELECT max(id) FROM "case" WHERE id <> :other AND person_id <> :person) RETURNING id
"""
HEARD = """
INSERT INTO inbound_message (provider_ref, sender, sender_mark, body, received_at, handled_at, meaning, case_id)
VALUES (:ref, :sender, :sender_mark, :body, :now, :now, 'other', :case)
"""
ONLY_TOLD, ELSEWHERE = "+33199000077", "+33639980077"
"""The first: on their list row as well, but nobody wrote to it about them."""


def test_what_somebody_else_said_from_a_shared_phone_stays_where_it_is_theirs_for_sure(season, somebody):
    """A daughter's number stands on her mother's list row too; what she said of her own case is not her mother's to erase."""
    with season.session() as session:
        other = session.execute(text(ANOTHER), {"person": somebody.id}).scalar_one()
        home = session.execute(text(AT_HOME), {"person": somebody.id, "other": other}).scalar_one()
        row = "UPDATE list_row SET fixed = :fixed, fixed_mark = :fixed_mark WHERE id = ANY(:rows)"
        rows = [row.id for row in session.execute(in_clear(ROWS), {"person": somebody.id})]
        session.execute(text(row), {"rows": rows} | phone(ONLY_TOLD, "fixed"))
        for ref, sender, case in (
            ("theirs", ONLY_TOLD, other), ("unknown", ONLY_TOLD, None), ("home", ONLY_TOLD, home),
            ("written", somebody.mobile, other), ("stranger", ELSEWHERE, other),
        ):  # fmt: skip
            values = {"ref": f"IN-{ref}", "body": seal("message", "inbound_message.body"), "case": case, "now": clock.now()}
            session.execute(text(HEARD), values | phone(sender, "sender"))
    forgetting.erase_person(season, somebody.id, actor="test")
    with season.session() as session:
        kept = "SELECT provider_ref FROM inbound_message WHERE provider_ref LIKE 'IN-%' AND body <> '' ORDER BY 1"
        assert session.execute(text(kept)).scalars().all() == ["IN-stranger", "IN-theirs"]


def test_their_phone_stays_stopped_by_a_mark_alone(season, somebody):
    forgetting.erase_person(season, somebody.id, actor="test")
    with season.session() as session:
        marks = set(session.execute(text("SELECT mark FROM objection WHERE lifted_at IS NULL")).scalars())
        assert mark(somebody.mobile) in marks


def test_next_weeks_list_does_not_bring_them_back(season, played, somebody, tmp_path):
    with season.session() as session:
        references = {row.reference for row in session.execute(in_clear(ROWS), {"person": somebody.id})}
        people = session.execute(text("SELECT count(*) FROM person WHERE anonymised_at IS NULL")).scalar_one()
    forgetting.erase_person(season, somebody.id, actor="test")
    loaded = pipeline.loaded_campaign(season, "energy-arrears")
    path = the_list_again(played, tmp_path, next(iter(references)))
    assert next(iter(references)).encode() in path.read_bytes()
    result = lists.import_file(season, loaded, path, actor="test", accept_removals=True)
    with season.session() as session:
        told = session.execute(
            text("SELECT row_number, reason FROM row_issue WHERE list_id = :list AND code = 'not_usable'"),
            {"list": result.list_id},
        )
        numbers = {row.row_number for row in told}
        assert numbers
        row = session.execute(
            text("SELECT * FROM list_row WHERE list_id = :list AND row_number = ANY(:n)"),
            {"list": result.list_id, "n": list(numbers)},
        )
        assert all((kept.state, kept.raw, kept.family_name, kept.row_key) == ("rejected", "", None, None) for kept in row)
        found = session.execute(
            text("SELECT count(*) FROM list_row WHERE reference = ANY(:r) AND list_id = :list"),
            {"r": list(references), "list": result.list_id},
        )
        assert found.scalar_one() == 0
    pipeline.match(season, actor="test")
    with season.session() as session:
        back = session.execute(
            text("SELECT count(*) FROM person WHERE family_name = :f AND given_name = :g AND mobile = :m"),
            {"f": somebody.family_name, "g": somebody.given_name, "m": somebody.mobile},
        )
        assert back.scalar_one() == 0
        assert session.execute(text("SELECT count(*) FROM person WHERE anonymised_at IS NULL")).scalar_one() >= people - 1
        assert [finding.code for finding in all_invariants(session) if finding.faults] == []


@pytest.mark.parametrize("before_sealing", [False, True])
def test_they_are_known_again_by_their_words_under_another_reference_and_their_relatives_are_not(
    season, somebody, before_sealing
):
    from outreach.intake.erased import set_aside

    forgotten = ("Awa", "N'Diayé", date(1980, 5, 4))
    columns = "list_id, campaign_id, partner_id, row_number, state, content_hash, raw, row_key, given_name, family_name, birth_date, mobile, mobile_mark, address_key"
    people = [
        # who, expected to be set aside
        ((*forgotten, "+33639980001", "k1"), True),
        (("AWA", "n diaye", date(1980, 5, 4), None, None), True),
        (("N'Diaye", "Awa", date(1980, 5, 4), None, None), True),
        (("Awa", "Ndiaye-Sow", date(1980, 5, 4), "+33639980001", "k1"), False),
        (("Moussa", "N'Diaye", date(1975, 1, 1), "+33639980001", "k1"), False),
        (("Awa", "N'Diaye", date(2004, 2, 2), None, "k1"), False),
        (("Awa", "N'Diaye", None, None, "k1"), True),
        (("Awa", "N'Diaye", None, None, "k2"), False),
        (("Awa", "N'Diaye", None, "+33639980001", None), True),
    ]
    with season.session() as session:
        target = session.execute(text("SELECT * FROM target_list ORDER BY id DESC LIMIT 1")).one()
        for number, ((given_name, family, born, mobile, home), _expected) in enumerate(people):
            session.execute(
                text(f"INSERT INTO list_row ({columns}) VALUES (:list, :campaign, :partner, :number, 'new', gen_random_uuid(), 'x', :key, :given,"
                     " :family, :born, :mobile, :mobile_mark, :home)"),
                {"list": target.id, "campaign": target.campaign_id, "partner": target.partner_id, "number": 9000 + number, "key": f"new-{number}",
                 "given": given_name, "family": family, "born": born, "home": home} | phone(mobile),
            )  # fmt: skip
        person = session.execute(
            text("INSERT INTO person (simulated, created_at) VALUES (true, :now) RETURNING id"), {"now": clock.now()}
        ).scalar_one()
        session.execute(
            text("UPDATE list_row SET person_id = :p WHERE list_id = :l AND row_number = 9000"), {"p": person, "l": target.id}
        )
    forgetting.erase_person(season, person, actor="test")
    with season.session() as session:
        if before_sealing:
            session.execute(text("DELETE FROM erasure_mark WHERE kind = 'phone_mark'"))
            told = mark("erased|phone|awa|n diaye|+33639980001")
            session.execute(text("INSERT INTO erasure_mark VALUES (:mark, 'phone', :now)"), {"mark": told, "now": clock.now()})
        set_aside(session, target.id)
        rows = session.execute(
            text("SELECT row_number, state FROM list_row WHERE list_id = :l AND row_number >= 9000 ORDER BY 1"), {"l": target.id}
        )
        found = {row.row_number - 9000: row.state == "rejected" for row in rows}
    assert {number: found[number] for number in range(1, len(people))} == {
        number: expected for number, (_who, expected) in enumerate(people) if number
    }


def test_a_sending_under_way_holds_the_erasure_back_but_not_the_objection(season, somebody):
    with season.session() as session:
        case = session.execute(text('SELECT id FROM "case" WHERE person_id = :p'), {"p": somebody.id}).scalars().first()
        session.execute(text("UPDATE contact SET state = 'cancelled' WHERE case_id = :c AND state = 'planned'"), {"c": case})
        session.execute(
            text(
                "UPDATE contact SET state = 'unknown' WHERE id = (SELECT id FROM contact WHERE case_id = :c AND state = 'sent' LIMIT 1)"
            ),
            {"c": case},
        )
    with pytest.raises(PolicyError, match="en cours"):
        forgetting.erase_person(season, somebody.id, actor="test")
    with season.session() as session:
        assert (
            session.execute(
                text("SELECT count(*) FROM objection WHERE person_id = :p AND lifted_at IS NULL"), {"p": somebody.id}
            ).scalar_one()
            > 0
        )
        assert (
            session.execute(text("SELECT family_name FROM person WHERE id = :p"), {"p": somebody.id}).scalar_one()
            == somebody.family_name
        )


def test_a_match_under_way_is_waited_for(season, somebody):
    erased, early = while_somebody_is_matched(
        season, [somebody.id], lambda: forgetting.erase_person(season, somebody.id, actor="test")
    )
    assert not early
    assert erased.rows > 0


def test_nobody_is_forgotten_twice(season, somebody):
    forgetting.erase_person(season, somebody.id, actor="test")
    with pytest.raises(PolicyError, match="plus connue"):
        forgetting.erase_person(season, somebody.id, actor="test")


def test_the_provider_is_asked_to_delete_its_records_until_it_has(season, somebody, monkeypatch):
    with LoopbackProvider(lambda _to, _body: Answer(), clock.now) as peer:
        made = [peer.accept("+33937000000", somebody.mobile, f"text {n}", None)["sid"] for n in range(3)]
        with season.session() as session:
            for ref in (*made, "SM" + "0" * 32):
                session.execute(
                    text(
                        "INSERT INTO provider_erasure (provider, provider_ref, channel, asked_at) VALUES ('twilio', :ref, 'sms', :now)"
                    ),
                    {"ref": ref, "now": clock.now()},
                )
        from outreach.core.settings import settings

        asked = forgetting.ask_providers(season)
        assert (asked.gone, asked.waiting) == (0, 4), "without an account nothing is lost"
        assert asked.fault
        monkeypatch.setenv("OUTREACH_TWILIO_ACCOUNT_SID", ACCOUNT)
        monkeypatch.setenv("OUTREACH_TWILIO_AUTH_TOKEN", TOKEN)
        monkeypatch.setenv("OUTREACH_TWILIO_API_URL", peer.url)
        settings.cache_clear()
        try:
            asked = forgetting.ask_providers(season)
        finally:
            monkeypatch.undo()
            settings.cache_clear()
        assert (asked.gone, asked.waiting, asked.fault) == (4, 0, None), "one that it no longer has is gone too"
        assert not set(made) & set(peer.store.by_sid)
