"""The record of one person: everything that is held of them, in French, and nothing of anybody else."""

from __future__ import annotations

import json
from decimal import Decimal
from zoneinfo import ZoneInfo

import pypdfium2 as pdfium
import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import PolicyError
from outreach.flows import forgetting
from outreach.flows.records import person_record
from outreach.privacy.record import write_record
from outreach.privacy.record.cases import euros
from tests.opened import in_clear
from tests.played import END
from tests.privacy.season import copied, telling

MET = """
SELECT l.id, l.given_name, l.family_name, l.mobile, l.household_id FROM person l JOIN "case" c ON c.person_id = l.id AND c.status = 'mediated'
WHERE l.mobile IS NOT NULL AND l.merged_into IS NULL AND EXISTS (SELECT FROM contact k JOIN mail_letter m ON m.contact_id = k.id WHERE k.case_id = c.id)
ORDER BY l.id LIMIT 1
"""


@pytest.fixture
def season(played, cluster, worker_id):
    with copied(played, cluster, worker_id) as database, clock.travel(clock.at(END, "20:30")):
        yield database


@pytest.fixture
def met(season):
    with season.session() as session:
        row = session.execute(in_clear(MET)).one()
        mediation = session.execute(
            text('SELECT m.id FROM mediation m JOIN "case" c ON c.id = m.case_id WHERE c.person_id = :p'), {"p": row.id}
        )
        session.execute(
            text(
                "INSERT INTO private_note (mediation_id, body, written_at, written_by) VALUES (:m, 'A apporté ses factures.', :now, 'test')"
            ),
            {"m": mediation.scalars().first(), "now": clock.now()},
        )
    return row


def words_of(path):
    document = pdfium.PdfDocument(path)
    return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in document)


def test_it_holds_who_they_are_where_it_came_from_why_and_what_was_done(season, met):
    told = person_record(season, met.id, actor="test")
    with season.session() as session:
        rows = session.execute(text("SELECT count(*) FROM list_row WHERE person_id = :p"), {"p": met.id}).scalar_one()
        events = session.execute(
            text('SELECT count(*) FROM event e JOIN "case" c ON c.id = e.case_id WHERE c.person_id = :p'), {"p": met.id}
        ).scalar_one()
        read = session.execute(
            text("SELECT count(*) FROM audit_entry WHERE action = 'person.record' AND subject = :s"), {"s": f"person/{met.id}"}
        )
        assert read.scalar_one() == 1
    identity = dict(told["identity"])
    assert met.family_name in identity["nom"]
    assert len(told["sources"]) == rows > 0
    assert all(source["partner"] == "Énergie de la Vallée" and source["as_received"] for source in told["sources"])
    own = [case for case in told["cases"] if case["own"]]
    assert sum(len(case["events"]) for case in own) == events > 1
    assert all("Énergie de la Vallée nous a donné vos coordonnées" in case["why"] for case in told["cases"])
    assert any(case["letters"] for case in own)
    assert "A apporté ses factures." in [note for case in own for one in case["mediations"] for note in one["notes"]]
    assert json.loads(json.dumps(told))


def test_it_is_written_in_french_for_its_reader_alone(season, met, tmp_path, monkeypatch):
    monkeypatch.setenv("OUTREACH_LANGUAGE", "en")
    told = person_record(season, met.id, actor="test")
    path = write_record(told, tmp_path / "dossier.pdf")
    words = words_of(path)
    assert path.stat().st_mode & 0o077 == 0
    for part in (
        "Vos données personnelles",
        met.family_name,
        "A apporté ses factures.",
        "Conservé jusqu'au",
        "CNIL",
        "médiation",
    ):
        assert part in words.replace("’", "'"), part
    taken = json.loads(write_record(told, tmp_path / "dossier.json").read_text(encoding="utf-8"))
    assert taken["identity"] == [list(pair) for pair in told["identity"]]


def test_nothing_of_a_relative_is_told(season):
    query = """SELECT l.id, o.id AS other FROM person l JOIN person o ON o.household_id = l.household_id AND o.id <> l.id AND o.merged_into IS NULL
               JOIN "case" c ON c.person_id = o.id WHERE l.merged_into IS NULL AND EXISTS (SELECT FROM attempt a JOIN contact k ON k.id = a.contact_id
               WHERE k.case_id = c.id) ORDER BY l.id LIMIT 8"""
    with season.session() as session:
        pairs = session.execute(text(query)).all()
        secrets = {pair: set(telling(session, [pair.other])) - set(telling(session, [pair.id])) for pair in pairs}
    assert pairs
    for pair in pairs:
        told = json.dumps(person_record(season, pair.id, actor="test"), ensure_ascii=False)
        assert [word for word in secrets[pair] if word in told] == []


def test_what_they_took_part_in_is_told_though_the_case_is_their_relatives(season):
    query = """SELECT l.id, m.id AS mediation, m.minutes FROM person l
               JOIN person o ON o.household_id = l.household_id AND o.id <> l.id AND o.merged_into IS NULL
               JOIN "case" c ON c.person_id = o.id AND c.unit = 'household' JOIN mediation m ON m.case_id = c.id AND m.superseded_at IS NULL
               WHERE l.merged_into IS NULL ORDER BY l.id, m.id LIMIT 1"""
    with season.session() as session:
        row = session.execute(text(query)).one()
        session.execute(text("DELETE FROM mediation_person WHERE mediation_id = :m"), {"m": row.mediation})
    before = person_record(season, row.id, actor="test")
    with season.session() as session:
        session.execute(
            text("INSERT INTO mediation_person (mediation_id, person_id) VALUES (:m, :p)"), {"m": row.mediation, "p": row.id}
        )
    told = person_record(season, row.id, actor="test")
    assert len(told["elsewhere"]) == len(before["elsewhere"]) + 1
    assert row.minutes in [one["minutes"] for one in told["elsewhere"]]


def test_that_somebody_looked_is_told_of_two_rows_of_theirs_only(season):
    query = """SELECT a.person_id AS id, a.id AS own, b.id AS other, d.id AS stranger FROM match_link k
               JOIN list_row a ON a.id = k.left_row JOIN list_row b ON b.id = k.right_row AND b.person_id = a.person_id
               JOIN list_row d ON d.person_id <> a.person_id AND d.partner_id = b.partner_id
               WHERE NOT EXISTS (SELECT FROM match_decision m WHERE a.id IN (m.left_row, m.right_row) OR b.id IN (m.left_row, m.right_row))
               ORDER BY a.id, d.id LIMIT 1"""
    with season.session() as session:
        row = session.execute(text(query)).one()
        decided(session, "apart", row.own, row.stranger)
    assert "a vérifié" not in person_record(season, row.id, actor="test")["linked"]
    with season.session() as session:
        decided(session, "same", row.own, row.other)
    assert "a vérifié" in person_record(season, row.id, actor="test")["linked"]


def decided(session, verdict, left, right):
    """Somebody looked at two rows."""
    query = """INSERT INTO match_decision (verdict, left_row, right_row, left_partner, left_key, left_who, right_partner, right_key, right_who,
                                           author, decided_at)
               SELECT :verdict, a.id, b.id, a.partner_id, a.row_key, 'left', b.partner_id, b.row_key, 'right', 'test', :now
               FROM list_row a, list_row b WHERE a.id = :left AND b.id = :right"""
    session.execute(text(query), {"verdict": verdict, "left": left, "right": right, "now": clock.now()})


def test_euros_are_written_as_in_france():
    assert euros(Decimal("12.5")) == "12,50 €"


def test_nobody_has_no_record(season, met):
    forgetting.erase_person(season, met.id, actor="test")
    for person in (met.id, 10**9):
        with pytest.raises(PolicyError, match="plus connue"):
            person_record(season, person, actor="test")


@pytest.mark.parametrize(("insee", "zone"), [("69388", "Europe/Paris"), ("97411", "Indian/Reunion")])
def test_moments_are_told_by_the_clocks_of_where_they_live(season, met, insee, zone):
    there = ZoneInfo(zone)
    with season.session() as session:
        session.execute(
            text("UPDATE building SET insee = :insee WHERE id = (SELECT building_id FROM household WHERE id = :home)"),
            {"insee": insee, "home": met.household_id},
        )
        session.execute(text("UPDATE site SET insee = :insee"), {"insee": insee})
        case = session.execute(
            text('SELECT id FROM "case" WHERE person_id = :p AND status = \'mediated\''), {"p": met.id}
        ).scalars().first()  # fmt: skip
        session.execute(
            text(
                "INSERT INTO appointment (case_id, channel, starts_at, ends_at, state, made_at, made_by, anyone_from)"
                " VALUES (:case, 'call', :at, :at + interval '30 minutes', 'missed', :at, 'test', :at)"
            ),
            {"case": case, "at": clock.at(END, "19:00")},
        )
        happened = session.execute(text("SELECT occurred_at FROM event WHERE case_id = :c"), {"c": case}).scalars().all()
        held = session.execute(
            text("SELECT occurred_at FROM mediation WHERE case_id = :c AND superseded_at IS NULL"), {"c": case}
        ).scalars().all()  # fmt: skip

    def written(moments):
        return sorted(f"{at.astimezone(there):%d/%m/%Y %H:%M}" for at in moments)

    told = person_record(season, met.id, actor="test")["cases"]
    [own] = [one for one in told if written([clock.at(END, "19:00")]) == [at for at, *_rest in one["appointments"]]]
    assert sorted(at for at, *_rest in own["events"]) == written(happened)
    assert sorted(one["on"] for one in own["mediations"]) == written(held) != []
