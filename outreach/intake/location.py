"""Where a row's person lives, column by column: street, way to the door, town, commune, and the key of the address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from outreach.definitions.fields import ListField
from outreach.intake import addresses, communes
from outreach.intake.distinct import Distinct
from outreach.models.lists import SEPARATOR

Texts = Callable[[ListField], pa.StringArray | None]
Cleaners = Callable[[str, Callable[[str], Any]], Distinct]
Warn = Callable[[int, str, str, str, dict[str, Any]], None]
DOOR_PARTS = ("building", "staircase", "floor", "door")
EXTRA_PARTS = (*DOOR_PARTS, "residence", "place", "po_box", "care_of")


def locate(cleaner: Cleaners, texts: Texts, postal_code: pa.Array | None, size: int, warn: Warn) -> dict[str, pa.Array]:
    """The clean columns of the address. ``warn`` is told of a town that does not go with its postal code."""
    out = _street(cleaner, texts)
    _door(cleaner, texts, out)
    _town(cleaner, texts, out)
    nothing = pa.nulls(size, pa.string())
    postal_code = nothing if postal_code is None else postal_code
    insee = _commune(out, texts(ListField.CITY), postal_code, nothing, warn)
    out["address_key"] = _key(out, postal_code, insee, nothing)
    return out


def _street(cleaner: Cleaners, texts: Texts) -> dict[str, pa.Array]:
    out: dict[str, pa.Array] = {}
    line = texts(ListField.ADDRESS_LINE)
    if line is not None:
        parts = pc.extract_regex(line, addresses.NUMBER_LINE)
        number = parts.field("number")
        out["house_number"] = pc.if_else(pc.equal(pc.fill_null(number, ""), ""), None, number)
        out["repetition"] = cleaner("repetition", addresses.clean_repetition).values(pc.fill_null(parts.field("repetition"), ""))
        rest = pc.coalesce(parts.field("street"), line)
        out["street"] = cleaner("street", addresses.clean_street).values(rest)
        _spread(out, *cleaner("street extras", addresses.clean_street_extras).objects(rest))
    number = texts(ListField.HOUSE_NUMBER)
    if number is not None:
        made, codes = cleaner("house number", addresses.clean_house_number).objects(number)
        for name, part in (("house_number", "number"), ("repetition", "repetition")):
            _fill(out, name, _part(made, part, codes))
    street = texts(ListField.STREET)
    if street is not None:
        _fill(out, "street", cleaner("street", addresses.clean_street).values(street))
    return out


def _door(cleaner: Cleaners, texts: Texts, out: dict[str, pa.Array]) -> None:
    for part in DOOR_PARTS:
        cells = texts(ListField(part))
        if cells is not None:
            _fill(out, part, cleaner("door part", addresses.clean_door_part).values(cells))
    for part, clean in (("residence", lambda text: addresses.capitals(text) or None), ("place", addresses.clean_street)):
        cells = texts(ListField(part))
        if cells is not None:
            _fill(out, part, cleaner(part, clean).values(cells))
    extra = texts(ListField.ADDRESS_EXTRA)
    if extra is not None:
        _spread(out, *cleaner("extra", addresses.clean_door_line).objects(extra))


def _town(cleaner: Cleaners, texts: Texts, out: dict[str, pa.Array]) -> None:
    cells = texts(ListField.CITY)
    if cells is not None:
        cities, codes = cleaner("city", addresses.clean_city).objects(cells)
        out["city"], out["cedex"] = (_part(cities, part, codes) for part in ("name", "cedex"))
    country = texts(ListField.COUNTRY)
    if country is not None:
        out["country"] = cleaner("country", addresses.clean_country).values(country)


def _commune(
    out: dict[str, pa.Array], cities: pa.StringArray | None, postal_code: pa.Array, nothing: pa.Array, warn: Warn
) -> pa.Array:
    """The commune behind each postal code and town as written; returns it where an address key has to name it.

    Another country is not judged.
    """
    judged = pc.is_null(out.get("country", nothing))
    written = pc.fill_null(nothing if cities is None else cities, "")
    parts = (pc.fill_null(postal_code, ""), written, pc.fill_null(out.get("cedex", nothing), ""))
    coded = pc.if_else(judged, pc.binary_join_element_wise(*parts, SEPARATOR), SEPARATOR * 2).dictionary_encode()
    checks = [communes.check(*text.split(SEPARATOR)) for text in coded.dictionary.to_pylist()]
    codes = coded.indices.to_numpy(zero_copy_only=False)
    out["insee"] = _part(checks, "insee", codes)
    wrong = [index for index, check in enumerate(checks) if check.verdict in communes.DOUBTFUL]
    for position in np.flatnonzero(np.isin(codes, wrong)) if wrong else ():
        check = checks[codes[position]]
        warn(int(position), "city", check.verdict, communes.reason(check), {"expected": check.expected})
    return _part(checks, "key_insee", codes)


def _key(out: dict[str, pa.Array], postal_code: pa.Array, insee: pa.Array, nothing: pa.Array) -> pa.Array:
    """What makes two rows the same street address, as ``addresses.address_key`` says it for one."""
    road = pc.coalesce(*(out.get(name, nothing) for name in ("street", "place", "po_box")))
    number, repetition = (pc.fill_null(out.get(name, nothing), "") for name in ("house_number", "repetition"))
    key = pc.binary_join_element_wise(postal_code, road, number, repetition, "|", null_handling="emit_null")
    return pc.coalesce(pc.binary_join_element_wise(key, insee, "|", null_handling="emit_null"), key)


def _part(made: list[Any], part: str, codes: np.ndarray) -> pa.Array:
    """One part of what a cleaner made of each distinct value, for every row."""
    return pa.array([getattr(one, part) for one in made], pa.string()).take(pa.array(codes))


def _spread(out: dict[str, pa.Array], doors: list[Any], codes: np.ndarray) -> None:
    for part in EXTRA_PARTS:
        if any(getattr(door, part) for door in doors):
            _fill(out, part, _part(doors, part, codes))


def _fill(out: dict[str, pa.Array], name: str, found: pa.Array) -> None:
    """A column's values where nothing is known yet."""
    out[name] = pc.coalesce(out[name], found) if name in out else found
