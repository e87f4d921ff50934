"""Makes outreach/core/data/communes.csv.gz from communes.json of @etalab/decoupage-administratif (see docs/data.md).

``python -m tests.intake.ship_communes path/to/communes.json``
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from pathlib import Path

from outreach.core.communes import DATA

PRESENT, DISTRICT = "commune-actuelle", "arrondissement-municipal"


def rows(communes):
    """(insee, name, postal codes, population); a former commune stands under the present one, without population."""
    present = {commune["code"]: commune for commune in communes if commune["type"] == PRESENT}
    divided = {commune["commune"] for commune in communes if commune["type"] == DISTRICT}
    for commune in communes:
        if commune["type"] in {PRESENT, DISTRICT}:
            # Paris, Lyon and Marseille leave their postal codes to their districts.
            codes = [] if commune["code"] in divided else commune.get("codesPostaux", [])
            yield commune["code"], commune["nom"], " ".join(codes), commune.get("population", 0)
        elif commune["nom"] != present[commune["chefLieu"]]["nom"]:
            yield commune["chefLieu"], commune["nom"], " ".join(present[commune["chefLieu"]].get("codesPostaux", [])), ""


def main(source):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("insee", "name", "postal_codes", "population"))
    writer.writerows(
        sorted(rows(json.loads(Path(source).read_text(encoding="utf-8"))), key=lambda row: (row[0], row[3] == "", row[1]))
    )
    with DATA.open("wb") as file, gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as packed:
        packed.write(text.getvalue().encode())


if __name__ == "__main__":
    main(sys.argv[1])
