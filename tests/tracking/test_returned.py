"""Mail that came back: what scanners and people type is understood, nothing is guessed, and the case goes on by other ways."""

from __future__ import annotations

import string
from datetime import timedelta

import pytest
import xlsxwriter
from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.core.letter_codes import code_of
from outreach.core.letter_passes import pass_of
from outreach.core.references import contact_of, reference_of
from outreach.tracking.returned import read_returns, record_returns
from tests.played import END

SENT = """
SELECT DISTINCT ON (c.id) k.id, c.id AS case_id, c.letter_code FROM contact k JOIN "case" c ON c.id = k.case_id
WHERE k.channel = 'letter' AND k.state = 'sent' AND c.closed_at IS NULL
  AND (SELECT count(*) FROM contact o WHERE o.case_id = c.id AND o.channel = 'letter' AND o.state = 'sent') = 1 ORDER BY c.id
"""


def sent(session, count=4):
    return session.execute(text(SENT)).all()[:count]


def taken(session, tmp_path, content, name="retours.txt"):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with clock.travel(clock.at(END + timedelta(days=1), "09:00")):
        return record_returns(session, read_returns(path), actor="test")


def case_of(session, case_id):
    return session.execute(text('SELECT * FROM "case" WHERE id = :id'), {"id": case_id}).one()


def events_of(session, contact):
    query = text("SELECT kind, code, data FROM event WHERE contact_id = :id AND kind = 'undelivered'")
    return session.execute(query, {"id": contact}).all()


def test_a_digit_read_wrongly_is_noticed():
    assert contact_of(reference_of(123456)) == 123456
    written = reference_of(123456)
    for place, digit in enumerate(written):
        if digit.isdigit():
            for other in set(string.digits) - {digit}:
                assert contact_of(written[:place] + other + written[place + 1 :]) == 0
    assert contact_of("132456-" + written[-2:]) == 0
    assert contact_of("123456") == contact_of("") == contact_of("x") == 0


def test_references_codes_and_scanned_squares_are_understood(undone, tmp_path):
    first, second, third, fourth = sent(undone)
    lower = second.letter_code.lower()
    result = taken(
        undone, tmp_path,
        f"Réf. {reference_of(first.id)}\n{lower[:3]} {lower[3:]}\nhttps://mediation.example.org/o/{pass_of(third.letter_code)}\n\n"
        f"{reference_of(fourth.id)}; pli refusé par le destinataire\n",
    )  # fmt: skip
    assert (result.noted, result.known, result.problems) == (4, 0, [])
    assert result.reasons == {"refused": 1}
    [event] = events_of(undone, fourth.id)
    assert (event.code, event.data) == ("returned", {"reason": "refused"})
    assert case_of(undone, fourth.case_id).status != "objected", "a letter refused is no objection"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("NPAI", "unknown"), ("Destinataire inconnu à l'adresse", "unknown"), ("Défaut d'accès ou d'adressage", "address"),
        ("Pli refusé par le destinataire", "refused"), ("Pli avisé et non réclamé", "unclaimed"), ("illisible", None),
    ],
)  # fmt: skip
def test_the_reasons_of_the_post(tmp_path, said, reason):
    path = tmp_path / "retours.csv"
    path.write_text(f"Référence;Motif\n{reference_of(12)};{said}\n", encoding="cp1252")
    [line] = read_returns(path)
    assert (line.row, line.contact, line.reason) == (2, 12, reason)


@pytest.mark.parametrize(("blank", "first"), [("", 2), ("\n", 3), (";\n\n", 4)])
def test_a_heading_may_stand_under_blank_lines(tmp_path, blank, first):
    path = tmp_path / "retours.csv"
    path.write_text(f"{blank}Référence;Motif\n{reference_of(12)};NPAI\n", encoding="utf-8")
    assert [(line.row, line.contact) for line in read_returns(path)] == [(first, 12)]


def test_a_workbook_is_read_too(tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "retours.xlsx")
    sheet = book.add_worksheet()
    for row, cells in enumerate([("motif", "code"), ("NPAI", code_of(77)), ("", ""), ("", reference_of(5))]):
        sheet.write_row(row, 0, cells)
    book.close()
    lines = read_returns(tmp_path / "retours.xlsx")
    assert [(line.row, line.contact, line.code, line.reason) for line in lines] == [
        (2, 0, code_of(77), "unknown"),
        (4, 5, "", None),
    ]


def test_what_is_no_workbook_is_said_so(tmp_path):
    (tmp_path / "retours.xlsx").write_text("x")
    with pytest.raises(OutreachError, match="CSV"):
        read_returns(tmp_path / "retours.xlsx")


def test_the_same_file_twice_changes_nothing(undone, tmp_path):
    [letter] = sent(undone, 1)
    content = f"{reference_of(letter.id)}\n{letter.letter_code}\n"
    first = taken(undone, tmp_path, content)
    assert (first.noted, first.known) == (1, 1)
    again = taken(undone, tmp_path, content)
    assert (again.noted, again.known) == (0, 2)
    assert len(events_of(undone, letter.id)) == 1


def test_what_is_unknown_or_unclear_is_listed_and_nothing_is_guessed(undone, tmp_path):
    one, other = sent(undone, 2)
    wrong = f"{one.id}-00"
    visit = undone.execute(text("SELECT id FROM contact WHERE channel = 'visit' LIMIT 1")).scalar_one()
    content = "\n".join([
        wrong, reference_of(9_999_999), reference_of(visit), "ZZZZZZ", code_of(88_888_888), "Mme Diallo",
        f"{reference_of(one.id)};{other.letter_code}",
    ])  # fmt: skip
    result = taken(undone, tmp_path, content)
    assert result.noted == 0
    assert [problem.row for problem in result.problems] == [1, 2, 3, 4, 5, 6, 7]
    assert all(problem.message and problem.mend for problem in result.problems)
    assert events_of(undone, one.id) == events_of(undone, other.id) == []


def test_what_is_listed_shows_no_name(undone, tmp_path):
    [letter] = sent(undone, 1)
    result = taken(undone, tmp_path, f"Mme Diallo;{letter.id}-00;NPAI\nM. Koffi;inconnu\n")
    assert [problem.written for problem in result.problems] == [f"{letter.id}-00", ""]


def test_a_code_that_stands_on_two_letters_is_not_guessed(undone, tmp_path):
    [letter] = sent(undone, 1)
    undone.execute(
        text(
            "INSERT INTO contact (campaign_id, case_id, person_id, step, attempt, channel, language, state, due_at, useful_until, done_at)"
            " SELECT campaign_id, case_id, person_id, step, 9, channel, language, 'sent', due_at, useful_until, done_at FROM contact"
            " WHERE id = :id"
        ),
        {"id": letter.id},
    )
    result = taken(undone, tmp_path, letter.letter_code)
    assert [problem.message for problem in result.problems] == ["plusieurs courriers portent ce code"]
    assert taken(undone, tmp_path, reference_of(letter.id)).noted == 1


def test_the_case_goes_on_without_letters(played, undone, tmp_path):
    from outreach.planning.plan import plan_campaign

    letters = sent(undone, 30)
    taken(undone, tmp_path, "\n".join(reference_of(letter.id) for letter in letters))
    with clock.travel(clock.at(END + timedelta(days=1), "10:00")):
        plan_campaign(undone, played.loaded, actor="test")
    for letter in letters:
        case = case_of(undone, letter.case_id)
        following = undone.execute(
            text("SELECT channel FROM contact WHERE case_id = :case AND state = 'planned'"), {"case": letter.case_id}
        ).scalars().all()  # fmt: skip
        assert "letter" not in following
        assert following or case.closed_at or (case.next_at and case.wait_reason), "a next step, or a dated reason to wait"
