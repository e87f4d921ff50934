"""Sheets as A4 PDF files: pure rendering, no database. The same list gives the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import segno
from babel.dates import format_date

from outreach.channels.sheets.lists import CallSheet, RoundSheet, Stop
from outreach.channels.sheets.sketch import draw_sketch, walk_metres
from outreach.core.phones import grouped_phone
from outreach.core.typesetting import compile_pdf, drawable, is_right_to_left, isolate_numbers, typographic
from outreach.core.words import Channel
from outreach.policy.dispositions import TABLE

ROUND = Path(__file__).with_name("round.typ")
CALLS = Path(__file__).with_name("calls.typ")
MAP_WIDTH = 174.0
MAP_HEIGHT = 82.0
"""Millimetres of the sketch on the sheet."""


@dataclass(frozen=True)
class Sheet:
    """A sheet that was written. ``lines``: doors or calls."""

    path: Path
    lines: int
    pages: int
    sha256: str


def render_round_sheet(sheet: RoundSheet, out: Path) -> Sheet:
    """The sheet of a round: opening words, sketch of the walk, doors by building and floor with boxes to tick."""
    buildings = _buildings(sheet.stops)
    sketch = draw_sketch(
        (sheet.site_lon, sheet.site_lat),
        [(str(place["number"]), (place["lon"], place["lat"])) for place in buildings],
        width=MAP_WIDTH,
        height=MAP_HEIGHT,
    )
    walk = walk_metres((sheet.site_lon, sheet.site_lat), [(stop.lon, stop.lat) for stop in sheet.stops])
    data = _head(sheet) | {
        "buildings": buildings,
        "doors": len(sheet.stops),
        "from": sheet.stops[0].time if sheet.stops else "",
        "to": sheet.stops[-1].time if sheet.stops else "",
        "walk": f"{walk / 1000:.1f}".replace(".", ","),
        "sketch": asdict(sketch),
        "boxes": _boxes(Channel.VISIT),
    }
    pages = compile_pdf(ROUND, _printable(data), out, day=sheet.day)
    return Sheet(pages.path, len(sheet.stops), pages.pages, pages.sha256)


def render_call_sheet(sheet: CallSheet, out: Path) -> Sheet:
    """The sheet of a call shift: opening words and script, then calls in order with boxes to tick."""
    data = _head(sheet) | {
        "script": sheet.script,
        "calls": [asdict(call) | {"phone": grouped_phone(call.phone)} for call in sheet.calls],
        "boxes": _boxes(Channel.CALL),
    }
    pages = compile_pdf(CALLS, _printable(data), out, day=sheet.day)
    return Sheet(pages.path, len(sheet.calls), pages.pages, pages.sha256)


def _head(sheet: RoundSheet | CallSheet) -> dict[str, Any]:
    return {
        "mediator": sheet.mediator,
        "day": format_date(sheet.day, "EEEE d MMMM y", locale="fr").capitalize(),
        "site": sheet.site,
        "site_phone": grouped_phone(sheet.site_phone),
        "opening_words": sheet.opening_words,
        "questions": list(sheet.questions),
        "if_nobody": sheet.if_nobody,
        "openings": [{"language": name, "text": words, "rtl": is_right_to_left(words)} for name, words in sheet.openings],
        "square": _square(sheet.link),
    }


def _square(link: str) -> str:
    """A QR code as SVG; nothing for no link."""
    if not link:
        return ""
    drawn: str = segno.make(link, error="m", micro=False).svg_inline(border=0, dark="#000", omitsize=True)
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1) if "xmlns" not in drawn else drawn


def _buildings(stops: Sequence[Stop]) -> list[dict[str, Any]]:
    """Consecutive doors of one address together, and inside it consecutive doors of one floor: the order is kept."""
    result = []
    for number, ((address, city), group) in enumerate(groupby(stops, key=lambda stop: (stop.address, stop.city)), start=1):
        doors = list(group)
        result.append(
            {
                "number": number,
                "address": address,
                "city": city,
                "lon": doors[0].lon,
                "lat": doors[0].lat,
                "access": list(dict.fromkeys(stop.access for stop in doors if stop.access)),
                "floors": [
                    {"floor": _floor(floor), "doors": [_door(stop) for stop in on_floor]}
                    for floor, on_floor in groupby(doors, key=lambda stop: stop.floor)
                ],
            }
        )
    return result


def _door(stop: Stop) -> dict[str, Any]:
    return {
        "time": stop.time,
        "name": stop.name,
        "door": ", ".join(filter(None, (f"Porte {stop.door}" if stop.door else "", stop.care_of))),
        "language": stop.language,
        "remark": stop.remark,
    }


def _floor(floor: str) -> str:
    if not floor.lstrip("-").isdigit():
        return floor
    return {"0": "Rez-de-chaussée", "1": "1er étage"}.get(floor, f"{floor}e étage")


def _boxes(channel: Channel) -> list[str]:
    return [row.french for row in TABLE if channel in row.channels]


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        if value.startswith("<svg "):
            return value
        return isolate_numbers(typographic(drawable(value)))
    if isinstance(value, dict):
        return {name: _printable(part) for name, part in value.items()}
    return [_printable(part) for part in value] if isinstance(value, list | tuple) else value
