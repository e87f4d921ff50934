"""Whole days are killed at any stage, and PostgreSQL with them: done again, they end as if nothing had happened."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime, timedelta

import pytest

from outreach.core import clock
from outreach.simulation.twilio import Answer, LoopbackProvider
from tests.faults.day import work
from tests.faults.towns import START, town

pytestmark = [pytest.mark.faults]
PEOPLE = 300
SHORT, LONG = (0, 1, 7, 8), (0, 1, 2, 7, 8, 9, 12)
"""Letters leave on the second day, SMS a week later, the first calls after that."""
APART = timedelta(minutes=6)
"""Simulated time between a death and the next try: longer than a lease."""
AS_IF_NOTHING = {
    "rows": "SELECT state, count(*) FROM list_row GROUP BY 1",
    "cases": 'SELECT segment, count(*) FROM "case" GROUP BY 1',
    "decisions": "SELECT verdict, count(*) FROM decision GROUP BY 1",
    "people": "SELECT reads_french::text, count(*) FROM person GROUP BY 1",
    "done": "SELECT step, count(*) FROM contact WHERE state IN ('sent', 'done', 'failed') GROUP BY 1",
}


def begin(place, peer, moment):
    """A day's work, just begun."""
    command = [
        sys.executable,
        "-m",
        "tests.faults.day",
        place.database.url,
        place.database.owner_url,
        peer.url,
        str(place.lists),
        str(place.out),
    ]
    process = subprocess.Popen(
        [*command, moment.isoformat()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdout.readline()
    return process


def stopped_postgres(place):
    """PostgreSQL stops as in a crash, and is up again."""
    place.cluster.stop("immediate")
    place.up_again()


def play(place, peer, now, days, harms):
    """Every day to its end, after each of its harms."""
    for day in days:
        now[0] = clock.at(START + timedelta(days=day), "10:05")
        for harm in [*harms(day), None]:
            process = begin(place, peer, now[0])
            if harm is not None:
                harm(process)
                process.kill()
            _out, said = process.communicate()
            if harm is None:
                assert process.returncode == 0, said[-2000:]
            now[0] += APART


def ends(place):
    return {name: dict(place.tally(query)) for name, query in AS_IF_NOTHING.items()}


def undisturbed(home, now, days):
    """How it ends when nothing happens, and how many texts left."""
    with LoopbackProvider(lambda _to, _body: Answer(), lambda: now[0]) as peer, town(home, PEOPLE) as place:
        for day in days:
            now[0] = clock.at(START + timedelta(days=day), "10:05")
            with clock.travel(now[0]):
                work(place.database, peer.url, place.lists, place.out)
        assert place.broken() == {}
        return ends(place), len(peer.messages)


@pytest.mark.parametrize("days", [SHORT, pytest.param(LONG, marks=pytest.mark.slow)], ids=["short", "long"])
def test_days_that_were_killed_end_as_if_nothing_had_happened(tmp_path, days):
    draw = random.Random(9)
    now: list[datetime] = [clock.at(START, "10:05")]
    calm, texts = undisturbed(tmp_path / "calm", now, days)
    assert texts > 20
    assert calm["done"]["letter"] > 50
    with (
        LoopbackProvider(lambda _to, _body: Answer(), lambda: now[0]) as peer,
        town(tmp_path / "killed", PEOPLE) as place,
    ):

        def killed(process):
            time.sleep(draw.uniform(0.05, 2.5))
            os.kill(process.pid, signal.SIGKILL)

        def stopped(_process):
            time.sleep(draw.uniform(0.05, 2.5))
            stopped_postgres(place)

        harms = {SHORT: ([killed, stopped], [killed], [], [stopped, killed])}.get(days, [[killed, stopped, killed]] * len(days))
        play(place, peer, now, days, lambda day: harms[days.index(day)])
        assert place.broken() == {}
        # Two homes may share a phone: their texts differ by the code of their case.
        assert max(Counter((message["to"], message["body"]) for message in peer.messages).values()) == 1
        assert ends(place) == calm
        assert len(peer.messages) == texts
        lettered = place.count("SELECT count(*) FROM mail_letter")
        assert lettered == place.count("SELECT count(DISTINCT contact_id) FROM mail_letter") == calm["done"]["letter"]
        files = sorted(path.name for path in place.out.glob("courriers-*.pdf"))
        assert len(files) == place.count("SELECT count(*) FROM mail_batch"), "each sealed run has its file"
