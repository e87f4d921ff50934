"""The real server on a free port of loopback, for the length of a test."""

from __future__ import annotations

import time
from contextlib import contextmanager
from threading import Thread

import httpx
import uvicorn

from outreach.core import clock
from outreach.core.database import drop_database
from tests.copies import copied

START_SECONDS = 10
ANSWER_SECONDS = 60
"""A machine that does other things beside answers late, and is not wrong."""


def serving(database):
    """A client of the application on ``database``."""
    from outreach.web.app import create_app

    return running(create_app(database))


@contextmanager
def serving_a_copy(cluster, played, name, moment):
    """(client, application, database) on a copy of the played campaign at a moment; work is done when a test says so."""
    from outreach.web.app import create_app

    played.database.dispose()
    database = copied(cluster, name, played.database.engine.url.database)
    with clock.travel(moment):
        app = create_app(database)
        app.state.jobs.wake = lambda: None
        with running(app) as client:
            yield client, app, database
    database.dispose()
    drop_database(cluster, name)


@contextmanager
def running(app):
    """A client of an application."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(START_SECONDS * 100):
        if server.started:
            break
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=ANSWER_SECONDS) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
