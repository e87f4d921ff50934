"""Registers of places: points of the Base Adresse Nationale, and the streets of priority urban areas."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from sqlalchemy import text

from outreach.core import bulk
from outreach.core.errors import ListRefusedError
from outreach.core.i18n import _
from outreach.intake.addresses import address_key, clean_repetition, clean_street
from outreach.intake.communes import key_insee
from outreach.intake.geocode import locate_addresses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

BAN_COLUMNS = ("numero", "rep", "nom_voie", "code_postal", "code_insee", "lon", "lat")
PRIORITY_COLUMNS = ("code_insee", "nom_voie", "quartier")
POINT_COLUMNS = ("address_key", "postal_code", "street", "house_number", "repetition", "insee", "lon", "lat")
CHUNK = 50_000
"""Rows read at a time: a department has up to a million."""
LIMITS = {"lon": 180, "lat": 90}

INCOMING = """
CREATE TEMP TABLE incoming_point (place bigint GENERATED ALWAYS AS IDENTITY, address_key text, postal_code text, street text,
  house_number int, repetition text, insee text, lon double precision, lat double precision) ON COMMIT DROP
"""
CHANGED = "CREATE TEMP TABLE changed_code (postal_code text, points bigint) ON COMMIT DROP"
# An address with several positions has the register's first; a point that has moved is moved.
MERGE = f"""
WITH merged AS (
  INSERT INTO address_point ({", ".join(POINT_COLUMNS)})
  SELECT DISTINCT ON (address_key) {", ".join(POINT_COLUMNS)} FROM incoming_point ORDER BY address_key, place
  ON CONFLICT (address_key) DO UPDATE SET insee = excluded.insee, lon = excluded.lon, lat = excluded.lat
  WHERE (address_point.insee, address_point.lon, address_point.lat) IS DISTINCT FROM (excluded.insee, excluded.lon, excluded.lat)
  RETURNING postal_code)
INSERT INTO changed_code SELECT postal_code, count(*) FROM merged GROUP BY 1
"""
# What was found before in these postal codes is looked for again: the points are nearer now, or elsewhere.
FORGET = """
DELETE FROM address_location WHERE split_part(address_key, '|', 1) IN (SELECT postal_code FROM changed_code)
"""


def load_address_points(session: Session, path: Path) -> int:
    """Load a file of the Base Adresse Nationale (``;``, UTF-8, .csv or .csv.gz), and look the addresses of lists up in it.

    A newer file moves the points that have moved. Returns the points added or moved. Raises ``ListRefusedError``, naming the
    line, when the file is none of the register.
    """
    session.execute(text("DROP TABLE IF EXISTS incoming_point"))
    session.execute(text(INCOMING))
    for rows in _chunks(path, BAN_COLUMNS):
        bulk.copy_in(session, "incoming_point", _points(rows, path)[list(POINT_COLUMNS)])
    session.execute(text(CHANGED))
    session.execute(text(MERGE))
    session.execute(text(FORGET))
    changed = int(session.execute(text("SELECT coalesce(sum(points), 0) FROM changed_code")).scalar_one())
    for table in ("incoming_point", "changed_code"):
        session.execute(text(f"DROP TABLE {table}"))
    if changed:
        bulk.analyse(session, "address_point")
        locate_addresses(session)
    return changed


def load_priority_streets(session: Session, path: Path) -> int:
    """Load the streets of priority areas (code_insee;nom_voie;quartier); returns the streets added."""
    added = 0
    for rows in _chunks(path, PRIORITY_COLUMNS):
        rows["nom_voie"] = _by_name(rows["nom_voie"])
        for row in rows.dropna().drop_duplicates(["code_insee", "nom_voie"]).itertuples(index=False):
            done = session.execute(
                text(
                    "INSERT INTO priority_street (insee, street, quarter) VALUES (:insee, :street, :quarter)"
                    " ON CONFLICT (insee, street) DO NOTHING"
                ),
                {"insee": row.code_insee, "street": row.nom_voie, "quarter": row.quartier},
            )
            added += int(done.rowcount)  # type: ignore[attr-defined]
    return added


def _points(rows: pd.DataFrame, path: Path) -> pd.DataFrame:
    """One chunk of the register as rows of ``incoming_point``; rows without street, commune or position are left out."""
    points = pd.DataFrame(
        {"postal_code": rows["code_postal"].str.zfill(5), "insee": rows["code_insee"], "street": _by_name(rows["nom_voie"])}
    )
    for name in ("lon", "lat"):
        points[name] = _coordinates(rows[name], path)
    points["house_number"] = rows["numero"].str.extract(r"^0*([1-9]\d{0,4})$", expand=False).astype("Int64")
    points["repetition"] = rows["rep"].map({word: clean_repetition(word) for word in rows["rep"].unique()})
    # « 12 a1 » is another door than 12: its point would stand in for it.
    points = points[points["repetition"].notna() | (rows["rep"] == "")]
    points = points.dropna(subset=["street", "lon", "lat"]).astype({"repetition": object})
    points["repetition"] = points["repetition"].where(points["repetition"].notna(), None)
    apart = {pair: key_insee(*pair) for pair in set(zip(points["postal_code"], points["insee"], strict=True))}
    parts = zip(
        points["postal_code"], points["street"], points["house_number"], points["repetition"], points["insee"], strict=True
    )
    points["address_key"] = [
        address_key(code, street, None if number is pd.NA else str(number), rep, insee=apart[code, insee])
        for code, street, number, rep, insee in parts
    ]
    return points


def _by_name(names: pd.Series[str]) -> pd.Series[str]:
    return names.map({name: clean_street(name) for name in names.unique()})


def _coordinates(column: pd.Series[str], path: Path) -> pd.Series[float]:
    values = pd.to_numeric(column, errors="coerce")
    wrong = (values.isna() & (column != "")) | (values.abs() > LIMITS[str(column.name)])
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise ListRefusedError(
            _("« {value} » n'est pas une valeur de « {column} »").format(value=column.iat[row], column=column.name),
            place=_("{file}, ligne {line}").format(file=path.name, line=int(str(column.index[row])) + 2),
            mend=_("Donnez des degrés décimaux, comme 4.8694."),
        )
    return values


def _chunks(path: Path, columns: tuple[str, ...]) -> Iterator[pd.DataFrame]:
    """The file's rows, so many at a time, numbered from 0 over the whole file."""
    if not path.is_file():
        raise ListRefusedError(_("ce fichier n'existe pas"), place=str(path), mend=_("Vérifiez le chemin."))
    try:
        header = pd.read_csv(path, sep=";", nrows=0, encoding="utf-8-sig").columns
        missing = [name for name in columns if name not in header]
        if missing:
            raise ListRefusedError(
                _("la colonne « {column} » manque").format(column=missing[0]),
                place=path.name,
                mend=_("Colonnes : {columns}.").format(columns=" ; ".join(columns)),
            )
        with pd.read_csv(
            path, sep=";", dtype="str", keep_default_na=False, usecols=list(columns), chunksize=CHUNK, encoding="utf-8-sig"
        ) as chunks:
            yield from map(_whole, chunks)
    except pd.errors.EmptyDataError as error:
        raise ListRefusedError(_("ce fichier est vide"), place=path.name) from error
    except (UnicodeDecodeError, pd.errors.ParserError, OSError, EOFError, zlib.error) as error:
        raise ListRefusedError(
            _("ce fichier ne se lit pas ({reason})").format(reason=str(error).strip()),
            place=path.name,
            mend=_("Téléchargez-le de nouveau : CSV en UTF-8, champs séparés par « ; »."),
        ) from error


def _whole(rows: pd.DataFrame) -> pd.DataFrame:
    """The chunk itself; where rows have more fields than headers, pandas silently takes the first ones for names of rows."""
    if not isinstance(rows.index, pd.RangeIndex):
        message = "line 2"
        raise pd.errors.ParserError(message)
    return rows
