"""Reads contacts with all that is known of them in one query, and makes cards of the rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from outreach.core import clock
from outreach.core.labels import ONE_CHANNEL, label, language_name
from outreach.core.phones import grouped_phone
from outreach.core.prepared import kept
from outreach.core.sealing import opened
from outreach.core.words import Channel
from outreach.models.base import WAYS
from outreach.planning.today.cards import Card
from outreach.planning.today.saying import said_to
from outreach.policy.dispositions import DISPOSITIONS
from outreach.policy.kin import sql_cases_about
from outreach.policy.language import FRENCH

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

ADULT = 18
TOLD = 8
"""How many of the last contacts are told of."""
# A merged person is who they are now. Of other campaigns nothing is told: they are other partners'. What colleagues of the
# association noted about the person or home is.
CARDS = f"""
SELECT k.id, k.case_id, k.shift_id, k.state, k.channel, k.step, k.attempt, k.due_at, k.useful_until, k.campaign_id,
       c.segment, c.amount_due, c.letter_code, (SELECT count(*) FROM event e WHERE e.case_id = c.id) AS version,
       m.name AS campaign, pa.name AS partner, s.name AS site, s.address AS site_address, s.phone AS site_phone, me.id AS mediator_id,
       me.name AS mediator, me.languages, l.title, l.given_name, l.family_name, l.mobile, l.fixed, l.language AS spoken, l.reads_french,
       b.id AS building_id, concat_ws(' ', b.house_number, b.repetition, coalesce(b.street, b.place)) AS address,
       concat_ws(' ', b.postal_code, b.city) AS city, b.lon, b.lat, h.staircase, h.floor, h.door, h.building_name, h.residence, h.care_of,
       a.starts_at, a.ends_at, a.note, a.anyone_from, a.mediator_id AS promised_by, am.name AS promised_by_name,
       (SELECT jsonb_agg(q.birth_date) FROM person q WHERE q.household_id = l.household_id AND q.merged_into IS NULL) AS births,
       (SELECT jsonb_agg(to_jsonb(w)) FROM (
          SELECT o.channel, o.disposition, coalesce(o.done_at, o.due_at) AS at FROM contact o
          WHERE o.case_id = c.id AND o.state IN ('sent', 'done', 'failed')
            ORDER BY coalesce(o.done_at, o.due_at) DESC, o.id DESC LIMIT :told) w) AS past,
       (SELECT jsonb_agg(to_jsonb(w)) FROM (
          SELECT md.occurred_at AS at, n.body, n.written_by FROM ({sql_cases_about("(SELECT l.id AS person_id)")}) mc
            JOIN mediation md ON md.case_id = mc.case_id JOIN site ms ON ms.id = md.site_id
              JOIN private_note n ON n.mediation_id = md.id
          WHERE md.superseded_at IS NULL AND ms.association_id = s.association_id
          ORDER BY md.occurred_at DESC, n.id DESC LIMIT 3) w) AS notes
FROM contact k JOIN shift h2 ON h2.id = k.shift_id JOIN mediator me ON me.id = h2.mediator_id JOIN site s ON s.id = h2.site_id
     JOIN "case" c ON c.id = k.case_id JOIN campaign m ON m.id = k.campaign_id JOIN agreement g ON g.id = m.agreement_id
     JOIN partner pa ON pa.id = g.partner_id JOIN person p ON p.id = k.person_id
       JOIN person l ON l.id = coalesce(p.merged_into, p.id)
     LEFT JOIN household h ON h.id = l.household_id LEFT JOIN building b ON b.id = h.building_id
     LEFT JOIN appointment a ON a.id = k.appointment_id LEFT JOIN mediator am ON am.id = a.mediator_id
WHERE k.state IN ('planned', 'claimed', 'unknown') AND (k.shift_id = ANY(:shifts) OR k.id = ANY(:contacts))
ORDER BY k.shift_id, k.position, k.due_at, k.id
"""
GONE = ("sent", "played")
"""Results that say no more than that it left."""


def rows_of(session: Session, *, shifts: Collection[int] = (), contacts: Collection[int] = ()) -> list[Any]:
    """The contacts of some shifts, or some contacts, that are still to be made or wait for their result.

    They come in the order of the lists.
    """
    values = {"shifts": list(shifts), "contacts": list(contacts), "told": TOLD}
    return list(kept(session, CARDS, values, types=WAYS).mappings())


def card(row: Mapping[str, Any], loaded: Loaded) -> Card:
    """The card of one row."""
    campaign = loaded.folder.campaign
    opening, scripts = said_to(row, loaded)
    phone = row["mobile"] or row["fixed"] if row["channel"] == Channel.CALL else None
    return Card(
        contact_id=row["id"], case_id=row["case_id"], version=row["version"], state=row["state"], channel=row["channel"],
        step=row["step"], attempt=row["attempt"], campaign_id=row["campaign_id"], campaign=row["campaign"], partner=row["partner"],
        segment=next((part.label for part in campaign.segments if part.code == row["segment"]), row["segment"]),
        name=full_name(row), language=_language(row), household=_household(row["births"]), phone=phone,
        phone_written=grouped_phone(phone) if phone else None, door=_door(row), letter_code=row["letter_code"],
        amount_due=None if row["amount_due"] is None else f"{row['amount_due']:.2f}", due_at=row["due_at"].isoformat(),
        useful_until=row["useful_until"].isoformat(), promised=_promised(row), past=[_done(one) for one in row["past"] or []],
        notes=[{"at": one["at"], "by": one["written_by"], "words": opened(one["body"], "private_note.body")} for one in row["notes"] or []],
        opening_words=opening, scripts=scripts,
    )  # fmt: skip


def full_name(row: Mapping[str, Any]) -> str:
    """« Mme Awa DIALLO »."""
    return " ".join(filter(None, (row["title"], row["given_name"], (row["family_name"] or "").upper())))


def _language(row: Mapping[str, Any]) -> dict[str, Any]:
    code = row["spoken"]
    return {
        "code": code, "name": language_name(code) if code else None, "reads_french": row["reads_french"],
        "spoken": (code or FRENCH) in row["languages"],
    }  # fmt: skip


def _household(births: list[str | None] | None) -> dict[str, int]:
    """Adults and children by their births; of whom none is known is neither."""
    today = clock.today()
    born = [date.fromisoformat(birth) for birth in births or [] if birth]
    adults = sum((today.year - day.year) - ((today.month, today.day) < (day.month, day.day)) >= ADULT for day in born)
    return {"adults": adults, "children": len(born) - adults, "unknown": len(births or []) - len(born)}


def _door(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("address", "city", "care_of", "residence", "building_name", "staircase", "floor", "door")
    return {name: row[name] or None for name in names}


def _promised(row: Mapping[str, Any]) -> dict[str, Any] | None:
    if row["starts_at"] is None:
        return None
    anyone = row["anyone_from"]
    return {
        "starts_at": row["starts_at"].isoformat(), "ends_at": row["ends_at"].isoformat(), "note": opened(row["note"], "appointment.note"), "by": row["promised_by_name"],
        "yours": row["promised_by"] in {None, row["mediator_id"]}, "anyone_from": anyone.isoformat() if anyone else None,
    }  # fmt: skip


def _done(one: Mapping[str, Any]) -> dict[str, Any]:
    known = DISPOSITIONS.get(one["disposition"] or "")
    told = known.label if known is not None and known.code not in GONE else None
    return {"channel": one["channel"], "label": label(ONE_CHANNEL, one["channel"]), "at": one["at"], "result": told}
