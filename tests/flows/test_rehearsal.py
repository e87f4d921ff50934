"""A rehearsal plays the whole cadence for its guests, in a database that is gone afterwards."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pypdfium2 import PdfDocument
from sqlalchemy import text

from outreach.channels.senders import set_sender
from outreach.channels.twilio.client import Account
from outreach.channels.twilio.sms import TwilioSms
from outreach.core import clock, letter_codes
from outreach.core.words import Channel
from outreach.definitions.guests import read_guests
from outreach.definitions.loader import read_folder
from outreach.definitions.rehearsing import approve, launch_rehearsed
from outreach.flows import pipeline
from outreach.flows.rehearsal import rehearse
from outreach.simulation.town import ENERGY_LIST, write_town
from outreach.simulation.twilio import ACCOUNT, SENDER, TOKEN, Answer, LoopbackProvider
from tests.flows.test_handing_over import print_house

__all__ = ["print_house"]

DAY = clock.at(date(2026, 10, 5), "09:00")
GUESTS = 5


@pytest.fixture
def rehearsed(database, tmp_path, print_house):
    """The energy campaign rehearsed on a town of 400, of which one list is in."""
    assert print_house.is_dir()
    folder = read_folder(Path("campaigns/energy-arrears"))
    with clock.travel(DAY):
        write_town(400, 3, tmp_path / "town")
        with database.session() as session:
            from outreach.definitions.registry import load_campaign

            load_campaign(session, folder)
            set_sender(session, Channel.SMS, SENDER, actor="test")
        loaded = pipeline.loaded_campaign(database, folder.campaign.code, drafts=True)
        pipeline.import_file(database, loaded, tmp_path / "town" / ENERGY_LIST, actor="test")
        pipeline.match(database, actor="test")
        with LoopbackProvider(lambda _to, _body: Answer(), clock.now) as peer:
            lines = pipeline.Lines(TwilioSms(Account(ACCOUNT, TOKEN, peer.url)))
            found = rehearse(database, folder, read_guests(Path("campaigns/guests.csv")), lines, tmp_path / "out", actor="first")
            yield folder, found, [message["to"] for message in peer.messages]


def words_of(path):
    """All that stands in a PDF."""
    with PdfDocument(path) as document:
        return "".join(page.get_textpage().get_text_bounded() for page in document)


def test_guests_go_through_every_step_and_the_real_lists_are_counted(database, rehearsed, cluster, print_house):
    folder, found, texted = rehearsed
    assert list(print_house.iterdir()) == [], "nobody prints a rehearsal"
    assert found.steps["letter"] == {"sent": GUESTS}
    assert found.steps["sms"]["sent"] == len(texted) == 4, "whoever has a mobile"
    assert found.steps["call"]["done"] > 0
    assert found.unreached == [] or set(found.unreached) <= {"reminder", "visit"}
    assert {path.suffix for path in found.files} == {".pdf"}
    assert all(path.exists() for path in found.files)
    printed = "".join(words_of(path) for path in found.files)
    assert all(letter_codes.code_of(letter_codes.GUESTS + number) in printed for number in range(GUESTS)), "never somebody's"
    assert 0 < found.contacts < found.units
    assert found.left_out
    assert {one.language: one.alphabet for one in found.texts} == {
        "fr": "GSM-7", "fr-easy": "GSM-7", "en": "GSM-7", "ar": "UCS-2", "tr": "UCS-2", "pt": "UCS-2",
    }  # fmt: skip
    assert sum(one.people for one in found.texts) > 0
    assert found.cost == sum(one.cost for one in found.texts) > 0
    with database.session() as session:
        assert session.execute(text("SELECT count(*) FROM contact")).scalar_one() == 0, "nothing was done for real"
        assert session.execute(text('SELECT count(*) FROM "case"')).scalar_one() == 0
        assert session.execute(text("SELECT count(*) FROM pg_database WHERE datname LIKE 'rehearsal%'")).scalar_one() == 0
        report = session.execute(text("SELECT report FROM rehearsal")).scalar_one()
        assert "Essai" not in str(report), "no guest's name is kept"
        approve(session, folder.campaign.code, actor="second")
    with clock.travel(DAY), database.session() as session:
        assert launch_rehearsed(session, folder, actor="first").number == 1
