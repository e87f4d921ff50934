"""How the engine is doing, at a glance or minute by minute: ``outreach status``, ``metrics`` and ``doctor --watch``."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING

import typer

from outreach.cli.output import AsJson, database, emit, table
from outreach.core.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from outreach.core.database import Database
    from outreach.reporting.watch import Alert

CODES = {"now": 2, "today": 1}
"""What the watch ends with, by how soon somebody must look; 0 when nothing is wrong."""


def status(as_json: AsJson = False) -> None:
    """Show what needs somebody, what to do, and where sending stands."""
    from outreach.core.labels import CHANNELS, label
    from outreach.reporting.watch import age, alerts_of, measure

    with database().session() as session:
        found = measure(session)
    alerts = alerts_of(found)
    if as_json:
        emit({"alerts": alerts, "measures": found}, as_json, "", [])
        return
    table(_("Tout va bien") if not alerts else _("À regarder"), [[_mark(one.urgency), one.sentence, one.mend] for one in alerts])
    rows: list[list[object]] = [[_("campagnes en cours"), found.campaigns.get("launched", 0)]]
    rows += [[_("dernier envoi"), _since(found.last_dispatch)], [_("dernier plan"), _since(found.plan)],
             [_("dernière sauvegarde"), _since(found.backup)], [_("plus vieille sauvegarde gardée"), _since(found.oldest_backup)]]  # fmt: skip
    rows += [
        [_("dû, et pas encore parti : {channel}").format(channel=label(CHANNELS, one)), age(seconds)]
        for one, seconds in found.due.items()
    ]
    rows += [
        [_("réponses à lire"), found.replies],
        [_("listes à valider"), found.lists],
        [_("demandes de personnes"), found.requests],
    ]
    table(_("Le réseau"), rows)


def metrics() -> None:
    """Write the measures as Prometheus reads them."""
    from outreach.reporting.watch import exposition, measure

    with database().session() as session:
        typer.echo(exposition(measure(session)).decode(), nl=False)


def watch(every: int, *, once: bool) -> None:
    """Look again and again, and print what began and what ended; ends with the code of what was worst in the last look."""
    known: dict[str, Alert] = {}
    try:
        present = _look()
        if not present:
            typer.echo(_("{at} ✓ tout va bien").format(at=_at()))
        while True:
            # Known before it is told: whoever reads it may interrupt at once, and is answered by it.
            before, known = known, present
            _tell(before, known)
            if once:
                break
            time.sleep(every)
            present = _look()
    except KeyboardInterrupt:
        pass
    raise typer.Exit(max((CODES[one.urgency] for one in known.values()), default=0))


@lru_cache(maxsize=1)
def _opened() -> Database:
    """The database, kept once it could be opened."""
    return database()


def _look() -> dict[str, Alert]:
    """The alerts of this moment; that the database does not answer, or cannot be worked in, is one."""
    from sqlalchemy.exc import SQLAlchemyError

    from outreach.core.errors import OutreachError
    from outreach.reporting.watch import alerts_of, measure
    from outreach.reporting.watch.alerts import no_database

    try:
        with _opened().session() as session:
            present = alerts_of(measure(session))
    except OutreachError as error:
        present = [no_database(error)]
    except SQLAlchemyError:
        present = [no_database()]
    return {one.code: one for one in present}


def _tell(known: Mapping[str, Alert], present: Mapping[str, Alert]) -> None:
    """What began, what needs something else to be done now, and what ended."""
    at = _at()
    for code, alert in present.items():
        if code not in known or known[code].mend != alert.mend:
            typer.echo(f"{at} {_mark(alert.urgency)} {alert.sentence}. {alert.mend}")
    for code, alert in known.items():
        if code not in present:
            typer.echo(_("{at} ✓ c'est réglé : {what}").format(at=at, what=alert.sentence))


def _at() -> str:
    from outreach.core import clock

    return f"{clock.now():%d/%m %H:%M}"


def _mark(urgency: str) -> str:
    return "‼" if urgency == "now" else "!"


def _since(seconds: float | None) -> str:
    from outreach.reporting.watch import age

    return "–" if seconds is None else _("il y a {age}").format(age=age(seconds))
