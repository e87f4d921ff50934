"""When people answer the phone: rates by kind of number and part of the day, learnt from the results of all campaigns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import text

from outreach.core import clock
from outreach.planning.call_slots import NAMES, PARTS, part_of
from outreach.planning.calling import Answers, learn
from outreach.policy.dispositions import HUMAN, TABLE
from outreach.policy.territories import SQL_TERRITORY, ZONES

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.orm import Session

KINDS = ("fixed", "mobile")
MEMORY = timedelta(days=365)
"""Results older than this tell nothing about today."""
SETTLED = 2
"""Days after which a day's results are counted once and for all: phones have told by then what they did without a network."""
# By the hour where the person lives, which is not that of Paris overseas.
COUNTED = f"""
WITH zone AS (SELECT * FROM unnest(CAST(:zone_territory AS text[]), CAST(:zone_name AS text[])) AS z (territory, name))
SELECT CAST(k.done_at AT TIME ZONE 'Europe/Paris' AS date) AS day, CAST(p.mobile IS NOT NULL AS int) AS kind,
       CAST(extract(hour FROM k.done_at AT TIME ZONE coalesce(z.name, 'Europe/Paris')) AS int) AS hour,
       count(*) AS calls, count(*) FILTER (WHERE k.disposition = ANY(:human)) AS answers
FROM contact k JOIN "case" c ON c.id = k.case_id JOIN site s ON s.id = c.site_id JOIN person p ON p.id = k.person_id
     LEFT JOIN household h ON h.id = p.household_id
     LEFT JOIN building b ON b.id = h.building_id
     LEFT JOIN zone z ON z.territory = {SQL_TERRITORY.format(insee="coalesce(b.insee, s.insee)")}
WHERE k.channel = 'call' AND k.state = 'done' AND k.done_at >= :since AND k.done_at < :until AND NOT k.disposition = ANY(:dead)
GROUP BY 1, 2, 3
"""
KEPT_UNTIL = "SELECT max(day) FROM answered_hour"
# One planner at a time keeps days; the others do without the latest, or count them for themselves where there is little else.
LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('answered_hour'))"
FRESH = f"SELECT kind, hour, calls, answers FROM ({COUNTED}) c"
KEEP = f"INSERT INTO answered_hour (day, kind, hour, calls, answers) {COUNTED} ON CONFLICT DO NOTHING"
# A day on which nobody called is known as well as any other: it is not counted again by every plan until the next call.
SETTLE = "INSERT INTO answered_hour (day, kind, hour, calls, answers) VALUES (:settled, 0, 0, 0, 0) ON CONFLICT DO NOTHING"
COUNTS = """
SELECT kind, hour, CAST(sum(calls) AS bigint) AS calls, CAST(sum(answers) AS bigint) AS answers
FROM answered_hour WHERE day > :oldest AND day <= :kept GROUP BY 1, 2
"""
ENOUGH = 10_000
"""Calls that say what there is to learn: from so many on, those of the last days wait until they are settled."""
DEAD = [row.code for row in TABLE if row.blocks_channel]
"""Numbers that lead nowhere say nothing about the hour."""


@dataclass(frozen=True)
class Rates:
    """Probability of an answer, ``chance`` (kinds x parts of the day), with the counts and priors behind it."""

    answers: Answers
    calls: np.ndarray

    @property
    def chance(self) -> np.ndarray:
        """Kinds x parts."""
        return self.answers.chance

    def printed(self) -> dict[str, dict[str, str]]:
        """Rates and priors as they are shown and kept with the plan."""
        return {
            kind: {
                "prior": str(self.answers.priors[number]),
                **{name: f"{self.chance[number, part]:.3f} ({self.calls[number, part]})" for part, name in enumerate(NAMES)},
            }
            for number, kind in enumerate(KINDS)
        }


def answer_rates(session: Session) -> Rates:
    """The rates as the results of the last year say, shrunk towards their prior where there are few."""
    calls, answered = (np.zeros((len(KINDS), len(PARTS)), dtype=np.int64) for _ in range(2))
    today = clock.today()
    settled, oldest = today - timedelta(days=SETTLED), today - MEMORY
    values = {
        "human": HUMAN, "dead": DEAD, "zone_territory": list(ZONES), "zone_name": list(ZONES.values()),
    }  # fmt: skip
    kept = min(settled, max(oldest, session.execute(text(KEPT_UNTIL)).scalar_one() or oldest))
    if kept < settled and session.execute(text(LOCK)).scalar_one():
        session.execute(text(KEEP), values | _between(kept, settled))
        session.execute(text(SETTLE), {"settled": settled})
        kept = settled
    counts = list(session.execute(text(COUNTS), {"oldest": oldest, "kept": kept}))
    if sum(row.calls for row in counts) < ENOUGH:
        counts += session.execute(text(FRESH), values | _between(kept, today))
    for kind, hour, called, heard in counts:
        part = part_of(time(hour))
        calls[kind, part] += called
        answered[kind, part] += heard
    return Rates(learn(calls, answered), calls)


def _between(after: date, until: date) -> dict[str, datetime]:
    """The instants in which the days after one, up to another, begin and end."""
    begin, end = (clock.at(day + timedelta(days=1), "00:00") for day in (after, until))
    return {"since": begin, "until": end}
