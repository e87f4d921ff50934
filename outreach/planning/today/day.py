"""The day of one mediator, over all campaigns, in a handful of queries however many contacts it has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.words import Channel, ShiftKind
from outreach.definitions.registry import Loaded, in_force
from outreach.planning.today.cards import Card, Day, Left, Stop, Work
from outreach.planning.today.reading import card, rows_of
from outreach.planning.today.vocabulary import vocabulary_of
from outreach.policy.standing import REASONS, not_allowed
from outreach.policy.territories import territory_of, zone_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

SHIFTS = """
SELECT m.id AS mediator_id, m.code, m.name, m.languages, s.id, s.kind, s.starts_at, s.ends_at, o.name AS site, o.address AS site_address,
       o.phone AS site_phone, o.lon, o.lat, coalesce(o.insee, own.insee) AS insee, d.done, d.total
FROM mediator m JOIN site own ON own.id = m.site_id
     LEFT JOIN shift s ON s.mediator_id = m.id AND s.day = :day LEFT JOIN site o ON o.id = s.site_id
     LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE k.state = 'done') AS done, count(*) AS total FROM contact k
                        WHERE k.shift_id = s.id AND k.state <> 'cancelled') d ON true
WHERE m.id = :mediator ORDER BY s.starts_at
"""
END_OF_TIME = datetime.max.replace(tzinfo=UTC)


def day_of(session: Session, mediator_id: int, day: date) -> Day:
    """Everything that a mediator's phone needs for a day. What may not be made by now is left out, and counted by its reason."""
    shifts = shifts_of(session, mediator_id, day)
    mine = [row for row in shifts if row["id"] is not None]
    rows = rows_of(session, shifts=[row["id"] for row in mine]) if mine else []
    known = in_force(session, {row["campaign_id"] for row in rows}) if rows else {}
    terms = {number: agreement.definition.terms for number, (_loaded, agreement) in known.items()}
    # What was rung already waits for its result, whatever the rules say by now.
    asked = [row["id"] for row in rows if row["state"] == "planned" and row["campaign_id"] in known]
    forbidden = not_allowed(session, asked, terms, day, moment=clock.now(), few=True)
    shown = [row for row in rows if row["id"] not in forbidden and row["campaign_id"] in known]
    loaded = {number: found for number, (found, _agreement) in known.items()}
    counts = Counter(forbidden.values())
    return Day(
        day=day.isoformat(), zone=zone_of(territory_of(shifts[0]["insee"])).key,
        mediator=shifts[0]["code"], name=shifts[0]["name"], languages=list(shifts[0]["languages"]),
        read_at=clock.now().isoformat(), shifts=[_work(shift, shown, loaded) for shift in mine],
        left_out=[Left(reason, _(REASONS[reason]), count) for reason, count in sorted(counts.items())],
        vocabulary=vocabulary_of({number: found.folder.campaign for number, found in loaded.items()}),
    )  # fmt: skip


def shifts_of(session: Session, mediator_id: int, day: date) -> list[Any]:
    """The mediator with each shift of a day, one row a shift; a row without one on a free day.

    Raises ``OutreachError`` for nobody.
    """
    rows = list(session.execute(text(SHIFTS), {"mediator": mediator_id, "day": day}).mappings())
    if not rows:
        raise OutreachError(_("ce médiateur n'existe pas"), place=str(mediator_id))
    return rows


def card_of(session: Session, contact: int, loaded: Loaded) -> Card | None:
    """The card of one contact that is still to be made, or waits for its result."""
    return next((card(row, loaded) for row in rows_of(session, contacts=[contact])), None)


def _work(shift: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], loaded: Mapping[int, Loaded]) -> Work:
    here = [row for row in rows if row["shift_id"] == shift["id"]]
    calls = [row for row in here if row["channel"] == Channel.CALL]
    # Promised calls first, at their time; the others in the order of the list.
    calls.sort(key=lambda row: row["starts_at"] or END_OF_TIME)
    site = {
        "name": shift["site"], "address": shift["site_address"], "phone": shift["site_phone"], "lon": shift["lon"], "lat": shift["lat"],
    }  # fmt: skip
    return Work(
        shift_id=shift["id"], kind=ShiftKind(shift["kind"]).value, starts_at=shift["starts_at"].isoformat(),
        ends_at=shift["ends_at"].isoformat(), site=site, done=shift["done"], total=shift["total"],
        calls=[card(row, loaded[row["campaign_id"]]) for row in calls],
        stops=_stops([row for row in here if row["channel"] == Channel.VISIT], loaded),
    )  # fmt: skip


def _stops(rows: Sequence[Mapping[str, Any]], loaded: Mapping[int, Loaded]) -> list[Stop]:
    """Consecutive doors of one building together, and in it consecutive doors of one floor: the order of the walk is kept."""
    stops = []
    for _key, group in groupby(rows, key=lambda row: (row["building_id"], row["address"], row["city"])):
        doors = list(group)
        first = doors[0]
        access = [words for row in doors if (words := _access(row))]
        floors = [
            {"floor": floor, "doors": [card(row, loaded[row["campaign_id"]]) for row in on_floor]}
            for floor, on_floor in groupby(doors, key=lambda row: row["floor"])
        ]
        stops.append(
            Stop(
                first["building_id"],
                first["address"],
                first["city"],
                list(dict.fromkeys(access)),
                first["lon"],
                first["lat"],
                floors,
            )
        )
    return stops


def _access(row: Mapping[str, Any]) -> str:
    parts = (("{}", row["residence"]), (_("bâtiment {}"), row["building_name"]), (_("escalier {}"), row["staircase"]))
    return ", ".join(words.format(value) for words, value in parts if value)
