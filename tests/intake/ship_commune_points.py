"""Makes outreach/intake/data/commune_points.csv.gz from GeoNames' cities500.json and communes.json (see docs/data.md).

``python -m tests.intake.ship_commune_points path/to/cities500.json path/to/communes.json``
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from collections import defaultdict
from pathlib import Path

from outreach.intake.middles import DATA
from outreach.policy.postal import capitals

OVERSEAS = {"GP": "01", "MQ": "02", "GF": "03", "RE": "04", "YT": "06"}
"""INSEE's regions of the countries that GeoNames sees in the overseas departments."""
PRESENT, DISTRICT = "commune-actuelle", "arrondissement-municipal"


def rows(cities, communes):
    """(insee, lon, lat) of each commune that GeoNames knows by name in its region; of several, the one of like population.

    Communes that it does not know get the middle of those that share a postal code with them, if there are any.
    """
    places = defaultdict(list)
    for city in cities.values():
        region = OVERSEAS.get(city["countrycode"]) or (city["admin1code"] if city["countrycode"] == "FR" else None)
        if region:
            places[region, capitals(city["name"])].append(city)
    known, codes = {}, defaultdict(list)
    for commune in (one for one in communes if one["type"] in {PRESENT, DISTRICT}):
        found = places.get((commune.get("region"), capitals(commune["nom"])), [])
        near = sorted(found, key=lambda city: abs(city["population"] - commune.get("population", 0)))
        if near and (len(found) == 1 or abs(near[0]["population"] - commune.get("population", 0)) <= 0.3 * near[0]["population"]):
            known[commune["code"]] = (near[0]["longitude"], near[0]["latitude"])
            for code in commune.get("codesPostaux", []):
                codes[code].append(known[commune["code"]])
    for commune in (one for one in communes if one["type"] in {PRESENT, DISTRICT}):
        around = [point for code in commune.get("codesPostaux", []) for point in codes[code]]
        point = known.get(commune["code"]) or (middle(around) if around else None)
        if point:
            yield commune["code"], round(point[0], 4), round(point[1], 4)


def middle(points):
    """The mean of some points."""
    return tuple(sum(part) / len(points) for part in zip(*points, strict=True))


def main(cities, communes):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("insee", "lon", "lat"))
    writer.writerows(sorted(rows(*(json.loads(Path(path).read_text(encoding="utf-8")) for path in (cities, communes)))))
    with DATA.open("wb") as file, gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as packed:
        packed.write(text.getvalue().encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
