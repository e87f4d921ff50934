"""When people answer the phone: rates by kind of number and part of the day, learnt from the results of all campaigns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import text

from outreach.core import clock
from outreach.planning.call_slots import NAMES, PARTS
from outreach.planning.calling import Answers, learn
from outreach.policy.dispositions import TABLE

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

KINDS = ("fixed", "mobile")
MEMORY = timedelta(days=365)
"""Results older than this tell nothing about today."""
COUNTS = """
SELECT CAST(p.mobile IS NOT NULL AS int) AS kind,
       CASE WHEN hour < 12 THEN 0 WHEN hour < 14 THEN 1 WHEN hour < 17 THEN 2 ELSE 3 END AS part,
       count(*) AS calls, count(*) FILTER (WHERE k.disposition = ANY(:human)) AS answers
FROM contact k JOIN person p ON p.id = k.person_id
     CROSS JOIN LATERAL (SELECT extract(hour FROM k.done_at AT TIME ZONE 'Europe/Paris') AS hour) h
WHERE k.channel = 'call' AND k.state = 'done' AND k.done_at > :since AND NOT k.disposition = ANY(:dead)
GROUP BY 1, 2
"""
HUMAN = [row.code for row in TABLE if row.human]
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
    values = {"human": HUMAN, "dead": DEAD, "since": clock.now() - MEMORY}
    for kind, part, called, heard in session.execute(text(COUNTS), values):
        calls[kind, part], answered[kind, part] = called, heard
    return Rates(learn(calls, answered), calls)
