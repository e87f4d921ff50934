"""The keys that seal people's words: everything under the key in force, and a change of key of the embedded database."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from outreach.core import audit
from outreach.core.errors import DatabaseError
from outreach.core.i18n import _
from outreach.core.resealing import reseal
from outreach.core.secrets import configured
from outreach.models.sealed import sealed_columns

if TYPE_CHECKING:
    from outreach.core.database import Database


def reseal_all(database: Database) -> dict[str, int]:
    """Seal every value that is not sealed by the key in force; returns how many, by column."""
    return reseal(database, sealed_columns())


def change_key(database: Database, *, actor: str) -> dict[str, int]:
    """Give the embedded database a new key, seal everything under it, then forget the old one; returns how many, by column.

    Cut off in the middle, both keys are known, and the next run goes on. Raises ``DatabaseError`` where the key comes from the
    environment: it is changed there (``docs/operations/keys.md``).
    """
    cluster = database.cluster
    if cluster is None or configured("fields") is not None:
        raise DatabaseError(
            _("cette clé vient de l'environnement"),
            place="OUTREACH_FIELD_KEY",
            mend=_("Mettez l'ancienne dans OUTREACH_FIELD_KEYS_BEFORE, la nouvelle à sa place, puis : outreach db reseal"),
        )
    cluster.adopt({"fields": secrets.token_urlsafe(32), "fields_before": cluster.secret("fields")})
    done = reseal_all(database)
    cluster.adopt({"fields_before": ""})
    with database.session() as session:
        audit.record(session, actor, "key.change", "database", {"values": sum(done.values())})
    return done
