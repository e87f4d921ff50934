"""The one door to what screens read: a transaction in the role and under the words that PostgreSQL's row-level security asks.

Screens read through ``reading``: whatever they ask, they get rows of their own associations or partner, else nothing. What they
do, they do by the stages' own functions, on things that they have seen through this door first.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core.embedded import READER
from outreach.core.errors import DatabaseError
from outreach.core.i18n import _
from outreach.core.roles import OF_AN_ASSOCIATION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from outreach.core.database import Database
    from outreach.web.access.viewer import Viewer

# One statement: the role, and for whom it reads. All of it ends with the transaction. JIT costs more than it gives here.
ENTER = """
SELECT set_config('role', 'outreach_web', true), set_config('outreach.sites', :sites, true), set_config('jit', 'off', true),
       set_config('outreach.associations', :associations, true), set_config('outreach.partner', :partner, true),
       set_config('outreach.network', :network, true), set_config('transaction_read_only', 'on', true)
"""


@contextmanager
def reading(database: Database, viewer: Viewer | None) -> Iterator[Session]:
    """A session that sees what the viewer may see; one without a viewer sees nothing. Nothing can be written in it."""
    with database.session() as session:
        session.execute(text(ENTER), words_of(viewer))
        yield session


def words_of(viewer: Viewer | None) -> dict[str, str]:
    """What the transaction says of a viewer.

    A mediator or manager reads for the associations; a partner's people for the partner.
    """
    staff = viewer is not None and bool(viewer.roles & OF_AN_ASSOCIATION)
    return {
        "sites": _array(viewer.sites) if staff and viewer else "{}",
        "associations": _array(viewer.associations) if staff and viewer else "{}",
        "partner": str(viewer.partner) if viewer and not staff and viewer.partner is not None else "",
        "network": "yes" if viewer and viewer.in_network else "",
    }


def require_wall(database: Database) -> None:
    """Refuse to serve where the wall does not stand. Raises ``DatabaseError`` with the statements that raise it."""
    with database.session() as session:
        stands = session.execute(
            text("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = :reader AND NOT rolbypassrls AND NOT rolsuper)"
                 " AND pg_has_role(current_user, (SELECT oid FROM pg_roles WHERE rolname = :reader), 'MEMBER')"),
            {"reader": READER},
        ).scalar()  # fmt: skip
    if not stands:
        mend = _("CREATE ROLE outreach_web NOLOGIN; GRANT outreach_web TO outreach_app; puis « outreach db upgrade » à nouveau.")
        raise DatabaseError(_("le rôle qui lit pour les écrans manque dans PostgreSQL"), place=READER, mend=mend)


def _array(numbers: tuple[int, ...]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"


LIVING = "CASE WHEN p.merged_into IS NULL THEN p.id ELSE p.merged_into END"
"""Who a person ``p`` is now.

Behind the wall ``coalesce`` would be computed for every row before any index is asked; this is not.
"""
