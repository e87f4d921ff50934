"""Whatever is planned by whomever, nobody is disturbed against the rules.

Three partners and two associations share people for a month: hours, caps, silence, objections and languages are looked
at by an audit that shares no code with the rules.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from sqlalchemy import text

from outreach.channels import outbox
from outreach.core import bulk, clock
from outreach.core.words import Channel, MediationKind, Unit
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import find_campaign, launch_campaign
from outreach.planning import plan_campaign
from outreach.tracking import AttemptResult, MediationRecord, record_attempts, record_objection, stop_objected
from outreach.tracking.closing import close_exhausted
from tests.opened import contact

ZONES = {"69388": "Europe/Paris", "67482": "Europe/Paris", "97411": "Indian/Reunion", "97105": "America/Guadeloupe"}
# Holidays of these weeks, written down by hand: All Saints', Armistice, Christmas; the day after it in Alsace; abolition of slavery.
HOLIDAYS = {
    "69388": {"2026-11-01", "2026-11-11", "2026-12-25"},
    "67482": {"2026-11-01", "2026-11-11", "2026-12-25", "2026-12-26"},
    "97411": {"2026-11-01", "2026-11-11", "2026-12-20", "2026-12-25"},
    "97105": {"2026-11-01", "2026-11-11", "2026-12-25"},
}
CENTRES = {"69388": (4.87, 45.73), "67482": (7.75, 48.58), "97411": (55.45, -20.88), "97105": (-61.73, 16.0)}
HOURS = {
    "call": [(time(10), time(13)), (time(14), time(20))],
    "sms": [(time(9), time(19, 30))],
    "visit": [(time(9, 30), time(19, 30))],
    "letter": [(time(6), time(20))],
}
LAST_WEEKDAY = {"call": 4, "sms": 5, "visit": 5, "letter": 4}
CAPS = {"p1": (4, 60, 8), "p2": (2, 75, 5), "p3": (3, 60, 12)}
"""Calls in 30 days, days of silence, contacts of the household in 30 days, as the agreement of each partner says."""
FIRST = date(2026, 10, 19)
DAYS = 30
"""Over a change of the clock and two holidays."""


def folders():
    """Three campaigns of three partners; the second and third are of another association."""
    written = read_folder(Path("campaigns/energy-arrears"))
    for number, (partner, (calls, silence, contacts)) in enumerate(CAPS.items()):
        agreement = written.agreement.model_copy(
            update={
                "code": f"g-{partner}",
                "partner": written.agreement.partner.model_copy(update={"code": partner}),
                "association": written.agreement.association.model_copy(update={"code": "a1" if number == 0 else "a2"}),
                "caps": written.agreement.caps.model_copy(
                    update={"calls_in_30_days": calls, "silence_days_after_refusal": silence, "contacts_in_30_days": contacts}
                ),
            }
        )
        cadence = written.campaign.cadence
        steps = [
            step.model_copy(update={"days_after_previous": number % 2, "days_between_attempts": 1})
            for step in (cadence, [step for step in cadence[::-1] if step.instead_of is None], cadence[2:])[number]
        ]
        sites = [
            site.model_copy(
                update={
                    "code": f"{site.code}-{partner}", "insee": insee,
                    "lon": CENTRES[insee][0], "lat": CENTRES[insee][1],
                    "mediators": [m.model_copy(update={"code": f"{m.code}-{partner}"}) for m in site.mediators],
                }
            )
            for site, insee in zip(written.campaign.sites, ("69388", "67482", "97411"), strict=True)
        ]  # fmt: skip
        campaign = written.campaign.model_copy(
            update={
                "code": f"c-{partner}",
                "cadence": steps,
                "sites": sites,
                "unit": Unit.PERSON if number == 1 else Unit.HOUSEHOLD,
            }
        )
        yield partner, type(written)(campaign, agreement, written.messages)


def settle(session, draw: random.Random, people: int) -> dict[str, object]:
    """Households in four territories, everybody on every list, each a case."""
    loaded = {}
    for partner, folder in folders():
        launch_campaign(session, folder, actor="test")
        loaded[partner] = find_campaign(session, folder.campaign.code)
    homes = [{"id": number, "insee": draw.choice(list(ZONES))} for number in range(1, people // 2 + 1)]
    bulk.copy_in(session, "building", pd.DataFrame([
        {"id": home["id"], "address_key": f"k{home['id']}", "insee": home["insee"], "lon": CENTRES[home["insee"]][0] + draw.gauss(0, 0.01), "lat": CENTRES[home["insee"]][1] + draw.gauss(0, 0.01)}
        for home in homes
    ]))  # fmt: skip
    bulk.copy_in(
        session,
        "household",
        pd.DataFrame([{"id": home["id"], "building_id": home["id"], "created_at": clock.now()} for home in homes]),
    )
    at_home = {home["id"]: home["insee"] for home in homes}
    persons = [
        {"id": number, "household_id": draw.choice(homes)["id"], "family_name": f"Nom{number}",
         **contact(f"+3363998{number:04}" if draw.random() < 0.8 else None), "language": draw.choice([None, "fr", "ar", "tr", "pt", "ro"]),
         "reads_french": draw.choice([None, True, False]), "simulated": True, "created_at": clock.now()}
        for number in range(1, people + 1)
    ]  # fmt: skip
    bulk.copy_in(session, "person", pd.DataFrame(persons))
    cases, number = [], 0
    for loaded_one in loaded.values():
        query = text("SELECT insee, id FROM site WHERE code LIKE :code ORDER BY id")
        sites = dict(session.execute(query, {"code": f"%-{loaded_one.campaign.code[2:]}"}).all())
        seen: set[int] = set()
        for person in persons:
            unit = loaded_one.campaign.unit
            if Unit(unit) is Unit.HOUSEHOLD and person["household_id"] in seen:
                continue
            seen.add(person["household_id"])
            number += 1
            cases.append(
                {"id": number, "campaign_id": loaded_one.campaign.id, "version_id": loaded_one.version.id, "unit": Unit(unit).value,
                 "household_id": person["household_id"], "person_id": person["id"], "site_id": sites.get(at_home[person["household_id"]], min(sites.values())), "segment": "s",
                 "priority": draw.randint(1, 8), "wave": draw.randint(1, 2), "letter_code": f"L{number:05}", "status": "waiting",
                 "opened_at": clock.now(), "next_step": "call", "next_at": clock.now()}
            )  # fmt: skip
    bulk.copy_in(session, '"case"', pd.DataFrame(cases))
    bulk.copy_in(session, "event", pd.DataFrame([
        {"id": f"00000000-0000-0000-0000-{case['id']:012}", "case_id": case["id"], "kind": "opened", "occurred_at": clock.now(),
         "recorded_at": clock.now(), "actor": "test", "source": "segments", "data": "{}"} for case in cases
    ]))  # fmt: skip
    return loaded


def live_one_day(session, loaded, day: date, draw: random.Random) -> None:
    """Every planner plans, every channel works, people answer as they like."""
    order = list(loaded.values())
    draw.shuffle(order)
    with clock.travel(clock.at(day, "05:00")):
        for one in order:
            stop_objected(session, one, actor="test")
            outbox.tidy(session, one.campaign.id)
            plan_campaign(session, one, actor="test")
            close_exhausted(session, one, actor="test")
    for moment in ("07:00", "10:10", "14:30", "19:10"):
        with clock.travel(clock.at(day, moment)):
            for one in order:
                for channel in (Channel.LETTER, Channel.SMS):
                    send(session, one, channel)
    with clock.travel(clock.at(day, "21:00")):
        work_the_lists(session, day, draw)


def send(session, one, channel: Channel) -> None:
    claimed = outbox.claim(session, one, channel, size=500, worker="test")
    session.execute(
        text(
            "UPDATE contact SET state = 'sent', disposition = 'sent', done_at = :now, claimed_by = NULL, lease_until = NULL WHERE id = ANY(:ids)"
        ),
        {"ids": [due.id for due in claimed], "now": clock.now()},
    )


def work_the_lists(session, day: date, draw: random.Random) -> None:
    """Mediators do what their lists say, at the times that they say, unless it was taken back meanwhile."""
    query = text(
        'SELECT k.id, k.person_id, k.channel, k.due_at, m.code FROM contact k JOIN shift s ON s.id = k.shift_id JOIN "case" c ON c.id = k.case_id'
        " JOIN mediator m ON m.id = s.mediator_id WHERE s.day = :day AND k.state = 'planned' AND c.closed_at IS NULL ORDER BY k.due_at, k.id"
    )
    for row in session.execute(query, {"day": day}).all():
        if session.execute(text("SELECT state FROM contact WHERE id = :id"), {"id": row.id}).scalar_one() != "planned":
            continue
        codes = ["no_answer", "no_answer", "voicemail", "busy", "talked", "refused", "call_back", "mediated"] if row.channel == "call" else [
            "not_home", "not_home", "no_access", "sticker", "refused", "mediated"]  # fmt: skip
        code = draw.choice(codes)
        record = MediationRecord(MediationKind.EXCHANGE, ("energie",), "fr", 10) if code == "mediated" else None
        record_attempts(session, [AttemptResult(row.id, code, row.code, row.due_at, record)])
        if draw.random() < 0.04:
            record_objection(session, row.person_id, source="test", actor="test", occurred_at=row.due_at + timedelta(minutes=1))


MADE = """
SELECT k.id, k.channel, k.done_at, k.due_at, k.state, k.disposition, k.language AS spoken, k.appointment_id, p.id AS person, p.household_id,
       p.language, p.reads_french, b.insee, substr(m.code, 3) AS partner, o.unit, d.languages, o.closed_at
FROM contact k JOIN "case" o ON o.id = k.case_id JOIN campaign m ON m.id = o.campaign_id JOIN person p ON p.id = k.person_id
     JOIN household h ON h.id = p.household_id JOIN building b ON b.id = h.building_id
     LEFT JOIN shift s ON s.id = k.shift_id LEFT JOIN mediator d ON d.id = s.mediator_id
WHERE k.state IN ('sent', 'done') ORDER BY k.done_at, k.id
"""


def local(row) -> datetime:
    return row.done_at.astimezone(ZoneInfo(ZONES[row.insee]))


def known_from(row, said_at: datetime) -> datetime:
    """Mediators bring their results in the evening: what is sent by itself in the meantime cannot know them."""
    return clock.at(said_at.astimezone(clock.PARIS).date(), "21:00") if row.channel in {"letter", "sms"} else said_at


def outside_hours(row) -> bool:
    moment = local(row)
    if moment.weekday() > LAST_WEEKDAY[row.channel] or moment.date().isoformat() in HOLIDAYS[row.insee]:
        return True
    return not any(start <= moment.time() < end for start, end in HOURS[row.channel])


def faults(session) -> Counter[str]:
    """What went wrong, counted by rule. Nothing of outreach.policy is used."""
    found: Counter[str] = Counter()
    rows = session.execute(text(MADE)).all()
    by_person, by_home = defaultdict(list), defaultdict(list)
    said_no: list[tuple[object, datetime]] = []
    stopped = dict(session.execute(text("SELECT person_id, min(occurred_at) FROM objection GROUP BY 1")).all())
    for row in rows:
        calls, silence, contacts = CAPS[row.partner]
        day = local(row).date()
        found["hours"] += outside_hours(row)
        found["objection"] += row.person in stopped and row.done_at > known_from(row, stopped[row.person])
        for no, when in said_no:
            same = no.person == row.person or (no.unit == "household" and no.household_id == row.household_id)
            found["silence"] += (
                same and 0 <= (day - when.date()).days < silence and no.id != row.id and known_from(row, when) < row.done_at
            )
        earlier = [local(other).date() for other in by_home[row.household_id]]
        found["budget"] += row.appointment_id is None and sum((day - other).days < 30 for other in earlier) >= contacts
        own = [local(other).date() for other in by_person[row.person] if other.channel == "call" and other.partner == row.partner]
        found["calls"] += (
            row.channel == "call" and row.appointment_id is None and sum((day - other).days < 30 for other in own) >= calls
        )
        if row.channel in {"call", "visit"}:
            understood = {row.language} if row.reads_french is False and row.language else {row.language or "fr", "fr"}
            found["language"] += not understood & set(row.languages)
        by_person[row.person].append(row)
        by_home[row.household_id].append(row)
        if row.disposition == "refused":
            said_no.append((row, local(row)))
    nobody = {row.person for row in rows if row.reads_french is False and row.language == "ro"}
    found["only written to"] += len(nobody)
    found["made"] = len(rows)
    for channel, number in Counter(row.channel for row in rows).items():
        found[f"made:{channel}"] = number
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_nobody_is_disturbed_against_the_rules(session, seed):
    draw = random.Random(seed)
    with clock.travel(clock.at(FIRST, "04:00")):
        loaded = settle(session, draw, people=70)
    for ahead in range(DAYS):
        live_one_day(session, loaded, FIRST + timedelta(days=ahead), draw)
    found = faults(session)
    assert found["made:call"] > 50, found
    assert found["made:visit"] > 10, found
    assert found["made:sms"] > 10, found
    assert {rule: count for rule, count in found.items() if not rule.startswith("made") and count} == {}
