"""Plays campaigns day by day on a simulated clock: the engine works, mediators and residents answer from outside."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import text

from outreach.channels.senders import senders, set_sender
from outreach.channels.twilio.client import Account
from outreach.channels.twilio.sms import TwilioSms
from outreach.core import audit, clock, progress
from outreach.core.i18n import N_
from outreach.core.words import Channel
from outreach.flows import pipeline, returns
from outreach.simulation import hindsight
from outreach.simulation.meetings import Party, meeting, neighbour, parties
from outreach.simulation.residents import Residents
from outreach.simulation.returns import is_return_day, write_returns
from outreach.simulation.twilio import ACCOUNT, SENDER, TOKEN, LoopbackProvider
from outreach.simulation.visitors import come_forward
from outreach.tracking import AttemptResult, record_attempts, record_neighbour

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.core.database import Database
    from outreach.definitions.registry import Loaded

PLANNING_TIME, PRINTING_TIME, RETURNS_TIME, EVENING, NIGHT = "05:00", "06:30", "07:00", "20:30", "21:00"
PLAYED = "season.day"
"""The audit entry that says that a day is over."""
SENDING_TIMES = ("10:30", "14:30", "19:00")

DUE_TODAY = """
SELECT k.id, k.person_id, k.channel, k.due_at, m.code AS mediator FROM contact k JOIN shift s ON s.id = k.shift_id
     JOIN mediator m ON m.id = s.mediator_id JOIN "case" c ON c.id = k.case_id
WHERE k.campaign_id = :campaign AND k.state = 'planned' AND s.day = :day AND c.closed_at IS NULL ORDER BY k.due_at, k.id
"""
NEIGHBOUR_ASKS = 0.03
"""Of visits: somebody of the house whom no list names asks what we do here (an assumption)."""


@dataclass
class Season:
    """What a played season did: seconds by stage, contacts by channel and result."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    results: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the wall time of a block for a stage."""
        begin = time.perf_counter()
        yield
        self.seconds[name] += time.perf_counter() - begin


@dataclass(frozen=True)
class Part:
    """One campaign of a season: where its partner's files arrive, and where its outputs go."""

    loaded: Loaded
    lists: Path
    out: Path

    @property
    def sends_sms(self) -> bool:
        """Does its cadence have a step by SMS?"""
        return "sms" in self.loaded.folder.campaign.channels


@dataclass(frozen=True)
class Player:
    """Plays the campaigns of a simulated town side by side, as they run in life: each day is one day for all."""

    database: Database
    parts: tuple[Part, ...]
    residents: Residents

    def play(self, start: date, end: date) -> dict[str, Season]:
        """Every day from ``start`` to ``end`` that was not played before; then the engine runs once more.

        That last run imports all files, plans and dispatches again in the evening of ``end``: it must find nothing new.
        Returns what happened by campaign code.
        """
        seasons = {part.loaded.campaign.code: Season() for part in self.parts}
        with LoopbackProvider(self.residents.on_sms, clock.now) as peer:
            provider = TwilioSms(Account(ACCOUNT, TOKEN, peer.url))
            self._write_from(SENDER)
            played = {part.loaded.campaign.code: self._last_day_played(part) for part in self.parts}
            with progress.step(N_("Jours joués"), (end - start).days + 1) as advance:
                for day in clock.days(start, end):
                    known = {code for code, last in played.items() if last is not None and day <= last}
                    self._play_day(day, {code: season for code, season in seasons.items() if code not in known}, provider)
                    advance(1)
            for part in self.parts:
                season = seasons[part.loaded.campaign.code]
                self._engine_alone(part, end, NIGHT, season)
                with clock.travel(clock.at(end, NIGHT)), season.stage("channels"):
                    self._dispatch(part, provider, season)
        return seasons

    def _write_from(self, sender: str) -> None:
        """Give the network a number to write from, unless it has one."""
        with self.database.session() as session:
            if not senders(session):
                set_sender(session, Channel.SMS, sender, actor="demo")

    def _last_day_played(self, part: Part) -> date | None:
        query = text("SELECT max(CAST(data ->> 'day' AS date)) FROM audit_entry WHERE action = :action AND subject = :campaign")
        with self.database.session() as session:
            values = {"action": PLAYED, "campaign": part.loaded.campaign.code}
            played: date | None = session.execute(query, values).scalar_one()
        return played

    def _play_day(self, day: date, seasons: dict[str, Season], provider: TwilioSms) -> None:
        """One day of the campaigns in ``seasons``."""
        playing = [(part, seasons[part.loaded.campaign.code]) for part in self.parts if part.loaded.campaign.code in seasons]
        for part, season in playing:
            self._engine_alone(part, day, PLANNING_TIME, season)
        for part, season in playing:
            self._returns_arrive(part, day, season)
        for moment in (PRINTING_TIME, *SENDING_TIMES):
            with clock.travel(clock.at(day, moment)):
                for part, season in playing:
                    with season.stage("channels"):
                        self._dispatch(part, provider, season)
                    with season.stage("tracking"):
                        self._track(part, provider, season)
        for part, season in playing:
            self._mediators_work(part, day, season)
            with clock.travel(clock.at(day, EVENING)), season.stage("tracking"):
                self._track(part, provider, season)
                with self.database.session() as session:
                    self._after_work(session, part, day, season)
                    audit.record(session, "demo", PLAYED, part.loaded.campaign.code, {"day": day.isoformat()})

    def _returns_arrive(self, part: Part, day: date, season: Season) -> None:
        """On its days, the partner's file of what it saw until the day before."""
        seen = day - timedelta(days=1)
        with clock.travel(clock.at(day, RETURNS_TIME)), season.stage("intake"):
            path = part.out / "retours" / f"{day}_{part.loaded.campaign.code}.csv"
            with self.database.session() as session:
                if not is_return_day(session, part.loaded, day):
                    return
                write_returns(session, part.loaded, self.residents, seen, path)
            result = returns.import_file(self.database, part.loaded, path, actor="demo", as_of=seen)
            season.results["return:known" if result.known else "return:imported"] += 1

    def _track(self, part: Part, provider: TwilioSms, season: Season) -> None:
        """Receipts and replies, as often as SMS go out: an objection stops the calls of the same day."""
        if part.sends_sms:
            track = pipeline.track(self.database, provider)
            season.results.update({f"reply:{found}": number for found, number in track.replies.items()})

    def _dispatch(self, part: Part, provider: TwilioSms, season: Season) -> None:
        lines = pipeline.Lines(provider if part.sends_sms else None)
        done = pipeline.dispatch(self.database, part.loaded, lines, part.out, worker="demo")
        season.results["letter:sent"] += done.letters.letters
        season.results.update({f"sms:{state}": number for state, number in done.sms.states.items()})

    def _engine_alone(self, part: Part, day: date, moment: str, season: Season) -> None:
        """What the engine does by itself: take in what arrived, match, segment, close, plan."""
        with clock.travel(clock.at(day, moment)):
            with season.stage("intake"):
                arrived = [path for path in pipeline.lists_in(part.lists) if path.name[:10] <= day.isoformat()]
                results = [pipeline.import_file(self.database, part.loaded, path, actor="demo") for path in arrived]
            if any(not result.known for result in results):
                with season.stage("matching"):
                    pipeline.match(self.database, actor="demo")
                with season.stage("segments"):
                    pipeline.segment(self.database, part.loaded, actor="demo")
            with season.stage("tracking"):
                pipeline.close_cases(self.database, part.loaded, actor="demo")
            with season.stage("planning"):
                pipeline.plan(self.database, part.loaded, actor="demo")

    def _mediators_work(self, part: Part, day: date, season: Season) -> None:
        """Calls and doors of the day, recorded by the functions that a mediator's screen calls."""
        values = {"campaign": part.loaded.campaign.id, "day": day}
        with clock.travel(clock.at(day, EVENING)), season.stage("tracking"), self.database.session() as session:
            rows = session.execute(text(DUE_TODAY), values).all()
            known = parties(session, [row.id for row in rows])
            results = [self._result(part, row, known[row.id], day) for row in rows]
            if results:
                record_attempts(session, results)
            season.results.update(f"{row.channel}:{result.code}" for row, result in zip(rows, results, strict=True))
            season.results["visit:neighbour"] += self._neighbours_ask(session, part, rows)

    def _result(self, part: Part, row: Any, party: Party, day: date) -> AttemptResult:
        """What a mediator writes of one call or visit."""
        truth = (self.residents.on_call if row.channel == "call" else self.residents.on_visit)(row.id, row.person_id)
        if truth != "mediated":
            return AttemptResult(row.id, hindsight.written(self.residents, row.id, row.channel, truth), row.mediator, row.due_at)
        held = meeting(self.residents, party, row.channel, day, part.loaded.folder.campaign.themes)
        return AttemptResult(row.id, truth, row.mediator, row.due_at, hindsight.written_down(self.residents, row.id, held))

    def _neighbours_ask(self, session: Session, part: Part, rows: Sequence[Any]) -> int:
        """Somebody of the house asks at the door; returns how many did."""
        asking = [row for row in rows if row.channel == "visit" and self.residents.chance("neighbour", row.id) < NEIGHBOUR_ASKS]
        for row in asking:
            asked = neighbour(self.residents, row.id, part.loaded.folder.campaign.themes)
            key = uuid5(NAMESPACE_OID, f"neighbour:{row.id}")
            record_neighbour(session, row.id, asked, actor=row.mediator, occurred_at=row.due_at, key=key)
        return len(asking)

    def _after_work(self, session: Session, part: Part, day: date, season: Season) -> None:
        """People come or call of their own accord; yesterday's slips are corrected; a manager reads what people said."""
        season.results.update(f"{medium}:mediated" for medium in come_forward(session, part.loaded, self.residents, day))
        season.results["correction:result"] += hindsight.correct_results(session, part.loaded, self.residents, day)
        season.results["correction:mediation"] += hindsight.correct_mediations(session, part.loaded, self.residents, day)
        read = hindsight.check_wordings(session, part.loaded, self.residents)
        season.results.update({f"wording:{how}": number for how, number in read.items()})
