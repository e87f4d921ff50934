"""What is seen a day later: a mediator's slips are corrected, and a manager reads what people said of the partner."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.policy.dispositions import DISPOSITIONS
from outreach.policy.mediation.vocabulary import LONGEST
from outreach.simulation.meetings import meeting, parties
from outreach.simulation.phrases import rewritten
from outreach.tracking import MediationRecord, correct_mediation, correct_result, decide_wording, wordings_to_check

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded
    from outreach.simulation.residents import Residents

SLIPS = {
    "call_back": "refused", "third_party": "wrong_number", "no_answer": "dead_number", "voicemail": "no_answer", "not_home": "moved",
    "no_access": "not_home",
}  # fmt: skip
"""What a finger that slips writes in the place of what was."""
SLIP, SLIP_OF_RECORD = 0.03, 0.04
"""Of results, and of mediation records, written wrongly (an assumption)."""
NONE_AT_ALL = 0.25
"""Of mediation records written wrongly: people had only talked."""
KEPT_BACK = 0.15
"""Of what people said: kept in the house, whatever it says."""
SAID_WRONGLY = """
SELECT e.id, e.code, e.actor, k.id AS contact, k.person_id, k.channel FROM event e JOIN contact k ON k.id = e.contact_id
WHERE k.campaign_id = :campaign AND k.channel IN ('call', 'visit') AND e.kind = 'attempted'
  AND k.done_at >= :begin AND k.done_at < :until
ORDER BY k.id
"""
RECORDED_WRONGLY = """
SELECT id, contact_id, medium, recorded_by FROM mediation
WHERE campaign_id = :campaign AND occurred_at >= :begin AND occurred_at < :until
  AND case_id IS NOT NULL AND contact_id IS NOT NULL
  AND replaces IS NULL AND superseded_at IS NULL ORDER BY contact_id
"""


def written(residents: Residents, contact: int, channel: str, code: str) -> str:
    """What a mediator writes of a result: mostly what it was, and always one that the channel has."""
    slip = SLIPS.get(code, code)
    return slip if channel in DISPOSITIONS[slip].channels and residents.chance("slip", contact) < SLIP else code


def written_down(residents: Residents, contact: int, record: MediationRecord) -> MediationRecord:
    """What a mediator writes of a meeting: sometimes with a zero too many."""
    return replace(record, minutes=min(LONGEST, 10 * record.minutes)) if _slipped(residents, contact) else record


def correct_results(session: Session, loaded: Loaded, residents: Residents, day: date) -> int:
    """The slips of the day before ``day``, corrected by who made them; returns how many."""
    corrected = 0
    for row in session.execute(text(SAID_WRONGLY), _day_before(loaded, day)).all():
        truth = (residents.on_call if row.channel == "call" else residents.on_visit)(row.contact, row.person_id)
        if row.code != truth and row.code == written(residents, row.contact, row.channel, truth):
            correct_result(session, row.id, truth, reason="faute de frappe", actor=row.actor)
            corrected += 1
    return corrected


def correct_mediations(session: Session, loaded: Loaded, residents: Residents, day: date) -> int:
    """The records of the day before ``day`` that were wrong, corrected or taken back; returns how many."""
    rows = session.execute(text(RECORDED_WRONGLY), _day_before(loaded, day)).all()
    wrong = [row for row in rows if _slipped(residents, row.contact_id)]
    known = parties(session, [row.contact_id for row in wrong])
    for row in wrong:
        record, reason = None, "nous avons seulement parlé"
        if residents.chance("none at all", row.contact_id) >= NONE_AT_ALL:
            day_met = day - timedelta(days=1)
            record = meeting(residents, known[row.contact_id], row.medium, day_met, loaded.folder.campaign.themes)
            reason = "un zéro de trop dans la durée"
        correct_mediation(session, row.id, record, reason=reason, actor=row.recorded_by)
    return len(wrong)


def check_wordings(session: Session, loaded: Loaded, residents: Residents) -> dict[str, int]:
    """A manager lets through what tells of nobody, writes the rest anew, and keeps some of it; how many of each."""
    counts = {"released": 0, "rewritten": 0, "kept": 0}
    for waiting in wordings_to_check(session, loaded.campaign.code):
        keeps = residents.chance("keeps", waiting.said, waiting.said_at.isoformat()) < KEPT_BACK
        wishes = () if keeps else (("released", waiting.said), ("rewritten", rewritten(waiting.said)))
        done = next((how for how, words in wishes if words and _is_let_through(session, waiting.id, words)), "kept")
        if done == "kept":
            decide_wording(session, waiting.id, None, actor="manager")
        counts[done] += 1
    return counts


def _is_let_through(session: Session, wording: int, words: str) -> bool:
    try:
        decide_wording(session, wording, words, actor="manager")
    except OutreachError:
        return False
    return True


def _slipped(residents: Residents, contact: int) -> bool:
    return residents.chance("slip of record", contact) < SLIP_OF_RECORD


def _day_before(loaded: Loaded, day: date) -> dict[str, object]:
    return {"campaign": loaded.campaign.id, "begin": clock.at(day - timedelta(days=1), "00:00"), "until": clock.at(day, "00:00")}
