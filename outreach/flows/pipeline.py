"""The stages chained, without Prefect: what the command line and the flows both call."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from outreach.channels.letters.dispatch import LettersResult, dispatch_letters
from outreach.channels.outbox import tidy
from outreach.channels.sheets.dispatch import print_sheets
from outreach.channels.sms.dispatch import SmsResult, dispatch_sms
from outreach.channels.twilio.client import Account
from outreach.channels.twilio.sms import TwilioSms
from outreach.core import clock
from outreach.core.errors import ListRefusedError, PolicyError
from outreach.core.plain import as_data
from outreach.core.secrets import objection_pepper
from outreach.definitions.registry import Loaded
from outreach.flows.lists import Imports, import_file, import_files, lists_in, loaded_campaign
from outreach.flows.matching import run as match
from outreach.intake import ImportResult
from outreach.matching.register import MatchResult
from outreach.planning import PlanResult, plan_campaign, record_absence
from outreach.reporting import SummaryResult, partner_summary
from outreach.segments import SegmentResult, segment_campaign
from outreach.tracking import (
    TrackResult,
    close_exhausted,
    join_twins,
    part_twins,
    record_sendings,
    refresh_amounts,
    stop_objected,
    track_provider,
    withdraw_departed,
)

__all__ = ["Imports", "as_data", "import_file", "import_files", "lists_in", "loaded_campaign", "match"]

if TYPE_CHECKING:
    from outreach.core.database import Database
    from outreach.core.provider import SmsProvider


@dataclass
class RunResult:
    """What one run of all stages did, stage by stage."""

    lists: list[ImportResult] = field(default_factory=list)
    refused: list[ListRefusedError | PolicyError] = field(default_factory=list)
    match: MatchResult | None = None
    segments: SegmentResult | None = None
    withdrawn: int = 0
    exhausted: int = 0
    plan: PlanResult | None = None
    letters: LettersResult | None = None
    sms: SmsResult | None = None
    track: TrackResult | None = None
    summary: SummaryResult | None = None


def segment(database: Database, loaded: Loaded, *, actor: str) -> SegmentResult:
    """Decide about everybody on the campaign's lists."""
    pepper = objection_pepper(database)
    with database.session() as session:
        return segment_campaign(session, loaded, pepper=pepper, actor=actor)


def close_cases(database: Database, loaded: Loaded, *, actor: str) -> tuple[int, int]:
    """Close cases that the partner withdrew, of whom objects, that double another, and those with nothing left to try.

    The others learn what is due by the partner's latest word.

    Returns the withdrawn and the exhausted.
    """
    pepper = objection_pepper(database)
    with database.session() as session:
        withdrawn = withdraw_departed(session, loaded, actor=actor)
        stop_objected(session, loaded, pepper=pepper, actor=actor)
        part_twins(session, loaded, actor=actor)
        join_twins(session, loaded, actor=actor)
        refresh_amounts(session, loaded)
        return withdrawn, close_exhausted(session, loaded, actor=actor)


def plan(database: Database, loaded: Loaded, *, actor: str, cause: str = "nightly") -> PlanResult:
    """Drop what is stale, plan the days to come, and close what the plan found to be tried out."""
    with database.session() as session:
        tidy(session, loaded.campaign.id)
    pepper = objection_pepper(database)
    with database.session() as session:
        planned = plan_campaign(session, loaded, actor=actor, pepper=pepper, cause=cause)
        close_exhausted(session, loaded, actor=actor)
    return planned


def absence(
    database: Database, mediator: str, starts_at: datetime, ends_at: datetime, reason: str, *, actor: str
) -> dict[str, PlanResult]:
    """Record that a mediator does not work, and plan anew, at once, the campaigns that counted on them; by campaign."""
    with database.session() as session:
        concerned = record_absence(session, mediator, starts_at, ends_at, reason, actor=actor)
    return {code: plan(database, loaded_campaign(database, code), actor=actor, cause="absence") for code in concerned}


def prepare(database: Database, loaded: Loaded, *, actor: str) -> RunResult:
    """Match, segment, close what is over, and plan."""
    result = RunResult(match=match(database, actor=actor), segments=segment(database, loaded, actor=actor))
    result.withdrawn, result.exhausted = close_cases(database, loaded, actor=actor)
    result.plan = plan(database, loaded, actor=actor)
    return result


def dispatch(
    database: Database,
    loaded: Loaded,
    provider: SmsProvider | None,
    out: Path,
    *,
    worker: str,
) -> tuple[LettersResult, SmsResult]:
    """Print what is due as letters, send what is due as SMS (none without a provider)."""
    with database.session() as session:
        tidy(session, loaded.campaign.id)
    letters = dispatch_letters(database, loaded, out, worker=worker)
    sms = dispatch_sms(database, loaded, provider, worker=worker) if provider else SmsResult()
    record_sendings(database)
    return letters, sms


def sheets(database: Database, loaded: Loaded, day: date, out: Path) -> list[Path]:
    """Print the call and round sheets of a day."""
    with database.session() as session:
        return [sheet.path for sheet in print_sheets(session, loaded, day, out)]


def track(database: Database, provider: SmsProvider | None) -> TrackResult:
    """Learn what became of messages, and what people replied."""
    if provider is None:
        return TrackResult(recorded=record_sendings(database))
    return track_provider(database, provider, pepper=objection_pepper(database))


def report(database: Database, loaded: Loaded, out: Path, *, actor: str, end: date | None = None) -> SummaryResult:
    """The partner's outcome summary from the campaign's start to ``end`` (today by default)."""
    with database.session() as session:
        start = loaded.folder.campaign.starts_on
        return partner_summary(session, loaded, start=start, end=end or clock.today(), out=out, actor=actor)


def run_campaign(database: Database, code: str, out: Path, *, actor: str, lists: Path | None = None) -> RunResult:
    """All stages once, in order."""
    loaded = loaded_campaign(database, code)
    imported = import_files(database, loaded, lists_in(lists), actor=actor) if lists else Imports()
    result = prepare(database, loaded, actor=actor)
    result.lists, result.refused = imported.results, imported.refused
    provider = configured_provider(loaded)
    result.letters, result.sms = dispatch(database, loaded, provider, out, worker=actor)
    result.track = track(database, provider)
    result.summary = report(database, loaded, out, actor=actor)
    return result


def configured_provider(loaded: Loaded) -> SmsProvider | None:
    """The provider of the settings; ``None`` when the campaign sends no SMS."""
    return TwilioSms(Account.from_settings()) if "sms" in loaded.folder.campaign.channels else None
