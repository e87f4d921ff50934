"""A sender as a process of its own, to be killed: sends what is due of the crowd's campaign until nothing is left.

python -m tests.faults.sender DATABASE_URL PEER_URL MOMENT
"""

from __future__ import annotations

import sys
from datetime import datetime

from outreach.channels import outbox
from outreach.channels.sms.dispatch import dispatch_sms
from outreach.channels.twilio.client import Account
from outreach.channels.twilio.sms import TwilioSms
from outreach.core import clock
from outreach.core.database import Database
from outreach.definitions.registry import find_campaign
from outreach.simulation.twilio import ACCOUNT, TOKEN

CAMPAIGN = "energy-arrears"


def main() -> None:
    """Take over what was left, then send."""
    url, peer, moment = sys.argv[1:]
    database = Database(url, url)
    with clock.travel(datetime.fromisoformat(moment)):
        with database.session() as session:
            loaded = find_campaign(session, CAMPAIGN)
            outbox.tidy(session, loaded.campaign.id)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        dispatch_sms(database, loaded, TwilioSms(Account(ACCOUNT, TOKEN, peer)), worker=f"process {moment}")


if __name__ == "__main__":
    main()
