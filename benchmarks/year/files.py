"""The files that come in over the year: each partner's lists, what changed week by week, and the register of addresses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from outreach.simulation.energy import STAGES
from outreach.simulation.pools import stream, texts
from outreach.simulation.records.mistakes import repeat_with_mistakes
from outreach.simulation.records.people import invent_people
from outreach.simulation.records.shape import MISSING, ListShape
from outreach.simulation.writers import MARK, write_csv
from year.places import Place
from year.shape import Shape

REPEATED = 0.05
"""Rows about somebody whom another row, mostly of another partner, names as well."""
ALSO_KNOWN, INVENTED = 0.2, 1.9
"""Of the others of a home: known to some partner as well (an assumption); people to invent for each who is known."""
NO_PHONE = {"mobile": 0.25, "fixed": 0.6, "reference": 0.0}
LEAVING, CHANGING = 0.01, 0.01
"""Rows that leave, and whose debt changes, in a week."""
SPREAD = 0.02
"""Degrees around the middle of a commune in which its streets are."""
FICTION = 10_000
MOBILES, LANDLINES = ("063998", "064"), ("046571", "042")
"""Ranges: the one kept for fiction, and where many more are needed. Nobody is ever dialled: the provider is this very process."""
LANGUAGES = ("français", "arabe", "turc", "portugais", "anglais")
HEADERS = (
    "Réf client", "Civilité", "Nom", "Prénom", "Date de naissance", "Adresse", "Complément", "CP", "Commune", "Tél fixe", "Tél portable",
    "Courriel", "Montant dû", "Date première facture impayée", "Stade", "Langue", "Lit le français",
)  # fmt: skip


@dataclass(frozen=True)
class Arrival:
    """One file: of which list, on which day it arrives, and its rows."""

    number: int
    day: date
    path: Path
    rows: int
    is_full: bool


@dataclass(frozen=True)
class Files:
    """All that arrives, in order, and the register of addresses."""

    arrivals: list[Arrival]
    addresses: Path

    @property
    def rows(self) -> int:
        """Rows of all lists."""
        return sum(arrival.rows for arrival in self.arrivals)


def write_files(shape: Shape, sites: list[Place], households: set[int], home: Path) -> Files:
    """Invent everybody and write all files. ``households``: the lists that name one person of each household."""
    rng = stream(shape.seed, "year")
    rows = _people(shape, rng)
    site = _sites(shape, rows)
    rows["list"] = _lists(shape, sites, rows, site, households, rng)
    rows["postal_code"] = texts([place.postal for place in sites])[site]
    rows["city"] = texts([place.city.upper() for place in sites])[site]
    home.mkdir(parents=True, exist_ok=True)
    addresses = home / "ban.csv"
    _write_register(rows, site, sites, addresses)
    arrivals = []
    for number, begins in enumerate(shape.starts):
        arrivals += _write_list(shape, number, begins, rows, np.flatnonzero(rows["list"] == number), home, rng)
    return Files(sorted(arrivals, key=lambda arrival: (arrival.day, arrival.number)), addresses)


def _people(shape: Shape, rng: np.random.Generator) -> dict[str, Any]:
    """Those whom partners know: of most homes one, who has the contract; then the rows that repeat somebody."""
    made = ListShape(missing={**MISSING, **NO_PHONE})
    count = round(shape.people * (1 - REPEATED))
    people = invent_people(round(count * INVENTED), rng, made)
    people["first"] = np.r_[True, people["household"][1:] != people["household"][:-1]]
    known = np.flatnonzero(people["first"] | (rng.random(people["first"].size) < ALSO_KNOWN))[:count]
    people = {name: column[known] for name, column in people.items()}
    repeats = repeat_with_mistakes(people, shape.people - known.size, rng, made)
    rows = {name: np.concatenate([people.pop(name), repeats[name]]) for name in list(people)}
    order = rng.permutation(shape.people)
    rows = {name: column[order] for name, column in rows.items()}
    rows["mobile"], rows["fixed"] = _dialled(rows["mobile"], MOBILES), _dialled(rows["fixed"], LANDLINES)
    for name, share in made.missing.items():
        lost = rng.random(shape.people) < share
        for column in ("door", "floor", "building") if name == "flat" else (name,):
            if column != "birth_date":
                rows[column][lost] = None
    rows["birth_date"] = np.where(rng.random(shape.people) < made.missing["birth_date"], np.datetime64("NaT"), rows["birth_date"])
    return rows


def _sites(shape: Shape, rows: dict[str, Any]) -> np.ndarray:
    """The site near which each row lives: that of its street."""
    streets = [f"{code} {street}" for code, street in zip(rows["postal_code"].tolist(), rows["street"].tolist(), strict=True)]
    near = {street: crc32(street.encode()) % shape.sites for street in set(streets)}
    return np.array([near[street] for street in streets])


def _dialled(numbers: Any, ranges: tuple[str, str]) -> Any:
    """Numbers that look real, equal where they were equal: the first ten thousand of the range kept for fiction."""
    _known, place = np.unique(numbers.astype(str), return_inverse=True)
    return texts([f"{ranges[0]}{at:04d}" if at < FICTION else f"{ranges[1]}{at:07d}" for at in place.tolist()])


def _lists(
    shape: Shape, sites: list[Place], rows: dict[str, Any], site: np.ndarray, households: set[int], rng: np.random.Generator
) -> np.ndarray:
    """The list of each row: one of its region; lists of households take one member of each, other lists the rest."""
    region = np.array([place.region for place in sites])[site]
    chosen = np.zeros(shape.people, dtype=int)
    for number in range(shape.regions):
        here = [one for one in range(shape.lists) if shape.region(one) == number]
        persons = [one for one in here if one not in households]
        weights = shape.weights[here] / shape.weights[here].sum()
        rest = shape.weights[persons] / shape.weights[persons].sum() if persons else weights
        inside = np.flatnonzero(region == number)
        chosen[inside] = rng.choice(here, inside.size, p=weights)
        moved = inside[~rows["first"][inside] & np.isin(chosen[inside], list(households))] if persons else inside[:0]
        chosen[moved] = rng.choice(persons, moved.size, p=rest)
    return chosen


def _write_list(
    shape: Shape, number: int, begins: date, rows: dict[str, Any], mine: np.ndarray, home: Path, rng: np.random.Generator
) -> list[Arrival]:
    cells = _cells(number, begins, rows, mine, rng)
    later = round(mine.size * shape.later)
    first = np.arange(mine.size - later)
    path = home / f"list-{number}" / f"{begins}_liste.csv"
    write_csv(path, {name: column[first] for name, column in cells.items()}, encoding="utf-8", title=MARK)
    arrivals = [Arrival(number, begins, path, first.size, is_full=True)]
    active = np.zeros(mine.size, dtype=bool)
    active[first] = True
    for week, entering in enumerate(np.array_split(np.arange(mine.size - later, mine.size), max(1, shape.season - 1)), start=1):
        present = rng.permutation(np.flatnonzero(active))
        leaving, staying = np.split(present, [round(present.size * LEAVING)])
        changing = staying[: round(present.size * CHANGING)]
        active[leaving], active[entering] = False, True
        picked = np.concatenate([entering, leaving, changing])
        amounts = cells["Montant dû"].copy()
        amounts[changing] = texts([f"{value:.2f}".replace(".", ",") for value in rng.uniform(60, 900, changing.size).tolist()])
        movement = np.repeat(texts(("ENTREE", "SORTIE", "MODIF")), [entering.size, leaving.size, changing.size])
        day = begins + timedelta(weeks=week)
        path = home / f"list-{number}" / f"{day}_delta.csv"
        columns = {name: column[picked] for name, column in (cells | {"Montant dû": amounts}).items()}
        cells["Montant dû"] = amounts
        write_csv(path, {**columns, "Mouvement": movement}, encoding="utf-8", title=MARK)
        arrivals.append(Arrival(number, day, path, picked.size, is_full=False))
    return arrivals


def _cells(number: int, begins: date, rows: dict[str, Any], mine: np.ndarray, rng: np.random.Generator) -> dict[str, Any]:
    size = mine.size

    def of(name: str) -> list[Any]:
        return [value or "" for value in rows[name][mine].tolist()]

    born = rows["birth_date"][mine].astype("datetime64[D]")
    birth = ["" if day is None else f"{day:%d/%m/%Y}" for day in born.tolist()]
    stage = rng.choice(len(STAGES), size, p=(0.45, 0.28, 0.17, 0.10))
    since = [begins - timedelta(days=days) for days in (20 + 30 * stage + rng.integers(0, 25, size)).tolist()]
    told = rng.random(size)
    tongue = rng.choice(len(LANGUAGES), size, p=(0.70, 0.14, 0.06, 0.06, 0.04))
    reads = np.where(rng.random(size) < np.where(tongue > 0, 0.5, 0.05), "N", "O")
    extras = [
        ", ".join(part for part in (block and f"BAT {block}", floor and f"ETAGE {floor}", door and f"PORTE {door}") if part)
        for block, floor, door in zip(of("building"), of("floor"), of("door"), strict=True)
    ]
    lines = [
        " ".join(part for part in (house, letter, street) if part)
        for house, letter, street in zip(of("house_number"), of("repetition"), of("street"), strict=True)
    ]
    made = {
        "Réf client": texts([f"SIMUL-{number:02d}-{place:06d}" for place in range(size)]),
        "Civilité": np.where(rng.random(size) < 0.5, "MME", "M").astype(object),
        "Nom": texts(of("family_name")), "Prénom": texts(of("given_name")), "Date de naissance": texts(birth),
        "Adresse": texts(lines), "Complément": texts(extras), "CP": rows["postal_code"][mine], "Commune": rows["city"][mine],
        "Tél fixe": texts(of("fixed")), "Tél portable": texts(of("mobile")), "Courriel": texts(of("email")),
        "Montant dû": texts([f"{value:.2f}".replace(".", ",") for value in np.clip(rng.lognormal(5.9, 0.75, size), 60, 9500).tolist()]),
        "Date première facture impayée": texts([f"{day:%d/%m/%Y}" for day in since]), "Stade": texts(STAGES)[stage],
        "Langue": np.where(told < 0.25, texts(LANGUAGES)[tongue], "").astype(object),
        "Lit le français": np.where((told < 0.15) | (told > 0.9), reads, "").astype(object),
    }  # fmt: skip
    return {name: made[name] for name in HEADERS}


def _write_register(rows: dict[str, Any], site: np.ndarray, sites: list[Place], path: Path) -> None:
    """Every address as the Base Adresse Nationale has it: streets lie around the middle of their commune."""
    written = zip(site.tolist(), rows["street"].tolist(), rows["house_number"].tolist(), rows["repetition"].tolist(), strict=True)
    known = sorted({(where, street, house or "", letter or "") for where, street, house, letter in written if street})
    rng = np.random.default_rng(3)
    streets = {key: rng.normal(0, SPREAD, 2) for key in sorted({(where, street) for where, street, _house, _letter in known})}
    columns: dict[str, list[str]] = {
        name: [] for name in ("numero", "rep", "nom_voie", "code_postal", "code_insee", "lon", "lat")
    }
    for where, street, house, letter in known:
        place, (east, north) = sites[where], streets[where, street]
        along = int(house or 0) * 0.0001
        values = (
            house, letter.lower(), street, place.postal, place.insee, f"{place.lon + east + along:.6f}", f"{place.lat + north:.6f}",
        )  # fmt: skip
        for name, value in zip(columns, values, strict=True):
            columns[name].append(value)
    write_csv(path, {name: texts(column) for name, column in columns.items()}, encoding="utf-8")
