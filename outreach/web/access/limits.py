"""How often somebody may try: allowances in PostgreSQL, the same for every process, filled up again with time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

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


@dataclass(frozen=True)
class Allowance:
    """So many acts in so long."""

    name: str
    most: int
    within: timedelta


SIGN_IN = Allowance("sign-in", 5, timedelta(minutes=1))
"""Of one account, or of one address: five wrong passwords in a minute."""
ADDRESS = Allowance("address", 30, timedelta(minutes=1))
"""Of one address, whoever it says it is."""
API = Allowance("api", 600, timedelta(minutes=1))
UPLOAD = Allowance("upload", 20, timedelta(hours=1))
REHEARSAL = Allowance("rehearsal", 5, timedelta(hours=1))
"""Rehearsals that really send to their guests."""


def take(database: Database, allowance: Allowance, whose: str) -> bool:
    """Use one act of somebody's allowance; ``False`` when nothing is left of it."""
    values = {
        "key": f"{allowance.name}:{whose}", "most": allowance.most, "seconds": allowance.within.total_seconds(), "now": clock.now(),
    }  # fmt: skip
    with database.session() as session:
        left = session.execute(text(TAKE), values).scalar_one()
    return bool(left >= 0)


def forget(database: Database) -> int:
    """Drop the allowances that are long full again; returns how many."""
    with database.session() as session:
        done = session.execute(text("DELETE FROM rate_bucket WHERE at < :before"), {"before": clock.now() - timedelta(days=1)})
        return int(done.rowcount)  # type: ignore[attr-defined]
