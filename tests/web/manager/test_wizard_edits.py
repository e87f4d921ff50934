"""After every kind of edit, in any order, a definition leaves as files and comes back the same, and its own forms change nothing of it."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import text

from outreach.definitions.loader import content_hash
from outreach.web.access.headers import LANGUAGE
from tests.web.manager.test_wizard_files import exported, packed
from tests.web.manager.way import NEW, form_of

CODE = "remaniee"
WAY = f"/campaigns/{CODE}/way"
PLAN, PEOPLE, SEGMENTS = f"{WAY}/plan", f"{WAY}/plan/people", f"{WAY}/segments"
FORMS = {PLAN: PLAN, PEOPLE: PEOPLE, SEGMENTS: SEGMENTS} | {
    f"{WAY}/messages/fr/{channel}": f"{WAY}/messages/fr" for channel in ("sms", "letter", "script")
}
"""Every form of the definition, and the page that it is on."""
ROUNDS = 14


def sent(manager, action, **more):
    """A form as it stands on its page, sent with other values."""
    return manager.post(action, form_of(manager.get(FORMS.get(action, action)).text, action) | more)


def one_step_more(manager, chance):
    """A step of the course comes."""
    return sent(
        manager,
        PLAN,
        **{"act": "add", "new.channel": chance.choice(["call", "letter", "visit"]), "new.days": str(chance.randrange(9))},
    )


def one_step_elsewhere(manager, chance):
    """A step moves."""
    return sent(manager, PLAN, act=f"{chance.choice(['up', 'down'])}.{chance.randrange(4)}")


def one_step_otherwise(manager, chance):
    """A step is changed in all that it has."""
    at = chance.randrange(4)
    return sent(manager, PLAN, **{f"step.{at}.attempts": str(chance.randint(1, 4)), f"step.{at}.not_after": ["refused", "sticker"],
                                  f"step.{at}.priorities_up_to": str(chance.randint(3, 9)), "waves.days_apart": str(chance.randint(3, 20))})  # fmt: skip


def one_step_less(manager, chance):
    """A step goes, unless another stands in for it."""
    return sent(manager, PLAN, act=f"remove.{chance.randrange(4)}")


def other_people(manager, chance):
    """Somebody takes part or does not, at other hours."""
    form = form_of(manager.get(PEOPLE).text, PEOPLE)
    if chance.random() < 0.5:
        form.pop("person.l8-deniz", None)
    else:
        form |= {"person.l8-deniz": "yes"}
    return manager.post(PEOPLE, form | {"person.l8-ines.desk.days": ["wed", "mon"], "person.l8-ines.desk.from": "08:15",
                                        "person.l8-ines.desk.to": "09:45", "person.l8-ines.travel": chance.choice(["car", "bike"])})  # fmt: skip


def another_value(manager, chance):
    """Values and names of rules."""
    return sent(
        manager,
        SEGMENTS,
        **{"exclusions.2.value.0": f"{chance.randint(20, 90)},5", "segments.0.label": f"Puissance réduite : {chance.random()}"},
    )


def another_rule(manager, chance):
    """A rule comes first."""
    values = {
        "part": "exclusions",
        "label": f"Contacté il y a peu {chance.random()}",
        "fact": "last_contact_on",
        "operator": "within",
    }
    return manager.post(f"{SEGMENTS}/add", values | {"value": str(chance.randint(5, 60))})


def another_structure(manager, chance):
    """Conditions and groups of one rule."""
    where = f"{SEGMENTS}/segments/heavy"
    page = manager.post(where, form_of(manager.get(where).text, where) | {"act": chance.choice(["add:r", "group:r"])})
    form = form_of(page.text, where)
    blank = max(name for name in form if name.endswith(".value") and not form[name])
    return manager.post(where, form | {blank: str(chance.randint(200, 9000)), blank.replace(".value", ".not"): "yes"})


def another_text(manager, chance):
    """Texts, also of another language."""
    manager.post(f"{WAY}/messages/tr/sms", {"text": f"{{association}} {chance.randint(1, 99)} : {{site_phone}}. STOP"})
    return sent(manager, f"{WAY}/messages/fr/letter", signature=f"L'équipe « {chance.randint(1, 99)} » : à bientôt")


EDITS = [one_step_more, one_step_elsewhere, one_step_otherwise, one_step_less, other_people, another_value, another_rule,
         another_structure, another_text]  # fmt: skip


@pytest.fixture(scope="module")
def manager(desk):
    """Somebody with a draft of their own."""
    manager = desk[1]
    assert manager.post("/campaigns/new", NEW | {"name": "Remaniée", "code": CODE}).status_code == 303
    return manager


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_definition_comes_back_the_same_after_every_edit(desk, manager, seed):
    chance, kept = random.Random(seed), set()
    for edit in [*chance.sample(EDITS, len(EDITS)), *chance.choices(EDITS, k=ROUNDS - len(EDITS))]:
        before = hash_of(desk[0])
        answer = edit(manager, chance)
        assert answer.status_code in {303, 422}, f"{edit.__name__}: {answer.status_code} {answer.text[:600]}"
        after = hash_of(desk[0])
        if answer.status_code == 422:
            assert after == before, f"{edit.__name__} was refused, and changed something"
            continue
        kept.add(edit)
        back = manager.post("/campaigns/new/import", files={"files": ("definition.zip", packed(exported(manager, CODE)))})
        assert back.status_code == 303, f"{edit.__name__}: {back.text[:2000]}"
        assert hash_of(desk[0]) == after, f"{edit.__name__} does not come back as it was"
    assert len(kept) >= len(EDITS) - 2, "most edits are kept"
    last = hash_of(desk[0])
    for action in FORMS:
        assert sent(manager, action).status_code == 303, action
        assert hash_of(desk[0]) == last, f"{action} changed what nobody touched"


def hash_of(database):
    """What names the draft."""
    with database.session() as session:
        return content_hash(session.execute(text("SELECT draft FROM campaign WHERE code = :code"), {"code": CODE}).scalar_one())


def test_who_reads_english_does_not_translate_the_definition(desk, manager, monkeypatch):
    before = hash_of(desk[0])
    monkeypatch.setattr(manager, "headers", manager.headers | {"Cookie": f"{manager.headers['Cookie']}; {LANGUAGE}=en"})
    assert "Who is contacted" in manager.get(SEGMENTS).text
    for action in FORMS:
        assert sent(manager, action).status_code == 303, action
    assert hash_of(desk[0]) == before
