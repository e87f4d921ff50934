"""How often somebody may try: allowances in PostgreSQL, the same for every process, filled up again with time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock

if TYPE_CHECKING:
    from outreach.core.database import Database

# One statement, so that those who try at the same moment wait for each other. Below nothing: refused; whoever goes on trying
# stays refused.
TAKE = """
INSERT INTO rate_bucket AS b (key, "left", at) VALUES (:key, :most - 1, :now)
ON CONFLICT (key) DO UPDATE SET at = excluded.at,
  "left" = greatest(least(:most, b."left" + :most * greatest(extract(epoch FROM excluded.at - b.at), 0) / :seconds) - 1, -1)
RETURNING "left"
"""
LEFT = """
SELECT least(:most, "left" + :most * greatest(extract(epoch FROM CAST(:now AS timestamptz) - at), 0) / :seconds) AS "left"
FROM rate_bucket
WHERE key = :key
"""


@dataclass(frozen=True)
class Allowance:
    """So many acts in so long."""

    name: str
    most: int
    within: timedelta


SIGN_IN = Allowance("sign-in", 5, timedelta(minutes=1))
"""Of one account: five passwords, or codes, in a minute."""
WRONG = Allowance("wrong", 25, timedelta(hours=1))
"""Wrong ones of one account. Never more than 50 in an hour by its name, and as many by its e-mail: who takes their time does not
try a hundred of either proof (ASVS 4.0.3, V2.2.1)."""
ADDRESS = Allowance("address", 30, timedelta(minutes=1))
"""Of one address, whoever it says it is."""
API = Allowance("api", 600, timedelta(minutes=1))
UPLOAD = Allowance("upload", 20, timedelta(hours=1))
REHEARSAL = Allowance("rehearsal", 5, timedelta(hours=1))
"""Rehearsals that really send to their guests."""


def take(database: Database, allowance: Allowance, whose: str) -> bool:
    """Use one act of somebody's allowance; ``False`` when nothing is left of it."""
    with database.session() as session:
        left = session.execute(text(TAKE), _values(allowance, whose)).scalar_one()
    return bool(left >= 0)


def may_guess(database: Database, whose: str) -> bool:
    """Whether somebody may give a password or a code once more; ``guessed_wrong`` says when it was none."""
    if not take(database, SIGN_IN, whose):
        return False
    with database.session() as session:
        left = session.execute(text(LEFT), _values(WRONG, whose)).scalar()
    # Whoever is told to wait may look whether it is over: that costs nothing.
    return left is None or bool(left >= 1)


def guessed_wrong(database: Database, whose: str) -> None:
    """Count a wrong password or code."""
    take(database, WRONG, whose)


def _values(allowance: Allowance, whose: str) -> dict[str, Any]:
    # What people typed may be anything, as long as they like, and a password by mistake: its hash says as well whose try it was.
    key = f"{allowance.name}:{sha256(whose.encode(errors='replace')).hexdigest()}"
    return {"key": key, "most": allowance.most, "seconds": allowance.within.total_seconds(), "now": clock.now()}


def forget(database: Database) -> int:
    """Drop the allowances that are long full again; returns how many."""
    with database.session() as session:
        done = session.execute(text("DELETE FROM rate_bucket WHERE at < :before"), {"before": clock.now() - timedelta(days=1)})
        return int(done.rowcount)  # type: ignore[attr-defined]
