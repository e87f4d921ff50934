"""``outreach serve``: the web on loopback."""

from __future__ import annotations

import signal
import sys
from typing import Annotated

import typer

from outreach.cli.output import database
from outreach.core.i18n import _

LOOPBACK = "127.0.0.1"


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help=_("Port d'écoute."))] = 8600,
    host: Annotated[str, typer.Option(help=_("Adresse d'écoute ; par défaut cette machine seule."))] = LOOPBACK,
) -> None:
    """Serve until stopped."""
    import uvicorn

    from outreach.web.app import create_app

    typer.echo(_("http://{host}:{port}/api/lists — arrêtez avec Ctrl+C").format(host=host, port=port))
    # The server gives SIGTERM back once it has closed; ended by it, this process would leave its PostgreSQL running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # No access log: addresses of lists hold the names of files, which are the partners'.
    uvicorn.run(create_app(database()), host=host, port=port, access_log=False, server_header=False)
