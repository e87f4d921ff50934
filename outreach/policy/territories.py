"""Territories: what an INSEE code says about clocks, holidays and daylight."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from outreach.core.clock import PARIS

ELSEWHERE = ""
"""A place of which nothing is known: the rules of metropolitan France. Whose home nobody knows is where their site is."""
ZONES = {
    "971": "America/Guadeloupe", "972": "America/Martinique", "973": "America/Cayenne", "974": "Indian/Reunion",
    "975": "America/Miquelon", "976": "Indian/Mayotte", "977": "America/Guadeloupe", "978": "America/Guadeloupe",
    "986": "Pacific/Wallis", "987": "Pacific/Tahiti", "988": "Pacific/Noumea",
}  # fmt: skip
"""Time zones of the overseas departments and territories."""
HOLIDAYS = {
    "57": "57", "67": "6AE", "68": "6AE", "971": "971", "972": "972", "973": "973", "974": "974", "975": "PM", "976": "976",
    "977": "BL", "978": "MF", "986": "WF", "987": "PF", "988": "NC",
}  # fmt: skip
"""Territories with holidays of their own, by the subdivision of the ``holidays`` package (57, 67, 68: Alsace-Moselle)."""
MIDDLES = {
    "01": (46.1, 5.3), "02": (49.6, 3.5), "03": (46.3, 3.3), "04": (44.0, 6.1), "05": (44.5, 6.1), "06": (43.8, 7.1),
    "07": (44.8, 4.5), "08": (49.6, 4.7), "09": (43.1, 1.7), "10": (48.3, 4.2), "11": (43.2, 2.3), "12": (44.3, 2.5),
    "13": (43.5, 5.2), "14": (49.2, -0.3), "15": (45.1, 2.7), "16": (45.7, 0.1), "17": (45.8, -0.6), "18": (47.0, 2.5),
    "19": (45.3, 1.7), "21": (47.3, 4.8), "22": (48.5, -2.9), "23": (46.1, 1.8), "24": (45.1, 0.7), "25": (47.2, 6.4),
    "26": (44.8, 5.1), "27": (49.2, 1.0), "28": (48.4, 1.4), "29": (48.3, -4.1), "2A": (41.9, 8.9), "2B": (42.4, 9.3),
    "30": (44.0, 4.2), "31": (43.4, 1.2), "32": (43.7, 0.9), "33": (44.9, -0.3), "34": (43.6, 3.4), "35": (48.2, -1.6),
    "36": (46.8, 1.6), "37": (47.3, 0.7), "38": (45.4, 5.4), "39": (46.8, 5.7), "40": (43.8, -0.7), "41": (47.6, 1.3),
    "42": (45.7, 4.2), "43": (45.1, 3.8), "44": (47.3, -1.7), "45": (48.0, 2.3), "46": (44.6, 1.7), "47": (44.4, 0.4),
    "48": (44.5, 3.4), "49": (47.4, -0.5), "50": (49.1, -1.3), "51": (48.9, 4.2), "52": (48.2, 5.3), "53": (48.1, -0.7),
    "54": (48.8, 6.1), "55": (49.0, 5.4), "56": (47.8, -2.8), "57": (49.0, 6.5), "58": (47.1, 3.6), "59": (50.4, 3.3),
    "60": (49.4, 2.4), "61": (48.6, 0.1), "62": (50.5, 2.3), "63": (45.7, 3.3), "64": (43.4, -0.6), "65": (43.2, 0.4),
    "66": (42.7, 2.6), "67": (48.7, 7.5), "68": (47.8, 7.3), "69": (45.8, 4.7), "70": (47.6, 6.0), "71": (46.6, 4.6),
    "72": (48.0, 0.2), "73": (45.6, 6.1), "74": (46.1, 6.3), "75": (48.9, 2.4), "76": (49.7, 0.9), "77": (48.7, 2.9),
    "78": (48.9, 1.9), "79": (46.5, -0.3), "80": (49.9, 2.3), "81": (43.8, 2.2), "82": (44.0, 1.3), "83": (43.4, 6.2),
    "84": (44.0, 5.2), "85": (46.7, -1.3), "86": (46.6, 0.4), "87": (45.9, 1.2), "88": (48.3, 6.3), "89": (47.8, 3.6),
    "90": (47.6, 6.9), "91": (48.6, 2.3), "92": (48.8, 2.3), "93": (48.9, 2.5), "94": (48.8, 2.5), "95": (49.1, 2.2),
    "971": (16.2, -61.6), "972": (14.7, -61.0), "973": (4.9, -53.1), "974": (-21.1, 55.5), "975": (46.9, -56.3),
    "976": (-12.8, 45.1), "977": (17.9, -62.8), "978": (18.1, -63.1), "986": (-13.3, -176.2), "987": (-17.6, -149.6),
    "988": (-21.3, 165.4),
}  # fmt: skip
"""About the middle (latitude, longitude in degrees) of each, for the hour of dusk."""
MIDDLE_OF_FRANCE = (46.6, 2.4)


def territory_of(insee: str | None) -> str:
    """The department or territory of a commune: ``69``, ``2A``, ``974``; empty when unknown."""
    code = (insee or "").upper()
    return code[:3] if code[:2] in {"97", "98"} else code[:2]


def zone_of(territory: str) -> ZoneInfo:
    """The time zone of a territory (or of an INSEE code)."""
    name = ZONES.get(territory[:3])
    return ZoneInfo(name) if name else PARIS


SQL_TERRITORY = "CASE WHEN left({insee}, 2) IN ('97', '98') THEN left({insee}, 3) ELSE left({insee}, 2) END"
"""The same territory in SQL; ``{insee}`` is a text expression that is never null."""
_FAR = " ".join(f"WHEN '{code}' THEN '{zone}'" for code, zone in ZONES.items())
SQL_ZONE = f"CASE {SQL_TERRITORY} {_FAR} ELSE '{PARIS.key}' END"
"""The name of its time zone in SQL."""
