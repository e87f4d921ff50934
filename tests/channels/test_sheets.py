"""Sheets: the order kept, doors by building and floor, phones in pairs, a sketch where every label can be read."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdfium2 import PdfDocument
from sqlalchemy import text
from zxingcpp import read_barcodes

from outreach.channels.sheets import Call, CallSheet, RoundSheet, Stop, render_call_sheet, render_round_sheet
from outreach.channels.sheets.dispatch import print_sheets
from outreach.channels.sheets.render import _boxes, _buildings
from outreach.channels.sheets.sketch import APART, draw_sketch, walk_metres
from outreach.core import clock
from outreach.core.phones import grouped_phone
from outreach.core.provider import Notice
from outreach.core.words import Channel, NoticeKind
from outreach.tracking import append_notices
from tests.opened import phone

DAY = date(2026, 11, 24)
OPENING = "Bonjour, je suis Amina B., du PIMMS. C'est un service gratuit. Je n'appelle pas pour encaisser de l'argent."
SITE = (4.87, 45.7345)


def a_stop(time="14:10", address="12 rue des Essais", floor="3", **changes) -> Stop:
    values = {
        "time": time, "name": "Mme Awa Diallo", "address": address, "city": "69008 Lyon", "floor": floor, "door": "12",
        "access": "Code 12A34", "language": "tr", "lon": 4.872, "lat": 45.736,
    }  # fmt: skip
    return Stop(**(values | changes))


def a_round(*stops: Stop) -> RoundSheet:
    return RoundSheet("Amina B.", DAY, "PIMMS Lyon 8e", "0465710008", *SITE, OPENING, stops)


def test_a_round_is_written_and_is_the_same_each_time(tmp_path):
    sheet = a_round(*(a_stop(f"14:{minute}", f"{minute} rue des Essais") for minute in range(10, 40)))
    first, second = (render_round_sheet(sheet, tmp_path / f"{name}.pdf") for name in "ab")
    assert first.lines == 30
    assert first.pages > 1
    assert first.sha256 == second.sha256
    assert first.path.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    "name", ["", "伟", "Mme Marie-Bernadette de La Rochefoucauld-Montmorency d'Uzès", "فاطمة", "Ayşe Yıldırım"]
)
def test_any_name_can_be_printed(tmp_path, name):
    rendered = render_round_sheet(a_round(a_stop(name=name, floor="", door="", access="", language="")), tmp_path / "r.pdf")
    assert rendered.pages == 1


def test_empty_lists_have_a_sheet_that_says_so(tmp_path):
    assert render_round_sheet(a_round(), tmp_path / "r.pdf").lines == 0
    calls = CallSheet("Leïla H.", DAY, "PIMMS", "0465710012", OPENING, "", ())
    assert render_call_sheet(calls, tmp_path / "c.pdf").pages == 1


def test_doors_are_grouped_without_changing_the_order():
    stops = (
        a_stop("14:00", floor="0"), a_stop("14:10", floor="3"), a_stop("14:20", floor="3"), a_stop("14:30", "4 rue du Modèle"),
        a_stop("14:40"),
    )  # fmt: skip
    buildings = _buildings(stops)
    assert [place["number"] for place in buildings] == [1, 2, 3]
    assert [floor["floor"] for floor in buildings[0]["floors"]] == ["Rez-de-chaussée", "3e étage"]
    times = [door["time"] for place in buildings for floor in place["floors"] for door in floor["doors"]]
    assert times == [stop.time for stop in stops]
    assert buildings[0]["access"] == ["Code 12A34"]


def test_every_result_has_its_box_in_french():
    assert "Personne à la porte, avis laissé" in _boxes(Channel.VISIT)
    assert "Message laissé sur le répondeur" in _boxes(Channel.CALL)
    assert "Immeuble fermé" not in _boxes(Channel.CALL)


def test_calls_are_written(tmp_path):
    calls = tuple(Call(f"10:{minute}", "M. Paul Roux", f"+336399800{minute}", "ar", "rappel promis") for minute in range(10, 30))
    sheet = CallSheet(
        "Leïla H.", DAY, "PIMMS", "0465710012", OPENING, "هل لديكم خمس دقائق؟", calls, ("Avez-vous reçu notre lettre ?",)
    )
    assert render_call_sheet(sheet, tmp_path / "c.pdf").lines == 20


@pytest.mark.parametrize(
    ("phone", "shown"), [("+33639980001", "06 39 98 00 01"), ("0465710012", "04 65 71 00 12"), ("", ""), ("inconnu", "inconnu")]
)
def test_phones_are_read_in_pairs(phone, shown):
    assert grouped_phone(phone) == shown


place = st.tuples(st.floats(4.8, 4.95), st.floats(45.7, 45.8))


@settings(deadline=None)
@given(st.lists(place, min_size=1, max_size=14))
def test_the_sketch_stays_in_its_frame_with_one_scale(places):
    sketch = draw_sketch(SITE, [(str(index), spot) for index, spot in enumerate(places)], width=174, height=82)
    for mark in sketch.marks:
        assert -0.01 <= mark.x <= 174.01
        assert -0.01 <= mark.y <= 82.01
        assert 0 <= mark.label_x <= 174
        assert 0 <= mark.label_y <= 82
    assert 0 < sketch.scale_mm <= 45
    assert len(sketch.path) == len(places) + 2
    metres = math.dist(sketch.path[0], sketch.path[1]) / sketch.scale_mm * sketch.scale_metres
    assert metres == pytest.approx(walk_metres(SITE, places[:1]) / 2, rel=0.02, abs=sketch.scale_metres / sketch.scale_mm / 20)


def test_labels_of_neighbours_do_not_cover_each_other():
    near = [(str(index), (4.872 + index * 1e-6, 45.736)) for index in range(6)] + [("far", (4.9, 45.75))]
    sketch = draw_sketch(SITE, near, width=174, height=82)
    places = [(mark.label_x, mark.label_y) for mark in sketch.marks]
    assert min(math.dist(here, there) for here, there in combinations(places, 2)) > APART * 0.8


def test_the_same_list_on_the_phone_is_a_square_to_scan_and_first_words_come_in_the_people_s_languages(tmp_path):
    openings = (("turc", "Beş dakikanız var mı?"), ("arabe", "هل لديكم خمس دقائق؟ 04 65 71 00 08"))
    sheet = replace(a_round(a_stop()), openings=openings, link="https://mediation.example.org/today/12")
    path = render_round_sheet(sheet, tmp_path / "r.pdf").path
    page = PdfDocument(path)[0]
    [square] = read_barcodes(page.render(scale=3).to_pil())
    assert square.text == sheet.link
    words = page.get_textpage().get_text_bounded()
    assert "En turc" in words
    assert "En arabe" in words


PLANNED = """
SELECT k.id, k.person_id, k.shift_id, s.day FROM contact k JOIN shift s ON s.id = k.shift_id
WHERE k.state = 'planned' AND s.day = (SELECT max(s.day) FROM contact k JOIN shift s ON s.id = k.shift_id WHERE k.state = 'planned')
ORDER BY k.id
"""


def test_two_shifts_of_one_day_have_a_sheet_each(undone, played, tmp_path):
    planned = undone.execute(text(PLANNED)).all()
    before = print_sheets(undone, played.loaded, planned[0].day, tmp_path)
    columns = "mediator_id, site_id, kind, day"
    later = text(
        f"INSERT INTO shift ({columns}, starts_at, ends_at) SELECT {columns}, ends_at, ends_at + interval '1 hour'"
        " FROM shift WHERE id = (SELECT shift_id FROM contact WHERE id = :id) RETURNING id"
    )
    values = {"id": max(planned, key=lambda row: [other.shift_id for other in planned].count(row.shift_id)).id}
    new = undone.execute(later, values).scalar_one()
    undone.execute(text("UPDATE contact SET shift_id = :new WHERE id = :id"), values | {"new": new})
    after = print_sheets(undone, played.loaded, planned[0].day, tmp_path / "again")
    assert len(after.sheets) == len(before.sheets) + 1
    assert len({sheet.path for sheet in after.sheets}) == len(after.sheets) == len(list((tmp_path / "again").iterdir()))


def test_who_objected_since_the_plan_is_on_no_sheet_and_a_pause_prints_none(undone, played, tmp_path):
    planned = undone.execute(text(PLANNED)).all()
    person, day = planned[0].person_id, planned[0].day
    before = print_sheets(undone, played.loaded, day, tmp_path)
    assert before.left_out == 0
    assert any("déjà" in PdfDocument(sheet.path)[0].get_textpage().get_text_bounded() for sheet in before.sheets)
    # As it is while the case is still open: an objection known by its phone alone.
    undone.execute(
        text(
            "INSERT INTO objection (id, person_id, mark, source, occurred_at, recorded_at)"
            " VALUES (gen_random_uuid(), :person, 'x', 'door', :at, :at)"
        ),
        {"person": person, "at": clock.at(day, "00:01")},
    )
    after = print_sheets(undone, played.loaded, day, tmp_path)
    left_out = sum(row.person_id == person for row in planned)
    assert after.left_out >= left_out >= 1
    assert sum(sheet.lines for sheet in after.sheets) == sum(sheet.lines for sheet in before.sheets) - after.left_out
    undone.execute(text("UPDATE campaign SET state = 'paused'"))
    assert print_sheets(undone, played.loaded, day, tmp_path).sheets == []


def words_of(printed):
    return "".join(
        page.get_textpage().get_text_bounded() for sheet in printed.sheets for page in PdfDocument(sheet.path)
    )  # fmt: skip


def test_what_anybody_of_the_home_wrote_and_nothing_has_read_keeps_it_off_the_sheet(undone, played, tmp_path):
    planned = undone.execute(text(PLANNED)).all()
    home = undone.execute(text("SELECT household_id FROM person WHERE id = :id"), {"id": planned[0].person_id}).scalar()
    undone.execute(
        text(
            "INSERT INTO person (household_id, mobile, mobile_mark, simulated, created_at) VALUES (:home, :mobile, :mobile_mark, true, :at)"
        ),
        {"home": home, "at": clock.at(planned[0].day, "00:01")} | phone("+33639989998"),
    )
    append_notices(undone, [Notice("twilio", NoticeKind.MESSAGE, "SM1", "+33639989998", {"body": "laissez-nous"})])
    assert print_sheets(undone, played.loaded, planned[0].day, tmp_path).left_out >= 1


def test_a_person_found_to_be_another_is_on_the_sheet_as_who_they_are(undone, played, tmp_path):
    planned = undone.execute(text(PLANNED)).all()
    living = undone.execute(
        text(
            "INSERT INTO person (household_id, family_name, mobile, mobile_mark, simulated, created_at)"
            " SELECT household_id, 'NOUVEAUNOM', :mobile, :mobile_mark, true, :at FROM person WHERE id = :id RETURNING id"
        ),
        {"id": planned[0].person_id, "at": clock.at(planned[0].day, "00:01")} | phone("+33639989997"),
    ).scalar_one()
    undone.execute(text("UPDATE person SET merged_into = :living WHERE id = :id"), {"living": living, "id": planned[0].person_id})
    assert "NOUVEAUNOM" in words_of(print_sheets(undone, played.loaded, planned[0].day, tmp_path))


@pytest.mark.parametrize(("insee", "zone"), [("69388", "Europe/Paris"), ("97411", "Indian/Reunion")])
def test_hours_and_days_on_paper_are_those_of_the_site(undone, played, tmp_path, insee, zone):
    planned, there = undone.execute(text(PLANNED)).all(), ZoneInfo(zone)
    undone.execute(text("UPDATE site SET insee = :insee"), {"insee": insee})
    night = clock.at(planned[0].day - timedelta(days=1), "22:30")
    before = "UPDATE contact SET done_at = :at WHERE state IN ('sent', 'done', 'failed')"
    undone.execute(text(before), {"at": night})
    printed = print_sheets(undone, played.loaded, planned[0].day, tmp_path)
    words = words_of(printed)
    on_paper = {one.id for one in planned}
    due = undone.execute(text("SELECT due_at FROM contact WHERE id = ANY(:ids)"), {"ids": list(on_paper)}).scalars().all()
    assert due
    assert all(f"{at.astimezone(there):%H:%M}" in words for at in due)
    made = night.astimezone(there)
    assert f"{made.day}/{made.month}" in words
    starts = undone.execute(text("SELECT starts_at FROM shift WHERE id = ANY(:ids)"), {"ids": [one.shift_id for one in planned]})
    assert {sheet.path.stem.rpartition("-")[2] for sheet in printed.sheets} == {
        f"{at.astimezone(there):%Hh%M}" for at in starts.scalars()
    }
