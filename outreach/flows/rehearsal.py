"""The rehearsal of a campaign: all of it, day by day, for a few guests, by the very code that will run it.

It is played in a database of its own that is dropped at the end. Guests never answer, so that the cadence goes all its way.
Beside it, what the campaign would make of its real lists: who is left out and why, texts, parts and cost by language.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.channels.sms.preview import TextCost, text_costs
from outreach.core import clock
from outreach.core.letter_codes import GUESTS, code_of
from outreach.core.marks import mark
from outreach.core.plain import as_data
from outreach.core.scratch import scratch
from outreach.core.sealing import seal
from outreach.core.settings import settings
from outreach.core.words import Channel
from outreach.definitions.guests import Guest
from outreach.definitions.registry import Loaded, find_campaign, launch_campaign, load_campaign
from outreach.definitions.rehearsing import lists_hash, store_rehearsal
from outreach.flows import pipeline
from outreach.flows.segments import preview
from outreach.migrations import run as migrations
from outreach.models.base import PHONE
from outreach.policy.language import FRENCH
from outreach.tracking import AttemptResult, record_attempts

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.core.database import Database
    from outreach.definitions.loader import Folder
    from outreach.segments.preview import Preview

MOMENTS = ("06:30", "10:15", "14:15", "18:30")
EVENING = "20:30"
LONGEST = timedelta(days=180)
"""A cadence that takes longer is not played to its end."""
NOBODY = {"call": "no_answer", "visit": "not_home"}
SENDERS = """
SELECT s.channel, s.kind, s.provider, s.value, s.per_second, a.code AS association FROM sender_identity s
  LEFT JOIN association a ON a.id = s.association_id WHERE s.retired_at IS NULL
"""
COPY_SENDER = """
INSERT INTO sender_identity (association_id, channel, kind, provider, value, per_second, recorded_at, recorded_by)
SELECT (SELECT id FROM association WHERE code = CAST(:association AS text)), :channel, :kind, :provider, :value,
       :per_second, :now, 'rehearsal'
"""
WRITE_GUEST = (
    """INSERT INTO building (address_key, street, postal_code, city, insee, lon, lat)
       SELECT :key, :address, :postal_code, :city, s.insee, s.lon, s.lat FROM site s WHERE s.id = (SELECT min(id) FROM site)""",
    """INSERT INTO household (building_id, created_at) SELECT id, :now FROM building WHERE address_key = :key""",
    """INSERT INTO person (household_id, given_name, family_name, mobile, mobile_mark, language, reads_french,
                           simulated, created_at)
       SELECT h.id, :given, :family, :phone, :mark, :language, :reads, false, :now
       FROM household h JOIN building b ON b.id = h.building_id
       WHERE b.address_key = :key""",
    """INSERT INTO household_member (household_id, person_id, since)
       SELECT p.household_id, p.id, :now FROM person p JOIN household h ON h.id = p.household_id
         JOIN building b ON b.id = h.building_id WHERE b.address_key = :key""",
    """INSERT INTO "case" (id, campaign_id, version_id, unit, household_id, person_id, site_id, segment, priority, wave,
                           letter_code, status, opened_at, next_at, wait_reason)
       SELECT :case, :campaign, :version, :unit, p.household_id, p.id, (SELECT min(id) FROM site), :segment, :priority, 1, :code,
              'waiting', :now, :now, 'to_plan'
       FROM person p JOIN household h ON h.id = p.household_id JOIN building b ON b.id = h.building_id
       WHERE b.address_key = :key""",
)
# The next day with work; a case whose contact was made today is looked at again by tomorrow's plan.
NEXT_DAY = """
SELECT CASE WHEN EXISTS (SELECT FROM "case" c WHERE c.closed_at IS NULL AND c.next_at <= :now) THEN CAST(:now AS timestamptz)
  ELSE least((SELECT min(k.due_at) FROM contact k WHERE k.state = 'planned'),
             (SELECT min(c.next_at) FROM "case" c WHERE c.closed_at IS NULL)) END
"""
ASKED = """
SELECT k.id, k.channel, k.due_at, m.code AS mediator
FROM contact k JOIN shift s ON s.id = k.shift_id JOIN mediator m ON m.id = s.mediator_id
WHERE k.state = 'planned' AND k.due_at <= :now ORDER BY k.due_at, k.id
"""
MADE = (
    "SELECT k.step, k.channel, k.language, k.state, count(*) AS n FROM contact k WHERE k.state <> 'cancelled' GROUP BY 1, 2, 3, 4"
)


@dataclass
class Rehearsed:
    """What a rehearsal found.

    ``steps``: contacts of the guests by step and result; ``unreached``: steps that no guest came to. ``texts``: of the SMS.
    ``missing``: people (by language) for whom a channel has no words that they read. ``left_out``: people by reason.
    """

    contacts: int
    units: int
    days: int
    steps: dict[str, dict[str, int]]
    unreached: list[str]
    texts: list[TextCost]
    missing: list[tuple[str, str, int]]
    left_out: dict[str, int]
    cost: Decimal
    sent: bool = False
    """Whether messages went to the guests themselves."""
    files: list[Path] = field(default_factory=list)


def rehearse(
    database: Database,
    folder: Folder,
    guests: Sequence[Guest],
    lines: pipeline.Lines,
    out: Path,
    *,
    actor: str,
    sent: bool = False,
) -> Rehearsed:
    """Play a campaign for its guests and keep the result; only a campaign as it was rehearsed can be launched.

    ``sent``: whether the lines lead to the guests themselves.
    """
    with database.session() as session:
        campaign = load_campaign(session, folder)
        lists = lists_hash(session, campaign)
        senders = [dict(row) for row in session.execute(text(SENDERS)).mappings()]
    seen = preview(database, Loaded(campaign, folder, None))
    with scratch(database, f"rehearsal_{campaign.id}") as beside:
        migrations.upgrade(beside)
        steps, days, files = _play(beside, folder, guests, lines, out, senders)
    price = settings().sms_price
    texts = text_costs(folder, seen.readers, price) if Channel.SMS in folder.campaign.channels else []
    found = Rehearsed(
        contacts=seen.targeted, units=seen.units, days=days, steps=steps, texts=texts, files=files, sent=sent,
        unreached=[step.code for step in folder.campaign.cadence if step.code not in steps],
        missing=_missing(folder, seen), left_out={group.label: group.first for group in seen.excluded if group.first},
        cost=sum((one.cost for one in texts), Decimal(0)),
    )  # fmt: skip
    report = {name: value for name, value in as_data(found).items() if name != "files"}
    with database.session() as session:
        store_rehearsal(session, folder, lists, contacts=seen.targeted, report=report, actor=actor)
    return found


def _play(
    beside: Database, folder: Folder, guests: Sequence[Guest], lines: pipeline.Lines, out: Path, senders: list[dict[str, Any]]
) -> tuple[dict[str, dict[str, int]], int, list[Path]]:
    """Day by day, as long as something is due; returns contacts by step and result, days with work, files."""
    first = max(folder.campaign.starts_on, clock.today())
    files: list[Path] = []
    with clock.travel(clock.at(first, "04:00")), beside.session() as session:
        launch_campaign(session, folder, actor="rehearsal", lot="rehearsal")
        loaded = find_campaign(session, folder.campaign.code)
        for sender in senders:
            session.execute(text(COPY_SENDER), sender | {"now": clock.now()})
        for number, guest in enumerate(guests):
            _write_guest(session, loaded, number, guest)
    day: date | None = first
    days = 0
    while day is not None and day <= min(folder.campaign.ends_on, first + LONGEST):
        days += 1
        day = _play_day(beside, loaded, lines, out, day, files)
    with beside.session() as session:
        steps: dict[str, Counter[str]] = {}
        for row in session.execute(text(MADE)):
            steps.setdefault(row.step, Counter())[row.state] += row.n
    return {step: dict(counts) for step, counts in steps.items()}, days, files


def _play_day(beside: Database, loaded: Loaded, lines: pipeline.Lines, out: Path, day: date, files: list[Path]) -> date | None:
    """One day with work; returns the next one, ``None`` when nothing is left."""
    with clock.travel(clock.at(day, "05:00")):
        pipeline.plan(beside, loaded, actor="rehearsal")
    for moment in MOMENTS:
        with clock.travel(clock.at(day, moment)):
            files += pipeline.dispatch(beside, loaded, lines, out, worker="rehearsal").letters.files
    with clock.travel(clock.at(day, "06:30")):
        files += pipeline.sheets(beside, loaded, day, out)
    with clock.travel(clock.at(day, EVENING)):
        with beside.session() as session:
            asked = session.execute(text(ASKED), {"now": clock.now()}).all()
            record_attempts(session, [AttemptResult(row.id, NOBODY[row.channel], row.mediator, row.due_at) for row in asked])
        # Cases are not closed for who left the partner's list: guests were never on one.
        pipeline.track(beside, lines.sms)
        with beside.session() as session:
            following = session.execute(text(NEXT_DAY), {"now": clock.now()}).scalar()
    return None if following is None else max(following.date(), day + timedelta(days=1))


def _write_guest(session: Session, loaded: Loaded, number: int, guest: Guest) -> None:
    """A guest as one of the public: at home beside the first site, in one of the segments in turn."""
    campaign = loaded.folder.campaign
    segment = campaign.segments[number % len(campaign.segments)]
    site = campaign.sites[0]
    values = {
        "key": f"guest {number}", "address": (guest.address or f"{number + 1} RUE DES INVITES").upper(), "now": clock.now(),
        "postal_code": guest.postal_code or site.insee[:2] + "000", "city": (guest.city or site.name).upper(),
        "given": guest.given_name, "family": guest.family_name, "phone": seal(guest.phone, PHONE.place),
        "mark": mark(guest.phone) if guest.phone else None, "language": guest.language,
        "reads": guest.reads_french, "campaign": loaded.campaign.id, "version": loaded.version.id if loaded.version else None,
        "unit": str(campaign.unit), "segment": segment.code, "priority": segment.priority, "case": GUESTS + number,
        "code": code_of(GUESTS + number),
    }  # fmt: skip
    for statement in WRITE_GUEST:
        session.execute(text(statement), values)


def _missing(folder: Folder, seen: Preview) -> list[tuple[str, str, int]]:
    """(Channel, language, people) for whom the campaign has no words in their language, on the channels that it uses."""
    messages, channels = folder.messages, folder.campaign.channels
    written = {
        Channel.LETTER: {*messages.letters, *(messages.letter.call_back_lines if messages.letter else ())},
        Channel.SMS: set(messages.sms), Channel.CALL: set(messages.scripts), Channel.VISIT: set(messages.scripts),
    }  # fmt: skip
    people: Counter[str] = Counter()
    for group in seen.readers:
        if group.language is not None and group.language != FRENCH:
            people[group.language] += group.people
    return [
        (channel.value, language, count)
        for channel in Channel
        if channel in channels
        for language, count in people.most_common()
        if language not in written[channel]
    ]
