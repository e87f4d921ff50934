"""What was done, and is planned, with the people of a worklist by anybody: the past that the rules of pressure look at."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pandas as pd
from sqlalchemy import text

from outreach.core import clock
from outreach.core.joins import are_few
from outreach.policy.pressure import PERIOD
from outreach.policy.ruling import History
from outreach.policy.ruling_sql import COUNTED, made_values, sql_pasts
from outreach.policy.territories import ZONES, territory_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.policy.ruling import Terms

# Every contact that counts for somebody of the worklist, as a day where they live; those of the period and refusals only.
PASTS = """
WITH ask AS (SELECT * FROM unnest(CAST(:people AS bigint[])) AS a (person_id)),
far AS (SELECT * FROM unnest(CAST(:far AS bigint[]), CAST(:far_zone AS text[])) AS z (living, name)),
{pasts}
SELECT m.living, CAST(m.at AT TIME ZONE coalesce(far.name, 'Europe/Paris') AS date) AS day,
       m.own AND m.channel = 'call' AND m.partner_id = :partner AS call, m.at > :since AS recent,
       coalesce(m.refused AND (m.own OR m.unit = 'household'), false) AS refusal, coalesce(m.sticker, false) AS sticker
FROM made m LEFT JOIN far ON far.living = m.living
WHERE m.at > :since OR m.sticker OR (m.refused AND m.at > :silence)
"""


def pasts_of(session: Session, partner_id: int, terms: Terms, cases: pd.DataFrame) -> dict[int, History]:
    """The past of everybody of a worklist (``worklist.needy_cases``) who has one, by living person.

    What other campaigns have planned counts as if it were done, so that two planners never use the same room.
    """
    now = clock.now()
    far = _overseas(cases)
    values = {
        "people": cases["person_id"].tolist(), "partner": partner_id, "since": now - PERIOD - timedelta(days=1),
        "silence": now - timedelta(days=terms.limits.on(now.date()).silence_days + 1), "far": list(far), "far_zone": list(far.values()),
    }  # fmt: skip
    found: dict[int, tuple[list[date], list[date], list[date], bool]] = defaultdict(lambda: ([], [], [], False))
    statement = PASTS.format(pasts=sql_pasts(few=are_few(session, len(cases), "contact")))
    made = session.execute(text(statement), values | made_values([*COUNTED, "planned"]))
    for living, day, is_call, is_recent, is_refusal, says_no in made:
        refusals, calls, contacts, sticker = found[living]
        if is_refusal:
            refusals.append(day)
        if is_recent:
            contacts.append(day)
            if is_call:
                calls.append(day)
        if says_no and not sticker:
            found[living] = (refusals, calls, contacts, True)
    return {
        living: History(refusals=refusals, calls=calls, contacts=contacts, sticker=sticker)
        for living, (refusals, calls, contacts, sticker) in found.items()
    }


def _overseas(cases: pd.DataFrame) -> dict[int, str]:
    """The time zones of those who do not live by the clock of Paris, by living person."""
    places = {insee: ZONES[territory] for insee in pd.unique(cases["insee"]) if (territory := territory_of(insee)) in ZONES}
    there = cases[cases["insee"].isin(places)]
    return {int(living): places[insee] for living, insee in zip(there["living"], there["insee"], strict=True)}
