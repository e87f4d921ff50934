"""The application as a phone installs it: its manifest, and the worker that keeps it there. Nobody's data are in them."""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from outreach.core.i18n import _
from outreach.web.look.assets import STATIC, asset

router = APIRouter()
MODULES = ("app", "clock", "contact", "day", "desk", "dom", "form", "leave", "map", "vault", "work")
VERSIONED = ("tokens.css", "base.css", "phone.css", "print.css", "app.css", "icons.svg", "mark.svg")
PLAIN = ("vendor/idb.js", "vendor/leaflet.js", "vendor/leaflet.css", *(f"phone/{name}.js" for name in MODULES))
"""Files that scripts ask for by their plain names."""


@router.get("/service-worker.js")
def worker() -> Response:
    """The worker, which has to stand at the root to serve all of it; a change of any file is a new version."""
    return Response(_worker(), media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@router.get("/manifest.webmanifest")
def manifest() -> JSONResponse:
    """What the phone needs to put the application among its own."""
    told = {
        "name": _("Aller vers"), "short_name": _("Aller vers"), "start_url": "/today", "scope": "/", "display": "standalone", "lang": "fr",
        "background_color": "#ffffff", "theme_color": "#0b6e4f",
        "icons": [{"src": asset("mark.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
    }  # fmt: skip
    return JSONResponse(told, media_type="application/manifest+json")


@lru_cache(maxsize=1)
def _worker() -> str:
    shell = ["/today", *map(asset, VERSIONED), *(f"/static/{name}" for name in PLAIN)]
    files = sorted({*VERSIONED, *PLAIN, "phone/worker.js"})
    version = sha256(b"".join((STATIC / name).read_bytes() for name in files) + _page()).hexdigest()[:16]
    return (
        f"const VERSION = {json.dumps(version)};\nconst SHELL = {json.dumps(shell)};\n"
        + (STATIC / "phone" / "worker.js").read_text()
    )


def _page() -> bytes:
    return (Path(__file__).parents[1] / "templates" / "mediator" / "phone.html").read_bytes()
