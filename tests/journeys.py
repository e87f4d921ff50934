"""The contacts that led to each mediation of one case, by the very SQL that figures credit them by."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import text

from outreach.models import Case
from outreach.policy.attribution import SQL_STEPS
from outreach.policy.dispositions import UNSEEN
from outreach.reporting.figures.counting import definitions, windows

JOURNEY = f"SELECT * FROM ({SQL_STEPS.format(month='', chosen='m.case_id = :case')}) s ORDER BY mediation_id, place"


def journeys_of(session, case_id):
    """(Number of the contact, channel) from first to last, by mediation; a mediation that none led to is left out."""
    bounds = windows(definitions(session, [session.get_one(Case, case_id).campaign_id]))
    found = defaultdict(list)
    for row in session.execute(text(JOURNEY), bounds | {"case": case_id, "unseen": UNSEEN}):
        found[row.mediation_id].append((row.contact_id, row.channel))
    return dict(found)
