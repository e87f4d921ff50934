"""The gallery as an application: the product's templates, static files and headers, and pages of its own."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, FileSystemLoader
from starlette.staticfiles import StaticFiles

from outreach.web.access.headers import SafeHeaders
from outreach.web.look.assets import STATIC, icons
from outreach.web.look.pages import environment, shared
from tests.web.gallery import sample

PAGES = ("desk", "pieces", "charts", "phone", "call", "plain")
pages = environment.overlay(loader=ChoiceLoader([environment.loader, FileSystemLoader(Path(__file__).parent)]))
VIEWER = SimpleNamespace(
    name="Marie-Charlotte de La Rochefoucauld-Ouédraogo", role="manager", association="PIMMS Médiation Lyon Métropole"
)


def create_gallery():
    """All pages of ``PAGES``."""
    app = FastAPI()
    app.mount("/static", StaticFiles(directory=STATIC))

    @app.get("/{name}")
    def page(request: Request, name: str):
        values = shared(request) | {"viewer": None if name == "plain" else VIEWER}
        return HTMLResponse(pages.get_template(f"{name}.html").render(**values, **sample.values(), icons=sorted(icons())))

    app.add_middleware(SafeHeaders)
    return app
