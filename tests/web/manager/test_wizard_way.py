"""From a new campaign to its launch by plain forms: each step on the real database, with real lists, in the order in which people go."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from tests.web.manager.way import CODE, GUEST, NEW, WAY, form_of


def test_a_draft_begins_under_an_agreement_in_force(desk):
    _database, manager, _second, other = desk
    page = manager.get("/campaigns/new")
    assert "Énergie de la Vallée" in page.text
    assert "Au plus 4 appels en 30 jours" in page.text
    assert "Énergie de la Vallée" not in other.get("/campaigns/new").text
    wrong = manager.post("/campaigns/new", NEW | {"ends": "2026-10-01"})
    assert wrong.status_code == 422
    assert "ends_on doit être après starts_on" in wrong.text
    answer = manager.post("/campaigns/new", NEW)
    assert answer.headers["location"] == f"{WAY}/list"
    assert manager.get(WAY).headers["location"] == f"{WAY}/list"
    assert manager.post("/campaigns/new", NEW).status_code == 422, "the code is taken"


def test_the_list_is_looked_at_then_confirmed(desk, energy_list):
    _database, manager, _second, _other = desk
    assert "à glisser ici" in manager.get(f"{WAY}/list").text
    done = manager.post(f"{WAY}/list", files={"file": (energy_list.name, energy_list.read_bytes())})
    assert done.status_code == 303, done.text[:2000]
    listed = done.headers["location"]
    if "/columns/" in listed:
        page = manager.get(listed).text
        answers = dict.fromkeys(re.findall(r'name="(column:[^"]+)"', page), "-")
        listed = manager.post(listed, answers).headers["location"]
    page = manager.get(listed)
    assert "nouvelles" in page.text
    assert re.search(r"Confirmer : [\d\s\u00a0\u202f]+ lignes", page.text)
    assert manager.get(f"{listed}/bad-rows.xlsx").status_code in {200, 404}
    assert manager.post(f"{listed}/commit").headers["location"] == f"{WAY}/duplicates"


def test_pairs_wait_for_a_person_and_an_answer_can_be_taken_back(desk):
    _database, manager, _second, _other = desk
    assert "Rapprocher" in manager.get(f"{WAY}/duplicates").text
    assert manager.post(f"{WAY}/duplicates/match").headers["location"] == f"{WAY}/duplicates"
    page = manager.get(f"{WAY}/duplicates")
    found = re.search(r'action="(/campaigns/[^"]+/duplicates/\d+/\d+)"', page.text)
    assert found, "a town of this size has a pair to look at"
    assert "<svg" in page.text
    skipped = manager.post(found[1], {"verdict": "skip", "after": "0"})
    assert skipped.headers["location"].endswith("?after=1")
    kept = manager.post(found[1], {"verdict": "same", "note": "même voix"}).headers["location"]
    page = manager.get(kept)
    undo = re.search(r'action="([^"]+/undo)"', page.text)
    assert undo
    back = manager.post(undo[1]).headers["location"]
    assert back == found[1]
    assert manager.get(back).status_code == 200


def test_rules_are_read_changed_and_counted(desk):
    database, manager, _second, _other = desk
    page = manager.get(f"{WAY}/segments")
    assert "Rien n&#39;a encore été compté" in page.text
    assert manager.post(f"{WAY}/segments/count").headers["location"] == f"{WAY}/segments"
    page = manager.get(f"{WAY}/segments")
    assert "Compté" in page.text
    assert "seraient contactés" in page.text
    fields = form_of(page.text, f"{WAY}/segments")
    small = next(name for name in fields if name.startswith("exclusions.2.value"))
    assert fields[small] == "50"
    assert manager.post(f"{WAY}/segments", fields | {small: "80", "segments.0.label": "Puissance réduite"}).status_code == 303
    assert "datent d&#39;avant vos derniers changements" in manager.get(f"{WAY}/segments").text
    assert rules(database)["exclusions"][2]["when"]["comparison"]["value"] == 80
    wrong = manager.post(f"{WAY}/segments", fields | {"segments.0.priority": "12"})
    assert wrong.status_code == 422
    assert "au plus 9" in wrong.text
    added = manager.post(
        f"{WAY}/segments/add",
        {"part": "segments", "label": "Sans mobile", "fact": "has_mobile", "operator": "is", "value": "non", "priority": "4"},
    )
    assert added.status_code == 303, added.text[:3000]
    assert rules(database)["segments"][0]["code"] == "sans-mobile"
    removed = manager.post(f"{WAY}/segments/remove", {"part": "segments", "rule": "sans-mobile"})
    assert removed.status_code == 303
    manager.post(f"{WAY}/segments/count")


def test_texts_are_checked_and_seen_before_they_leave(desk):
    _database, manager, _second, _other = desk
    page = manager.get(f"{WAY}/messages")
    assert page.status_code == 200
    assert "Madame" in page.text or "bubble" in page.text
    refused = manager.post(f"{WAY}/messages/fr/sms", {"text": "Appelez {telephone}"})
    assert refused.status_code == 422
    assert "champ inconnu" in refused.text
    refused = manager.post(f"{WAY}/messages/fr/sms", {"text": "{association} : appelez le {site_phone}"})
    assert "STOP" in refused.text
    assert refused.status_code == 422
    assert (
        manager.post(
            f"{WAY}/messages/fr/sms", {"text": "{association} peut vous aider. Appelez le {site_phone}. STOP"}
        ).status_code
        == 303
    )
    tried = manager.post(f"{WAY}/messages/fr/sms/preview", {"text": "{association} ş STOP"})
    assert "Parties à payer" in tried.text
    pdf, picture = manager.get(f"{WAY}/messages/fr/letter.pdf"), manager.get(f"{WAY}/messages/fr/letter.png")
    assert pdf.content.startswith(b"%PDF")
    assert picture.content.startswith(b"\x89PNG")
    spanish = {
        "opening": "¿Hablo con {name}?",
        "question.0.ask": "¿Recibió nuestra carta?",
        "question.0.answers": "Sí -> fin\nNo",
        "if_nobody": "{site_phone}",
    }
    assert manager.post(f"{WAY}/messages/es/script", spanish).status_code == 303
    assert "fin du script" in manager.get(f"{WAY}/messages/es").text
    assert manager.get(f"{WAY}/messages/nonsense").status_code == 404


def test_the_plan_says_what_each_day_would_ask(desk):
    _database, manager, _second, _other = desk
    page = manager.get(f"{WAY}/plan").text
    assert "D&#39;abord : courrier" in page
    assert "La charge, si personne ne répondait" in page
    assert "ce plan ne pourra pas mesurer un effet plus petit que" in page
    changed = manager.post(f"{WAY}/plan", form_of(page, f"{WAY}/plan") | {"step.2.attempts": "2"})
    assert changed.status_code == 303
    assert "jusqu&#39;à 2 fois" in manager.get(f"{WAY}/plan").text


def test_nothing_is_launched_that_was_not_rehearsed(desk):
    _database, manager, _second, _other = desk
    page = manager.get(f"{WAY}/launch").text
    assert "Lancer :" not in page
    refused = manager.post(f"{WAY}/launch")
    assert refused.status_code == 409
    assert "La campagne a été répétée" in refused.text


@pytest.mark.slow
def test_guests_a_second_person_and_the_launch(desk, monkeypatch):
    database, manager, second, _other = desk
    from outreach.core.settings import settings

    monkeypatch.setattr(settings(), "approval_above", 10)
    assert manager.post(f"{WAY}/rehearsal", {"guest.0.phone": "06 39 98 00 01"}).status_code == 422
    done = manager.post(f"{WAY}/rehearsal", GUEST)
    assert done.headers.get("location") == f"{WAY}/rehearsal", done.text[:3000]
    page = manager.get(f"{WAY}/rehearsal").text
    assert "de cette définition et de ces listes" in page
    assert "Une deuxième personne doit lire ce rapport" in page
    assert manager.post(f"{WAY}/rehearsal/approve").status_code == 409
    assert manager.post(f"{WAY}/launch").status_code == 409
    plan = manager.get(f"{WAY}/plan").text
    manager.post(f"{WAY}/plan", form_of(plan, f"{WAY}/plan") | {"step.2.attempts": "3"})
    assert second.post(f"{WAY}/rehearsal/approve").status_code == 409, "the campaign changed after its rehearsal"
    manager.post(f"{WAY}/rehearsal", GUEST)
    assert second.post(f"{WAY}/rehearsal/approve").headers["location"] == f"{WAY}/launch"
    manager.post(f"{WAY}/segments/count")
    page = manager.get(f"{WAY}/launch").text
    assert re.search(r"Lancer : [\d\s\u00a0\u202f]+ foyers", page)
    done = manager.post(f"{WAY}/launch")
    assert done.headers.get("location") == f"/campaigns/{CODE}", done.text[:3000]
    with database.session() as session:
        assert (
            session.execute(
                text('SELECT count(*) FROM "case" k JOIN campaign c ON c.id = k.campaign_id WHERE c.code = :code'), {"code": CODE}
            ).scalar_one()
            > 0
        )
    assert manager.post(f"{WAY}/plan", {"step.2.attempts": "1"}).status_code == 409, "launched, it is frozen"
    assert manager.get(f"/campaigns/{CODE}").status_code == 200


def rules(database):
    """The rules of the draft."""
    with database.session() as session:
        return session.execute(text("SELECT draft -> 'campaign' FROM campaign WHERE code = :code"), {"code": CODE}).scalar_one()
