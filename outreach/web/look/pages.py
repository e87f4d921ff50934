"""The one environment of templates, and a page of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from outreach.core import labels
from outreach.core.i18n import _, language
from outreach.web.look import assets, direction, written

if TYPE_CHECKING:
    from fastapi import Request

    from outreach.web.look.charts.chart import Chart

PATH_SHOWN = 200
"""A longer address is not carried through a form: whoever changes the language starts from the first page."""

environment = Environment(
    loader=PackageLoader("outreach.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
environment.globals.update(
    _=_, language=language, icon=assets.icon, asset=assets.asset, direction=direction.direction, labels=labels,
    label=labels.label, disposition_label=written.disposition_label, language_name=labels.language_name,
)  # fmt: skip
WRITTEN = {
    "number": written.number, "counted": written.counted, "percent": written.percent, "euros": written.euros, "day": written.day, "long_day": written.long_day,
    "moment": written.moment, "clock_time": written.clock_time, "since": written.since, "phone": written.phone,
    "duration": written.duration, "isolate": direction.isolate, "cell": written.cell,
}  # fmt: skip
environment.filters.update(WRITTEN)
environment.globals.update(WRITTEN)


def render(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page for who asks: the shells show who is signed in, and scripts of ours carry the nonce of this answer.

    Raises ``ValueError`` for a value that bears the name of something that templates call: there it would stand in its place.
    """
    if hidden := values.keys() & environment.globals.keys():
        message = f"{template}: a value hides {', '.join(sorted(hidden))}"
        raise ValueError(message)
    page = environment.get_template(template).render(**shared(request), **values)
    return HTMLResponse(page, status_code=status)


def drawn(chart: Chart, *, show_title: bool = True) -> Markup:
    """A chart as a page shows it, with its table behind one tap; for what is drawn once and shown often."""
    macro = environment.get_template("ui.html").module.chart  # type: ignore[attr-defined]
    return Markup(macro(chart, show_title))  # noqa: S704 - escaped by the template


def shared(request: Request) -> dict[str, Any]:
    """What every page may speak of: who looks, the nonce, and where one is (to come back after choosing a language)."""
    state = request.state
    path = request.url.path
    return {
        "viewer": getattr(state, "viewer", None),
        "nonce": getattr(state, "nonce", ""),
        "here": path if request.method == "GET" and len(path) <= PATH_SHOWN else "/",
    }
