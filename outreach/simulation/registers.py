"""The public files that go with the town: address points (Base Adresse Nationale), priority areas, the density grid."""

from __future__ import annotations

import numpy as np

from outreach.simulation.geography import TownMap
from outreach.simulation.pools import Reals, Texts, blank, chance, each, starts_of, stream, texts, unaccent

ADDRESS_HEADERS = (
    "id", "id_fantoir", "numero", "rep", "nom_voie", "code_postal", "code_insee", "nom_commune",
    "code_insee_ancienne_commune", "nom_ancienne_commune", "x", "y", "lon", "lat", "type_position", "alias",
    "nom_ld",
    "libelle_acheminement", "nom_afnor", "source_position", "source_nom_voie", "certification_commune",
    "cad_parcelles",
)  # fmt: skip
_KNOWN_ADDRESSES = 0.97
DENSE = 50_000
"""People of a commune from which on it counts as dense here; INSEE looks at squares of a kilometre instead."""
# Lambert-93 (EPSG:2154) on the GRS 80 ellipsoid: exponent, constant and origin of the conic projection (IGN,
# NTG 71).
_EXPONENT = 0.7256077650532670
_CONSTANT = 11_754_255.4260960
_FALSE_EAST, _POLE_NORTH = 700_000.0, 12_655_612.0498760
_CENTRAL_MERIDIAN = np.radians(3.0)
_ECCENTRICITY = 0.0818191910428158


def lambert93(lon: Reals, lat: Reals) -> tuple[Reals, Reals]:
    """East and north in metres (Lambert-93) of longitudes and latitudes in degrees."""
    angle = np.radians(lat)
    slant = _ECCENTRICITY * np.sin(angle)
    isometric = np.log(np.tan(np.pi / 4 + angle / 2) * ((1 - slant) / (1 + slant)) ** (_ECCENTRICITY / 2))
    radius = _CONSTANT * np.exp(-_EXPONENT * isometric)
    turn = _EXPONENT * (np.radians(lon) - _CENTRAL_MERIDIAN)
    return _FALSE_EAST + radius * np.sin(turn), _POLE_NORTH - radius * np.cos(turn)


def address_points(town: TownMap, seed: int) -> dict[str, Texts]:
    """One row for each address (number, suffix and street), but for the few the register lacks."""
    buildings, streets, communes = town.buildings, town.streets, town.communes
    order = np.lexsort((buildings.letter.astype(str), buildings.suffix.astype(str), buildings.number, buildings.street))
    address = buildings.street * 10_000_000 + buildings.number * 10 + (buildings.suffix != "") * 1
    points = order[starts_of(address[order])]
    points = points[chance(stream(seed, "register"), _KNOWN_ADDRESSES, points.size)]
    street, commune = buildings.street[points], streets.commune[buildings.street[points]]
    lon, lat = buildings.lon[points], buildings.lat[points]
    east, north = lambert93(lon, lat)
    street_code = texts([f"{communes.insee[place]}_{rank:04d}" for rank, place in enumerate(streets.commune.tolist())])
    numbers = buildings.number[points].tolist()
    suffix = buildings.suffix[points]
    ids = [
        f"{code}_{number:05d}{'_' + text if text else ''}"
        for code, number, text in zip(street_code[street], numbers, suffix, strict=True)
    ]
    name = streets.name
    known: dict[str, Texts] = {
        "id": texts(ids),
        "id_fantoir": street_code[street],
        "numero": texts([str(number) for number in numbers]),
        "rep": suffix,
        "nom_voie": name[street],
        "code_postal": communes.postal[commune],
        "code_insee": communes.insee[commune],
        "nom_commune": communes.name[commune],
        "x": _decimals(east, 2),
        "y": _decimals(north, 2),
        "lon": _decimals(lon, 6),
        "lat": _decimals(lat, 6),
        "type_position": texts(["entrée"] * points.size),
        "libelle_acheminement": communes.mail_name[commune],
        "nom_afnor": each(name, _postal_form)[street],
        "source_position": texts(["commune"] * points.size),
        "source_nom_voie": texts(["commune"] * points.size),
        "certification_commune": texts(["1"] * points.size),
    }
    return {header: known.get(header, blank(points.size)) for header in ADDRESS_HEADERS}


def priority_streets(town: TownMap) -> dict[str, Texts]:
    """The streets of the priority areas, with the area's name."""
    streets, communes = town.streets, town.communes
    here = np.flatnonzero(streets.priority)
    commune = streets.commune[here]
    return {
        "code_insee": communes.insee[commune],
        "nom_voie": streets.name[here],
        "quartier": communes.priority_area[commune],
    }


def densities(town: TownMap) -> dict[str, Texts]:
    """The density grid of the town's communes, in three degrees: dense, between, rural."""
    communes = town.communes
    degree = np.where(communes.urban, np.where(communes.population >= DENSE, "1", "2"), "3")
    return {"CODGEO": communes.insee, "LIBGEO": communes.name, "DENS": texts(degree.tolist())}


def _postal_form(name: str) -> str:
    """Capitals without accents or punctuation, as on the fourth line of an envelope."""
    return unaccent(name).upper().replace("'", " ").replace("-", " ")


def _decimals(values: Reals, places: int) -> Texts:
    """Numbers with a decimal point."""
    return texts([f"{value:.{places}f}" for value in values.tolist()])
