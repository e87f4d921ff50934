"""Sessions of the web: kept in PostgreSQL, known to the browser by a cookie that nothing else can read or set."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from sqlalchemy import text

from outreach.core import audit, clock
from outreach.core.roles import Role
from outreach.web.access.viewer import Viewer, find, viewer_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from outreach.core.database import Database

COOKIE = "__Host-outreach"
"""The prefix makes browsers refuse it from any other host, path, or unencrypted page."""
LIFE = timedelta(hours=12)
"""A working day: then everybody signs in anew."""
IDLE = timedelta(minutes=30)
"""How long nobody may have asked for anything (ASVS 4.0.3, V3.3.2); a mediator's day without network is longer."""
SEEN = timedelta(minutes=1)
"""How finely it is noted when somebody was last there."""


def begin(database: Database, account: int, actor: str, proof: str, association: int | None = None) -> str:
    """A new session of an account; returns what its cookie holds, which is kept nowhere.

    ``association``: what the account may do for that one alone.
    """
    secret, now = secrets.token_urlsafe(32), clock.now()
    values = {
        "id": uuid4(), "sha256": hashed(secret), "account": account, "proof": proof, "association": association, "now": now,
        "until": now + LIFE,
    }  # fmt: skip
    with database.session() as session:
        session.execute(
            text("INSERT INTO web_session (id, sha256, account_id, proof, association_id, began_at, seen_at, valid_to)"
                 " VALUES (:id, :sha256, :account, :proof, :association, :now, :now, :until)"),
            values,
        )  # fmt: skip
        audit.record(session, actor, "session.begin", f"account {account}", {"proof": proof})
    return secret


def viewer(database: Database, secret: str | None) -> Viewer | None:
    """Who a cookie is of, if its session is in force."""
    if not secret:
        return None
    now = clock.now()
    with database.session() as session:
        row = find(session, hashed(secret), now)
        if row is None:
            return None
        found = viewer_of(row)
        if now - row.seen_at > _patience(found):
            return None
        if now - row.seen_at > SEEN:
            session.execute(text("UPDATE web_session SET seen_at = :now WHERE id = :id"), {"id": found.session, "now": now})
    return found


def _patience(viewer: Viewer) -> timedelta:
    """How long nothing may be asked: at doors without network a working day, but never with a role that opens the whole network."""
    return LIFE if Role.MEDIATOR in viewer.roles and not viewer.in_network else IDLE


def end(database: Database, session_id: UUID, actor: str) -> None:
    """End a session for good."""
    with database.session() as session:
        session.execute(text("UPDATE web_session SET ended_at = :now WHERE id = :id AND ended_at IS NULL"),
                        {"id": session_id, "now": clock.now()})  # fmt: skip
        audit.record(session, actor, "session.end", f"session {session_id}", {})


def end_all(database: Database, account: int, actor: str) -> int:
    """End every session of an account: a lost phone, a changed password, an account that is closed."""
    with database.session() as session:
        done = session.execute(text("UPDATE web_session SET ended_at = :now WHERE account_id = :account AND ended_at IS NULL"),
                               {"account": account, "now": clock.now()})  # fmt: skip
        ended = int(done.rowcount)  # type: ignore[attr-defined]
        audit.record(session, actor, "session.end_all", f"account {account}", {"ended": ended})
    return ended


def forget(database: Database) -> int:
    """Drop the sessions whose day is over, ended or not: who signed in when is in the audit; returns how many."""
    with database.session() as session:
        done = session.execute(text("DELETE FROM web_session WHERE valid_to < :now"), {"now": clock.now()})
        return int(done.rowcount)  # type: ignore[attr-defined]


def give(response: Response, secret: str) -> None:
    """Let the browser keep it."""
    response.set_cookie(COOKIE, secret, max_age=int(LIFE.total_seconds()), path="/", secure=True, httponly=True, samesite="lax")


def take_away(response: Response) -> None:
    """Let the browser forget it, and all that pages kept there."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


def hashed(secret: str) -> str:
    """What is kept of a secret. It is random and long: nothing slower is needed."""
    return sha256(secret.encode()).hexdigest()
