"""The planning board as a manager uses it: read, move with the rules asked, shifts, absences, plan anew; and only one's own."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import Channel
from outreach.flows import pipeline
from outreach.flows.invariants import all_invariants
from outreach.planning.absences import record_absence
from outreach.policy.windows import next_open_day
from outreach.web.access import sessions
from outreach.web.manager.board_week import week_of
from tests.opened import phone
from tests.played import END
from tests.web.server import serving_a_copy
from tests.web.tenants import cookie, settle_accounts

MORNING = clock.at(END + timedelta(days=1), "05:00")
SAME = {"Sec-Fetch-Site": "same-origin"}
# A planned contact with another shift of its kind and site in the same week.
PAIR = """
SELECT k.id, k.case_id, k.shift_id, k.due_at, s.day, s.site_id, o.id AS other, o.mediator_id AS other_mediator, concat_ws(' ', p.title, p.given_name, upper(p.family_name)) AS name
FROM contact k JOIN shift s ON s.id = k.shift_id JOIN shift o ON o.kind = s.kind AND o.site_id = s.site_id AND o.mediator_id <> s.mediator_id
  JOIN person p ON p.id = k.person_id JOIN mediator m ON m.id = o.mediator_id
WHERE k.state = 'planned' AND k.channel = :channel AND k.appointment_id IS NULL AND s.starts_at > :now AND o.starts_at > :now
  AND date_trunc('week', o.day) = date_trunc('week', s.day) AND p.language IS NULL AND 'fr' = ANY (m.languages) ORDER BY k.id, o.id LIMIT 1
"""


@pytest.fixture(scope="module")
def desk(cluster, played, worker_id):
    """(client, application, database) on a copy of the played campaign, with the days to come planned, early the day after its last."""
    with serving_a_copy(cluster, played, f"board_{worker_id}", MORNING) as (client, app, database):
        settle_accounts(database)
        pipeline.plan(database, pipeline.loaded_campaign(database, "energy-arrears"), actor="test")
        client.headers.update(SAME)
        yield client, app, database


@pytest.fixture
def manager(desk):
    return cookie(desk[2], "manager")


def pair(database, channel="call"):
    with database.session() as session:
        return session.execute(text(PAIR), {"channel": channel, "now": MORNING}).one()


def page(client, headers, path):
    response = client.get(path, headers=headers)
    assert response.status_code == 200, path
    return unescape(response.text)


def one(database, query, **values):
    with database.session() as session:
        return session.execute(text(query), values).scalar()


def test_a_week_shows_mediators_days_and_room(desk, manager):
    client, _app, database = desk
    shown = page(client, manager, "/board")
    with database.session() as session:
        site = session.execute(
            text(
                "SELECT id, name FROM site WHERE association_id = (SELECT id FROM association WHERE code = 'pimms-lyon') ORDER BY name"
            )
        ).first()
        people = session.execute(text("SELECT name FROM mediator WHERE site_id = :site"), {"site": site.id}).scalars().all()
    assert site.name in shown
    assert all(name in shown for name in people)
    assert "sur environ" in shown
    assert "Chaque rendez-vous a quelqu'un pour le tenir." in shown


def test_a_round_is_drawn_in_the_order_of_its_walk_and_calls_are_not(desk, manager):
    client, _app, database = desk
    found = pair(database, "visit")
    shown = page(client, manager, f"/board?shift={found.shift_id}")
    first = one(
        database,
        "SELECT concat_ws(' ', b.house_number, b.repetition, coalesce(b.street, b.place)) FROM contact k JOIN person p ON p.id = k.person_id"
        " JOIN household h ON h.id = p.household_id JOIN building b ON b.id = h.building_id"
        " WHERE k.shift_id = :s AND k.state <> 'cancelled' AND b.lon IS NOT NULL ORDER BY k.position, k.due_at, k.id LIMIT 1",
        s=found.shift_id,
    )
    drawing = shown[shown.index("Plan de la tournée") :]
    assert "<svg" in drawing
    assert first in drawing[drawing.index("<table") : drawing.index("</tr>", drawing.index("<tbody"))]
    assert "Plan de la tournée" not in page(client, manager, f"/board?shift={pair(database).shift_id}")


def test_an_opened_shift_lists_its_calls_in_order_and_reading_it_is_on_record(desk, manager):
    client, _app, database = desk
    found = pair(database)
    before = one(database, "SELECT count(*) FROM audit_entry WHERE action = 'read' AND subject LIKE 'site/%/board'")
    shown = page(client, manager, f"/board?shift={found.shift_id}")
    assert found.name in shown
    with database.session() as session:
        due = (
            session.execute(
                text("SELECT id FROM contact WHERE shift_id = :s AND state = 'planned' ORDER BY position"), {"s": found.shift_id}
            )
            .scalars()
            .all()
        )
    assert [int(number) for number in re.findall(r'name="contact" value="(\d+)"', shown)][: len(due)] == due
    assert one(database, "SELECT count(*) FROM audit_entry WHERE action = 'read' AND subject LIKE 'site/%/board'") == before + 1


@pytest.mark.parametrize("channel", ["call", "visit"])
def test_a_move_is_done_told_and_undone(desk, manager, channel):
    client, _app, database = desk
    found = pair(database, channel)
    answer = client.post("/board/move", data={"contact": found.id, "shift": found.other}, headers=manager)
    if answer.status_code == 409:
        assert "Rien n'a été déplacé" in unescape(answer.text)
        pytest.skip("this town has no room in that shift")
    assert answer.status_code == 303
    assert one(database, "SELECT shift_id FROM contact WHERE id = :id", id=found.id) == found.other
    there = page(client, manager, answer.headers["location"].partition("#")[0])
    assert f"{found.name} : " in there
    assert "quelqu'un l'a déplacé" in there
    undo = re.search(
        r'name="contact" value="(\d+)"><input type="hidden" name="shift" value="(\d+)"><input type="hidden" name="near" value="([^"]+)"',
        there,
    )
    back = client.post("/board/move", data=dict(zip(("contact", "shift", "near"), undo.groups(), strict=True)), headers=manager)
    assert back.status_code == 303
    assert one(database, "SELECT shift_id FROM contact WHERE id = :id", id=found.id) == found.shift_id
    if channel == "call":
        assert one(database, "SELECT due_at FROM contact WHERE id = :id", id=found.id) == found.due_at
    with database.session() as session:
        assert [finding.code for finding in all_invariants(session) if not finding.holds] == []


def test_what_a_rule_refuses_is_said_on_the_page_and_nothing_moves(desk, manager):
    client, _app, database = desk
    found = pair(database)
    with database.session() as session:
        away = session.execute(
            text("SELECT m.code, s.starts_at, s.ends_at FROM shift s JOIN mediator m ON m.id = s.mediator_id WHERE s.id = :id"),
            {"id": found.other},
        ).one()
        record_absence(session, away.code, away.starts_at, away.ends_at, "congé", actor="test")
    answer = client.post("/board/move", data={"contact": found.id, "shift": found.other}, headers=manager)
    assert answer.status_code == 409
    assert "Rien n'a été déplacé : ce médiateur est absent à ce moment-là" in unescape(answer.text)
    assert one(database, "SELECT shift_id FROM contact WHERE id = :id", id=found.id) == found.shift_id
    number = one(database, "SELECT id FROM absence WHERE reason = 'congé'")
    assert client.post(f"/board/absences/{number}/lift", headers=manager).status_code == 303
    assert one(database, "SELECT count(*) FROM absence WHERE reason = 'congé'") == 0


@pytest.fixture
def far(desk):
    """(a contact's shift, the time zone) of a site that is on Réunion for one test."""
    database = desk[2]
    found = pair(database)
    with database.session() as session:
        shift = session.execute(
            text(
                "SELECT s.id, s.site_id, s.starts_at, s.ends_at, s.day, m.code, o.code AS site, o.insee FROM shift s"
                " JOIN mediator m ON m.id = s.mediator_id JOIN site o ON o.id = s.site_id WHERE s.id = :id"
            ),
            {"id": found.shift_id},
        ).one()
        session.execute(text("UPDATE site SET insee = '97411' WHERE id = :id"), {"id": shift.site_id})
    yield shift, ZoneInfo("Indian/Reunion")
    with database.session() as session:
        session.execute(text("UPDATE site SET insee = :insee WHERE id = :id"), {"id": shift.site_id, "insee": shift.insee})
        session.execute(text("DELETE FROM absence WHERE reason = 'loin'"))


def test_hours_and_days_of_a_board_are_those_of_its_place(desk, manager, far):
    client, _app, database = desk
    shift, zone = far
    shown = page(client, manager, f"/board?shift={shift.id}")
    hours = [f"{at.astimezone(zone):%H:%M}" for at in (shift.starts_at, shift.ends_at)]
    assert "–".join(hours) in shown
    assert f'name="begins" value="{hours[0]}"' in shown
    day = clock.today() + timedelta(days=7 - clock.today().weekday())
    data = {"mediator": shift.code, "since": day, "begins": "01:00", "until": day, "ends": "02:00", "reason": "loin"}
    assert client.post("/board/absences", data=data, headers=manager).status_code == 303
    with database.session() as session:
        week = week_of(session, shift.site_id, day)
        away = week.people[[one.code for one in week.people].index(shift.code)].id
        assert [one.weekday() for one in week.days if week.absences_of(away, one)] == [0]
        number = week.absences[0].id
    lifted = client.post(f"/board/absences/{number}/lift", headers=manager).headers["location"]
    assert f"week={day}" in lifted


def test_what_is_promised_on_a_case_is_an_hour_of_where_they_live(desk, manager):
    client, _app, database = desk
    query = """SELECT c.id, b.id AS building, b.insee FROM "case" c JOIN person p ON p.id = c.person_id AND p.merged_into IS NULL
               JOIN household h ON h.id = p.household_id JOIN building b ON b.id = h.building_id JOIN site s ON s.id = c.site_id
               JOIN association a ON a.id = s.association_id AND a.code = 'pimms-lyon'
               WHERE c.closed_at IS NULL AND b.insee IS NOT NULL ORDER BY c.id DESC LIMIT 1"""
    with database.session() as session:
        home = session.execute(text(query)).one()
        session.execute(text("UPDATE building SET insee = '97411' WHERE id = :id"), {"id": home.building})
    day = next_open_day(Channel.CALL, clock.today() + timedelta(days=1), "97411")
    try:
        answer = client.post(f"/cases/{home.id}/promise", data={"day": day, "at": "15:30"}, headers=manager)
        assert answer.status_code == 303, unescape(answer.text)
        begins = one(database, "SELECT starts_at FROM appointment WHERE case_id = :id AND state = 'open'", id=home.id)
        assert begins == datetime.combine(day, time(15, 30), ZoneInfo("Indian/Reunion"))
    finally:
        with database.session() as session:
            session.execute(text("UPDATE building SET insee = :i WHERE id = :id"), {"id": home.building, "i": home.insee})
            session.execute(text("UPDATE appointment SET state = 'cancelled' WHERE case_id = :id"), {"id": home.id})


def test_a_site_is_closed_by_the_days_of_its_place(desk, far):
    client, _app, database = desk
    shift, zone = far
    day = clock.today() + timedelta(days=20)
    data = {"site": shift.site, "first": day, "last": day, "reason": "loin"}
    assert client.post("/admin/network/closures", data=data, headers=cookie(database, "admin")).status_code == 303
    begins = one(database, "SELECT min(starts_at) FROM absence WHERE reason = 'loin'")
    assert begins == datetime.combine(day, time(), zone)


def test_a_shift_is_added(desk, manager):
    client, _app, database = desk
    saturday = END + timedelta(days=(5 - END.weekday()) % 7)
    data = {"mediator": "l8-amina", "kind": "call", "day": saturday.isoformat(), "begins": "10:00", "ends": "12:00"}
    answer = client.post("/board/shifts", data=data, headers=manager)
    assert answer.status_code == 303
    assert one(database, "SELECT count(*) FROM shift WHERE day = :day AND kind = 'call'", day=saturday) == 1
    assert "sam." in page(client, manager, answer.headers["location"])
    wrong = client.post("/board/shifts", data=data | {"ends": "09:00"}, headers=manager)
    assert wrong.status_code == 422
    assert "fin doit être après" in unescape(wrong.text)


def test_an_absence_is_recorded_and_the_plan_made_anew_beside_the_page(desk, manager):
    client, app, database = desk
    found = pair(database)
    code = one(database, "SELECT m.code FROM mediator m JOIN shift s ON s.mediator_id = m.id WHERE s.id = :id", id=found.shift_id)
    data = {
        "mediator": code,
        "since": found.day.isoformat(),
        "begins": "08:00",
        "until": found.day.isoformat(),
        "ends": "20:00",
        "reason": "",
    }
    answer = client.post("/board/absences", data=data, headers=manager)
    assert answer.headers["location"].startswith("/jobs/")
    app.state.jobs.run_waiting()
    done = client.get(answer.headers["location"], headers=manager)
    shown = page(client, manager, done.headers["location"])
    assert "Le plan est refait" in shown
    assert "le médiateur prévu est absent" in shown
    assert one(database, "SELECT count(*) FROM contact WHERE shift_id = :s AND state = 'planned'", s=found.shift_id) == 0


def test_a_plan_is_made_when_asked(desk, manager):
    client, app, database = desk
    answer = client.post("/board/plan", data={"campaign": "energy-arrears"}, headers=manager)
    app.state.jobs.run_waiting()
    done = client.get(answer.headers["location"], headers=manager)
    assert parse_qs(urlsplit(done.headers["location"]).query) == {"done": ["planned"]}
    assert one(database, "SELECT count(*) FROM plan_run WHERE cause = 'asked' AND actor = 'manager'") == 1


def test_appointments_that_nobody_can_keep_come_with_whom_to_call(desk, manager):
    client, _app, database = desk
    found = pair(database, "call")
    starts = MORNING + timedelta(days=2, hours=6)
    with database.session() as session:
        session.execute(
            text("INSERT INTO appointment (case_id, channel, starts_at, ends_at, state, made_at, made_by)"
                 " VALUES (:case, 'visit', :at, CAST(:at AS timestamptz) + interval '30 minutes', 'open', :now, 'test')"),
            {"case": found.case_id, "at": starts, "now": MORNING},
        )  # fmt: skip
        run = session.execute(
            text(
                "INSERT INTO plan_run (campaign_id, planned_at, actor, cause, counts) SELECT campaign_id, :now, 'test', 'nightly', '{}' FROM \"case\" WHERE id = :case RETURNING id"
            ),
            {"now": MORNING, "case": found.case_id},
        ).scalar_one()
        session.execute(
            text(
                "INSERT INTO plan_change (run_id, case_id, change, reason, before_at) VALUES (:run, :case, 'not_kept', 'too_far', :at)"
            ),
            {"run": run, "case": found.case_id, "at": starts},
        )
        session.execute(
            text(
                'UPDATE person SET mobile = :mobile, mobile_mark = :mobile_mark WHERE id = (SELECT person_id FROM "case" WHERE id = :case)'
            ),
            {"case": found.case_id} | phone("+33639980042"),
        )
    shown = page(client, manager, f"/board?site={found.site_id}")
    assert "trop loin : personne ne peut y être à l'heure" in shown
    assert 'href="tel:+33639980042"' in shown


def test_another_association_sees_and_moves_nothing_of_it(desk):
    client, _app, database = desk
    found = pair(database)
    other = cookie(database, "other-manager")
    with database.session() as session:
        session.execute(
            text(
                "INSERT INTO site (association_id, code, name, address, phone, insee, lon, lat) SELECT id, 'loin', 'Site lointain', '1 rue', '04 65 71 00 08', '69388', 4.8, 45.7 FROM association WHERE code = 'ailleurs'"
            )
        )
    assert found.name not in page(client, other, f"/board?shift={found.shift_id}&site={found.site_id}")
    for path, data in (
        ("/board/move", {"contact": found.id, "shift": found.other}),
        ("/board/shifts", {"mediator": "l8-amina", "kind": "call", "day": "2026-11-02", "begins": "10:00", "ends": "12:00"}),
        (
            "/board/absences",
            {"mediator": "l8-amina", "since": "2026-11-02", "begins": "10:00", "until": "2026-11-02", "ends": "12:00"},
        ),
        ("/board/plan", {"campaign": "energy-arrears"}),
        ("/board/absences/1/lift", {}),
    ):
        assert client.post(path, data=data, headers=other).status_code in {404, 422}, path
    assert one(database, "SELECT shift_id FROM contact WHERE id = :id", id=found.id) == found.shift_id


@pytest.mark.browser
def test_a_call_is_dragged_to_another_shift_or_moved_by_the_form_alone(desk, visit):
    client, _app, database = desk
    found = pair(database)
    secret = cookie(database, "manager")["Cookie"].partition("=")[2]
    for scripts in (True, False):
        seen = visit(client.base_url, java_script_enabled=scripts)
        seen.context.add_cookies(
            [{"name": sessions.COOKIE, "value": secret, "url": seen.base.replace("http:", "https:"), "secure": True}]
        )
        seen.page.set_viewport_size({"width": 1440, "height": 2400})
        seen.open(f"/board?shift={found.shift_id if scripts else found.other}")
        if scripts:
            with seen.page.expect_navigation():
                seen.page.locator(f"li[data-contact='{found.id}'] p").first.drag_to(
                    seen.page.locator(f"a[data-shift='{found.other}']")
                )
        else:
            seen.page.check(f"#c-{found.id}")
            seen.page.select_option("#f-shift", str(found.shift_id))
            seen.page.get_by_role("button", name="Déplacer").click()
        assert "C'était" in seen.page.locator(".notice").first.inner_text()
        assert one(database, "SELECT shift_id FROM contact WHERE id = :id", id=found.id) == (
            found.other if scripts else found.shift_id
        )


def test_who_stopped_everything_is_told_to_whoever_might_go_on(desk, manager):
    client, _app, _database = desk
    assert client.post("/sending/stop", data={"reason": "une lettre fausse"}, headers=manager).status_code == 303
    told = unescape(client.get("/campaigns", headers=manager).text)
    assert re.search(r"Tout envoi du réseau est arrêté depuis .* par \w+ : une lettre fausse", told)
    assert "/sending/resume" in told
    assert client.post("/sending/resume", headers=manager).status_code == 303
    assert "Tout envoi du réseau" not in unescape(client.get("/campaigns", headers=manager).text)


def test_the_stop_of_the_network_is_lifted_by_who_pressed_it_or_who_looks_after_the_network(desk, manager):
    """Another association's manager knows nothing of the reason, and would set off what all wait for."""
    client, _app, database = desk
    other, admin = cookie(database, "other-manager"), cookie(database, "admin")
    client.post("/sending/stop", data={"reason": "une lettre fausse"}, headers=manager)
    refused = client.post("/sending/resume", headers=other)
    assert refused.status_code == 409
    assert "à manager, qui a tout arrêté, ou à l'administration du réseau" in unescape(refused.text)
    assert one(database, "SELECT count(*) FROM sending_stop WHERE lifted_at IS NULL") == 1
    for path in ("/campaigns", "/status"):
        assert "/sending/resume" not in client.get(path, headers=other).text
    assert "/sending/resume" in client.get("/status", headers=admin).text
    lifted = client.post("/sending/resume", headers=admin, follow_redirects=False)
    assert (lifted.status_code, lifted.headers["location"]) == (303, "/status")
    assert one(database, "SELECT count(*) FROM sending_stop WHERE lifted_at IS NULL") == 0
