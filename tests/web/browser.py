"""A real browser on loopback: phones and desks, light and dark, what went wrong on a page, and what axe finds on it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LOOPBACK = {"127.0.0.1", "localhost", "::1", ""}
SCREENS = {
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2},
    "desk": {"viewport": {"width": 1440, "height": 900}},
    "narrow": {"viewport": {"width": 320, "height": 640}, "is_mobile": True, "has_touch": True},
}
PATIENCE_MS = 10_000
# Said by the browser itself about answers like 401 and 404, which tests ask for on purpose.
STATUS_TOLD = "Failed to load resource: the server responded with a status"


DROP = """([zone, name, content]) => {
  const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0)), carried = new DataTransfer();
  carried.items.add(new File([bytes], name, {type: "text/csv"}));
  const at = document.querySelector(zone), say = (kind) => at.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: carried}));
  say("dragenter"); say("dragover");
  const marked = at.classList.contains("is-over");
  say("drop");
  return marked;
}"""


@dataclass
class Visit:
    """One person's browser: a page, what went wrong on it, and whom it spoke to."""

    context: object
    page: object
    base: str
    problems: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def open(self, path):
        """Go to a page of the application."""
        return self.page.goto(f"{self.base}{path}")

    def overflow(self):
        """By how many points the page is wider than the screen."""
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def axe(self):
        """What axe finds against WCAG 2.2 AA: rule, how often, and the first place."""
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate(
            "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})"
            ".then(r => r.violations.map(v => [v.id, v.nodes.length, v.nodes[0].target.join(' '), v.nodes[0].failureSummary || '']))",
            RULES,
        )
        return [f"{rule} ×{times}: {place} ({' '.join(why.split())[:200]})" for rule, times, place, why in found]

    def shot(self, path):
        """A picture of the whole page."""
        self.page.screenshot(path=str(path), full_page=True)
        return path


def dropped(one, path):
    """A file let go over the form; whether the form showed that it would take it."""
    content = base64.b64encode(path.read_bytes()).decode()
    return one.page.evaluate(DROP, ["form.drop-zone", path.name, content])


def watch(visit):
    """Note errors on the console, scripts that fail, and every host that is asked; refusals of the CSP are console errors."""

    def console(message):
        if message.type == "error" and not message.text.startswith(STATUS_TOLD):
            visit.problems.append(message.text)

    visit.page.on("console", console)
    visit.page.on("pageerror", lambda error: visit.problems.append(str(error)))
    visit.context.on("request", lambda request: visit.hosts.add(urlsplit(request.url).hostname or ""))


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Debian's Chromium, once a run."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser):
    """Open a browser for somebody: ``visit(base, screen="phone", dark=False, language="fr", cookies={})``.

    At the end nothing may have gone wrong on any page, and nobody outside this machine may have been asked for anything.
    """
    visits = []
    with ExitStack() as stack:

        def opened(base, screen="desk", *, dark=False, language="fr", cookies=None, **options):
            base = str(base).rstrip("/")
            context = browser.new_context(
                **SCREENS[screen], color_scheme="dark" if dark else "light", reduced_motion="reduce",
                locale={"fr": "fr-FR", "en": "en-GB"}[language], **{"timezone_id": "Europe/Paris", **options},
            )  # fmt: skip
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE_MS)
            context.add_cookies([{"name": name, "value": value, "url": base} for name, value in (cookies or {}).items()])
            made = Visit(context, context.new_page(), base)
            watch(made)
            visits.append(made)
            return made

        yield opened
    assert [problem for one in visits for problem in one.problems] == []
    assert {host for one in visits for host in one.hosts} <= LOOPBACK
