"""Where addresses are: points of the Base Adresse Nationale, and the streets of priority urban areas."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from sqlalchemy import text

from outreach.core import bulk
from outreach.core.errors import ListRefusedError
from outreach.core.i18n import _
from outreach.intake.addresses import REPETITIONS, address_key, clean_street
from outreach.intake.text import by_unique, squeeze

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

BAN_COLUMNS = ("numero", "rep", "nom_voie", "code_postal", "code_insee", "lon", "lat")
PRIORITY_COLUMNS = ("code_insee", "nom_voie", "quartier")


def load_address_points(session: Session, path: Path) -> int:
    """Load a BAN CSV (``;``, UTF-8); points known already stay as they are. Returns the points added."""
    points = _read(path, BAN_COLUMNS)
    streets = by_unique(points["nom_voie"], clean_street)
    repetitions = by_unique(points["rep"], lambda word: REPETITIONS.get(squeeze(word).upper()))
    rows = zip(points["code_postal"], streets, points["numero"], repetitions, strict=True)
    points["address_key"] = [address_key(code, street, number, rep) for code, street, number, rep in rows]
    points = points.dropna(subset=["address_key"]).drop_duplicates("address_key").rename(columns={"code_insee": "insee"})
    columns = ["address_key", "insee", "lon", "lat"]
    session.execute(text("CREATE TEMP TABLE incoming_point (LIKE address_point) ON COMMIT DROP"))
    session.execute(text("ALTER TABLE incoming_point DROP COLUMN id"))
    bulk.copy_in(session, "incoming_point", points, columns)
    added = session.execute(
        text(
            "INSERT INTO address_point (address_key, insee, lon, lat) SELECT address_key, insee, lon, lat FROM incoming_point"
            " ON CONFLICT (address_key) DO NOTHING"
        )
    )
    session.execute(text("DROP TABLE incoming_point"))
    bulk.analyse(session, "address_point")
    return int(added.rowcount)  # type: ignore[attr-defined]


def load_priority_streets(session: Session, path: Path) -> int:
    """Load the streets of priority areas (code_insee;nom_voie;quartier); returns the streets added."""
    streets = _read(path, PRIORITY_COLUMNS)
    streets["nom_voie"] = by_unique(streets["nom_voie"], clean_street)
    added = 0
    for row in streets.dropna().drop_duplicates(["code_insee", "nom_voie"]).itertuples(index=False):
        done = session.execute(
            text(
                "INSERT INTO priority_street (insee, street, quarter) VALUES (:insee, :street, :quarter)"
                " ON CONFLICT (insee, street) DO NOTHING"
            ),
            {"insee": row.code_insee, "street": row.nom_voie, "quarter": row.quartier},
        )
        added += int(done.rowcount)  # type: ignore[attr-defined]
    return added


def _read(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    if not path.is_file():
        raise ListRefusedError(_("ce fichier n'existe pas"), place=str(path), mend=_("Vérifiez le chemin."))
    frame = pd.read_csv(path, sep=";", dtype="str", keep_default_na=False)
    missing = [name for name in columns if name not in frame]
    if missing:
        message = _("la colonne « {column} » manque").format(column=missing[0])
        raise ListRefusedError(message, place=path.name, mend=_("Colonnes : {columns}.").format(columns=" ; ".join(columns)))
    return frame[list(columns)].copy()
