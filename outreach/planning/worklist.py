"""The cases that need a next contact, as the planner sees them: means, history, language; one row each."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from outreach.core import bulk
from outreach.planning.situations import UNKNOWN
from outreach.policy.dispositions import HUMAN
from outreach.policy.language import spoken_languages
from outreach.policy.territories import SQL_ZONE

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# Left alone until a day where they live.
PLACE = SQL_ZONE.format(insee="coalesce(b.insee, s.insee)")
# Cases without a live contact whose next step is due, most urgent first. Merged persons and regrouped households are
# looked up where they live now. Cancelled contacts were never made: they are no part of the history.
NEEDY = f"""
WITH due AS MATERIALIZED (
  SELECT c.* FROM "case" c
  WHERE c.campaign_id = %(campaign)s AND c.closed_at IS NULL AND c.next_at <= %(horizon)s
    -- Who was given up waits for the end of the time of grace, unless another phone or household was found since.
    AND (%(news)s OR coalesce(left(c.wait_reason, 10), '') <> 'exhausted:')
    -- Case by case: a join would read what all campaigns have under way.
    AND (SELECT k.id FROM contact k WHERE k.case_id = c.id AND k.state IN ('planned', 'claimed', 'unknown')) IS NULL),
past AS (
  SELECT k.case_id, max(CAST(coalesce(k.done_at, k.due_at) AT TIME ZONE 'Europe/Paris' AS date)) AS last_day,
         string_agg(concat_ws('|', k.step, k.attempt, k.channel, coalesce(k.disposition, '')), ';'
                    ORDER BY coalesce(k.done_at, k.due_at), k.attempt) AS history,
         string_agg(CAST(CAST(extract(epoch FROM k.due_at) AS bigint) AS text), ' ')
           FILTER (WHERE k.channel = 'call' AND NOT k.disposition = ANY(%(human)s)) AS in_vain
  FROM contact k JOIN due ON due.id = k.case_id WHERE k.state IN ('sent', 'done', 'failed') GROUP BY 1),
heard AS (SELECT m.case_id, max(CAST(m.received_at AT TIME ZONE 'Europe/Paris' AS date)) AS day
          FROM inbound_message m JOIN due ON due.id = m.case_id GROUP BY 1),
promised AS (SELECT a.case_id, a.id FROM appointment a WHERE a.state = 'open')
SELECT c.id, c.person_id, p.id AS living, c.household_id, c.unit, c.site_id, c.priority, c.wave,
       CAST(c.opened_at AT TIME ZONE 'Europe/Paris' AS date) AS opened,
       CASE WHEN c.snoozed_until IS NOT NULL THEN CAST(c.snoozed_until AT TIME ZONE {PLACE} AS date) END AS snoozed,
       p.language, CAST(p.reads_french AS int) AS reads_french, CAST(p.mobile IS NOT NULL AS int) AS has_mobile,
       CAST(p.mobile IS NOT NULL OR p.fixed IS NOT NULL AS int) AS has_phone, CAST(b.id IS NOT NULL AS int) AS has_address,
       CAST(b.lon IS NOT NULL AS int) AS is_located, b.lon, b.lat, coalesce(b.insee, s.insee) AS insee, b.id AS building_id, h.floor,
       past.last_day, past.history, past.in_vain, heard.day AS heard, promised.id AS appointment
FROM due c JOIN site s ON s.id = c.site_id JOIN person n ON n.id = c.person_id JOIN person p ON p.id = coalesce(n.merged_into, n.id)
  LEFT JOIN household h ON h.id = p.household_id
     LEFT JOIN building b ON b.id = h.building_id LEFT JOIN past ON past.case_id = c.id
     LEFT JOIN heard ON heard.case_id = c.id LEFT JOIN promised ON promised.case_id = c.id
ORDER BY c.priority, c.wave, c.next_at, c.letter_code
"""
WHOLE = ("id", "person_id", "living", "site_id", "priority", "wave", "has_mobile", "has_phone", "has_address", "is_located")
SOME = ("household_id", "reads_french", "building_id", "appointment")
DAYS = ("opened", "snoozed", "last_day", "heard")
TYPES = (
    dict.fromkeys((*WHOLE, *SOME), pa.int64())
    | dict.fromkeys(DAYS, pa.date32())
    | dict.fromkeys(("lon", "lat"), pa.float64())
    | dict.fromkeys(("unit", "language", "insee", "floor", "history", "in_vain"), pa.dictionary(pa.int32(), pa.string()))
)


def needy_cases(
    session: Session, campaign_id: int, horizon: datetime, *, callers: frozenset[str], visitors: frozenset[str], news: bool = True
) -> pd.DataFrame:
    """Open cases without a live contact whose next step falls before ``horizon``, most urgent first.

    ``news``: cases given up are looked at again (``planning.news``). ``callers``, ``visitors``: the languages of those who call,
    and of those who go from door to door. ``tongue``: see ``speaks_of``. Texts are categories; a missing day is NaT, a missing
    number NaN.
    """
    table = bulk.arrow_out(session, NEEDY, {"campaign": campaign_id, "horizon": horizon, "human": HUMAN, "news": news}, TYPES)
    cases: pd.DataFrame = table.to_pandas(date_as_object=False)
    for name in DAYS:
        cases[name] = cases[name].astype("datetime64[s]")
    cases["reads_french"] = cases["reads_french"].fillna(UNKNOWN).astype(int)
    cases["tongue"] = _tongues(cases["language"].array, cases["reads_french"].to_numpy() == 0)
    tongues = cases["tongue"].array
    for flag, spoken in (("has_caller", callers), ("has_visitor", visitors)):
        is_spoken = np.array([bool(speaks_of(tongue) & spoken) for tongue in tongues.categories], dtype=bool)
        cases[flag] = is_spoken[tongues.codes]
    return cases


def _tongues(languages: pd.Categorical, has_trouble: np.ndarray) -> pd.Categorical:
    """What each speaks, marked where they have trouble with French; nothing where no language is known."""
    known = ["", *languages.categories]
    codes = (languages.codes.astype(int) + 1) * 2 + has_trouble
    return pd.Categorical.from_codes(codes, pd.Index([name + mark for name in known for mark in ("", "!")]))


def speaks_of(tongue: str) -> frozenset[str]:
    """The languages of which a mediator must speak one. ``ar`` will do with French, ``ar!`` has trouble with it."""
    return spoken_languages(tongue.rstrip("!") or None, False if tongue.endswith("!") else None)
