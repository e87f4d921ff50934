"""The course of a case on the plan's page: steps come, go, move and change, with every mistake at its field."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from tests.web.manager.way import NEW, form_of

CODE = "parcours"
WAY = f"/campaigns/{CODE}/way"
PLAN = f"{WAY}/plan"


@pytest.fixture(scope="module")
def manager(desk):
    """Somebody with a draft of their own."""
    _database, manager, _second, _other = desk
    assert manager.post("/campaigns/new", NEW | {"name": "Parcours", "code": CODE}).status_code == 303
    return manager


@pytest.fixture
def course(desk):
    """The course as it is stored."""
    database = desk[0]

    def stored():
        with database.session() as session:
            draft = session.execute(text("SELECT draft FROM campaign WHERE code = :code"), {"code": CODE}).scalar_one()
        return draft["campaign"]["cadence"]

    return stored


def sent(manager, **more):
    """The form of the plan, as it stands on its page, sent with other values."""
    return manager.post(PLAN, form_of(manager.get(PLAN).text, PLAN) | more)


def test_a_form_that_nobody_touched_changes_nothing(manager, course):
    before = course()
    assert sent(manager).status_code == 303
    assert course() == before


def test_steps_move_and_the_page_comes_back_to_them(manager, course):
    assert [step["code"] for step in course()] == ["letter", "sms", "call", "reminder", "visit"]
    moved = sent(manager, act="down.0")
    assert moved.headers["location"] == f"{PLAN}?done=saved#step-1"
    assert [step["code"] for step in course()] == ["sms", "letter", "call", "reminder", "visit"]
    sent(manager, act="up.1")
    assert [step["code"] for step in course()] == ["letter", "sms", "call", "reminder", "visit"]
    sent(manager, act="up.0")
    assert course()[0]["code"] == "letter"


def test_a_step_is_added_with_a_name_of_its_own(manager, course):
    added = sent(manager, **{"act": "add", "new.channel": "sms", "new.days": "4", "new.after": "call"})
    assert added.headers["location"].endswith("#step-3")
    assert [step["code"] for step in course()] == ["letter", "sms", "call", "sms-2", "reminder", "visit"]
    assert course()[3]["days_after_previous"] == 4
    sent(manager, act="remove.3")
    assert [step["code"] for step in course()] == ["letter", "sms", "call", "reminder", "visit"]


def test_every_field_of_a_step_can_be_changed(manager, course):
    changes = {"step.4.channel": "call", "step.4.attempts": "3", "step.4.only_after": ["no_answer", "voicemail"],
               "step.4.not_after": ["refused"], "step.4.instead_of": "reminder", "step.4.priorities_up_to": "4"}  # fmt: skip
    assert sent(manager, **changes).status_code == 303
    step = course()[4]
    assert (step["channel"], step["attempts"], step["instead_of"]) == ("call", 3, "reminder")
    assert (step["only_after"], step["not_after"], step["priorities_up_to"]) == (["no_answer", "voicemail"], ["refused"], 4)
    assert sent(manager).status_code == 303
    assert course()[4] == step, "also what is chosen more than once stays"


def test_a_mistake_is_said_at_its_field_and_nothing_that_was_typed_is_lost(manager, course):
    before = course()
    wrong = sent(manager, **{"step.2.attempts": "9", "step.1.days_after_previous": "soon", "capacity.minutes_per_call": "1"})
    assert wrong.status_code == 422
    for name, said in (("step.2.attempts", "trop grand ; au plus 4"), ("step.1.days_after_previous", "nombre entier attendu"),
                       ("capacity.minutes_per_call", "trop petit ; au moins 2")):  # fmt: skip
        field = re.search(rf'<label[^>]*>(?:(?!</label>).)*name="{re.escape(name)}".*?</label>', wrong.text, re.DOTALL)
        assert said in field[0], name
        assert 'aria-invalid="true"' in field[0]
    assert 'value="soon"' in wrong.text
    assert course() == before


def test_a_step_that_others_stand_in_for_cannot_go_before_them(manager, course):
    before = course()
    wrong = sent(manager, act="remove.2")
    assert wrong.status_code == 422
    assert "doit nommer une étape qui la précède" in wrong.text
    # What the page shows now is the course without the step: mended there, it is kept as it is shown.
    shown = form_of(wrong.text, PLAN)
    assert [shown[f"step.{at}.code"] for at in range(4)] == ["letter", "sms", "reminder", "visit"]
    assert course() == before
    assert manager.post(PLAN, shown | {"step.2.instead_of": "letter"}).status_code == 303
    assert [step["code"] for step in course()] == ["letter", "sms", "reminder", "visit"]


def test_what_the_agreement_does_not_allow_is_refused_at_the_step(manager, course):
    wrong = sent(manager, **{"step.3.channel": "call", "step.3.recorded": "yes", "step.3.instead_of": ""})
    assert wrong.status_code == 422
    assert "n&#39;autorise pas les appels automatiques" in wrong.text
    assert not any(step["recorded"] for step in course())


def test_a_step_without_its_text_leads_to_it_and_is_kept_with_it(desk, manager, course):
    database = desk[0]
    sent(manager, act="remove.1")
    manager.post(f"{WAY}/messages/fr/sms", {"text": ""})
    with database.session() as session:
        draft = session.execute(text("SELECT draft FROM campaign WHERE code = :code"), {"code": CODE}).scalar_one()
    assert "fr" not in draft["messages"]["sms"]
    before = course()
    asked = sent(manager, **{"act": "add", "new.channel": "sms", "new.days": "2", "new.after": "letter", "waves.count": "2"})
    assert re.match(rf"{WAY}/messages/fr\?course=.*#sms$", asked.headers["location"])
    assert course() == before, "not before its text is there"
    page = manager.get(asked.headers["location"].partition("#")[0])
    assert "attend : un SMS" in page.text
    form = form_of(page.text, f"{WAY}/messages/fr/sms")
    refused = manager.post(f"{WAY}/messages/fr/sms", form | {"text": "Bonjour"})
    assert refused.status_code == 422
    assert "attend : un SMS" in refused.text, "the course still waits"
    kept = manager.post(f"{WAY}/messages/fr/sms", form | {"text": "{association} : appelez le {site_phone}. STOP"})
    assert kept.headers["location"] == f"{PLAN}?done=saved"
    assert [step["code"] for step in course()] == ["letter", "sms", "reminder", "visit"]
    assert 'name="waves.count" value="2"' in manager.get(PLAN).text, "what else was on the form was kept at once"
    assert manager.get(f"{WAY}/messages/fr?course=nonsense").status_code == 200
