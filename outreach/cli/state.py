"""What the global options said."""

from __future__ import annotations

from dataclasses import dataclass

DEMO_DATABASE = "outreach_demo"


@dataclass
class State:
    """The choices of this invocation."""

    database_name: str | None = None


state = State()
