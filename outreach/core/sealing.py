"""Words about people, sealed at rest: whoever has the database alone, or its backup, cannot read them.

AES-SIV (RFC 5297) with a nonce, so that the same words never look the same; each is bound to its place: the column that it stands
in, or, of phones, e-mail addresses and references, the kind that it is, so that SQL may copy them from column to column. Keys
come from the environment, or lie beside the embedded database, never in it. What was sealed tells by which key, so that keys can
be changed while people work: new words go under the new key, old ones are read by those before (``docs/operations/keys.md``).
"""

from __future__ import annotations

import json
import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from outreach.core.errors import DatabaseError
from outreach.core.i18n import _
from outreach.core.settings import settings

SIGN = "§"
"""What sealed words begin with. Words from before they were sealed do not, and are read as they stand."""
NONCE = 16
NAMED = 8
"""Letters of a key's name in front of what it sealed."""
SEALED = re.compile(rf"^{SIGN}[0-9a-f]{{{NAMED}}}\.")
PHONE, EMAIL, REFERENCE = "phone", "email", "reference"
"""Places of what SQL copies from one column to another; each is found by its mark (``core.marks``)."""
INSIDE = "sealed"
"""The one name in a JSON value that is sealed."""


@dataclass
class _Taken:
    """Where one unit of work takes its keys, and what it has found there."""

    home: Path | None
    found: Mapping[str, str] | None = None


_taken: ContextVar[_Taken | None] = ContextVar("taken", default=None)


@contextmanager
def beside(home: Path | None) -> Iterator[None]:
    """Inside the block, take the keys that lie beside the embedded database of ``home``, unless the environment gives them.

    They are looked up once for all that is sealed in the block: a look for each letter costs as much as sealing it.
    """
    token = _taken.set(_Taken(home))
    try:
        yield
    finally:
        _taken.reset(token)


@dataclass(frozen=True)
class Ring:
    """The key that seals, and all that open, by their names."""

    current: str
    ciphers: dict[str, AESSIV]

    def seal(self, words: str, place: str, nonce: bytes = b"") -> str:
        """Words as they are kept at ``place``: ``table.column``, or a kind such as ``PHONE``.

        ``nonce``: drawn for these words alone.
        """
        nonce = nonce or os.urandom(NONCE)
        body = nonce + self.ciphers[self.current].encrypt(words.encode(), [place.encode(), nonce])
        return f"{SIGN}{self.current}.{urlsafe_b64encode(body).decode()}"

    def open(self, kept: str, place: str) -> str:
        """The words again. Raises ``DatabaseError`` when their key is missing, or they are not what was sealed there."""
        name, _dot, written = kept[len(SIGN) :].partition(".")
        cipher = self.ciphers.get(name)
        if cipher is None:
            raise DatabaseError(
                _("des mots sont scellés par une clé que l'on n'a pas"),
                place=f"{place} ({name})",
                mend=_("Donnez-la dans OUTREACH_FIELD_KEYS_BEFORE."),
            )
        body = urlsafe_b64decode(written)
        try:
            return cipher.decrypt(body[NONCE:], [place.encode(), body[:NONCE]]).decode()
        except (InvalidTag, ValueError):
            raise DatabaseError(_("des mots scellés ont été changés"), place=place) from None


def seal(words: str | None, place: str) -> str | None:
    """Words as they are kept at ``place``; nothing stays nothing."""
    return ring().seal(words, place) if words else words


def opened(kept: str | None, place: str) -> str | None:
    """The words that are kept; those from before they were sealed as they stand."""
    return ring().open(kept, place) if kept and SEALED.match(kept) else kept


def seal_all(values: Iterable[str | None], place: str) -> list[str | None]:
    """A whole column as it is kept; its nonces are drawn at once, which spares a call a value."""
    keys, column = ring(), list(values)
    drawn = os.urandom(NONCE * len(column))
    return [keys.seal(words, place, drawn[at * NONCE : (at + 1) * NONCE]) if words else words for at, words in enumerate(column)]


def opened_all(kept: Iterable[str | None], place: str) -> list[str | None]:
    """A whole column again."""
    keys = ring()
    return [keys.open(one, place) if one and SEALED.match(one) else one for one in kept]


def seal_data(value: Any, place: str) -> Any:
    """JSON-ready data as they are kept; empty ones, which say nothing, as they are."""
    return {INSIDE: ring().seal(json.dumps(value, ensure_ascii=False), place)} if value else value


def opened_data(kept: Any, place: str) -> Any:
    """The data again."""
    if isinstance(kept, dict) and kept.keys() == {INSIDE}:
        return json.loads(ring().open(kept[INSIDE], place))
    return kept


def ring() -> Ring:
    """The keys of this installation. Raises ``DatabaseError`` when a server is used and none is set."""
    return _ring(*_secrets())


def _secrets() -> tuple[str, ...]:
    """The secret in force, then those before."""
    chosen = settings()
    if chosen.field_key is not None:
        before = chosen.field_keys_before.get_secret_value() if chosen.field_keys_before else ""
        return (chosen.field_key.get_secret_value(), *before.split())
    if chosen.database_url is not None:
        raise DatabaseError(
            _("la clé qui scelle les mots des gens manque"),
            place="OUTREACH_FIELD_KEY",
            mend=_("Donnez-lui une longue valeur aléatoire, et gardez-la hors de la base."),
        )
    kept = secrets_beside()
    return (kept["fields"], *kept.get("fields_before", "").split())


def secrets_beside() -> Mapping[str, str]:
    """The secrets generated with the embedded database, read again when they change; those of a unit of work stay the same."""
    taken = _taken.get() or _Taken(None)
    if taken.found is None:
        file = (taken.home or settings().home / "postgres") / "secrets.json"
        taken.found = _beside(str(file.parent), file.stat().st_mtime_ns)
    return taken.found


@lru_cache(maxsize=4)
def _beside(home: str, _changed: int) -> Mapping[str, str]:
    found: dict[str, str] = json.loads((Path(home) / "secrets.json").read_text())
    return found


@lru_cache(maxsize=8)
def _ring(*secrets: str) -> Ring:
    ciphers = {}
    for secret in secrets:
        key = HKDF(algorithm=SHA512(), length=64, salt=None, info=b"outreach fields").derive(secret.encode())
        ciphers[sha256(key).hexdigest()[:NAMED]] = AESSIV(key)
    return Ring(next(iter(ciphers)), ciphers)
