"""Plays the year day by day: the engine works through its own stages, people and the post answer from outside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from outreach.core import bulk, clock, progress
from outreach.core.abreast import abreast, beside, in_steps
from outreach.flows import pipeline
from outreach.reporting import look_at_news, refresh_figures, release_summary, under_way
from outreach.tracking import AttemptResult, record_attempts, record_walk_in
from outreach.tracking.events import NAMESPACE
from outreach.tracking.returned import ReturnLine, record_returns
from year.files import Arrival, Files
from year.provider import InProcess
from year.residents import Crowd
from year.shape import Shape
from year.stages import Parts, Stages

if TYPE_CHECKING:
    from outreach.core.database import Database
    from outreach.definitions.registry import Loaded
    from outreach.tracking import MediationRecord

NIGHT, PRINTING, EVENING = "04:30", "06:30", "20:30"
SENDING = ("10:30", "14:30")
CHUNK = 500
"""Results that are written down in one transaction."""
REMEMBERED, BROUGHT_BACK = 10, 4
"""Days in which a letter may bring somebody; days after which the post brings it back."""
DUE = """
SELECT k.id, k.case_id, k.person_id, k.channel, CAST(extract(epoch FROM k.due_at) AS bigint) AS due, m.code AS mediator, k.language, k.campaign_id AS campaign
FROM contact k JOIN shift s ON s.id = k.shift_id JOIN mediator m ON m.id = s.mediator_id JOIN "case" c ON c.id = k.case_id
WHERE k.state = 'planned' AND s.day = %(day)s AND c.closed_at IS NULL ORDER BY k.campaign_id, k.due_at, k.id
"""
WRITTEN = """
SELECT k.id, k.case_id, k.channel, CAST(%(day)s AS date) - CAST(k.done_at AT TIME ZONE 'Europe/Paris' AS date) AS age, k.language,
       k.campaign_id AS campaign, CAST(c.closed_at IS NULL AS int) AS open
FROM contact k JOIN "case" c ON c.id = k.case_id
WHERE k.state = 'sent' AND k.channel IN ('letter', 'sms') AND k.done_at > %(since)s ORDER BY k.id
"""


@dataclass
class Running:
    """One campaign under way."""

    number: int
    loaded: Loaded
    ends: date
    rows: int = 0


@dataclass
class Year:
    """The network while it is played."""

    database: Database
    shape: Shape
    files: Files
    folders: dict[int, Any]
    stages: Stages
    out: Path
    running: list[Running] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    stopped: bool = False
    """Set from outside: the day that is being played is the last."""

    def __post_init__(self) -> None:
        self.crowd = Crowd(self.shape.seed)
        self.provider = InProcess(self.crowd.on_sms)
        self.planning = Parts()
        self._waiting = list(self.files.arrivals)

    def play(self, days: list[date]) -> Iterator[date]:
        """Every day; yields each when it is over."""
        for place, day in enumerate(days):
            self._night(day, is_new_month=place > 0 and days[place - 1].month != day.month)
            for moment in (PRINTING, *SENDING):
                self._send(day, moment)
            self._work(day)
            yield day
            if self.stopped:
                return

    def _night(self, day: date, *, is_new_month: bool) -> None:
        """What the engine does by itself before anybody comes to work."""
        with clock.travel(clock.at(day, NIGHT)):
            if is_new_month:
                self._report(day, self.running)
            over = [one for one in self.running if one.ends < day]
            self._finish(day, over)
            self.running = [one for one in self.running if one not in over]
            changed = self._take_in(day)
            # As the flow prepare does. What the flow upkeep does meanwhile has threads of its own.
            with self.stages.together(self.database.engine, others="figures"), beside(self._figures):
                if changed:
                    with self.stages.lane("matching"):
                        pipeline.match(self.database, actor="year")
                steps: tuple[Callable[[Running], Any], ...] = (partial(self._segment, changed), self._close, self._plan)
                prepared = in_steps(steps, self.running, uses=lambda one: pipeline.planned_for(one.loaded))
            for opened, _closed, (contacts, rounds) in prepared:
                self.stages.spent["segments"].work["cases"] += opened
                self.stages.spent["planning"].work["contacts"] += contacts
                self.stages.spent["planning"].work["rounds"] += rounds

    def _figures(self) -> None:
        with self.stages.lane("figures"):
            with self.database.session() as session:
                campaigns = under_way(session)
            look_at_news(self.database, campaigns)
            refresh_figures(self.database)

    def _segment(self, changed: Collection[int], one: Running) -> int:
        """Returns how many cases were opened."""
        if one.number not in changed:
            return 0
        with self.stages.lane("segments"):
            return pipeline.segment(self.database, one.loaded, actor="year").opened

    def _close(self, one: Running) -> tuple[int, int]:
        with self.stages.lane("closing"):
            return pipeline.close_cases(self.database, one.loaded, actor="year")

    def _plan(self, one: Running) -> tuple[int, int]:
        """Returns how many contacts and rounds were planned."""
        parts = Parts()
        with self.stages.lane("planning"), progress.listening(parts):
            planned = pipeline.plan(self.database, one.loaded, actor="year")
        self.planning.add(parts)
        return sum(planned.planned.values()), planned.rounds

    def _take_in(self, day: date) -> set[int]:
        """The files that have arrived, each in the inbox of its campaign; returns the lists that changed."""
        arrived = list(takewhile(lambda arrival: arrival.day <= day, self._waiting))
        del self._waiting[: len(arrived)]
        if not arrived:
            return set()
        inboxes = [(self._campaign(arrival), arrival) for arrival in arrived]
        with self.stages.stage("intake") as spent:
            for total in abreast(self._import, inboxes, uses=lambda inbox: [inbox[0].number]):
                spent.work["rows"] += total
        for one, arrival in inboxes:
            one.rows += arrival.rows
        return {arrival.number for arrival in arrived}

    def _import(self, inbox: tuple[Running, Arrival]) -> int:
        one, arrival = inbox
        # A partner's customers who left in the first week are not a mistake of the file.
        return pipeline.import_file(self.database, one.loaded, arrival.path, actor="year").total

    def _campaign(self, arrival: Arrival) -> Running:
        from outreach.definitions.registry import launch_campaign

        found = next((one for one in self.running if one.number == arrival.number), None)
        if found is not None:
            return found
        folder = self.folders[arrival.number]
        with self.database.session() as session:
            launch_campaign(session, folder, actor="year", lot=folder.campaign.code)
        loaded = pipeline.loaded_campaign(self.database, folder.campaign.code)
        self.running.append(Running(arrival.number, loaded, folder.campaign.ends_on))
        return self.running[-1]

    def _send(self, day: date, moment: str) -> None:
        """Letters and SMS leave, as many campaigns at a time as the flow takes; receipts and replies are read."""
        with clock.travel(clock.at(day, moment)):
            # Every few minutes in an installation: whoever wrote STOP since the last sending is known before the next.
            self._track()
            with self.stages.stage("dispatch") as spent:
                for done in abreast(self._dispatch, self.running):
                    spent.work["letters"] += done.letters.letters
                    spent.work["sms"] += done.sms.states["sent"]

    def _dispatch(self, one: Running) -> pipeline.Dispatched:
        lines = pipeline.Lines(self.provider if "sms" in one.loaded.folder.campaign.channels else None)
        return pipeline.dispatch(self.database, one.loaded, lines, self.out / one.loaded.campaign.code, worker="year")

    def _track(self) -> None:
        with self.stages.stage("tracking: receipts, replies") as spent:
            told = pipeline.track(self.database, self.provider)
            spent.work["receipts"] += told.receipts
            spent.work["replies"] += sum(told.replies.values())

    def _work(self, day: date) -> None:
        """Calls and doors of the day; the post; people who come; what came of all that is written down."""
        with clock.travel(clock.at(day, EVENING)):
            # As lists on phones do, those of the afternoon know who wrote STOP since the last sending.
            self._track()
            self._mediators(day)
            self._come_forward(day)

    def _mediators(self, day: date) -> None:
        with self.database.session() as session:
            due = bulk.copy_out(session, DUE, {"day": day})
        if due.empty:
            return
        codes = self.crowd.results(due["id"].to_numpy(), due["person_id"].to_numpy(), due["channel"].to_numpy())
        themes = {one.loaded.campaign.id: tuple(one.loaded.folder.campaign.themes) for one in self.running}
        results = []
        for row, code in zip(due.itertuples(), codes.tolist(), strict=True):
            at = clock.at(day, "10:00").fromtimestamp(row.due, clock.PARIS)
            record = None
            if code == "mediated":
                record = self.crowd.met(row.id, row.channel, day, themes[row.campaign], row.language.partition("-")[0])
            results.append(AttemptResult(row.id, code, row.mediator, at, record))
            self.counts[f"{row.channel}:{code}"] += 1
        parts = [results[start : start + CHUNK] for start in range(0, len(results), CHUNK)]
        with self.stages.stage("tracking: results, mediations") as spent:
            spent.work["results"] += sum(abreast(self._record, parts))

    def _record(self, results: list[AttemptResult]) -> int:
        """What phones bring to the server in the evening, some at a time."""
        with self.database.session() as session:
            return record_attempts(session, results)

    def _come_forward(self, day: date) -> None:
        """Some whom a letter or SMS reached come to the desk; some letters come back."""
        values = {"day": day, "since": clock.now() - timedelta(days=REMEMBERED)}
        with self.database.session() as session:
            sent = bulk.copy_out(session, WRITTEN, values)
        if sent.empty:
            return
        ids, channel, age = sent["id"].to_numpy(), sent["channel"].to_numpy(), sent["age"].to_numpy()
        back = ids[(channel == "letter") & (age >= BROUGHT_BACK) & (age < BROUGHT_BACK + 3) & self.crowd.comes_back(ids)]
        if back.size:
            lines = [ReturnLine(row, str(contact), int(contact), reason="unknown") for row, contact in enumerate(back.tolist())]
            with self.stages.stage("tracking: returned post") as spent, self.database.session() as session:
                spent.work["letters"] += record_returns(session, lines, actor="year").noted
        after = self.crowd.come_after(ids, channel)
        # Who would have come on a weekend comes on the next day of work.
        coming = sent[
            (after > 0) & (after <= age) & (after + (3 if day.weekday() == 0 else 1) > age) & (sent["open"].to_numpy() == 1)
        ]
        themes = {one.loaded.campaign.id: tuple(one.loaded.folder.campaign.themes) for one in self.running}
        came = []
        for row in coming.itertuples():
            if row.campaign in themes:
                record = self.crowd.met(row.id, "desk", day, themes[row.campaign], row.language.partition("-")[0])
                came.append((row.case_id, record, uuid5(NAMESPACE, f"year:{row.id}")))
        with self.stages.stage("tracking: who comes by") as spent:
            spent.work["mediations"] += sum(abreast(partial(self._come, day), came))
        self.counts["desk:mediated"] += len(came)

    def _come(self, day: date, who: tuple[int, MediationRecord, UUID]) -> bool:
        """One person at a desk: a transaction of its own."""
        case, record, key = who
        at = clock.at(day, "15:00")
        with self.database.session() as session:
            return record_walk_in(session, case, record, medium="desk", found_by="code", actor="desk", occurred_at=at, key=key)

    def _report(self, day: date, campaigns: list[Running]) -> None:
        """On the first working day of a month, what the months before came to; released when two people agree."""
        end = day.replace(day=1) - timedelta(days=1)
        self._release([one for one in campaigns if one.loaded.folder.campaign.starts_on <= end], end)

    def _release(self, campaigns: list[Running], end: date) -> None:
        """The summaries of some campaigns, some at a time as the flow makes them."""
        if campaigns:
            with self.stages.stage("reporting") as spent:
                # What one partner has read decides what the next summary may tell them.
                made = abreast(
                    partial(self._summary, end), campaigns, uses=lambda one: [one.loaded.folder.agreement.partner.code]
                )
                spent.work["summaries"] += len(list(made))

    def _summary(self, end: date, one: Running) -> None:
        found = pipeline.report(self.database, one.loaded, self.out / "bilans", actor="year", end=end)
        with self.database.session() as session:
            release_summary(session, found.summary_id, actor="director", reviewed_by="reviewer")

    def _finish(self, day: date, over: list[Running]) -> None:
        """Campaigns that are over are closed once more, and their whole told to the partners."""
        for one in over:
            with self.stages.stage("closing"):
                pipeline.close_cases(self.database, one.loaded, actor="year")
        self._release(over, day)

    def end(self, day: date) -> None:
        """After the last day: the summaries of the campaigns still under way."""
        with clock.travel(clock.at(day, "23:00")):
            self._finish(day, self.running)
