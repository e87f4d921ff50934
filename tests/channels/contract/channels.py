"""What a channel is to the suite that all of them pass: due contacts, a way to do them, and what was really done outside.

``done`` never asks our own database: it is what the print house, the provider or the people of the other end would say.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from outreach.channels.letters.dispatch import dispatch_letters
from outreach.channels.senders import set_sender
from outreach.channels.sms.dispatch import dispatch_sms
from outreach.channels.twilio.client import Account
from outreach.channels.twilio.sms import TwilioSms
from outreach.channels.twilio.voice import TwilioVoice
from outreach.channels.voice.click import call_person
from outreach.channels.voice.recorded import dispatch_recorded
from outreach.core import clock
from outreach.core.database import Database
from outreach.core.errors import OutreachError
from outreach.core.references import contact_of
from outreach.core.words import Channel
from outreach.definitions.campaign import Step
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import find_campaign, launch_campaign
from outreach.simulation.crowd import write_crowd
from outreach.simulation.twilio import ACCOUNT, SENDER, TOKEN, LoopbackProvider
from tests.opened import in_clear

NOW = clock.at(date(2026, 10, 6), "10:30")
PEOPLE = 6
CALLER = "+33465710008"
MEDIATOR = "l8-amina"
CAMPAIGN = "energy-arrears"


@dataclass
class Channels:
    """One channel with contacts due to ``PEOPLE``. ``peer`` is the telephone provider, ``out`` where files go."""

    database: Database
    peer: LoopbackProvider
    out: Path
    loaded: object = field(init=False)
    channel = Channel.SMS

    def folder(self):
        """The campaign to launch."""
        return read_folder(Path("campaigns") / CAMPAIGN)

    def launch(self):
        """Launch it, with a contact due to everybody."""
        with clock.travel(NOW), self.database.session() as session:
            launch_campaign(session, self.folder(), actor="test")
            self.loaded = find_campaign(session, CAMPAIGN)
            write_crowd(session, self.loaded, PEOPLE, self.channel, NOW - timedelta(minutes=5))
            set_sender(session, Channel.SMS, SENDER, actor="test")
            set_sender(session, Channel.CALL, CALLER, actor="test")
        return self

    def run(self, worker="test"):
        """Do what is due."""
        raise NotImplementedError

    def done(self):
        """How often each contact was done, as the other end knows it."""
        raise NotImplementedError

    def contacts(self):
        """(contact, person, phone, state) of everybody."""
        query = "SELECT k.id, k.person_id, p.mobile, k.state FROM contact k JOIN person p ON p.id = k.person_id ORDER BY k.id"
        with self.database.session() as session:
            return session.execute(in_clear(query)).all()

    def by_phone(self, phones):
        """Contacts by the phones that were reached."""
        of = {contact.mobile: contact.id for contact in self.contacts()}
        return Counter(of[phone] for phone in phones)


class Sms(Channels):
    """SMS by Twilio."""

    def run(self, worker="test"):
        provider = TwilioSms(Account(ACCOUNT, TOKEN, self.peer.url))
        return dispatch_sms(self.database, self.loaded, provider, worker=worker)

    def done(self):
        return self.by_phone(message["to"] for message in self.peer.messages if message["direction"] != "inbound")


class Recorded(Channels):
    """Messages read aloud on the phone."""

    channel = Channel.CALL

    def folder(self):
        folder = super().folder()
        step = Step(code="message", channel=Channel.CALL, days_after_previous=3, recorded=True)
        capacity = folder.campaign.capacity.model_copy(update={"recorded_per_day": 50})
        return replace(
            folder,
            campaign=folder.campaign.model_copy(update={"cadence": [step, *folder.campaign.cadence], "capacity": capacity}),
            agreement=folder.agreement.model_copy(update={"automated_calls": True}),
            messages=folder.messages.model_copy(update={"voice": {"fr": "Bonjour, ici {association}. Appelez le {site_phone}."}}),
        )

    def run(self, worker="test"):
        provider = TwilioVoice(Account(ACCOUNT, TOKEN, self.peer.url))
        return dispatch_recorded(self.database, self.loaded, provider, worker=worker)

    def done(self):
        return self.by_phone(leg.shown["to"] for leg in self.peer.calls.legs)


class Clicked(Channels):
    """Calls that a mediator makes by a click."""

    channel = Channel.CALL

    def run(self, worker="test"):  # noqa: ARG002  (a mediator works)
        provider = TwilioVoice(Account(ACCOUNT, TOKEN, self.peer.url))
        for contact in self.contacts():
            try:
                call_person(self.database, self.loaded, contact.id, provider, mediator=MEDIATOR)
            except OutreachError:
                continue

    def done(self):
        return self.by_phone(leg.shown["to"] for leg in self.peer.calls.legs if leg.shown["parent_call_sid"])


class Letters(Channels):
    """Letters for a print house."""

    channel = Channel.LETTER

    def run(self, worker="test"):
        return dispatch_letters(self.database, self.loaded, self.out, worker=worker)

    def done(self):
        manifests = [json.loads(path.read_text()) for path in self.out.rglob("*.json")]
        recipients = [recipient for manifest in manifests for recipient in manifest["recipients"]]
        return Counter(contact_of(recipient["reference"]) for recipient in recipients)


BY_PHONE = (Sms, Recorded, Clicked)
BY_MACHINE = (Sms, Recorded)
"""Those that a machine repeats by itself; a call by a click is repeated by the mediator, who heard it ring."""
EVERY = (*BY_PHONE, Letters)
