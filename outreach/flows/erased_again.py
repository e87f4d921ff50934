"""Erasures done again in a restored database, so that a backup from before them brings nobody back."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core.errors import PolicyError
from outreach.core.marks import pepper
from outreach.flows.erasures_kept import KNOWN
from outreach.flows.forgetting import erase_person
from outreach.policy.erasure import sql_borne
from outreach.privacy.anonymise import anonymise_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outreach.core.database import Database
    from outreach.flows.erasures_kept import Marks

WRITE_DOWN = """
INSERT INTO erasure_mark (mark, kind, made_at)
SELECT *
FROM unnest(CAST(:marks AS text[]), CAST(:kinds AS text[]), CAST(:moments AS timestamptz[]))
ON CONFLICT (mark) DO NOTHING
"""
# Rows that bear a mark: those of persons, and those that nobody has been found behind yet.
BEARING = f"""
SELECT f.id, coalesce(q.merged_into, q.id) AS person, m.mark FROM list_row f LEFT JOIN person q ON q.id = f.person_id
  CROSS JOIN LATERAL ({sql_borne("f")}) m WHERE f.anonymised_at IS NULL AND m.mark = ANY(:marks)
"""
OF_HOMES = {"home", "any_home"}
"""Kinds of marks that a namesake at the same address bears as well."""


@dataclass(frozen=True)
class ErasedAgain:
    """People who had been erased since a backup and are erased again; erasures that are to be done by hand (``waiting``).

    Something is on its way to that person, or two are as likely to be who was meant.
    """

    people: int = 0
    waiting: int = 0


def erase_again(database: Database, kept: Marks, *, actor: str) -> ErasedAgain:
    """Erase in a restored database whoever was erased since its backup, by the marks that were ``kept`` (``erasures_kept``)."""
    with database.session() as session:
        there = {row.mark for row in session.execute(text(KNOWN))}
        fresh = {mark: told for mark, told in kept.items() if mark not in there}
        if not fresh:
            return ErasedAgain()
        values = {
            "marks": list(fresh),
            "kinds": [kind for kind, _made in fresh.values()],
            "moments": [made for _kind, made in fresh.values()],
        }
        session.execute(text(WRITE_DOWN), values)
        bearing = session.execute(text(BEARING), {"marks": list(fresh), "pepper": pepper()}).all()
        # As a list that comes in would be: nobody was found behind them yet.
        anonymise_rows(session, sorted({row.id for row in bearing if row.person is None}))
    people, unsure = _meant(fresh, [(row.person, row.mark) for row in bearing if row.person is not None])
    waiting = 0
    for person in sorted(people):
        try:
            erase_person(database, person, actor=actor)
        except PolicyError:
            waiting += 1
    return ErasedAgain(len(people) - waiting, waiting + unsure)


def _meant(marks: Marks, bearing: Sequence[tuple[int, str]]) -> tuple[set[int], int]:
    """Who was erased, of those who bear marks; and of how many erasures that is not sure.

    The marks of one erasure were made at one moment. Whoever bears most of them is meant, and one of them has to be more than a
    name at an address, unless no other was made.
    """
    borne: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for person, mark in bearing:
        borne[marks[mark][1]][person].add(mark)
    sure = {made for kind, made in marks.values() if kind not in OF_HOMES}
    found: set[int] = set()
    unsure = 0
    for made, people in borne.items():
        likely = {
            person: len(theirs)
            for person, theirs in people.items()
            if made not in sure or any(marks[mark][0] not in OF_HOMES for mark in theirs)
        }
        most = max(likely.values(), default=0)
        first = [person for person, count in likely.items() if count == most]
        found |= set(first) if len(first) == 1 else set()
        unsure += len(first) > 1
    return found, unsure
