"""The data protection officer's page: until when people are known, what was anonymised, and what the law wants written down."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Response
from sqlalchemy import text

from outreach.core import audit, clock
from outreach.privacy import what_is_due
from outreach.privacy.processing import impact_of, register_of, write_impact, write_register
from outreach.web.access.gate import NotThereError, Visiting

if TYPE_CHECKING:
    from collections.abc import Callable

router = APIRouter(prefix="/privacy")
KINDS = {"pdf": "application/pdf", "json": "application/json"}
JOURNAL = "SELECT ran_at, actor, request_id, counts FROM retention_run ORDER BY id DESC LIMIT 20"
WAITING = "SELECT count(*) FROM provider_erasure WHERE gone_at IS NULL"


@router.get("")
def show(visit: Visiting) -> Response:
    """What is due under each agreement, now and in a month; the last runs; the documents."""
    with visit.database.session() as session:
        due = what_is_due(session)
        journal = session.execute(text(JOURNAL)).all()
        waiting = session.execute(text(WAITING)).scalar_one()
    next_run = clock.next_month(clock.today())
    return visit.page("admin/privacy.html", due=due, journal=journal, waiting=waiting, next_run=next_run)


@router.get("/register.{kind}")
def register(visit: Visiting, kind: str) -> Response:
    """The record of processing activities."""
    _require(kind)
    with visit.database.session() as session:
        told = register_of(session)
        audit.record(session, visit.actor, "privacy.register", "agreement", {"entries": len(told["entries"])})
    return downloaded(told, write_register, "registre", kind)


@router.get("/impact/{code}.{kind}")
def impact(visit: Visiting, code: str, kind: str) -> Response:
    """The impact sheet of an agreement."""
    _require(kind)
    with visit.database.session() as session:
        told = impact_of(session, code)
        audit.record(session, visit.actor, "privacy.impact", f"agreement {code}", {})
    return downloaded(told, write_impact, f"analyse-impact-{told['entry']['code']}", kind)


def downloaded(told: dict[str, Any], write: Callable[[dict[str, Any], Path], Path], name: str, kind: str) -> Response:
    """A document made for whoever asks, of which nothing stays here."""
    with tempfile.TemporaryDirectory(prefix="document-") as folder:
        body = write(told, Path(folder) / f"{name}.{kind}").read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"', "Cache-Control": "no-store"}
    return Response(body, media_type=KINDS[kind], headers=headers)


def _require(kind: str) -> None:
    if kind not in KINDS:
        raise NotThereError
