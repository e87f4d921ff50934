"""The partner's return files without Prefect: looked at, taken in, shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import clock
from outreach.intake.files import Choices
from outreach.intake.returns import ReturnsResult, import_returns, returns_of, write_given_back
from outreach.policy.outcomes import CASE_OUTCOMES

if TYPE_CHECKING:
    from outreach.core.database import Database
    from outreach.definitions.registry import Loaded

STANDING = f"""
SELECT kind, count(*) FILTER (WHERE value) AS so, count(*) FILTER (WHERE NOT value) AS not_so,
       coalesce(sum(amount) FILTER (WHERE value), 0) AS amount
FROM ({CASE_OUTCOMES}) o GROUP BY kind ORDER BY kind
"""


@dataclass(frozen=True)
class Standing:
    """Of how many cases the partner says that it is so, and that it is not; euros with those of which it is."""

    kind: str
    so: int
    not_so: int
    amount: str


@dataclass(frozen=True)
class Returned:
    """The return files of a campaign, and what holds today of all that they told."""

    files: Sequence[ReturnsResult]
    standing: list[Standing]


def import_file(
    database: Database, loaded: Loaded, path: Path, *, actor: str, code: str | None = None, as_of: date | None = None,
    preview: bool = False, choices: Choices | None = None, back: Path | None = None,
) -> ReturnsResult:  # fmt: skip
    """Take one return file in, in a transaction of its own; what could not be used is written to ``back``.

    Raises what ``import_returns`` and ``write_given_back`` raise; then nothing was recorded.
    """
    with database.session() as session:
        result = import_returns(session, loaded, path, actor=actor, code=code, as_of=as_of, preview=preview, choices=choices)
        if back is not None:
            write_given_back(result, back)
        return result


def show(database: Database, loaded: Loaded) -> Returned:
    """All return files of a campaign, and what holds of its cases today."""
    values = {"campaign": loaded.campaign.id, "until": clock.today()}
    with database.session() as session:
        rows = session.execute(text(STANDING), values).all()
        standing = [Standing(str(row.kind), int(row.so), int(row.not_so), str(row.amount)) for row in rows]
        return Returned(returns_of(session, loaded), standing)
