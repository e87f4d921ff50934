"""The day's work lists on paper: one call sheet or round sheet for each shift with planned contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.channels.limits import is_held
from outreach.channels.sheets.lists import Call, CallSheet, RoundSheet, Stop
from outreach.channels.sheets.render import Sheet, render_call_sheet, render_round_sheet
from outreach.core.labels import language_name
from outreach.core.sealing import opened
from outreach.core.settings import settings
from outreach.core.words import Channel
from outreach.definitions.registry import agreed
from outreach.models.base import PHONE
from outreach.policy.dispositions import DISPOSITIONS
from outreach.policy.standing import not_allowed
from outreach.policy.territories import territory_of, zone_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from sqlalchemy.orm import Session

    from outreach.definitions.messages import Script
    from outreach.definitions.registry import Loaded
    from outreach.definitions.scripts import Answer

KINDS = {Channel.CALL: "appels", Channel.VISIT: "tournee"}
"""How the file of a sheet begins."""
# A merged person is who they are now.
PLANNED = """
SELECT k.id, k.case_id, k.shift_id, h2.starts_at AS shift_starts, k.channel, k.appointment_id IS NOT NULL AS promised,
       coalesce(a.note, '') AS note, k.due_at, k.language, m.code AS mediator_code, m.name AS mediator,
       s.name AS site, s.phone AS site_phone, s.lon AS site_lon, s.lat AS site_lat, s.insee AS site_insee,
       concat_ws(' ', l.title, l.given_name, l.family_name) AS name,
       coalesce(l.mobile, l.fixed, '') AS phone, coalesce(l.language, '') AS spoken, c.letter_code,
       coalesce(h.floor, '') AS floor, coalesce(h.door, '') AS door, coalesce(h.staircase, '') AS staircase,
       coalesce(h.building_name, '') AS building_name, coalesce(h.residence, '') AS residence, coalesce(h.care_of, '') AS care_of,
       concat_ws(' ', b.house_number, b.repetition, coalesce(b.street, b.place)) AS address,
       concat_ws(' ', b.postal_code, b.city) AS city, coalesce(b.lon, 0) AS lon, coalesce(b.lat, 0) AS lat
FROM contact k JOIN shift h2 ON h2.id = k.shift_id JOIN mediator m ON m.id = h2.mediator_id JOIN site s ON s.id = h2.site_id
     JOIN "case" c ON c.id = k.case_id JOIN person p ON p.id = k.person_id
     JOIN person l ON l.id = coalesce(p.merged_into, p.id) LEFT JOIN household h ON h.id = l.household_id
     LEFT JOIN building b ON b.id = h.building_id LEFT JOIN appointment a ON a.id = k.appointment_id
WHERE k.campaign_id = :campaign AND h2.day = :day AND k.state = 'planned' AND c.closed_at IS NULL
ORDER BY k.shift_id, k.position
"""
BEFORE = """
SELECT case_id, channel, disposition, done_at FROM contact
WHERE case_id = ANY(:cases) AND state IN ('sent', 'done', 'failed') ORDER BY case_id, done_at, id
"""
TOLD = 3
"""How many of the last contacts a sheet tells of."""
NAMES = {"letter": "lettre", "sms": "SMS", "call": "appel", "visit": "visite"}


@dataclass(frozen=True)
class Printed:
    """The sheets of a day, and how many planned contacts are on none because a rule forbids them by now."""

    sheets: list[Sheet]
    left_out: int = 0


def print_sheets(session: Session, loaded: Loaded, day: date, out: Path) -> Printed:
    """Print the sheets of a day; every shift with planned calls or visits that may be made has one.

    While sending is stopped, or the campaign paused, there is none.
    """
    if is_held(session, loaded.campaign.id):
        return Printed([])
    planned = session.execute(text(PLANNED).columns(phone=PHONE), {"campaign": loaded.campaign.id, "day": day}).mappings().all()
    terms = {loaded.campaign.id: agreed(session, loaded.campaign).definition.terms}
    forbidden = not_allowed(session, [row["id"] for row in planned], terms, day)
    allowed = [row for row in planned if row["id"] not in forbidden]
    past = _past(session, {row["case_id"]: _zone(row) for row in allowed})
    rows = [dict(row) | {"past": past.get(row["case_id"], "")} for row in allowed]
    sheets = []
    for _shift, group in groupby(rows, key=lambda row: row["shift_id"]):
        contacts = list(group)
        path = out / _name(contacts[0], loaded.campaign.code, day)
        if contacts[0]["channel"] == Channel.CALL:
            sheets.append(render_call_sheet(_call_sheet(contacts, loaded, day), path))
        else:
            sheets.append(render_round_sheet(_round_sheet(contacts, loaded, day), path))
    return Printed(sheets, len(forbidden))


def _name(row: Any, campaign: str, day: date) -> str:
    """The file of a shift: a mediator may have two in a day, and work for two campaigns in one."""
    starts = row["shift_starts"].astimezone(_zone(row))
    return f"{KINDS[Channel(row['channel'])]}-{day}-{row['mediator_code']}-{campaign}-{starts:%Hh%M}.pdf"


def _past(session: Session, zones: Mapping[int, ZoneInfo]) -> dict[int, str]:
    """What was done before, in a few words a case: « lettre 5/10, appel 9/10 : Personne n'a répondu »."""
    told: dict[int, list[str]] = {}
    for row in session.execute(text(BEFORE), {"cases": list(zones)}):
        day = row.done_at.astimezone(zones[row.case_id])
        known = DISPOSITIONS.get(row.disposition or "")
        result = f" : {known.french}" if known is not None and row.disposition != "sent" else ""
        told.setdefault(row.case_id, []).append(f"{NAMES[row.channel]} {day.day}/{day.month}{result}")
    return {case: ", ".join(parts[-TOLD:]) for case, parts in told.items()}


def _call_sheet(contacts: Sequence[Any], loaded: Loaded, day: date) -> CallSheet:
    calls = tuple(Call(_time(row), row["name"], row["phone"], _language(row["spoken"]), _remark(row)) for row in contacts)
    common = _common(contacts, loaded, day)
    return CallSheet(**common, script=_script(loaded).opening.format(name="…"), calls=calls)


def _round_sheet(contacts: Sequence[Any], loaded: Loaded, day: date) -> RoundSheet:
    stops = tuple(
        Stop(
            _time(row), row["name"], row["address"], row["city"], row["floor"], row["door"], _access(row),
            _language(row["spoken"]), row["lon"], row["lat"], _remark(row), row["care_of"],
        )
        for row in contacts
    )  # fmt: skip
    first = contacts[0]
    common = _common(contacts, loaded, day)
    return RoundSheet(**common, site_lon=first["site_lon"], site_lat=first["site_lat"], stops=stops)


def _common(contacts: Sequence[Any], loaded: Loaded, day: date) -> dict[str, Any]:
    row, script = contacts[0], _script(loaded)
    words = {
        "mediator": row["mediator"], "association": loaded.folder.agreement.association.name, "site": row["site"],
        "site_phone": row["site_phone"], "letter_code": "…", "name": "…", "partner": loaded.folder.agreement.partner.name,
        "salutation": "…", "site_address": "…",
    }  # fmt: skip
    return {
        "link": _link(row["shift_id"]),
        "openings": _openings(loaded, contacts, words),
        "mediator": row["mediator"],
        "day": day,
        "site": row["site"],
        "site_phone": row["site_phone"],
        "opening_words": loaded.folder.agreement.opening_words.format(**words),
        "questions": _questions(script, words),
        "if_nobody": script.if_nobody.format(**words),
    }


def _script(loaded: Loaded) -> Script:
    """The French script: mediators have the others in their own languages beside it."""
    return loaded.folder.messages.scripts["fr"]


def _questions(script: Script, words: dict[str, str]) -> tuple[str, ...]:
    """The questions as they are read on paper: numbered where answers lead on, with what follows each."""
    if not any(question.answers for question in script.questions):
        return tuple(question.ask.format(**words) for question in script.questions)
    places = {question.code: at for at, question in enumerate(script.questions, 1) if question.code}
    return tuple(
        f"{at}. {question.ask.format(**words)}{''.join(f' · {answer.say} → {_then(answer, at, places)}' for answer in question.answers)}"
        for at, question in enumerate(script.questions, 1)
    )


def _then(answer: Answer, at: int, places: dict[str, int]) -> str:
    return "fin" if answer.end else str(places[answer.go_to] if answer.go_to else at + 1)


def _link(shift: int) -> str:
    """Where the same list is on the phone; nothing without an address of ours."""
    public = settings().public_url
    return f"{public.rstrip('/')}/today/{shift}" if public else ""


def _openings(loaded: Loaded, contacts: Sequence[Any], words: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """(Language, first words) in the languages of the sheet's people other than French, where the campaign has a script."""
    scripts = loaded.folder.messages.scripts
    spoken = dict.fromkeys(row["spoken"] for row in contacts if row["spoken"] != "fr" and row["spoken"] in scripts)
    return tuple((_language(code), scripts[code].opening.format(**words)) for code in spoken)


def _remark(row: Any) -> str:
    """The code of the letter and what was done before.

    Before both, that the contact was promised, and the word left for who keeps it.
    """
    note = opened(row["note"], "appointment.note")
    promised = f"promis{' : ' + note if note else ''} · " if row["promised"] else ""
    past = f" · déjà : {row['past']}" if row["past"] else ""
    return f"{promised}code {row['letter_code']}{past}"


def _time(row: Any) -> str:
    return str(row["due_at"].astimezone(_zone(row)).strftime("%H:%M"))


def _zone(row: Any) -> ZoneInfo:
    """The clocks of the site, by which its mediators work."""
    return zone_of(territory_of(row["site_insee"]))


def _access(row: Any) -> str:
    parts = (("", row["residence"]), ("bât. ", row["building_name"]), ("esc. ", row["staircase"]))
    return ", ".join(label + value for label, value in parts if value)


def _language(code: str) -> str:
    """The language as French speakers name it; nothing when nobody said."""
    return language_name(code, "fr") if code else ""
