"""The day's work lists on paper: one call sheet or round sheet for each shift with planned contacts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel import Locale
from sqlalchemy import text

from outreach.channels.sheets.lists import Call, CallSheet, RoundSheet, Stop
from outreach.channels.sheets.render import Sheet, render_call_sheet, render_round_sheet
from outreach.core import clock
from outreach.core.words import Channel

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.registry import Loaded

PLANNED = """
SELECT k.shift_id, k.channel, k.appointment_id IS NOT NULL AS promised, coalesce(a.note, '') AS note, k.due_at, k.language, m.code AS mediator_code, m.name AS mediator, s.name AS site, s.phone AS site_phone,
       s.lon AS site_lon, s.lat AS site_lat, concat_ws(' ', p.title, p.given_name, p.family_name) AS name,
       coalesce(p.mobile, p.fixed, '') AS phone, coalesce(p.language, '') AS spoken, c.letter_code,
       coalesce(h.floor, '') AS floor, coalesce(h.door, '') AS door, coalesce(h.staircase, '') AS staircase,
       coalesce(h.building_name, '') AS building_name, coalesce(h.residence, '') AS residence,
       concat_ws(' ', b.house_number, b.repetition, coalesce(b.street, b.place)) AS address,
       concat_ws(' ', b.postal_code, b.city) AS city, coalesce(b.lon, 0) AS lon, coalesce(b.lat, 0) AS lat
FROM contact k JOIN shift h2 ON h2.id = k.shift_id JOIN mediator m ON m.id = h2.mediator_id JOIN site s ON s.id = h2.site_id
     JOIN "case" c ON c.id = k.case_id JOIN person p ON p.id = k.person_id LEFT JOIN household h ON h.id = p.household_id
     LEFT JOIN building b ON b.id = h.building_id LEFT JOIN appointment a ON a.id = k.appointment_id
WHERE k.campaign_id = :campaign AND h2.day = :day AND k.state = 'planned' AND c.closed_at IS NULL
ORDER BY k.shift_id, k.position
"""


def print_sheets(session: Session, loaded: Loaded, day: date, out: Path) -> list[Sheet]:
    """Print the sheets of a day; every shift with planned calls or visits has one."""
    rows = session.execute(text(PLANNED), {"campaign": loaded.campaign.id, "day": day}).mappings().all()
    sheets = []
    for _shift, group in groupby(rows, key=lambda row: row["shift_id"]):
        contacts = list(group)
        kind = "appels" if contacts[0]["channel"] == Channel.CALL else "tournee"
        path = out / f"{kind}-{day}-{contacts[0]['mediator_code']}.pdf"
        if contacts[0]["channel"] == Channel.CALL:
            sheets.append(render_call_sheet(_call_sheet(contacts, loaded, day), path))
        else:
            sheets.append(render_round_sheet(_round_sheet(contacts, loaded, day), path))
    return sheets


def _call_sheet(contacts: Sequence[Any], loaded: Loaded, day: date) -> CallSheet:
    calls = tuple(Call(_time(row), row["name"], row["phone"], _language(row["spoken"]), _remark(row)) for row in contacts)
    common = _common(contacts[0], loaded, day)
    return CallSheet(**common, script=_script(loaded)["opening"].format(name="…"), calls=calls)


def _round_sheet(contacts: Sequence[Any], loaded: Loaded, day: date) -> RoundSheet:
    stops = tuple(
        Stop(
            _time(row), row["name"], row["address"], row["city"], row["floor"], row["door"], _access(row),
            _language(row["spoken"]), row["lon"], row["lat"], _remark(row),
        )
        for row in contacts
    )  # fmt: skip
    first = contacts[0]
    common = _common(first, loaded, day)
    return RoundSheet(**common, site_lon=first["site_lon"], site_lat=first["site_lat"], stops=stops)


def _common(row: Any, loaded: Loaded, day: date) -> dict[str, Any]:
    script = _script(loaded)
    words = {
        "mediator": row["mediator"], "association": loaded.folder.agreement.association.name, "site": row["site"],
        "site_phone": row["site_phone"], "letter_code": "…", "name": "…", "partner": loaded.folder.agreement.partner.name,
        "salutation": "…", "site_address": "…",
    }  # fmt: skip
    return {
        "mediator": row["mediator"],
        "day": day,
        "site": row["site"],
        "site_phone": row["site_phone"],
        "opening_words": loaded.folder.agreement.opening_words.format(**words),
        "questions": tuple(question.format(**words) for question in script["questions"]),
        "if_nobody": script["if_nobody"].format(**words),
    }


def _script(loaded: Loaded) -> dict[str, Any]:
    """The French script: mediators have the others in their own languages beside it."""
    return loaded.folder.messages.scripts["fr"].model_dump()


def _remark(row: Any) -> str:
    """The code of the letter; before it, that the contact was promised, and the word left for who keeps it."""
    promised = f"promis{' : ' + row['note'] if row['note'] else ''} · " if row["promised"] else ""
    return f"{promised}code {row['letter_code']}"


def _time(row: Any) -> str:
    return str(row["due_at"].astimezone(clock.PARIS).strftime("%H:%M"))


def _access(row: Any) -> str:
    parts = (("", row["residence"]), ("bât. ", row["building_name"]), ("esc. ", row["staircase"]))
    return ", ".join(label + value for label, value in parts if value)


def _language(code: str) -> str:
    """The language as French speakers name it; nothing when nobody said."""
    return str(Locale("fr").languages.get(code, code)) if code else ""
