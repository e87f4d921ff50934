"""What is read aloud from a phone in Arabic runs from right to left, its numbers stay whole, and screen readers are told the language."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.roles import Role
from outreach.core.words import Channel
from outreach.web.app import create_app
from tests.phones import NOW, ready
from tests.web.server import running
from tests.web.tenants import PASSWORD, account

pytestmark = pytest.mark.browser
PHONE = "04 65 71 00 08"
PLAIN_OPENING = "هل أتحدث مع {name}؟ هل لديكم خمس دقائق؟"
OPENING = f"{{association}}: اتصلوا بالرقم {PHONE} قبل 24/11/2026 الساعة 14:30؟"
QUESTION = "      - هل وصلتكم رسالتنا؟"
ASKED = "      - {ask: هل وصلتكم رسالتنا؟, answers: [{say: نعم}, {say: لا}]}"
# Where the first and the last digit of each number stand, and how the whole runs.
DRAWN = """one => ({
  lang: one.lang, dir: one.dir, runs: getComputedStyle(one).direction,
  numbers: [...one.querySelectorAll('bdi')].map(number => {
    const at = place => { const range = document.createRange(); range.setStart(number.firstChild, place); range.setEnd(number.firstChild, place + 1); return range.getBoundingClientRect(); };
    const last = at(number.textContent.length - 1), first = at(0);
    return [number.textContent, first.left < last.left && Math.abs(first.top - last.top) < 2];
  }),
})"""


@pytest.fixture
def served(database, tmp_path, monkeypatch):
    """A call to somebody who speaks Arabic and one to somebody who hardly reads French, in a campaign whose Arabic script names numbers and has answers."""
    shutil.copytree(Path("campaigns"), tmp_path / "campaigns")
    messages = tmp_path / "campaigns" / "energy-arrears" / "messages.yaml"
    written = messages.read_text()
    assert PLAIN_OPENING in written
    assert QUESTION in written
    messages.write_text(written.replace(PLAIN_OPENING, f'"{OPENING}"').replace(QUESTION, ASKED))
    monkeypatch.chdir(tmp_path)
    with clock.travel(NOW, running=True):
        with database.session() as session:
            day = ready(session, 2, Channel.CALL)
            session.execute(text("UPDATE person SET language = 'fr', reads_french = false"))
            session.execute(text("UPDATE person SET language = 'ar' WHERE id = (SELECT person_id FROM contact WHERE id = :id)"),
                            {"id": day.contacts[0]})  # fmt: skip
            account(session, "l8-amina", Role.MEDIATOR, association="pimms-lyon", mediator="l8-amina")
        with running(create_app(database)) as client:
            yield client, *day.contacts


def at_the_contact(visit, client, contact):
    """Amina's phone, signed in, at one of her calls."""
    one = visit(client.base_url, "phone")
    one.open("/login?next=/today")
    one.page.fill("#f-login", "l8-amina")
    one.page.fill("#f-password", PASSWORD)
    one.page.click("button.primary")
    one.page.wait_for_selector(".entry, .spoken")
    one.page.evaluate(f"location.hash = '#/contact/{contact}'")
    return one


def test_arabic_runs_from_right_to_left_with_its_numbers_whole(served, visit):
    client, contact, other = served
    one = at_the_contact(visit, client, contact)
    one.page.wait_for_selector(".spoken[lang=ar]")
    first, script, notice = one.page.locator(".spoken").all()
    assert (notice.get_attribute("lang"), notice.get_attribute("dir")) == ("ar", "rtl"), "what is left when nobody answers"
    assert first.evaluate(DRAWN) == {"lang": "fr", "dir": "ltr", "runs": "ltr", "numbers": []}
    drawn = script.evaluate(DRAWN)
    assert (drawn["lang"], drawn["dir"], drawn["runs"]) == ("ar", "rtl", "rtl")
    assert drawn["numbers"] == [[PHONE.replace(" ", "\u00a0"), True], ["24/11/2026", True], ["14:30", True]]
    one.page.click("button:has-text('Suite')")
    answers = one.page.locator(".acts button[lang=ar]")
    assert [answer.get_attribute("dir") for answer in answers.all()] == ["rtl", "rtl"]
    # French beside it, one tap away, from left to right again.
    one.page.click("button.link:has-text('français')")
    one.page.wait_for_selector(".spoken[lang=fr][dir=ltr] >> nth=1")
    assert one.page.locator(".spoken[lang=ar]").count() == 0
    assert one.axe() == []
    one.page.evaluate(f"location.hash = '#/contact/{other}'")
    one.page.click("button.link:has-text('français facile')")
    one.page.wait_for_selector(".spoken[lang=fr-easy][dir=ltr]")
    assert one.overflow() <= 0


def test_a_language_that_was_recognised_is_noted_with_three_taps(served, visit, database):
    client, contact, _other = served
    one = at_the_contact(visit, client, contact)
    card = one.page.locator("section.card", has_text="Qu'est-il arrivé ?")
    card.get_by_text("Autre…", exact=True).click()
    card.get_by_role("button", name="Langue non parlée").click()
    asked = card.locator(".card", has_text="Quelle langue parle cette personne ?")
    asked.wait_for()
    assert asked.locator(".acts").first.locator("button").count() == 8
    assert one.axe() == []
    asked.get_by_role("button", name="turc").click()
    one.page.get_by_text("Langue non parlée · turc").wait_for()
    person = text("SELECT language, reads_french FROM person WHERE id = (SELECT person_id FROM contact WHERE id = :id)")
    for _look in range(50):
        with database.session() as session:
            found = session.execute(person, {"id": contact}).one()
        if found == ("tr", False):
            return
        one.page.wait_for_timeout(200)
    pytest.fail(f"known: {found}")
