"""What the server does beside answering.

Jobs that another one left, the boards of campaigns, and forgetting what nobody needs.
"""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

from outreach.reporting.board import keep_boards
from outreach.web import uploads
from outreach.web.access import limits, provider, sessions
from outreach.web.jobs import runner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from fastapi import FastAPI

    from outreach.core.database import Database

EVERY = 60.0
DUTIES: dict[str, Callable[[Database], object]] = {
    "boards": keep_boards,
    "allowances": limits.forget,
    "sessions": sessions.forget,
    "sign-ins": provider.forget,
    "lost jobs": runner.give_up,
    "jobs": runner.forget,
    "uploads": lambda _database: uploads.forget(),
}
"""What is done in each round. Files and words of people do not outlast their use."""
log = logging.getLogger(__name__)


class Keeper:
    """A thread that looks after things once a minute, until it is stopped."""

    def __init__(self, app: FastAPI) -> None:
        self._app, self._stop = app, Event()
        self._thread = Thread(target=self._run, name="keeper", daemon=True)

    def start(self) -> None:
        """Begin, with a first round at once."""
        self._thread.start()

    def stop(self) -> None:
        """End after the round under way."""
        self._stop.set()
        self._thread.join()

    def round(self) -> None:
        """Do all of it once. What fails is tried again in the next round; a lasting fault of the boards is seen by their age."""
        database = self._app.state.database
        for name, duty in DUTIES.items():
            try:
                duty(database)
            except Exception as error:  # noqa: BLE001 - whatever it is, the others are done
                log.error("the keeper's %s failed: %s", name, type(error).__name__)  # noqa: TRY400

    def _run(self) -> None:
        while True:
            self._app.state.jobs.wake()
            self.round()
            if self._stop.wait(EVERY):
                return


@asynccontextmanager
async def looked_after(app: FastAPI) -> AsyncIterator[None]:
    """The life of a server: it is looked after while it lasts, and ends after the jobs under way."""
    keeper = Keeper(app)
    keeper.start()
    yield
    keeper.stop()
    app.state.jobs.close()
