"""The cases that need a next contact, as the planner sees them: means, history, language, pressure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import Channel
from outreach.planning.cadence import Means, Tried
from outreach.policy.dispositions import REFUSALS
from outreach.policy.language import spoken_languages
from outreach.policy.pressure import PERIOD

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

NEEDY = """
SELECT c.id, c.person_id, c.household_id, c.site_id, c.priority, c.wave, c.opened_at, p.language, p.reads_french,
       p.mobile IS NOT NULL AS has_mobile, p.mobile IS NOT NULL OR p.fixed IS NOT NULL AS has_phone,
       b.id IS NOT NULL AS has_address, b.lon, b.lat, b.insee, b.id AS building_id, h.floor
FROM "case" c JOIN person p ON p.id = c.person_id LEFT JOIN household h ON h.id = p.household_id
     LEFT JOIN building b ON b.id = h.building_id
WHERE c.campaign_id = :campaign AND c.closed_at IS NULL AND c.next_at <= :horizon
  AND NOT EXISTS (SELECT FROM contact k WHERE k.case_id = c.id AND k.state IN ('planned', 'claimed', 'unknown'))
ORDER BY c.priority, c.wave, c.next_at, c.letter_code
"""
# Cancelled contacts were never made: they count neither as tried nor as pressure.
HISTORY = """
SELECT k.case_id, k.step, k.attempt, k.channel, k.disposition, coalesce(k.done_at, k.due_at) AS day
FROM contact k JOIN "case" c ON c.id = k.case_id
WHERE c.campaign_id = :campaign AND c.closed_at IS NULL AND c.next_at <= :horizon AND k.state IN ('sent', 'done', 'failed')
  AND NOT EXISTS (SELECT FROM contact l WHERE l.case_id = c.id AND l.state IN ('planned', 'claimed', 'unknown'))
"""
# Days of contacts really made, over all campaigns, for the people and households that have an open case here.
PRESSURE = """
SELECT o.{who}, array_agg(CAST(k.done_at AT TIME ZONE 'Europe/Paris' AS date)) AS days
FROM contact k JOIN "case" o ON o.id = k.case_id
WHERE k.done_at > :since AND k.state IN ('sent', 'done') AND k.channel = ANY(:channels)
  AND o.{who} IN (SELECT {who} FROM "case" WHERE campaign_id = :campaign AND closed_at IS NULL)
GROUP BY 1
"""
# Who said no to any campaign: the person, and the household when it was addressed as one.
REFUSED = """
SELECT o.person_id, CASE WHEN o.unit = 'household' THEN o.household_id END AS household_id,
       CAST(k.done_at AT TIME ZONE 'Europe/Paris' AS date) AS day
FROM contact k JOIN "case" o ON o.id = k.case_id
WHERE k.state = 'done' AND k.disposition = ANY(:refusals) AND k.done_at > :since
"""


@dataclass
class Needy:
    """One case that waits for its next contact."""

    id: int
    person_id: int
    household_id: int | None
    site_id: int
    wave: int
    opened: date
    language: str | None
    means: Means
    insee: str
    building_id: int | None
    lon: float | None
    lat: float | None
    floor: str | None
    speaks: frozenset[str]
    tried: list[Tried] = field(default_factory=list)


@dataclass(frozen=True)
class Pressure:
    """Days of recent solicitations: calls by person, everything by household; and of refusals, by both."""

    calls: dict[int, list[date]]
    contacts: dict[int, list[date]]
    refused_persons: dict[int, list[date]]
    refused_households: dict[int, list[date]]


def needy_cases(session: Session, campaign_id: int, horizon: datetime, spoken: frozenset[str]) -> list[Needy]:
    """Open cases without a live contact whose next step falls before ``horizon``, most urgent first."""
    values = {"campaign": campaign_id, "horizon": horizon}
    cases = [_needy(row, spoken) for row in session.execute(text(NEEDY), values).mappings()]
    by_id = {needy.id: needy for needy in cases}
    for row in session.execute(text(HISTORY), values).mappings():
        if row["case_id"] in by_id:
            day = row["day"].astimezone(clock.PARIS).date()
            tried = Tried(row["step"], row["attempt"], row["channel"], row["disposition"], day)
            by_id[row["case_id"]].tried.append(tried)
    return cases


def recent_pressure(session: Session, campaign_id: int, *, silence_days: int) -> Pressure:
    """Solicitations of the rolling period, by any campaign, of those who have an open case in this one; refusals."""
    since = clock.now() - PERIOD

    def days(who: str, channels: list[Channel]) -> dict[int, list[date]]:
        values = {"campaign": campaign_id, "since": since, "channels": [channel.value for channel in channels]}
        return {row[0]: row.days for row in session.execute(text(PRESSURE.format(who=who)), values)}

    persons, households = defaultdict(list), defaultdict(list)
    quiet = {"refusals": REFUSALS, "since": clock.now() - timedelta(days=silence_days)}
    for row in session.execute(text(REFUSED), quiet):
        persons[row.person_id].append(row.day)
        if row.household_id is not None:
            households[row.household_id].append(row.day)
    return Pressure(days("person_id", [Channel.CALL]), days("household_id", list(Channel)), persons, households)


def _needy(row: Any, spoken: frozenset[str]) -> Needy:
    speaks = spoken_languages(row["language"], row["reads_french"])
    means = Means(
        priority=row["priority"], has_mobile=row["has_mobile"], has_phone=row["has_phone"], has_address=row["has_address"],
        is_located=row["lon"] is not None, reads_french=row["reads_french"], has_speaker=bool(speaks & spoken),
    )  # fmt: skip
    return Needy(
        id=row["id"], person_id=row["person_id"], household_id=row["household_id"], site_id=row["site_id"], wave=row["wave"],
        opened=row["opened_at"].astimezone(clock.PARIS).date(), language=row["language"], means=means, insee=row["insee"] or "",
        building_id=row["building_id"], lon=row["lon"], lat=row["lat"], floor=row["floor"], speaks=speaks,
    )  # fmt: skip
