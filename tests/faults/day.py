"""Days of a campaign as a process of its own, to be killed: every stage in its order, as the flows chain them.

python -m tests.faults.day DATABASE_URL OWNER_URL PEER_URL LISTS OUT MOMENT…
Prints a line before each moment's work.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from outreach.channels.twilio.client import Account
from outreach.channels.twilio.sms import TwilioSms
from outreach.core import clock
from outreach.core.database import Database
from outreach.flows import pipeline
from outreach.simulation.twilio import ACCOUNT, TOKEN
from tests.faults.sender import CAMPAIGN


def main() -> None:
    """Work through the moments."""
    url, owner, peer, lists, out, *moments = sys.argv[1:]
    database = Database(url, owner)
    for moment in moments:
        sys.stdout.write(f"{moment}\n")
        sys.stdout.flush()
        with clock.travel(datetime.fromisoformat(moment)):
            work(database, peer, Path(lists), Path(out))


def work(database: Database, peer: str, lists: Path, out: Path) -> None:
    """Everything once: what was done already is not done again."""
    loaded = pipeline.loaded_campaign(database, CAMPAIGN)
    pipeline.import_files(database, loaded, pipeline.lists_in(lists), actor="day")
    pipeline.prepare(database, loaded, actor="day")
    provider = TwilioSms(Account(ACCOUNT, TOKEN, peer))
    pipeline.dispatch(database, loaded, pipeline.Lines(provider), out, worker="day")
    pipeline.sheets(database, loaded, clock.today(), out)
    pipeline.track(database, provider)
    pipeline.report(database, loaded, out, actor="day")


if __name__ == "__main__":
    main()
