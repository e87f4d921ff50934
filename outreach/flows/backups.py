"""Backups tried out, restored, and what a restored copy needs before it sends.

Plain functions, as the command line needs them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, text

from outreach.channels.lost_time import Lost, lost_time, set_aside
from outreach.core import audit, clock
from outreach.core.backup import (
    Contents,
    Made,
    backup_database,
    read_backup,
    require_secrets,
    restore_database,
    rows_by_table,
    secrets_elsewhere,
)
from outreach.core.live import confirm_live, leap_numbers, lock_copy, this_copy
from outreach.core.scratch import scratch
from outreach.flows.erased_again import ErasedAgain, erase_again
from outreach.flows.erasures_kept import carry_along, keep_erasures, kept_erasures
from outreach.flows.invariants import all_invariants_of
from outreach.flows.keys import reseal_all
from outreach.migrations import run as migrations

if TYPE_CHECKING:
    from outreach.core.database import Database

RESTORED = "restored"
CHECKED = "UPDATE backup SET checked_at = :now, tried_at = CASE WHEN :tried THEN :now ELSE tried_at END WHERE sha256 = :sha256"


@dataclass(frozen=True)
class Checked:
    """A backup that was read.

    ``differing``: tables with other counts after a trial restore, ``faults``: broken invariants in it.
    """

    contents: Contents
    tried: bool = False
    differing: list[str] = field(default_factory=list)
    faults: dict[str, int] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.differing and not self.faults


def check_backup(database: Database, file: Path, *, try_out: bool = False) -> Checked:
    """Read a backup to its end; ``try_out``: restore it into a database beside, compare every count, and check the invariants.

    Raises ``OutreachError`` when it cannot be read, or not be restored at all.
    """
    if not try_out:
        checked = Checked(read_backup(database, file))
    else:
        with scratch(database, "restore") as beside:
            contents = restore_database(beside, file)
            counts: Mapping[str, int] = contents.told.get("tables", {})
            engine = create_engine(beside.owner_url)
            with engine.connect() as connection:
                found = rows_by_table(connection)
            engine.dispose()
            migrations.upgrade(beside)
            own = not secrets_elsewhere(database, contents)
            faults = {one.code: len(one.faults) for one in all_invariants_of(beside, own=own) if not one.holds}
        differing = sorted(table for table in {*counts, *found} if counts and counts.get(table) != found.get(table))
        checked = Checked(contents, tried=True, differing=differing, faults=faults)
    if checked.is_good:
        with database.session() as session:
            values = {"now": clock.now(), "tried": try_out, "sha256": checked.contents.sha256}
            session.execute(text(CHECKED), values)
    return checked


def back_up(database: Database, file: Path, *, actor: str) -> Made:
    """Write a sealed backup, and beside it the marks of all who were ever erased.

    An older backup of the folder is restored with them.
    """
    made = backup_database(database, file, actor=actor)
    keep_erasures(database, carry_along(made.file))
    return made


def restore(database: Database, file: Path, *, actor: str) -> tuple[Contents, ErasedAgain]:
    """Restore a backup into an empty database, bring it up to date, and lock it: it sends nothing until a person confirms it.

    Whoever was erased since is erased again.

    Raises ``DatabaseError`` when the database is not empty, or a secret that must survive is missing, and ``OutreachError`` for a
    line of its erasures that is none of ours: before anything is written.
    """
    contents, kept = read_backup(database, file), kept_erasures(carry_along(file))
    taken = require_secrets(database, contents)
    restore_database(database, file)
    if taken and database.cluster is not None:
        database.cluster.adopt(taken)
    migrations.upgrade(database)
    reseal_all(database)
    leap_numbers(database)
    with database.session() as session:
        lock_copy(session, reason=RESTORED, actor=actor)
        audit.record(
            session, actor, "database.restore", "database", {"sha256": contents.sha256, "made_at": contents.told.get("made_at")}
        )
    return contents, erase_again(database, kept, actor=actor)


def confirm(database: Database, name: str, *, letters_left: bool | None, actor: str) -> Lost:
    """Say that this copy is the live one; what may have left in the time it knows nothing of is taken for tried first.

    Returns that time; without one when this copy was never elsewhere. Raises ``PolicyError`` when a person has to say
    whether letters left.
    """
    with database.session() as session:
        copy = this_copy(session)
    nothing = Lost(None, 0, 0, 0)
    if copy.is_live:
        return nothing
    was_restored = copy.reason == RESTORED
    if copy.is_elsewhere and not was_restored:
        leap_numbers(database)
    with database.session() as session:
        lost = lost_time(session) if copy.is_elsewhere or was_restored else nothing
        confirm_live(session, name, reason="confirmed", actor=actor)
        set_aside(session, lost, letters_left=letters_left, actor=actor)
    return lost
