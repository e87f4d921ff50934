"""Pictures of the main screens, on the demonstration's town: ``make demo``, then ``make screens``.

A desk and a phone, by day and by night; everybody on them is invented. One row of ``SCREENS`` is one screen.
"""

from __future__ import annotations

import io
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import text

from outreach.cli.serve import the_day_after
from outreach.cli.state import DEMO_DATABASE
from outreach.core.database import Database, open_database
from outreach.web import demo
from outreach.web.app import create_app

CHROMIUM = "/usr/bin/chromium"
FOLDER = Path(__file__).parent
DEVICES: dict[str, dict[str, Any]] = {
    "desk": {"viewport": {"width": 1440, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2},
}
LIGHTS = {"day": "light", "night": "dark"}
COLOURS = 128
"""Flat pages need no more, and their pictures are a third of the size."""
PATIENCE_MS = 20_000
CAMPAIGN = "energy-arrears"
# A case with a long story, and the summary that the partner has.
STORY = "SELECT case_id FROM event GROUP BY case_id ORDER BY count(*) DESC, case_id LIMIT 1"
SUMMARY = "SELECT id FROM summary WHERE released_at IS NOT NULL ORDER BY id DESC LIMIT 1"


@dataclass(frozen=True)
class Screen:
    """One picture: what it shows, whose it is, which page (``{story}``, ``{summary}`` are numbers), and what is touched before."""

    name: str
    who: str
    device: str
    path: str
    before: Callable[[Page], None] | None = None


def a_call(page: Page) -> None:
    """The next call, from the day."""
    page.click("a.entry:has(svg) >> text=/appels/i")
    page.click("#thumb a")
    page.wait_for_selector("#thumb a[href^='tel:']")


def a_round(page: Page) -> None:
    """The doors of a round."""
    page.click("a.entry >> text=/portes/i")
    page.wait_for_selector(".building .entry")


def a_form(page: Page) -> None:
    """A door, then what was done there."""
    a_round(page)
    page.click(".building .entry >> nth=0")
    page.click("#thumb button.primary")
    page.wait_for_selector("label.chip")


def a_request(page: Page) -> None:
    """What is asked of whoever notes a request."""
    page.click("summary:has-text('Noter une demande')")


def counted(page: Page) -> None:
    """Segments once they are counted: who falls out."""
    if page.locator("button:has-text('Compter')").count():
        page.click("button:has-text('Compter')")
    page.wait_for_selector("#rules")
    at("h2 >> text=Qui serait contacté")(page)


def at(place: str) -> Callable[[Page], None]:
    """The page scrolled to a place."""

    def scrolled(page: Page) -> None:
        page.wait_for_selector(place)
        page.locator(place).first.evaluate("one => one.closest('.card, section, body').scrollIntoView()")

    return scrolled


SCREENS = (
    Screen("campaigns", "manager", "desk", "/campaigns"),
    Screen("board", "manager", "desk", f"/campaigns/{CAMPAIGN}"),
    Screen("segments", "manager", "desk", f"/campaigns/{CAMPAIGN}/way/segments", counted),
    Screen("messages", "manager", "desk", f"/campaigns/{CAMPAIGN}/way/messages/fr", at("#letter h2")),
    Screen("plan", "manager", "desk", f"/campaigns/{CAMPAIGN}/way/plan", at("h2 >> text=La charge, si")),
    Screen("case", "manager", "desk", "/cases/{story}"),
    Screen("week", "manager", "desk", "/board"),
    Screen("requests", "officer", "desk", "/requests", a_request),
    Screen("retention", "officer", "desk", "/privacy"),
    Screen("summary", "supplier", "desk", "/partner/summaries/{summary}"),
    Screen("today", "mediator", "phone", "/today"),
    Screen("call", "mediator", "phone", "/today", a_call),
    Screen("round", "mediator", "phone", "/today", a_round),
    Screen("mediation", "mediator", "phone", "/today", a_form),
)


def main() -> None:
    """Take all pictures, or those of the names that are given."""
    chosen = [screen for screen in SCREENS if not sys.argv[1:] or screen.name in sys.argv[1:]]
    database = open_database(DEMO_DATABASE)
    with the_day_after(database), served(database) as (base, people), sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        with database.session() as session:
            numbers = {
                "story": session.execute(text(STORY)).scalar_one(),
                "summary": session.execute(text(SUMMARY)).scalar() or 0,
            }
        for screen in chosen:
            for light in LIGHTS:
                where = FOLDER / f"{screen.name}-{light}.png"
                where.write_bytes(picture(chromium, base, people, screen, light, numbers))
                print(f"{where.name}: {where.stat().st_size // 1024} kB")
        chromium.close()


@contextmanager
def served(database: Database) -> Iterator[tuple[str, dict[str, str]]]:
    """The application on a free port of loopback: its address, and the door of each of the demonstration's people."""
    app = create_app(database)
    codes = demo.settle(database)
    key = demo.open_door(app)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    people = {code: f"/demo/{key}/{code}" for code in codes}
    try:
        # Whoever has most work stands first among those who are no office people.
        mediator = next(code for code in codes if code not in {known for known, _name, _role in demo.PEOPLE})
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", people | {"mediator": people[mediator]}
    finally:
        server.should_exit = True
        thread.join(10)


def picture(chromium: Browser, base: str, people: dict[str, str], screen: Screen, light: str, numbers: dict[str, int]) -> bytes:
    """One screen as its owner sees it, as a small PNG."""
    context = chromium.new_context(
        **DEVICES[screen.device], color_scheme=LIGHTS[light], reduced_motion="reduce", locale="fr-FR", timezone_id="Europe/Paris"
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(base + people[screen.who])
    page.goto(base + screen.path.format(**numbers))
    page.wait_for_load_state("networkidle")
    if screen.who == "mediator":
        page.wait_for_selector(".entry")
    if screen.before is not None:
        screen.before(page)
    taken = page.screenshot()
    context.close()
    small = io.BytesIO()
    Image.open(io.BytesIO(taken)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    main()
