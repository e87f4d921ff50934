"""What the server does beside answering: jobs that another one left, and every minute the boards of campaigns."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

from outreach.reporting.board import keep_boards
from outreach.web.access import limits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI

EVERY = 60.0
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

    def _run(self) -> None:
        while True:
            try:
                self._app.state.jobs.wake()
                keep_boards(self._app.state.database)
                limits.forget(self._app.state.database)
            except Exception as error:  # noqa: BLE001 - whatever it is, the next round comes
                # The next round tries again; a lasting fault is seen by its age on the boards.
                log.error("the round of the keeper failed: %s", type(error).__name__)  # noqa: TRY400
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
