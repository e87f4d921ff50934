"""PostgreSQL's own programs, fed with a stream or read as one, as the owner of the tables."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Self

from sqlalchemy import make_url

from outreach.core.errors import DatabaseError
from outreach.core.i18n import _

if TYPE_CHECKING:
    from outreach.core.database import Database

PART = 1 << 20
"""Bytes read at a time."""


class Fed:
    """A program that is fed a stream; ended at once when the stream turns out to be no good. ``said``: its output, in the end."""

    def __init__(self, database: Database, program: str, *arguments: str) -> None:
        self._program, self._command, self._environment = program, *command_of(database, program, *arguments)
        self._is_full = False
        self.said = ""

    def __enter__(self) -> Self:
        """Start it."""
        self._out, self._faults = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=self._out, stderr=self._faults, env=self._environment
        )
        return self

    def feed(self, content: bytes) -> None:
        """Hand more of the stream over; a program that has read enough does not mind."""
        if self._is_full or self._process.stdin is None:
            return
        try:
            self._process.stdin.write(content)
        except BrokenPipeError:
            self._is_full = True

    def __exit__(self, kind: type[BaseException] | None, *_details: object) -> None:
        """Wait for its end. Raises ``DatabaseError`` when it failed."""
        if kind is not None:
            self._process.kill()
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        code = self._process.wait()
        with self._out, self._faults:
            if kind is None:
                _require_well(self._program, code, self._faults)
            self._out.seek(0)
            self.said = self._out.read().decode(errors="replace")


def said_by(database: Database, program: str, *arguments: str) -> Iterator[bytes]:
    """What a program writes, in parts. Raises ``DatabaseError`` when it failed, after what it wrote."""
    command, environment = command_of(database, program, *arguments)
    with tempfile.TemporaryFile() as faults:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=faults, env=environment) as process:
            try:
                while process.stdout is not None and (content := process.stdout.read(PART)):
                    yield content
            except BaseException:
                process.kill()
                raise
        _require_well(program, process.returncode, faults)


def command_of(database: Database, program: str, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """A command, and the environment by which it finds the database."""
    url = make_url(database.owner_url)
    environment = {
        "PATH": os.environ.get("PATH", ""), "PGHOST": str(url.host or url.query.get("host") or ""), "PGPORT": str(url.port or ""),
        "PGUSER": url.username or "", "PGPASSWORD": str(url.password or ""), "PGDATABASE": name_of(database),
        "PGOPTIONS": str(url.query.get("options") or ""), "PGSSLMODE": str(url.query.get("sslmode") or ""),
    }  # fmt: skip
    tool = str(database.cluster.tool(program)) if database.cluster else program
    return [tool, *arguments], {name: value for name, value in environment.items() if value}


def name_of(database: Database) -> str:
    """The name of a database."""
    return make_url(database.owner_url).database or ""


def _require_well(program: str, code: int, faults: IO[bytes]) -> None:
    if code:
        faults.seek(0)
        # Its first line alone: what follows may show rows.
        reason = faults.read().decode(errors="replace").strip().partition("\n")[0]
        raise DatabaseError(_("{program} a échoué : {reason}").format(program=program, reason=reason))
