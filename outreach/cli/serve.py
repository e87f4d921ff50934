"""``outreach serve``: the web on loopback.

With ``--demo``: the demonstration's town, on the day after its last, one address a role.
"""

from __future__ import annotations

import signal
import sys
from contextlib import nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from outreach.cli.output import database, table
from outreach.cli.state import DEMO_DATABASE, state
from outreach.core.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from outreach.core.database import Database

LOOPBACK = "127.0.0.1"


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help=_("Port d'écoute."))] = 8600,
    host: Annotated[str, typer.Option(help=_("Adresse d'écoute ; par défaut cette machine seule."))] = LOOPBACK,
) -> None:
    """Serve until stopped."""
    import uvicorn

    from outreach.web import demo
    from outreach.web.access.scope import require_wall
    from outreach.web.app import create_app

    opened = database()
    require_wall(opened)
    is_demo = state.database_name == DEMO_DATABASE
    # The server gives SIGTERM back once it has closed; ended by it, this process would leave its PostgreSQL running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with the_day_after(opened) if is_demo else nullcontext():
        app = create_app(opened)
        if is_demo:
            _show_doors(demo.settle(opened), f"http://{host}:{port}/demo/{demo.open_door(app)}")
        else:
            typer.echo(_("http://{host}:{port} — arrêtez avec Ctrl+C").format(host=host, port=port))
        # No access log: addresses of lists hold the names of files, which are the partners'.
        uvicorn.run(app, host=host, port=port, access_log=False, server_header=False, log_config=None)


def the_day_after(opened: Database) -> AbstractContextManager[None]:
    """The demonstration's people have work on the working day after the last one played; the clock goes on from its morning."""
    from sqlalchemy import text

    from outreach.cli.demo import END
    from outreach.core import clock
    from outreach.core.words import Channel
    from outreach.policy.windows import next_open_day

    with opened.session() as session:
        planned = session.execute(text("SELECT max(planned_at) FROM plan_run WHERE cause = 'nightly'")).scalar()
    last = planned.astimezone(clock.PARIS).date() if planned else END
    return clock.travel(clock.at(next_open_day(Channel.CALL, last + timedelta(days=1)), "10:05"), running=True)


def _show_doors(codes: Sequence[str], address: str) -> None:
    table(_("La démonstration — arrêtez avec Ctrl+C"), [[code, f"{address}/{code}"] for code in codes])
