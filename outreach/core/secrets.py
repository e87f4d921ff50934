"""Secrets of the installation: from the environment, else generated with the embedded cluster."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from outreach.core.errors import DatabaseError
from outreach.core.i18n import N_, _
from outreach.core.settings import settings

if TYPE_CHECKING:
    from pydantic import SecretStr

    from outreach.core.database import Database

SURVIVING = {
    "pepper": "objection_pepper",
    "sealing": "sealing_key",
    "fields": "field_key",
    "fields_before": "field_keys_before",
}
"""Secrets without which a restored database is no longer what it was, each with its setting: objections would not be heeded."""
RING = ("fields", "fields_before")
"""The keys of words, that in force and those before: they change places when it is changed."""
WORDS = {
    "pepper": (
        N_("le secret des marques d'opposition manque"),
        N_("Donnez-lui une longue valeur aléatoire, et gardez-la : elle doit survivre aux sauvegardes."),
    ),
    "sealing": (
        N_("le secret qui scelle les codes de connexion manque"),
        N_("Donnez-lui une longue valeur aléatoire, et gardez-la hors de la base."),
    ),
    "fields": (
        N_("la clé qui scelle les mots des gens manque"),
        N_("Donnez-lui une longue valeur aléatoire, et gardez-la hors de la base."),
    ),
    "backup": (
        N_("la clé des sauvegardes manque"),
        N_("Donnez-lui une longue valeur aléatoire, et gardez-la ailleurs que les sauvegardes."),
    ),
}
SHORTEST = 20
"""Characters of a key that backups are sealed with."""


def sealing_key(database: Database) -> str:
    """The secret from which keys that seal things at rest are made.

    Raises ``DatabaseError`` when a server is used and none is set.
    """
    return _secret(database, "sealing")


def backup_key(database: Database) -> str:
    """The secret that backups are sealed with.

    Raises ``DatabaseError`` when a server is used and none is set, or one too short.
    """
    found = _secret(database, "backup")
    if len(found) < SHORTEST:
        message = _("cette clé est trop courte : {shortest} caractères au moins").format(shortest=SHORTEST)
        raise DatabaseError(message, place=variable_of("backup"))
    return found


def variable_of(name: str) -> str:
    """The variable of the environment that gives a secret."""
    return f"OUTREACH_{_setting_of(name).upper()}"


def configured(name: str) -> str | None:
    """What the environment gives for a secret."""
    found: SecretStr | None = getattr(settings(), _setting_of(name))
    return found.get_secret_value() if found is not None else None


def known(database: Database, name: str) -> str | None:
    """A secret of this installation, wherever it comes from; ``None`` when it has none."""
    # Where the environment gives the key of words it gives all of them (``core/sealing.py``).
    is_given = configured("fields" if name in RING else name) is not None
    if is_given or database.cluster is None:
        return configured(name)
    return database.cluster.secrets().get(name) or None


def holds(database: Database, name: str, check: str) -> bool:
    """Whether this installation has the secrets of that check; a key of words wherever in its ring."""
    names = RING if name in RING else (name,)
    have = {one for own in names if (value := known(database, own)) for one in check_of(own, value).split()}
    return have.issuperset(check.split())


def check_of(name: str, value: str) -> str:
    """By what a secret is recognised without being told; of several keys, by what each is."""
    keys = value.split() if name == "fields_before" else [value]
    return " ".join(hmac.new(key.encode(), b"outreach check", hashlib.sha256).hexdigest()[:16] for key in keys)


def _secret(database: Database, name: str) -> str:
    found = known(database, name)
    if found is None:
        missing, mend = WORDS[name]
        raise DatabaseError(_(missing), place=variable_of(name), mend=_(mend))
    return found


def _setting_of(name: str) -> str:
    return SURVIVING.get(name, "backup_key")
