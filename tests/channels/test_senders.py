"""Sender identities: an association's own first, its time given away once, and a way to object in every text."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from outreach.channels.senders import Sender, kind_of, rate_of, reserve, sender_for, senders, set_sender
from outreach.core import clock
from outreach.core.errors import OutreachError, PolicyError, ProviderError
from outreach.core.settings import settings
from outreach.core.words import Channel, SenderKind
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import load_campaign

NETWORK, OWN = "+33937000001", "+33937000002"


@pytest.fixture
def folder(session):
    written = read_folder(Path("campaigns/energy-arrears"))
    load_campaign(session, written)
    return written


def test_an_association_s_own_sender_comes_before_the_network_s(session, folder):
    with pytest.raises(ProviderError, match="aucun expéditeur"):
        sender_for(session, folder, Channel.SMS, "twilio")
    set_sender(session, Channel.SMS, NETWORK, actor="test")
    assert sender_for(session, folder, Channel.SMS, "twilio").value == NETWORK
    set_sender(session, Channel.SMS, OWN, actor="test", association=folder.agreement.association.code)
    assert sender_for(session, folder, Channel.SMS, "twilio").value == OWN
    with pytest.raises(ProviderError):
        sender_for(session, folder, Channel.SMS, "another provider")


def test_a_new_sender_retires_the_one_before(session, folder):
    set_sender(session, Channel.SMS, NETWORK, actor="test")
    set_sender(session, Channel.SMS, OWN, actor="test")
    assert [one["value"] for one in senders(session)] == [OWN]


@pytest.mark.parametrize(
    ("value", "options", "why"),
    [
        ("+33639980001", {}, "06 et 07"),
        (OWN, {"association": "nobody"}, "association inconnue"),
        (OWN, {"per_second": Decimal(0)}, "débit"),
    ],
)
def test_what_cannot_be_a_sender_is_refused(session, folder, value, options, why):
    with pytest.raises(OutreachError, match=why):
        set_sender(session, Channel.SMS, value, actor="test", **options)


@pytest.mark.parametrize("written", ["beaucoup", "NaN", "Infinity", "1 000,5,2"])
def test_a_rate_that_is_no_number_is_refused_where_it_is_read(written):
    with pytest.raises(OutreachError, match="débit"):
        rate_of(written)


def test_a_rate_is_read_as_it_is_written_in_france():
    assert (rate_of("2,5"), rate_of(" 1 "), rate_of(""), rate_of(None)) == (Decimal("2.5"), Decimal(1), None, None)


def test_a_name_that_begins_like_a_pool_is_a_name():
    assert [kind_of(value) for value in ("MGEN Aide", "MG" + "0a" * 16, "+33937000001")] == [
        SenderKind.ALPHANUMERIC, SenderKind.SERVICE, SenderKind.NUMBER,
    ]  # fmt: skip


def test_the_sender_of_the_settings_is_of_the_ranges_too(session, folder, monkeypatch):
    monkeypatch.setenv("OUTREACH_SMS_SENDER", "+33639980001")
    settings.cache_clear()
    try:
        with pytest.raises(OutreachError, match="06 et 07"):
            sender_for(session, folder, Channel.SMS, "twilio")
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_letters_have_no_sender_of_this_kind(session, folder):
    with pytest.raises(OutreachError, match="seuls les SMS"):
        set_sender(session, Channel.LETTER, NETWORK, actor="test")


def test_a_text_from_a_name_says_whom_to_call(session, folder):
    set_sender(session, Channel.SMS, "PIMMS Lyon", actor="test")
    assert sender_for(session, folder, Channel.SMS, "twilio").kind is SenderKind.ALPHANUMERIC
    silent = folder.messages.model_copy(update={"sms": {"fr": "{association} : bonjour. STOP"}})
    with pytest.raises(PolicyError, match="site_phone"):
        sender_for(session, replace(folder, messages=silent), Channel.SMS, "twilio")


def test_the_time_of_a_sender_is_given_away_once(session, folder):
    set_sender(session, Channel.SMS, NETWORK, actor="test", per_second=Decimal(2))
    sender = sender_for(session, folder, Channel.SMS, "twilio")
    moment = clock.at(clock.today(), "10:00")
    with clock.travel(moment):
        starts = [reserve(session, sender, 10) for _ in range(3)]
    assert starts == [moment, moment + timedelta(seconds=5), moment + timedelta(seconds=10)]
    with clock.travel(moment + timedelta(minutes=1)):
        assert reserve(session, sender, 1) == moment + timedelta(minutes=1), "time that nobody used is gone"
    assert sender.spacing == timedelta(seconds=0.5)
    assert sender.most_in(30, 200) == 60
    assert Sender(0, SenderKind.NUMBER, NETWORK).most_in(30, 200) == 200
