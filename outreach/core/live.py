"""Which copy of the database may send: the one that a person confirmed at the very place where it is now.

A dump restored elsewhere, a recovery to a point in time and a standby that took over find themselves somewhere else than their
latest confirmation says. They refuse to send, and nothing else, until somebody says that they are the live one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, text

from outreach.core import audit, clock
from outreach.core.errors import OutreachError, PolicyError
from outreach.core.i18n import N_, _

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.core.database import Database

NOTHING_LEAVES = "(EXISTS (SELECT FROM sending_stop WHERE lifted_at IS NULL) OR NOT (SELECT outreach_is_live()))"
"""As a condition of a query, asked once for all its rows: the stop button is pressed, or this copy is not the live one."""
LATEST = """
SELECT outreach_here() AS here, (SELECT count(*) FROM live_copy) AS known, l.place, l.reason, l.recorded_at, l.recorded_by
FROM (VALUES (1)) AS one LEFT JOIN LATERAL (SELECT * FROM live_copy ORDER BY id DESC LIMIT 1) l ON true
"""
RECORD = """
INSERT INTO live_copy (place, reason, recorded_at, recorded_by)
SELECT CASE WHEN :live THEN outreach_here() END, :reason, :now, :actor
"""
LEAP = """
SELECT setval(format('%I.%I', schemaname, sequencename), coalesce(last_value, 0) + :leap)
FROM pg_sequences
WHERE schemaname = 'public'
"""
LEAP_BY = 10_000_000
"""More than any number of rows that a copy can have missed; the code of a letter knows 887 million cases."""
PARTS = (
    N_("un autre serveur PostgreSQL"),
    N_("une autre base du même serveur"),
    N_("le même serveur, repris à un instant passé ou sur une copie qui a pris le relais"),
    N_("un autre dossier, ou une autre machine"),
    N_("une autre installation (OUTREACH_INSTALLATION)"),
)
"""What is different, in the order of the parts of a place."""


@dataclass(frozen=True)
class Copy:
    """Whether this copy is the live one; ``why_not``: what makes it another one; then who said so last, and when.

    ``is_elsewhere``: it was confirmed at another place than where it is now.
    """

    is_live: bool
    is_elsewhere: bool
    why_not: str | None
    since: datetime | None
    by: str | None
    reason: str | None


def this_copy(session: Session) -> Copy:
    """What this copy of the database is."""
    row = session.execute(text(LATEST)).one()
    why_not = _difference(row.place, row.here, known=bool(row.known))
    is_elsewhere = row.place is not None and why_not is not None
    return Copy(why_not is None, is_elsewhere, why_not, row.recorded_at, row.recorded_by, row.reason)


def require_live(session: Session) -> None:
    """Raises ``PolicyError`` when nothing may leave from this copy."""
    copy = this_copy(session)
    if not copy.is_live:
        message = _("cette copie de la base n'est pas confirmée : rien ne part d'elle ({why})").format(why=copy.why_not)
        raise PolicyError(message, mend=_("Si elle est la bonne, et la seule : outreach db confirm-live « votre nom »."))


def confirm_live(session: Session, name: str, *, reason: str, actor: str) -> None:
    """Say that this copy is the one that sends, from where it is now. ``name``: the person who answers for it.

    Raises ``OutreachError`` without a name.
    """
    if not name.strip():
        raise OutreachError(_("le nom de qui confirme manque"))
    session.execute(text(RECORD), {"live": True, "reason": reason, "now": clock.now(), "actor": name.strip()})
    audit.record(session, actor, "copy.confirm", "database", {"by": name.strip(), "reason": reason})


def lock_copy(session: Session, *, reason: str, actor: str) -> None:
    """Say that this copy is not, or is no longer, the one that sends: before it is replaced, and after a restore.

    Twice does no harm.
    """
    copy = this_copy(session)
    if not copy.is_live and not copy.is_elsewhere and copy.since is not None:
        return
    session.execute(text(RECORD), {"live": False, "reason": reason, "now": clock.now(), "actor": actor})
    audit.record(session, actor, "copy.lock", "database", {"reason": reason})


def leap_numbers(database: Database) -> None:
    """Give the numbers of a copy a leap, as the owner of the tables.

    Those given in the time that it knows nothing of are on letters in the post and in callbacks under way: they must not come
    back as somebody else's.
    """
    engine = create_engine(database.owner_url)
    with engine.begin() as connection:
        connection.execute(text(LEAP), {"leap": LEAP_BY})
    engine.dispose()


def _difference(confirmed: str | None, here: str, *, known: bool) -> str | None:
    """What is different between where a copy was confirmed and where it is; ``None``: nothing."""
    if confirmed is None:
        return _("elle a été mise hors service") if known else _("personne ne l'a encore confirmée")
    if confirmed == here:
        return None
    pairs = zip(PARTS, confirmed.split("/"), here.split("/"), strict=False)
    # Of a place that was named by other parts, by another version, only that it is another one is known.
    different = next((words for words, before, now in pairs if before != now), PARTS[-1])
    return _(different)
