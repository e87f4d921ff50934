"""Where print runs are dropped: a folder of the print house, or its SFTP server. Whole files only, in the order given."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.loopback import is_loopback
from outreach.core.settings import settings

if TYPE_CHECKING:
    from asyncssh import SFTPClient, SSHClientConnection

SECONDS = 30
"""How long the print house's server may take to answer."""
Named = tuple[str, bytes]
"""A file's name and its content."""


class HandOverError(OutreachError):
    """A hand-over that failed. ``is_certain``: the last file, the signal, is certainly not there."""

    def __init__(self, message: str, *, is_certain: bool, place: str | None = None, mend: str | None = None) -> None:
        super().__init__(message, place=place, mend=mend)
        self.is_certain = is_certain


class Target(Protocol):
    """A place where files are dropped."""

    @property
    def label(self) -> str:
        """What is written down and shown: never a secret."""
        ...

    @property
    def is_loopback(self) -> bool:
        """Whether what is handed over certainly stays on this machine: nobody prints it."""
        ...

    def hand_over(self, files: Sequence[Named]) -> None:
        """Write the files one after the other, each in whole; one that is there already with the same content stays.

        Raises ``HandOverError``.
        """
        ...

    def read(self, name: str) -> bytes | None:
        """The content of a file that was dropped; None when it is not there (any more)."""
        ...


@dataclass(frozen=True)
class FolderTarget:
    """A folder that the print house reads."""

    folder: Path

    @property
    def label(self) -> str:
        """The folder."""
        return str(self.folder)

    @property
    def is_loopback(self) -> bool:
        """Never: a print house reads it, wherever it is."""
        return False

    def hand_over(self, files: Sequence[Named]) -> None:
        """See ``Target``."""
        for index, (name, content) in enumerate(files, start=1):
            try:
                self._put(name, content)
            except OSError as error:
                raise HandOverError(
                    _("le dossier de l'imprimeur ne prend pas le fichier ({reason})").format(reason=error.strerror or type(error).__name__),
                    is_certain=index < len(files) or not (self.folder / name).exists(), place=self.label,
                    mend=_("Vérifiez OUTREACH_PRINT_FOLDER, puis recommencez."),
                ) from error  # fmt: skip

    def read(self, name: str) -> bytes | None:
        """See ``Target``."""
        with suppress(FileNotFoundError):
            return (self.folder / name).read_bytes()
        return None

    def _put(self, name: str, content: bytes) -> None:
        place = self.folder / name
        if place.exists():
            _same(place.read_bytes(), content, name, self.label)
            return
        part = self.folder / f"{name}.part"
        with part.open("wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        if part.read_bytes() != content:
            raise OSError(0, _("le fichier relu n'est pas celui qui a été écrit"))
        part.replace(place)


@dataclass(frozen=True)
class SftpTarget:
    """A folder on the print house's SFTP server, whose key is known beforehand. ``key``: a file of ours."""

    host: str
    port: int
    user: str
    folder: str
    host_key: str
    key: Path | None = None
    password: str | None = None

    @property
    def label(self) -> str:
        """Its address."""
        return f"sftp://{self.user}@{self.host}:{self.port}{self.folder}"

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine."""
        return is_loopback(self.host)

    def hand_over(self, files: Sequence[Named]) -> None:
        """See ``Target``."""
        begun: list[str] = []
        try:
            asyncio.run(self._put_all(files, begun))
        except HandOverError:
            raise
        except Exception as error:
            raise self._fault(error, is_certain=files[-1][0] not in begun) from error

    def read(self, name: str) -> bytes | None:
        """See ``Target``."""
        try:
            return asyncio.run(self._read(name))
        except Exception as error:
            raise self._fault(error, is_certain=False) from error

    def _fault(self, error: Exception, *, is_certain: bool) -> HandOverError:
        import asyncssh

        mend = _("Réessayez plus tard ; si cela dure, appelez l'imprimeur.")
        if isinstance(error, asyncssh.HostKeyNotVerifiable):
            message = _("ce serveur n'a pas la clé attendue : rien ne lui a été envoyé")
            mend = _("Demandez sa clé à l'imprimeur, par un autre chemin, et corrigez OUTREACH_PRINT_SFTP_HOST_KEY.")
        elif isinstance(error, asyncssh.PermissionDenied):
            message = _("l'imprimeur refuse l'accès")
            mend = _("Vérifiez OUTREACH_PRINT_SFTP_KEY ou OUTREACH_PRINT_SFTP_PASSWORD.")
        else:
            message = _("le dépôt chez l'imprimeur a échoué ({reason})").format(reason=type(error).__name__)
        return HandOverError(message, is_certain=is_certain, place=self.label, mend=mend)

    async def _connected(self) -> SSHClientConnection:
        import asyncssh

        trusted = asyncssh.import_public_key(_key_alone(self.host_key))
        # Nothing of the user's own SSH is used: no agent, no default keys, no configuration, no file of known hosts.
        return await asyncssh.connect(
            self.host, self.port, username=self.user, password=self.password, passphrase=self.password if self.key else None,
            client_keys=[str(self.key)] if self.key else None, known_hosts=([trusted], [], []), config=None, agent_path=None,
            connect_timeout=SECONDS, login_timeout=SECONDS,
        )  # fmt: skip

    async def _put_all(self, files: Sequence[Named], begun: list[str]) -> None:
        async with await self._connected() as connection, connection.start_sftp_client() as client:
            for name, content in files:
                await self._put(client, name, content, begun)

    async def _put(self, client: SFTPClient, name: str, content: bytes, begun: list[str]) -> None:
        import asyncssh

        place = f"{self.folder.rstrip('/')}/{name}"
        if await client.exists(place):
            _same(await _content(client, place), content, name, self.label)
            return
        part = f"{place}.part"
        async with client.open(part, "wb") as handle:
            await handle.write(content)
        if await client.getsize(part) != len(content):
            raise asyncssh.SFTPFailure("size")
        # A server where we may write and not read keeps to the size.
        with suppress(asyncssh.SFTPPermissionDenied):
            if await _content(client, part) != content:
                raise asyncssh.SFTPFailure("content")
        begun.append(name)
        await client.rename(part, place)

    async def _read(self, name: str) -> bytes | None:
        place = f"{self.folder.rstrip('/')}/{name}"
        connection = await self._connected()
        client = await connection.start_sftp_client()
        try:
            return await _content(client, place) if await client.exists(place) else None
        finally:
            client.exit()
            connection.close()
            await connection.wait_closed()


async def _content(client: SFTPClient, place: str) -> bytes:
    async with client.open(place, "rb") as handle:
        content = await handle.read()
    return content if isinstance(content, bytes) else content.encode()


def is_target_set() -> bool:
    """Whether a print house is set at all."""
    return bool(settings().print_folder or settings().print_sftp)


def chosen_target() -> Target:
    """The print house of OUTREACH_PRINT_SFTP or OUTREACH_PRINT_FOLDER. Raises ``OutreachError`` when neither can be used."""
    known = settings()
    if known.print_sftp and known.print_folder:
        raise OutreachError(_("un seul dépôt d'imprimeur à la fois"), place="OUTREACH_PRINT_SFTP, OUTREACH_PRINT_FOLDER")
    if known.print_folder:
        if not known.print_folder.is_dir():
            raise OutreachError(_("ce dossier n'existe pas"), place="OUTREACH_PRINT_FOLDER", mend=_("Créez-le ou montez-le."))
        return FolderTarget(known.print_folder)
    if not known.print_sftp:
        mend = _("Donnez OUTREACH_PRINT_FOLDER ou OUTREACH_PRINT_SFTP ; docs/letters.md dit comment.")
        raise OutreachError(_("aucun dépôt d'imprimeur n'est réglé"), mend=mend)
    address = urlsplit(known.print_sftp)
    if address.scheme != "sftp" or not address.hostname or not address.username or address.password:
        mend = _("Écrivez sftp://utilisateur@hôte:port/dossier ; le mot de passe va dans OUTREACH_PRINT_SFTP_PASSWORD.")
        raise OutreachError(_("cette adresse SFTP n'a pas la forme attendue"), place="OUTREACH_PRINT_SFTP", mend=mend)
    if not known.print_sftp_host_key:
        mend = _("Demandez à l'imprimeur la clé publique de son serveur ; aucune n'est acceptée sans cela.")
        raise OutreachError(_("la clé du serveur manque"), place="OUTREACH_PRINT_SFTP_HOST_KEY", mend=mend)
    password = known.print_sftp_password.get_secret_value() if known.print_sftp_password else None
    return SftpTarget(
        address.hostname, address.port or 22, unquote(address.username), unquote(address.path) or "/", known.print_sftp_host_key,
        known.print_sftp_key, password,
    )  # fmt: skip


def _key_alone(written: str) -> str:
    """A public key without the host name that lists of known hosts put before it."""
    parts = written.split()
    start = next((index for index, part in enumerate(parts) if part.startswith(("ssh-", "ecdsa-", "sk-"))), 0)
    return " ".join(parts[start : start + 2])


def _same(there: bytes, content: bytes, name: str, label: str) -> None:
    if there != content:
        raise HandOverError(
            _("un autre fichier porte déjà ce nom chez l'imprimeur : {name}").format(name=name), is_certain=True, place=label,
            mend=_("Demandez-lui d'où il vient avant de recommencer."),
        )  # fmt: skip
