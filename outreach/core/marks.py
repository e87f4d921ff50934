"""Marks: keyed hashes by which what is sealed is found again.

The same value has the same mark, wherever it stands and whatever key seals it. An objection, an erasure, a phone of a person and
the sender of a text are held against each other by their marks alone. Their secret (the pepper) lies where the keys do, outside
the database, and never changes: marks outlive those they were made of.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core.errors import DatabaseError
from outreach.core.i18n import _
from outreach.core.sealing import PHONE, opened, secrets_beside
from outreach.core.secrets import WORDS, configured, variable_of
from outreach.core.settings import settings

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

    from sqlalchemy.orm import Session

SQL_MARK = "encode(sha256(convert_to(:pepper || {identity}, 'UTF8')), 'hex')"
"""The same mark computed by PostgreSQL; ``{identity}`` is an SQL expression, ``:pepper`` the bound secret."""
REFERENCE = "erased|reference|{partner}|{reference}"
"""What the mark of a partner's reference is made of: since the first erasures, so that theirs are still recognised."""

ANYBODY = "SELECT mobile, mobile_mark FROM person WHERE mobile_mark IS NOT NULL LIMIT 1"


def require_own_secret(session: Session) -> None:
    """Raises ``DatabaseError`` where marks were made with another secret than this process has: no objection would be heeded."""
    row = session.execute(text(ANYBODY)).first()
    if row is not None and mark(opened(row.mobile, PHONE) or "") != row.mobile_mark:
        raise DatabaseError(
            _(
                "les marques de cette base sont faites avec un autre secret : personne ne serait retrouvé, aucune opposition entendue"
            ),
            place=variable_of("pepper"),
            mend=_("Donnez celui des autres machines, ou de l'installation d'origine (là-bas : outreach db secrets)."),
        )


def pepper() -> str:
    """The secret of marks of this installation. Raises ``DatabaseError`` when a server is used and none is set."""
    given = configured("pepper")
    if given is not None:
        return given
    if settings().database_url is not None:
        missing, mend = WORDS["pepper"]
        raise DatabaseError(_(missing), place=variable_of("pepper"), mend=_(mend))
    return secrets_beside()["pepper"]


def mark(identity: str) -> str:
    """The mark of an identity (a phone in E.164, an e-mail address): a keyed hash, useless without the secret."""
    return sha256((pepper() + identity).encode()).hexdigest()


def mark_all(identities: Iterable[str | None]) -> list[str | None]:
    """The marks of a whole column; nothing has none."""
    salted = sha256(pepper().encode())
    return [_marked(salted, identity) if identity else None for identity in identities]


def reference_mark(partner: int, reference: str) -> str:
    """The mark of a partner's own reference of a customer: another partner's equal one has another."""
    return mark(REFERENCE.format(partner=partner, reference=reference))


def reference_marks(partner: int, references: Iterable[str | None]) -> list[str | None]:
    """The marks of a whole column of references."""
    return mark_all(REFERENCE.format(partner=partner, reference=one) if one else None for one in references)


def _marked(salted: Hash, identity: str) -> str:
    hashed = salted.copy()
    hashed.update(identity.encode())
    return hashed.hexdigest()
