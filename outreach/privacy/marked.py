"""Whether what is sealed is found: every phone and e-mail address has the mark that this installation's secret makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core.marks import mark_all
from outreach.core.sealing import opened_all
from outreach.models.base import WAYS

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

BATCH = 20_000
PEOPLE = f"""
SELECT id, {", ".join(f"{name}, {name}_mark" for name in WAYS)}
FROM person
WHERE id > :after AND anonymised_at IS NULL
ORDER BY id LIMIT :most
"""


def unmarked(session: Session) -> tuple[int, list[str]]:
    """How many phones and e-mail addresses of people there are, and who has one that nobody would find.

    Their mark is under another secret, or the value was changed.
    """
    checked, faults, after = 0, [], 0
    while rows := session.execute(text(PEOPLE), {"after": after, "most": BATCH}).all():
        for name, sealed in WAYS.items():
            # A column at a time: to ask for the keys takes as long as to open what they seal.
            made = mark_all(opened_all((getattr(row, name) for row in rows), sealed.place))
            checked += sum(one is not None for one in made)
            faults += [f"person {row.id}" for row, one in zip(rows, made, strict=True) if getattr(row, f"{name}_mark") != one]
        after = rows[-1].id
    return checked, faults
