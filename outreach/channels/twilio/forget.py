"""Has Twilio delete what it keeps of a message or a call: its record with number and text, for good."""

from __future__ import annotations

from twilio.base.exceptions import TwilioRestException

from outreach.channels.twilio.client import Account, understood
from outreach.core.words import Channel

NOT_FOUND = 404


class TwilioRecords:
    """The records of one account."""

    def __init__(self, account: Account) -> None:
        self._client = account.client()

    def delete(self, channel: Channel, ref: str) -> None:
        """Delete the record of a message or a call; one that is gone already is no fault. Raises what a failing call means."""
        records = self._client.calls if channel is Channel.CALL else self._client.messages
        with understood():
            try:
                records(ref).delete()
            except TwilioRestException as error:
                if error.status != NOT_FOUND:
                    raise
