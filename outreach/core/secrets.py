"""Secrets of the installation: from the environment, else generated with the embedded cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach.core.errors import DatabaseError
from outreach.core.i18n import _
from outreach.core.settings import settings

if TYPE_CHECKING:
    from outreach.core.database import Database


def objection_pepper(database: Database) -> str:
    """The secret of objection marks. Raises ``DatabaseError`` when a server is used and none is set."""
    configured = settings().objection_pepper
    if configured is not None:
        return configured.get_secret_value()
    if database.cluster is None:
        raise DatabaseError(
            _("le secret des marques d'opposition manque"),
            place="OUTREACH_OBJECTION_PEPPER",
            mend=_("Donnez-lui une longue valeur aléatoire, et gardez-la : elle doit survivre aux sauvegardes."),
        )
    return database.cluster.secret("pepper")


def sealing_key(database: Database) -> str:
    """The secret from which keys that seal things at rest are made. Raises ``DatabaseError`` when a server is used and none is set."""
    configured = settings().sealing_key
    if configured is not None:
        return configured.get_secret_value()
    if database.cluster is None:
        raise DatabaseError(
            _("le secret qui scelle les codes de connexion manque"),
            place="OUTREACH_SEALING_KEY",
            mend=_("Donnez-lui une longue valeur aléatoire, et gardez-la hors de la base."),
        )
    return database.cluster.secret("sealing")
