"""Invented French household lists with their truth: who is who, and who lives with whom.

Figures follow what partners' lists look like: about 8 % of the rows repeat a person, birth dates are missing
on 40 % of the rows and e-mails on half of them, members of a household share surname, address and often a
phone, a third of the households live in blocks of flats whose door is written on six rows out of ten only.
Nobody here exists: the phone numbers start like the ranges kept for fiction and are too long to be dialled.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tests.matching.list_errors import repeat_with_errors
from tests.matching.name_pools import given_names, surnames

STREET_TYPES = ("RUE", "RUE", "RUE", "AVENUE", "IMPASSE", "CHEMIN", "ALLEE", "PLACE", "BOULEVARD")
STREET_STEMS = [
    "LILAS",
    "ROSES",
    "MOULIN",
    "EGLISE",
    "ECOLE",
    "CHENES",
    "PRES",
    "VIGNES",
    "GARE",
    "MAIRIE",
    "FONTAINE",
    "ACACIAS",
    "TILLEULS",
    "CHATEAU",
]
STREET_LINKS = ("DES", "DU", "DE LA", "DU PETIT", "DU GRAND", "DES VIEUX", "DU HAUT", "DU BAS")
DOMAINS = np.array(["example.org", "example.com", "example.net", "courriel.example", "poste.example"], dtype=object)

COLUMNS = (
    "record_id", "partner", "reference", "given_name", "family_name", "birth_date", "mobile", "fixed",
    "email", "house_number", "repetition", "street", "postal_code", "city", "building", "staircase", "floor",
    "door",
)  # fmt: skip


@dataclass(frozen=True)
class ListShape:
    """How a list is made up: shares between 0 and 1, and the number of partners that sent it."""

    duplicates: float = 0.08
    flats: float = 0.35
    partners: int = 8
    same_partner: float = 0.5
    namesakes: float = 0.005


@dataclass(frozen=True)
class Lists:
    """Rows as the matching room receives them, beside the truth (one row per record)."""

    records: pd.DataFrame
    truth: pd.DataFrame


def generate(rows: int, seed: int, shape: ListShape | None = None) -> Lists:
    """Invent about `rows` rows; the same seed gives the same lists."""
    shape = shape or ListShape()
    rng = np.random.default_rng(seed)
    frame = _people(max(1, round(rows * (1 - shape.duplicates))), rng, shape)
    repeated = repeat_with_errors(frame, rows - len(frame), rng, shape.partners, shape.same_partner)
    frame = pd.concat([frame, repeated], ignore_index=True)
    _lose_fields(frame, rng)
    _write_in_partner_style(frame)
    frame = frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)
    frame["record_id"] = np.arange(1, len(frame) + 1)
    truth = frame[["record_id", "person", "household"]].copy()
    return Lists(records=frame[list(COLUMNS)].copy(), truth=truth)


def _zipf(size: int, exponent: float, offset: float) -> np.ndarray:
    weights = (np.arange(size) + offset) ** -exponent
    return np.asarray(weights / weights.sum())


def _given_names(count: int, rng: np.random.Generator) -> np.ndarray:
    pool = given_names()
    names = rng.choice(pool, count, p=_zipf(len(pool), 0.8, 5))
    compound = rng.random(count) < 0.07
    names[compound] = names[compound] + "-" + rng.choice(pool[:60], compound.sum())
    return np.asarray(names)


def _surnames(count: int, rng: np.random.Generator) -> np.ndarray:
    pool = surnames()
    return np.asarray(rng.choice(pool, count, p=_zipf(len(pool), 0.75, 5)))


def _people(count: int, rng: np.random.Generator, shape: ListShape) -> pd.DataFrame:
    size_of = rng.choice([1, 2, 3, 4, 5], count, p=[0.38, 0.32, 0.13, 0.11, 0.06])
    household = np.repeat(np.arange(count), size_of)[:count]
    homes = _homes(int(household[-1]) + 1, rng, shape)
    frame = homes.iloc[household].reset_index(drop=True)
    frame["person"] = np.arange(count)
    frame["household"] = household
    frame["given_name"] = _given_names(count, rng)
    keeps_own = rng.random(count) < 0.15
    frame.loc[keeps_own, "family_name"] = _surnames(int(keeps_own.sum()), rng)
    born = np.datetime64("1930-01-01") + rng.integers(0, 365 * 75, count).astype("timedelta64[D]")
    frame["birth_date"] = born
    _relatives_alike(frame, rng, shape)
    _reach(frame, rng)
    frame["partner"] = [f"P{i}" for i in rng.choice(shape.partners, count, p=_zipf(shape.partners, 0.6, 1))]
    frame["reference"] = [f"C{i:09d}" for i in rng.integers(0, 10**9, count)]
    return frame


def _relatives_alike(frame: pd.DataFrame, rng: np.random.Generator, shape: ListShape) -> None:
    """Father and son of one first name, and twins: the second of two neighbours of a household."""
    follows = frame["household"].eq(frame["household"].shift()).to_numpy()
    luck = rng.random(len(frame))
    for column, chosen in (
        ("given_name", follows & (luck < shape.namesakes)),
        ("birth_date", follows & (luck > 1 - shape.namesakes)),
    ):
        frame.loc[chosen, column] = frame[column].shift()[chosen]


def _homes(count: int, rng: np.random.Generator, shape: ListShape) -> pd.DataFrame:
    """One row per household: surname, landline, shared contacts and address, twenty households to a block."""
    in_block = rng.random(count) < shape.flats
    blocks = max(1, int(in_block.sum()) // 20)
    place = np.where(in_block, rng.integers(0, blocks, count), blocks + np.arange(count))
    places = _places(blocks + count, max(2, count // 1500), rng)
    homes = places.iloc[place].reset_index(drop=True)
    floors = rng.integers(0, 8, count).astype(str).astype(object)
    doors = rng.integers(1, 90, count).astype(str).astype(object)
    homes["floor"] = np.where(in_block, floors, None)
    homes["door"] = np.where(in_block, doors, None)
    homes["building"] = np.where(in_block & (rng.random(count) < 0.2), rng.choice(list("ABC"), count), None)
    homes["staircase"] = None
    homes["family_name"] = _surnames(count, rng)
    homes["fixed"] = [f"+33199{i:09d}" for i in rng.integers(0, 10**9, count)]
    homes["shared_mobile"] = [f"+3363998{i:08d}" for i in rng.integers(0, 10**8, count)]
    return homes


def _places(count: int, towns: int, rng: np.random.Generator) -> pd.DataFrame:
    town = rng.integers(0, towns, count)
    stems = np.array([f"{link} {stem}" for stem in STREET_STEMS for link in STREET_LINKS], dtype=object)
    street = rng.choice(stems, count, p=_zipf(len(stems), 0.7, 3))
    kind = rng.choice(np.array(STREET_TYPES, dtype=object), count)
    hamlet = rng.random(count) < 0.04
    number = np.where(hamlet, None, rng.integers(1, 120, count).astype(str).astype(object))
    repetition = np.where(~hamlet & (rng.random(count) < 0.05), rng.choice(["B", "T"], count), None)
    names = np.where(hamlet, "LE BOURG " + pd.Series(street).str.split().str[-1], kind + " " + street)
    return pd.DataFrame({
        "house_number": number, "repetition": repetition, "street": names,
        "postal_code": [f"{10000 + 10 * t:05d}" for t in town], "city": [f"VILLE {t}" for t in town],
    })  # fmt: skip


def _reach(frame: pd.DataFrame, rng: np.random.Generator) -> None:
    """Mobiles and e-mails, one in seven of them the household's."""
    count = len(frame)
    own = pd.Series([f"+3363998{i:08d}" for i in rng.integers(0, 10**8, count)], dtype=object)
    frame["mobile"] = own.where(rng.random(count) > 0.15, frame.pop("shared_mobile"))
    user = frame["given_name"].str.lower() + "." + frame["family_name"].str.lower()
    tail = pd.Series(rng.integers(1, 9999, count).astype(str), dtype=object)
    domain = pd.Series(rng.choice(DOMAINS, count), dtype=object)
    own_mail = user + tail + "@" + domain
    shared = "famille." + frame["fixed"].str[-8:] + "@" + domain.groupby(frame["household"]).transform("first")
    frame["email"] = own_mail.where(rng.random(count) > 0.15, shared)


def _lose_fields(frame: pd.DataFrame, rng: np.random.Generator) -> None:
    count = len(frame)
    lost = {"birth_date": 0.4, "mobile": 0.4, "fixed": 0.6, "email": 0.5, "reference": 0.3}
    for column, share in lost.items():
        frame.loc[rng.random(count) < share, column] = None
    hidden = rng.random(count) < 0.4
    frame.loc[hidden, ["door", "floor", "building"]] = None


def _write_in_partner_style(frame: pd.DataFrame) -> None:
    """Half of the partners write Title case, the others capitals."""
    title = frame["partner"].isin(["P1", "P3", "P5", "P7"])
    for column in ("given_name", "family_name"):
        frame.loc[title, column] = frame.loc[title, column].str.title()
    frame["birth_date"] = pd.to_datetime(frame["birth_date"]).dt.date
    frame["birth_date"] = frame["birth_date"].where(frame["birth_date"].notna(), None)
