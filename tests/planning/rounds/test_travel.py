"""Travel times: usual speeds in a straight line, or a routing server; a server that fails is named with its setting."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from outreach.core.words import TravelMode
from outreach.planning.rounds import Osrm, StraightLine, TravelTimesError, plan_rounds
from tests.planning.rounds.towns import door, walker

LON, LAT = np.array([4.85, 4.85, 4.85]), np.array([45.75, 45.7545, 45.768])


@pytest.mark.parametrize(
    ("mode", "near", "far"),
    [(TravelMode.FOOT, 579, 2316), (TravelMode.TRANSIT, 579, 1129), (TravelMode.BIKE, 203, 811), (TravelMode.CAR, 302, 666)],
)
def test_usual_speeds(mode, near, far):
    seconds = StraightLine().matrix(LON, LAT, mode)
    assert seconds.dtype == np.int64
    assert (seconds.diagonal() == 0).all()
    assert (seconds == seconds.T).all()
    assert (abs(seconds[0, 1] - near) <= 2, abs(seconds[0, 2] - far) <= 2) == (True, True), seconds


class Server(BaseHTTPRequestHandler):
    """Answers like ``osrm-routed`` would: ten seconds for each thousandth of a degree of latitude, northward only half."""

    asked: ClassVar[list[str]] = []
    spoil = ""

    def do_GET(self):
        url = urlsplit(self.path)
        self.asked.append(url.path)
        lats = [float(spot.split(",")[1]) for spot in url.path.rsplit("/", 1)[1].split(";")]
        query = parse_qs(url.query)
        rows, columns = ([int(number) for number in query[name][0].split(";")] for name in ("sources", "destinations"))
        durations = [
            [abs(lats[a] - lats[b]) * 10_000 * (0.5 if lats[b] > lats[a] else 1) for b in columns] for a in rows
        ]  # fmt: skip
        body = {"code": "Ok", "durations": durations}
        if self.spoil == "hole":
            durations[0][-1] = None
        if self.spoil == "code":
            body["code"] = "NoTable"
        self.send_response(500 if self.spoil == "500" else 200)
        self.end_headers()
        self.wfile.write(b"<html>" if self.spoil == "html" else json.dumps(body).encode())

    def log_message(self, *words):
        pass


@pytest.fixture
def server():
    Server.asked, Server.spoil = [], ""
    with HTTPServer(("127.0.0.1", 0), Server) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_a_server_is_asked_in_pieces(server):
    lat = 45.75 + np.arange(7) / 1000
    seconds = Osrm(server, chunk=3).matrix(np.full(7, 4.85), lat, TravelMode.BIKE)
    assert [seconds[0, 6], seconds[6, 0], seconds[3, 3]] == [30, 60, 0], "there and back differ"
    assert len(Server.asked) == 9
    assert all(path.startswith("/table/v1/bike/4.850000,45.75") for path in Server.asked)


def test_rounds_are_planned_on_the_server_s_times(server):
    plan = plan_rounds([door(1)], [walker(1)], seed=1, iterations=30, travel=Osrm(server))
    assert plan.rounds[0].travel == 5 + 10 + 120, "a thousandth of a degree north, the entry, and back"


@pytest.mark.parametrize("spoil", ["hole", "code", "500", "html"])
def test_a_server_that_does_not_know_is_named_with_its_setting(server, spoil):
    Server.spoil = spoil
    with pytest.raises(TravelTimesError, match="OUTREACH_OSRM_URL") as caught:
        Osrm(server).matrix(LON, LAT, TravelMode.FOOT)
    assert server in str(caught.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "file:///etc/passwd"])
def test_no_server_is_an_error_not_a_straight_line(url):
    with pytest.raises(TravelTimesError, match="OUTREACH_OSRM_URL"):
        Osrm(url, timeout=2).matrix(LON, LAT, TravelMode.FOOT)
