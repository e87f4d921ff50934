"""A partner in a real browser: from signing in to the figure for the board, its files, and a question that is answered."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import make_url

from outreach.core import clock
from outreach.core.database import drop_database
from outreach.core.roles import Role
from outreach.flows import pipeline
from outreach.reporting import release_summary
from outreach.web.app import create_app
from tests.copies import copied
from tests.played import END
from tests.web.server import running
from tests.web.tenants import PASSWORD, account

pytestmark = pytest.mark.browser
STARTS = {"pdf": b"%PDF-", "xlsx": b"PK", "json": b"{"}


@pytest.fixture
def served(cluster, played, worker_id, tmp_path):
    """The played town, its campaign's summary released to the partner, and somebody on each side."""
    played.database.dispose()
    name = f"partner_{worker_id}"
    database = copied(cluster, name, make_url(played.database.url).database)
    with clock.travel(clock.at(END + timedelta(days=1), "10:00"), running=True):
        loaded = pipeline.loaded_campaign(database, "energy-arrears")
        made = pipeline.report(database, loaded, tmp_path, actor="test")
        with database.session() as session:
            release_summary(session, made.summary_id, actor="test", reviewed_by="manager")
            account(session, "board-member", Role.PARTNER, partner="energie")
            account(session, "answering", Role.MANAGER, association="pimms-lyon")
        with running(create_app(database)) as client:
            yield str(client.base_url)
    database.dispose()
    drop_database(cluster, name)


def signed_in(visit, base, code, **options):
    """Somebody who gave their name and password, wherever that leads."""
    one = visit(base, **options)
    one.open("/login")
    one.page.fill("#f-login", code)
    one.page.fill("#f-password", PASSWORD)
    one.page.click("button.primary")
    one.page.wait_for_load_state("load")
    return one


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_figure_for_the_board_is_there_at_once(served, visit, scripts):
    one = signed_in(visit, served, "board-member", java_script_enabled=scripts)
    # No click after signing in: the share of people helped stands in the first screen.
    figure = one.page.locator(".figure:has-text('des sollicités')").first
    assert re.search(r"\d+\s*%", figure.text_content())
    box = figure.bounding_box()
    assert box["y"] + box["height"] <= 900
    one.page.click("text=Lire le bilan")
    one.page.wait_for_selector("text=De la liste à la médiation")
    # Behind each drawing stands its table.
    one.page.locator(".chart details summary").first.click()
    assert one.page.locator(".chart details[open] table").first.is_visible()
    for kind, label in (("pdf", "PDF"), ("xlsx", "Classeur"), ("json", "JSON")):
        with one.page.expect_download() as waiting:
            one.page.click(f"a.button:has-text('{label}')")
        with open(waiting.value.path(), "rb") as file:  # noqa: PTH123 - a path that the browser gave
            assert file.read(8).startswith(STARTS[kind]), kind


def test_a_question_on_a_figure_is_answered(served, visit):
    asks = signed_in(visit, served, "board-member")
    asks.page.click("text=Lire le bilan")
    asks.page.select_option("#f-figure", index=1)
    asks.page.fill("#f-question", "D'où vient l'écart avec le mois dernier ?")
    asks.page.click("button:has-text('Poser la question')")
    asks.page.wait_for_selector("text=en attente de réponse")
    answers = signed_in(visit, served, "answering")
    answers.open("/campaigns/energy-arrears/summaries")
    assert answers.page.is_visible("text=D'où vient l'écart")
    answers.page.fill("[name=answer]", "De la deuxième vague.")
    answers.page.click("button:has-text('Répondre')")
    answers.page.wait_for_selector("text=La réponse est transmise")
    asks.page.reload()
    assert asks.page.is_visible("blockquote:has-text('De la deuxième vague.')")


def test_nothing_but_its_own_is_in_the_menu(served, visit):
    one = signed_in(visit, served, "board-member")
    words = [entry.strip() for entry in one.page.locator("nav a").all_text_contents()]
    assert [word for word in ("Listes déposées", "Bilans", "Convention") if word not in words] == []
    assert not {"Campagnes", "Planning", "Chercher", "Comptes"} & set(words)
    assert one.open("/campaigns").status == 403
