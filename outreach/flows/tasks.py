"""What all flows share: how a stage becomes a task, and the counts that a run leaves behind (never people)."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from functools import lru_cache
from typing import Any, ParamSpec, TypeVar

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from sqlalchemy import select

from outreach.core.database import Database, open_database
from outreach.core.words import CampaignState
from outreach.flows.pipeline import as_data
from outreach.models import Campaign

P = ParamSpec("P")
R = TypeVar("R")


def stage(function: Callable[P, R]) -> Callable[P, R]:
    """A stage as one task: not cached, its result not stored (results live in our tables)."""
    return task(cache_policy=NO_CACHE, persist_result=False, log_prints=False)(function)


@lru_cache(maxsize=1)
def database() -> Database:
    """The database of this process."""
    return open_database()


def worker_name() -> str:
    """Who claims: the host, so that a lost claim can be traced."""
    return socket.gethostname()


def running_campaigns(code: str | None) -> list[str]:
    """The launched campaigns, or the one asked for when it is launched (a paused one is left alone)."""
    query = select(Campaign.code).where(Campaign.state == CampaignState.LAUNCHED.value).order_by(Campaign.code)
    with database().session() as session:
        return [found for found in session.scalars(query) if code is None or found == code]


def leave_counts(key: str, result: Any) -> None:
    """Leave the counts of a run as an artifact: aggregates only."""
    content = json.dumps(as_data(result), ensure_ascii=False, indent=2)
    create_markdown_artifact(key=key, markdown=f"```json\n{content}\n```", description="Counts of this run")
