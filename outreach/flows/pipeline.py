"""The stages chained, without Prefect: what the command line and the flows both call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from outreach.channels.letters.delivery import chosen_runs, deliver
from outreach.channels.letters.dispatch import LettersResult, dispatch_letters
from outreach.channels.letters.targets import chosen_target, is_target_set
from outreach.channels.outbox import LEASE, tidy
from outreach.channels.sheets.dispatch import print_sheets
from outreach.channels.sms.dispatch import SmsResult, dispatch_sms
from outreach.channels.twilio.client import Account
from outreach.channels.twilio.sms import TwilioSms
from outreach.channels.twilio.voice import TwilioVoice
from outreach.channels.voice.click import Rung, call_person
from outreach.channels.voice.recorded import RecordedResult, dispatch_recorded
from outreach.core import clock
from outreach.core.errors import ListRefusedError, OutreachError, PolicyError, ProviderError
from outreach.core.plain import as_data
from outreach.core.words import Channel
from outreach.definitions.registry import Loaded, campaign_of_contact
from outreach.flows.lists import Imports, import_file, import_files, lists_in, loaded_campaign
from outreach.flows.matching import run as match
from outreach.intake import ImportResult
from outreach.matching.register import MatchResult
from outreach.planning import PlanResult, plan_campaign, record_absence
from outreach.reporting import SummaryResult, look_at_news, partner_summary, refresh_figures
from outreach.reporting.summary import last_whole_period
from outreach.segments import SegmentResult, segment_campaign
from outreach.tracking import (
    TrackResult,
    close_exhausted,
    heed_opt_outs,
    join_twins,
    known_cases,
    part_twins,
    read_notices,
    record_sendings,
    refresh_amounts,
    stop_mourned,
    stop_objected,
    track_provider,
    withdraw_departed,
)
from outreach.tracking.lists_seen import lists_moved, lists_seen_at, note_lists

LATE = timedelta(hours=1)
"""What was recorded so long before a look may have become visible only after it."""
__all__ = ["Imports", "as_data", "import_file", "import_files", "lists_in", "loaded_campaign", "match"]

if TYPE_CHECKING:
    from outreach.core.database import Database
    from outreach.core.provider import SmsProvider, VoiceProvider
    from outreach.definitions.loader import Folder


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
    recorded: RecordedResult | None = None
    track: TrackResult | None = None
    summary: SummaryResult | None = None


@dataclass(frozen=True)
class Lines:
    """The providers that a campaign sends through; ``None`` for what it does not do.

    ``prints``: whether print runs go to the print house of the settings. Not those of a rehearsal, nor of a demonstration.
    """

    sms: SmsProvider | None = None
    voice: VoiceProvider | None = None
    prints: bool = False


@dataclass
class Dispatched:
    """What left in one run, channel by channel."""

    letters: LettersResult
    sms: SmsResult = field(default_factory=SmsResult)
    recorded: RecordedResult = field(default_factory=RecordedResult)
    handed_over: int = 0
    """Print runs that the print house was given."""
    not_taken: str | None = None
    """Why it did not take one: the run waits for the next time."""


def segment(database: Database, loaded: Loaded, *, actor: str) -> SegmentResult:
    """Decide about everybody on the campaign's lists."""
    with database.session() as session:
        return segment_campaign(session, loaded, actor=actor)


def close_cases(database: Database, loaded: Loaded, *, actor: str) -> tuple[int, int]:
    """Close cases that the partner withdrew, of whom objects, that double another, and those with nothing left to try.

    The others learn what is due by the partner's latest word.

    Returns the withdrawn and the exhausted.
    """
    with database.session() as session:
        withdrawn = 0
        if lists_moved(session, loaded.campaign.id):
            with known_cases(session, loaded):
                withdrawn = withdraw_departed(session, loaded, actor=actor)
                stop_objected(session, loaded, actor=actor)
                part_twins(session, loaded, actor=actor)
                join_twins(session, loaded, actor=actor)
                refresh_amounts(session, loaded)
            note_lists(session, loaded.campaign.id)
        elif since := lists_seen_at(session, loaded.campaign.id):
            stop_objected(session, loaded, actor=actor, since=since - LATE)
        withdrawn += stop_mourned(session, loaded, actor=actor)
        return withdrawn, close_exhausted(session, loaded, actor=actor)


def plan(database: Database, loaded: Loaded, *, actor: str, cause: str = "nightly") -> PlanResult:
    """Drop what is stale, plan the days to come, and close what the plan found to be tried out."""
    with database.session() as session:
        tidy(session, loaded.campaign.id)
    with database.session() as session:
        planned = plan_campaign(session, loaded, actor=actor, cause=cause)
        close_exhausted(session, loaded, actor=actor)
    return planned


def planned_for(loaded: Loaded) -> list[str]:
    """The sites whose mediators a campaign is planned for: of two campaigns that share one, the second plan waits for the first."""
    return [site.code for site in loaded.folder.campaign.sites]


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
    lines: Lines,
    out: Path,
    *,
    worker: str,
) -> Dispatched:
    """Print what is due as letters, send what is due as SMS, play recorded messages (none without a provider).

    What people wrote is read first: an objection that has arrived stops what would leave now. So does one that only the
    provider had heard, as soon as it says so.
    """
    read_notices(database)
    with database.session() as session:
        tidy(session, loaded.campaign.id)
    done = Dispatched(dispatch_letters(database, loaded, out, worker=worker))
    if lines.sms is not None:
        done.sms = dispatch_sms(database, loaded, lines.sms, worker=worker)
    if lines.voice is not None:
        done.recorded = dispatch_recorded(database, loaded, lines.voice, worker=worker)
    record_sendings(database, loaded.campaign.id)
    with database.session() as session:
        heed_opt_outs(session, clock.now() - LEASE)
    if lines.prints:
        _hand_over(database, loaded, out, done, worker)
    return done


def _hand_over(database: Database, loaded: Loaded, out: Path, done: Dispatched, actor: str) -> None:
    """Give the print house the runs that it has not had. What it refuses keeps nothing else waiting."""
    try:
        with database.session() as session:
            waiting = chosen_runs(session, loaded.campaign.code)
        done.handed_over = len(deliver(database, waiting, out, chosen_target(), actor=actor))
    except OutreachError as error:
        done.not_taken = str(error)


def sheets(database: Database, loaded: Loaded, day: date, out: Path) -> list[Path]:
    """Print the call and round sheets of a day, of what the rules still allow."""
    with database.session() as session:
        return [sheet.path for sheet in print_sheets(session, loaded, day, out).sheets]


def track(database: Database, provider: SmsProvider | None) -> TrackResult:
    """Learn what became of messages, and what people replied."""
    if provider is None:
        return TrackResult(recorded=record_sendings(database))
    return track_provider(database, provider)


def report(
    database: Database, loaded: Loaded, out: Path, *, actor: str, start: date | None = None, end: date | None = None,
    reason: str | None = None,
) -> SummaryResult:  # fmt: skip
    """The partner's outcome summary, which then waits for its review.

    From the campaign's start, or ``start``, to ``end``: by default today, or on the first of a month yesterday.
    """
    look_at_news(database, [loaded.campaign.id])
    # Counted and told before the summary is made: while one is typeset, nobody waits to count for the next.
    refresh_figures(database)
    with database.session() as session:
        begins, ends = start or loaded.folder.campaign.starts_on, end or last_whole_period(clock.today())
        return partner_summary(session, loaded, start=begins, end=ends, out=out, actor=actor, reason=reason)


def run_campaign(database: Database, code: str, out: Path, *, actor: str, lists: Path | None = None) -> RunResult:
    """All stages once, in order."""
    loaded = loaded_campaign(database, code)
    imported = import_files(database, loaded, lists_in(lists), actor=actor) if lists else Imports()
    result = prepare(database, loaded, actor=actor)
    result.lists, result.refused = imported.results, imported.refused
    lines = configured_lines(loaded)
    done = dispatch(database, loaded, lines, out, worker=actor)
    result.letters, result.sms, result.recorded = done.letters, done.sms, done.recorded
    result.track = track(database, lines.sms)
    result.summary = report(database, loaded, out, actor=actor)
    return result


def configured_lines(loaded: Loaded) -> Lines:
    """The providers of the settings, and its print house, for what the campaign does. Raises ``ProviderError`` when one is needed and missing."""
    return replace(lines_of(loaded.folder), prints=is_target_set())


def lines_of(folder: Folder, account: Account | None = None) -> Lines:
    """The providers of an account (that of the settings, by default) for what a definition does."""
    campaign = folder.campaign
    sends, plays = Channel.SMS in campaign.channels, any(step.recorded for step in campaign.cadence)
    if not sends and not plays:
        return Lines()
    chosen = account or Account.from_settings()
    return Lines(TwilioSms(chosen) if sends else None, TwilioVoice(chosen) if plays else None)


def listening_line(database: Database, campaigns: Iterable[str]) -> SmsProvider | None:
    """The provider of the settings, whose list names no campaign; ``None`` where there is none.

    Raises ``ProviderError`` when one of the campaigns needs it.
    """
    try:
        return TwilioSms(Account.from_settings())
    except ProviderError:
        for code in campaigns:
            configured_lines(loaded_campaign(database, code))
        return None


def call(database: Database, contact: int, *, mediator: str) -> Rung:
    """Ring a mediator, then the person of a planned call, through the provider of the settings."""
    with database.session() as session:
        loaded = campaign_of_contact(session, contact)
    return call_person(database, loaded, contact, TwilioVoice(Account.from_settings()), mediator=mediator)
