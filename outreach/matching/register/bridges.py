"""A person whose rows may be two people: where the cluster is thinnest, and the way to take it apart."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core.errors import PolicyError
from outreach.core.i18n import _
from outreach.core.words import PairVerdict
from outreach.matching.register.decisions import decide
from outreach.models import Person

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

ROWS = "SELECT id, first_person_id FROM usable_row WHERE person_id = :person ORDER BY id"
LINKS = """
SELECT left_row, right_row, p_same FROM match_link
WHERE left_row = ANY(:rows) AND right_row = ANY(:rows) ORDER BY p_same DESC, left_row, right_row
"""
SAID_SAME = """
SELECT left_row, right_row FROM match_decision
WHERE withdrawn_at IS NULL AND verdict = 'same' AND left_row = ANY(:rows) AND right_row = ANY(:rows)
"""
Edge = tuple[int, int, float | None]
"""Two rows and P(same person); None where somebody's word joins them."""
MOST_PAIRS = 2_000
"""A split that needs more decisions than this is a fault of the model, not of a person."""


@dataclass(frozen=True)
class Bridge:
    """What holds two parts of a person's rows together: the strongest link between them, and the rows of either side.

    ``p_same`` is None where nothing but a person's word or the partner's own joins them.
    """

    left_row: int
    right_row: int
    p_same: float | None
    here: tuple[int, ...]
    there: tuple[int, ...]


def bridges(session: Session, person_id: int) -> list[Bridge]:
    """The ways to take a person's rows apart, the weakest bridge first; none for a person of one row.

    They are the links of the cluster's strongest tree: taking one away leaves two parts that no stronger link joins.
    Raises ``PolicyError`` for an unknown person.
    """
    rows = [row.id for row in session.execute(text(ROWS), {"person": _living(session, person_id)})]
    values = {"rows": rows}
    links: list[Edge] = [tuple(row) for row in session.execute(text(LINKS), values)]
    said: list[Edge] = [(*row, None) for row in session.execute(text(SAID_SAME), values)]
    chain: list[Edge] = [(*both, None) for both in pairwise(rows)]
    tree = _strongest_tree(rows, said + links + chain)
    found = [_bridge(rows, tree, edge) for edge in tree]
    return sorted(found, key=lambda bridge: (1.0 if bridge.p_same is None else bridge.p_same, bridge.left_row, bridge.right_row))


def split(session: Session, bridge: Bridge, *, author: str, note: str | None = None) -> int:
    """Decide that the two sides of a bridge are two persons; returns the decisions kept. Takes effect with the next match."""
    return _apart(session, bridge.here, bridge.there, author=author, note=note)


def split_at(session: Session, person_id: int, which: int, *, author: str, note: str | None = None) -> int:
    """``split`` at the bridge of that rank, 1 being the weakest. Raises ``PolicyError`` when there is none."""
    found = bridges(session, person_id)
    if not 1 <= which <= len(found):
        raise PolicyError(
            _("cette personne n'a pas de lien de ce rang"), place=str(which), mend=_("Voyez « outreach match split PERSONNE ».")
        )
    return split(session, found[which - 1], author=author, note=note)


def undo_merge(session: Session, person_id: int, *, author: str, note: str | None = None) -> int:
    """Decide that a person who was merged into another is not that one: the rows that were theirs are theirs again.

    Takes effect with the next match; both histories stay. Raises ``PolicyError`` when the person was not merged.
    """
    person = session.get(Person, person_id)
    if person is None or person.merged_into is None:
        raise PolicyError(_("cette personne n'a pas été fusionnée"), place=str(person_id))
    rows = session.execute(text(ROWS), {"person": person.merged_into}).all()
    theirs = tuple(row.id for row in rows if row.first_person_id == person_id)
    others = tuple(row.id for row in rows if row.first_person_id != person_id)
    if not theirs or not others:
        raise PolicyError(_("aucune ligne de cette personne n'est plus en vigueur"), place=str(person_id))
    return _apart(session, theirs, others, author=author, note=note)


def _apart(session: Session, here: tuple[int, ...], there: tuple[int, ...], *, author: str, note: str | None) -> int:
    if len(here) * len(there) > MOST_PAIRS:
        raise PolicyError(
            _("trop de lignes d'un coup ({rows})").format(rows=len(here) + len(there)),
            mend=_("Coupez d'abord en parties plus petites."),
        )
    for one, other in product(here, there):
        decide(session, one, other, PairVerdict.APART, author=author, note=note)
    return len(here) * len(there)


def _living(session: Session, person_id: int) -> int:
    person = session.get(Person, person_id)
    if person is None:
        raise PolicyError(_("cette personne n'existe pas"), place=str(person_id))
    return person.merged_into or person.id


def _strongest_tree(rows: list[int], edges: list[Edge]) -> list[Edge]:
    """The edges, taken in order, that join what no earlier one joined."""
    group = {row: {row} for row in rows}
    tree = []
    for edge in edges:
        one, other = group[edge[0]], group[edge[1]]
        if one is not other:
            one |= other
            for row in other:
                group[row] = one
            tree.append(edge)
    return tree


def _bridge(rows: list[int], tree: list[Edge], edge: Edge) -> Bridge:
    near, reached = {edge[0]}, [edge[0]]
    while reached:
        here = reached.pop()
        for one, other, _p in tree:
            if (one, other) != edge[:2] and here in {one, other}:
                beyond = other if here == one else one
                if beyond not in near:
                    near.add(beyond)
                    reached.append(beyond)
    here_rows = tuple(row for row in rows if row in near)
    return Bridge(edge[0], edge[1], edge[2], here_rows, tuple(row for row in rows if row not in near))
