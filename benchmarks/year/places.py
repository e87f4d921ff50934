"""Where the network is: sites in real communes of many departments, their associations, and the people who work there."""

from __future__ import annotations

from dataclasses import dataclass

from year.shape import Shape

DEPARTMENTS = (
    "69", "13", "59", "33", "31", "44", "35", "67", "34", "76", "38", "42", "21", "63", "87", "86", "37", "45", "51", "54", "57",
    "68", "25", "80", "62", "60", "14", "49", "72", "64", "66", "30", "84", "83", "26", "17",
)  # fmt: skip
LARGE = 8_000
"""People of a commune in which a site may be."""
TONGUES = (["fr", "ar"], ["fr", "en"], ["fr", "tr"], ["fr", "pt"], ["fr"], ["fr", "ar", "en"])
WEEK = ["mon", "tue", "wed", "thu", "fri"]
MORNING, AFTERNOON = ("10:00", "13:00"), ("14:00", "18:30")
PATTERNS: tuple[dict[str, dict[str, object]], ...] = (
    {"desk": {"days": WEEK, "hours": ("09:30", "17:30")}},
    {"calls": {"days": WEEK, "hours": MORNING}, "visits": {"days": ["tue", "thu"], "hours": AFTERNOON}},
    {"calls": {"days": WEEK, "hours": MORNING}},
    {"calls": {"days": WEEK, "hours": ("14:00", "19:00")}},
    {"calls": {"days": WEEK, "hours": MORNING}},
    {"calls": {"days": ["mon", "wed", "fri"], "hours": ("14:00", "19:00")}},
)
"""What the six people of a site do: a desk, a morning of calls each, two afternoons on foot; the rest of their time is not planned."""


@dataclass(frozen=True)
class Place:
    """One site: where it is, and the number of its association and region."""

    number: int
    code: str
    name: str
    insee: str
    postal: str
    city: str
    lon: float
    lat: float
    association: int
    region: int


def places(shape: Shape) -> list[Place]:
    """The sites, the largest communes of each department first."""
    from outreach.core.communes import lines
    from outreach.intake.middles import commune_points

    middles = commune_points()
    towns: dict[str, list[tuple[int, str, str, str]]] = {}
    for insee, name, codes, population in lines():
        known = codes.split("|")[0].split(" ")[0]
        if (
            population
            and int(population) >= LARGE
            and insee in middles
            and known[:2] == insee[:2]
            and "Arrondissement" not in name
        ):
            towns.setdefault(insee[:2], []).append((int(population), insee, known, name))
    found = []
    for number in range(shape.sites):
        association = number % shape.associations
        department = DEPARTMENTS[association]
        largest = sorted(towns[department], reverse=True)
        _people, insee, postal, name = largest[(1 + number // shape.associations) % len(largest)]
        lon, lat = middles[insee]
        found.append(
            Place(
                number, f"site-{number}", f"PIMMS {name}", insee, postal, name, lon, lat, association,
                association * shape.regions // shape.associations,
            )
        )  # fmt: skip
    return found


def definitions(shape: Shape, sites: list[Place]) -> list[dict[str, object]]:
    """The sites as a campaign's definition names them, with their mediators; the first sites have one more."""
    extra = shape.mediators - len(PATTERNS) * shape.sites
    found = []
    for site in sites:
        staff = [*PATTERNS, *([PATTERNS[2]] if site.number < extra else [])]
        mediators = [
            {
                "code": f"m-{site.number}-{place}",
                "name": f"Médiateur {site.number}-{place}",
                "languages": TONGUES[place % 6],
                **pattern,
            }
            for place, pattern in enumerate(staff)
        ]
        found.append({
            "code": site.code, "name": site.name, "address": f"1 place de la Mairie, {site.postal} {site.city}", "phone": "04 65 71 00 00",
            "insee": site.insee, "lon": site.lon, "lat": site.lat, "mediators": mediators,
        })  # fmt: skip
    return found
