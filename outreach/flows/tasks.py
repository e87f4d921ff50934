"""What all flows share: how a stage becomes a task, and the counts that a run leaves behind (never people)."""

from __future__ import annotations

import json
import socket
import traceback
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run
from sqlalchemy import select

import outreach
from outreach.core.abreast import ABREAST, abreast, in_steps
from outreach.core.collection import look_rarely
from outreach.core.database import Database, open_database
from outreach.core.logs import set_up_logs
from outreach.core.marks import require_own_secret
from outreach.core.words import CampaignState
from outreach.flows.pipeline import as_data
from outreach.models import Campaign

# Prefect set its own up when it was imported; what it tells its server stays as it is.
set_up_logs()
look_rarely()
P = ParamSpec("P")
R = TypeVar("R")


PACKAGE = Path(outreach.__file__).parent


class StageError(Exception):
    """A stage failed. Says what and where, never with which values: Prefect keeps the words of an error in clear."""


def stage(function: Callable[P, R]) -> Callable[P, R]:
    """A stage as one task: not cached, its result not stored (results live in our tables), its errors without values."""

    @wraps(function)
    def told_without_values(*arguments: P.args, **options: P.kwargs) -> R:
        try:
            return function(*arguments, **options)
        except StageError:
            raise
        except Exception as error:  # noqa: BLE001  (whatever failed, its words must not pass)
            # The words of a database's or a partner file's error may be a person's name or number.
            failure = StageError(f"{type(error).__name__} at {_place(error)}")
        raise failure

    return task(cache_policy=NO_CACHE, persist_result=False, log_prints=False)(told_without_values)


def each_campaign(key: str, campaign: str | None, work: Callable[[str], R], *, at_once: int = ABREAST) -> dict[str, R]:
    """Work on every running campaign (or the one named), ``at_once`` at a time: one that fails does not keep the others waiting.

    Leaves the counts as an artifact; raises ``StageError`` at the end when any campaign failed.
    """
    codes = running_campaigns(campaign)
    return _counted(key, dict(zip(codes, abreast(_tried(work), codes, at_once), strict=True)))


def each_campaign_in_steps(
    key: str, campaign: str | None, steps: Mapping[str, Callable[[str], R]], *, uses: Callable[[str], Collection[str]]
) -> dict[str, dict[str, R]]:
    """As ``each_campaign``, in steps by name, one after the other: while one campaign is at one step, others are at another.

    ``uses``: what a campaign has to have for itself at its last step (``abreast.in_steps``).
    """

    def whole(made: list[R | StageError]) -> dict[str, R] | StageError:
        failed = next((one for one in made if isinstance(one, StageError)), None)
        return failed or {name: one for name, one in zip(steps, made, strict=True) if not isinstance(one, StageError)}

    codes = running_campaigns(campaign)
    made = in_steps(
        [_tried(step) for step in steps.values()], codes, goes_on=lambda one: not isinstance(one, StageError), uses=uses
    )
    return _counted(key, dict(zip(codes, map(whole, made), strict=True)))


def _tried(work: Callable[[str], R]) -> Callable[[str], R | StageError]:
    """The work, whose failure is told like a result."""

    def tried(code: str) -> R | StageError:
        try:
            return work(code)
        except StageError as error:
            return error

    return tried


def _counted(key: str, found: Mapping[str, R | StageError]) -> dict[str, R]:
    """The counts of each campaign, left as an artifact too. Raises ``StageError`` when any failed."""
    counts = {code: one for code, one in found.items() if not isinstance(one, StageError)}
    leave_counts(key, counts)
    if failures := [f"{code}: {one}" for code, one in found.items() if isinstance(one, StageError)]:
        raise StageError("; ".join(failures))
    return counts


def run_name() -> str:
    """What a flow run is called: its flow, and its campaign or ``all``."""
    campaign = flow_run.parameters.get("campaign") or "all"
    return f"{flow_run.flow_name}-{campaign}"


@lru_cache(maxsize=1)
def database() -> Database:
    """The database of this process. Raises ``DatabaseError`` where this process has another secret of marks than those before."""
    opened = open_database()
    with opened.session() as session:
        require_own_secret(session)
    return opened


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


def _place(error: Exception) -> str:
    """The innermost line of the engine that an error went through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(PACKAGE)]
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "an unknown place"
