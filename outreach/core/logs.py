"""What the engine says while it runs: one line of JSON an event where ``OUTREACH_LOG=json``, words otherwise.

Never anybody's data. Three things keep people's data out. An error is its kind and the lines of code it went through, never its
words, which may be a row's. Statements and their values are not logged (``core/database.py``), nor the addresses of pages. And
whatever is said still loses what looks like a phone, an e-mail address or the code of a letter.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from outreach.core.letter_codes import LETTERS, PLACES, PROOF
from outreach.core.settings import settings

if TYPE_CHECKING:
    from typing import TextIO

PACKAGE = Path(__file__).parents[1]
FRAMES = 5
"""Lines of code that are told of an error, the innermost last."""
PRIVATE = (
    (re.compile(r"(?<![\w.])(?:\+|00)\d(?:[ .-]?\d){7,13}(?!\d)"), "[phone]"),
    (re.compile(r"(?<![\w.])0[1-9](?:[ .-]?\d{2}){4}(?!\d)"), "[phone]"),
    (re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"), "[address]"),
    (re.compile(rf"(?<![\w.])[{LETTERS}]{{{PLACES}}}-[{LETTERS}]{{{PROOF}}}(?![\w.])", re.IGNORECASE), "[pass]"),
    (re.compile(rf"(?<![\w.])(?=[A-Z]*\d)(?=\d*[A-Z])[{LETTERS}]{{{PLACES}}}(?![\w.])"), "[code]"),
)
"""What looks like somebody's, and what stands for it."""
STEERING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
QUIET = ("sqlalchemy.engine", "sqlalchemy.pool", "twilio", "httpx", "asyncssh", "urllib3")
"""Libraries whose own words hold values, addresses or numbers: only their warnings are heard."""


def without_people(words: str) -> str:
    """The same words without what looks like somebody's."""
    for pattern, stands_for in PRIVATE:
        words = pattern.sub(stands_for, words)
    return words


def on_one_line(words: str) -> str:
    """The same words without what would begin a line of its own, or steer the terminal that shows it."""
    return STEERING.sub(" ", words)


class Told(logging.Formatter):
    """A record in words. An error is its kind and place."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        fault = _fault(record)
        told = f"{record.levelname.lower()} {record.name}: {on_one_line(without_people(record.getMessage()))}"
        return f"{told} ({fault[0]} at {', '.join(fault[1])})" if fault else told


class TellsJson(logging.Formatter):
    """A record as one line of JSON: ``at`` (UTC), ``level``, ``logger``, ``message``; ``error`` and ``at_code`` of a fault."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        fault = _fault(record)
        told: dict[str, object] = {
            # By the machine's clock, as everything else that writes logs: a simulated day is no moment of a log.
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(), "logger": record.name, "message": without_people(record.getMessage()),
        }  # fmt: skip
        if fault:
            told |= {"error": fault[0], "at_code": fault[1]}
        return json.dumps(told, ensure_ascii=False)


def set_up_logs(stream: TextIO | None = None) -> None:
    """Have everything that is logged in this process written to standard error (or ``stream``), in the form of the settings."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(TellsJson() if settings().log == "json" else Told())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO if settings().log == "json" else logging.WARNING)
    for name, logger in list(logging.root.manager.loggerDict.items()):
        # Those that write to a screen of their own would say everything twice, and in their own words.
        if isinstance(logger, logging.Logger) and name.split(".")[0] in {"uvicorn", "prefect"}:
            logger.handlers = [one for one in logger.handlers if not _is_screen(one)]
            logger.propagate = logger.propagate or not logger.handlers or name in {"prefect", "uvicorn"}
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # Said of every call beyond the tenth at once: it is so by design.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)


def _is_screen(handler: logging.Handler) -> bool:
    return isinstance(handler, logging.StreamHandler) and not isinstance(handler, logging.FileHandler)


def _fault(record: logging.LogRecord) -> tuple[str, list[str]] | None:
    """The kind of an error and where it passed: none of its words."""
    kind, _error, frames = record.exc_info or (None, None, None)
    if kind is None:
        return None
    places = [f"{_short(frame.filename)}:{frame.lineno}" for frame in traceback.extract_tb(frames)[-FRAMES:]]
    return kind.__name__, places


def _short(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(PACKAGE.parent)) if path.is_relative_to(PACKAGE.parent) else path.name
