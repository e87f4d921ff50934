"""Travel times from a routing server of one's own (OSRM's ``table`` service), in pieces that the server accepts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import numpy as np

from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.words import TravelMode
from outreach.planning.rounds.travel import PARKING

PROFILES: dict[TravelMode, str] = {
    TravelMode.FOOT: "foot",
    TravelMode.TRANSIT: "foot",
    TravelMode.BIKE: "bike",
    TravelMode.CAR: "car",
}
"""The server's profile of each mode. It knows no public transport: who rides it is planned on foot."""


class TravelTimesError(OutreachError):
    """The routing server does not answer, or not with travel times. There is no silent other way: the plan would be another."""


@dataclass(frozen=True)
class Osrm:
    """Travel times of an OSRM server. ``url``: its root; ``setting``: the name of the setting that holds it, for messages.

    ``chunk``: places in each direction of one request (the server's ``max-table-size`` counts both); ``timeout``: seconds.
    """

    url: str
    setting: str = "OUTREACH_OSRM_URL"
    chunk: int = 50
    timeout: float = 20.0
    profiles: Mapping[TravelMode, str] = field(default_factory=lambda: PROFILES)

    def matrix(self, lon: np.ndarray, lat: np.ndarray, mode: TravelMode) -> np.ndarray:
        """Seconds (n x n, int64, from row to column) between places given in degrees.

        Raises ``TravelTimesError`` when the server cannot be asked, or does not know the way between two places.
        """
        places = len(lon)
        seconds = np.zeros((places, places), dtype=np.int64)
        starts = range(0, places, self.chunk)
        for row in starts:
            for column in starts:
                rows, columns = np.arange(row, min(row + self.chunk, places)), np.arange(column, min(column + self.chunk, places))
                seconds[np.ix_(rows, columns)] = self._piece(lon, lat, rows, columns, mode)
        if mode is TravelMode.CAR:
            seconds += PARKING
        np.fill_diagonal(seconds, 0)
        return seconds

    def _piece(self, lon: np.ndarray, lat: np.ndarray, rows: np.ndarray, columns: np.ndarray, mode: TravelMode) -> np.ndarray:
        """Seconds from some places to others, by one request."""
        asked = np.concatenate([rows, columns])
        spots = ";".join(f"{lon[place]:.6f},{lat[place]:.6f}" for place in asked)
        sources = ";".join(str(number) for number in range(len(rows)))
        targets = ";".join(str(number) for number in range(len(rows), len(asked)))
        query = f"annotations=duration&sources={sources}&destinations={targets}"
        answer = self._get(f"/table/v1/{self.profiles[mode]}/{spots}?{query}")
        try:
            seconds = np.array(answer["durations"], dtype=float)
        except (KeyError, TypeError, ValueError) as error:
            raise self._error(_("la réponse ne contient pas de durées")) from error
        if seconds.shape != (len(rows), len(columns)) or not np.isfinite(seconds).all():
            raise self._error(_("il ne connaît pas de chemin entre tous les lieux"))
        return seconds.round().astype(np.int64)

    def _get(self, path: str) -> dict[str, object]:
        if urlsplit(self.url).scheme not in {"http", "https"}:
            raise self._error(_("l'adresse doit commencer par http:// ou https://"))
        try:
            with urlopen(self.url.rstrip("/") + path, timeout=self.timeout) as answer:  # noqa: S310  (the scheme was checked)
                found = json.load(answer)
        except HTTPError as error:
            error.close()
            raise self._error(f"HTTP {error.code}") from error
        except (URLError, TimeoutError, ConnectionError) as error:
            raise self._error(str(getattr(error, "reason", error))) from error
        except ValueError as error:
            raise self._error(_("la réponse n'est pas lisible")) from error
        if not isinstance(found, dict) or found.get("code") != "Ok":
            raise self._error(_("la réponse ne contient pas de durées"))
        return found

    def _error(self, detail: str) -> TravelTimesError:
        return TravelTimesError(
            _("le serveur d'itinéraires ne donne pas de temps de trajet : {detail}").format(detail=detail),
            place=self.url,
            mend=_("Vérifiez le réglage {setting}, ou videz-le pour planifier à vol d'oiseau.").format(setting=self.setting),
        )
