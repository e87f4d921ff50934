"""Which planned contacts may still be made, as far as is known now.

Every list of a mediator, on paper or phone, leaves out those that may not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from outreach.core.i18n import N_
from outreach.core.live import NOTHING_LEAVES
from outreach.core.prepared import kept
from outreach.core.words import Channel
from outreach.policy.ruling import WORDS, Forbidden, Terms
from outreach.policy.ruling_sql import Calendar, around, rulings, territories_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# Whether the living person ``l``, or somebody of the home that the case ``c`` is about, wrote something that nothing has read
# yet: it may be an objection.
UNREAD = """
EXISTS (
  SELECT FROM provider_notice n
  WHERE n.handled_at IS NULL AND n.kind = 'message' AND (n.sender_mark IN (l.mobile_mark, l.fixed_mark) OR (
    c.unit = 'household' AND EXISTS (
      SELECT FROM person m WHERE m.household_id = l.household_id AND n.sender_mark IN (m.mobile_mark, m.fixed_mark)))))
"""
HELD, ENDED, WROTE = "held", "ended", "unread"
REASONS: dict[str, str] = {
    HELD: N_("les envois sont arrêtés, ou la campagne est en pause"),
    ENDED: N_("le dossier est clos"),
    WROTE: N_("la personne a écrit, et personne ne l'a encore lu"),
    **{rule.value: sentence for rule, sentence in WORDS.items()},
}
"""The sentence of each reason, to be passed through ``_`` where it is shown."""
STANDING = f"""
SELECT k.id, {NOTHING_LEAVES} OR m.state <> 'launched' AS held,
       c.closed_at IS NOT NULL AS ended, {UNREAD} AS unread
FROM contact k JOIN "case" c ON c.id = k.case_id JOIN campaign m ON m.id = k.campaign_id JOIN person p ON p.id = k.person_id
     JOIN person l ON l.id = coalesce(p.merged_into, p.id) WHERE k.id = ANY(:ids)
"""
# Asked at the moment for which each was planned, or now if that is past: what the plan did not know yet must not be shown.
ASKS = """
SELECT k.id, k.person_id, c.unit, c.campaign_id AS terms_id, g.partner_id, k.channel,
       greatest(k.due_at, CAST(:moment AS timestamptz)) AS at, k.appointment_id IS NOT NULL AS promised, s.insee AS site_insee
FROM contact k JOIN "case" c ON c.id = k.case_id JOIN site s ON s.id = c.site_id
  JOIN campaign m ON m.id = c.campaign_id JOIN agreement g ON g.id = m.agreement_id
WHERE k.id = ANY(:ids)
"""


def not_allowed(
    session: Session,
    contacts: Collection[int],
    terms: Mapping[int, Terms],
    day: date,
    *,
    moment: datetime | None = None,
    few: bool = False,
) -> dict[int, str]:
    """Those of the planned contacts of a day that may not be made, each with the code of its reason (``REASONS``).

    ``terms``: of every campaign that they belong to, by its number. ``moment``: the present, for a list that is being worked
    through; what is late is then judged by now, but for the hours: those of the moment for which it was planned (they are asked
    again when it is made). ``few``: those of one person's day.
    """
    if not contacts:
        return {}
    reasons: dict[int, str] = {}
    for row in kept(session, STANDING, {"ids": list(contacts)}, when=few):
        reason = HELD if row.held else ENDED if row.ended else WROTE if row.unread else None
        if reason is not None:
            reasons[row.id] = reason
    asked = [contact for contact in contacts if contact not in reasons]
    if not asked:
        return reasons
    territories = territories_of(session, ASKS, {"ids": asked, "moment": moment}, keep=few)
    calendar = Calendar.of(terms, [Channel.CALL, Channel.VISIT], territories, around(day))

    def asked_at(instant: datetime | None, ids: Sequence[int]) -> dict[int, Forbidden | None]:
        found = rulings(session, ASKS, calendar, values={"ids": list(ids), "moment": instant}, few=few, keep=few)
        return {contact: found.get(contact, Forbidden.CLOSED) for contact in ids}

    found = asked_at(moment, asked)
    late = [contact for contact, rule in found.items() if rule is Forbidden.CLOSED] if moment is not None else []
    # Late in the evening all are closed: whether they are at the hour for which they were planned tells who is so for the whole
    # day.
    found |= asked_at(None, late) if late else {}
    return reasons | {contact: rule.value for contact, rule in found.items() if rule is not None}
