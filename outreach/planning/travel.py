"""Which travel times are used: the straight line, or the routing server of the settings."""

from __future__ import annotations

from outreach.core.settings import settings
from outreach.planning.rounds import StraightLine, TravelTimes


def travel_times() -> TravelTimes:
    """The travel times of this installation (``OUTREACH_OSRM_URL`` names a routing server)."""
    url = settings().osrm_url
    if url is None:
        return StraightLine()
    from outreach.planning.rounds.osrm import Osrm

    return Osrm(url)
