"""A stream sealed chunk by chunk: what was cut off, put in another order or changed is noticed before it is used.

After a first line in the clear (JSON: what the file is) come records, each its length in four bytes and AES-256-GCM of up to
``CHUNK`` bytes. The key is made of the secret by scrypt under a salt of the file's own; the nonce is the number of the record
and whether it is the last one; the first line is bound to every record (the STREAM construction of Hoang, Reyhanitabar,
Rogaway and Vizár, 2015, as the age format uses it).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from outreach.core.errors import OutreachError
from outreach.core.i18n import _

MAGIC = b"outreach-sealed-1 "
CHUNK = 1 << 20
TAG = 16
LENGTH = 4
LONGEST_LINE = 1 << 20
SALT = 16
COST = 1 << 15
"""Of scrypt: 32 MiB and a tenth of a second, once a file."""


class SealError(OutreachError):
    """A sealed file that is not whole, not genuine, or of another key."""


def is_sealed(file: IO[bytes]) -> bool:
    """Whether a file begins as ours do; it is left at its start."""
    found = file.read(len(MAGIC))
    file.seek(0)
    return found == MAGIC


def open_line(file: IO[bytes]) -> dict[str, Any]:
    """What a sealed file says of itself in the clear. Raises ``SealError`` for another one; nothing of it is proven yet."""
    return _line(file)[1]


class Sealer:
    """Seals a stream into ``file``; ``close`` writes the last record, without which it is not whole."""

    def __init__(self, file: IO[bytes], secret: str, described: dict[str, Any]) -> None:
        salt = os.urandom(SALT)
        line = MAGIC + json.dumps(described | {"salt": salt.hex()}, ensure_ascii=False).encode() + b"\n"
        self._file, self._cipher, self._bound = file, _cipher(secret, salt), hashlib.sha256(line).digest()
        self._number, self._waiting = 0, b""
        file.write(line)

    def write(self, content: bytes) -> None:
        """Seal more of the stream."""
        self._waiting += content
        while len(self._waiting) > CHUNK:
            self._seal(self._waiting[:CHUNK], last=False)
            self._waiting = self._waiting[CHUNK:]

    def close(self) -> None:
        """Seal what is left as the last record."""
        self._seal(self._waiting, last=True)

    def _seal(self, content: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number, last=last), content, self._bound)
        self._file.write(len(sealed).to_bytes(LENGTH, "big") + sealed)
        self._number += 1


def unsealed(file: IO[bytes], secret: str) -> Iterator[bytes]:
    """The stream of a sealed file, each part of it proven.

    Raises ``SealError`` at the first that is not genuine, or is missing.
    """
    line, described = _line(file)
    try:
        salt = bytes.fromhex(described["salt"])
    except (KeyError, TypeError, ValueError) as error:
        raise _broken(file) from error
    cipher, bound, number = _cipher(secret, salt), hashlib.sha256(line).digest(), 0
    record = _record(file)
    while record:
        following = _record(file)
        try:
            content = cipher.decrypt(_nonce(number, last=not following), record, bound)
        except InvalidTag as error:
            if not number:
                raise SealError(
                    _("cette sauvegarde ne s'ouvre pas : une autre clé, ou un fichier altéré"), place=_name(file),
                    mend=_("Donnez dans OUTREACH_BACKUP_KEY la clé de l'installation qui l'a faite."),
                ) from error  # fmt: skip
            raise _broken(file) from error
        yield content
        record, number = following, number + 1
    if not number:
        raise _broken(file)


def _line(file: IO[bytes]) -> tuple[bytes, dict[str, Any]]:
    line = file.readline(LONGEST_LINE)
    try:
        described = json.loads(line.removeprefix(MAGIC))
    except ValueError as error:
        raise _broken(file) from error
    if not line.startswith(MAGIC) or not line.endswith(b"\n") or not isinstance(described, dict):
        raise _broken(file)
    return line, described


def _record(file: IO[bytes]) -> bytes:
    """The next record; nothing at the end of the file."""
    length = file.read(LENGTH)
    if not length:
        return b""
    wanted = int.from_bytes(length, "big")
    record = file.read(wanted) if TAG <= wanted <= CHUNK + TAG else b""
    if len(length) != LENGTH or len(record) != wanted:
        raise _broken(file)
    return record


def _cipher(secret: str, salt: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=COST, r=8, p=1).derive(secret.encode()))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _broken(file: IO[bytes]) -> SealError:
    message = _("cette sauvegarde n'est pas entière, ou a été altérée")
    return SealError(message, place=_name(file), mend=_("N'en restaurez rien ; prenez-en une autre."))


def _name(file: IO[bytes]) -> str:
    return str(getattr(file, "name", ""))
