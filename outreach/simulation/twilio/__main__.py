"""The peer as a process of its own: prints ``{"url": …}`` once it listens, and ends on SIGTERM or SIGINT.

    python -m outreach.simulation.twilio [--port 4920] [--residents 3] [--faults '{"lost_after": 0.05}'] [--at 2026-10-06T14:30]

``GET /_peer/messages`` tells what was really sent; ``POST /_peer/faults`` changes the weather.
"""

from __future__ import annotations

import argparse
import json
import signal
import time
from datetime import datetime, timedelta
from threading import Event

from outreach.core import clock
from outreach.simulation.residents import Residents
from outreach.simulation.twilio import Answer, Faults, LoopbackProvider


def main() -> None:
    """Run until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m outreach.simulation.twilio", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--residents", type=int, help="seed of simulated people who answer; by default everything arrives")
    parser.add_argument("--faults", default="{}", help="JSON of the fields of Faults")
    parser.add_argument("--inbound-url", help="where replies are posted")
    parser.add_argument("--at", help="the instant (Paris time) at which its clock starts")
    chosen = parser.parse_args()
    answers = Residents(chosen.residents).on_sms if chosen.residents is not None else lambda _to, _body: Answer()
    begun = time.monotonic()
    start = datetime.fromisoformat(chosen.at).replace(tzinfo=clock.PARIS) if chosen.at else None

    def now() -> datetime:
        return start + timedelta(seconds=time.monotonic() - begun) if start else clock.now()

    over = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    with LoopbackProvider(
        answers, now, faults=Faults.read(chosen.faults), inbound_url=chosen.inbound_url, port=chosen.port
    ) as peer:
        print(json.dumps({"url": peer.url}), flush=True)  # noqa: T201  (who started it reads where it listens)
        over.wait()


if __name__ == "__main__":
    main()
