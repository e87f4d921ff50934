"""SMS: no letter lost, numbers readable, and the real SDK against the peer on loopback."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.channels.sms.text import END_ISOLATE, ISOLATE, is_gsm, isolate, normalise, places_left, segments
from outreach.channels.twilio.client import Account
from outreach.channels.twilio.sms import DELIVERIES, TwilioSms
from outreach.core import clock
from outreach.core.errors import ProviderError
from outreach.core.provider import AmbiguousSendError, Delivery
from outreach.core.settings import Settings
from outreach.intake.text import unaccent
from outreach.simulation.twilio import ACCOUNT, SENDER, TOKEN, Answer, LoopbackProvider

PERSON = "+33639980001"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("L’été à l’œuvre « déjà »…", "L'été à l'oeuvre \"déjà\"..."),
        ("Reçu\u00a0: 12\u202f€", "Recu : 12 €"),
        ("  deux   mots ", "deux mots"),
        ("Mme NOËL, L'HAŸ, MAÏS, CÂBLE", "Mme NOEL, L'HAY, MAIS, CABLE"),
        ("مرحبا", "مرحبا"),
    ],
)
def test_texts_are_made_cheap_without_losing_a_letter(text, written):
    assert normalise(text) == written


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyzéèàùçêëîïôûœæÿÂÊËÎÏÔÛŸÉÈÀÙÇ’«»…– ", max_size=300))
def test_french_always_fits_the_cheap_alphabet_and_keeps_its_letters(text):
    clean = normalise(text)
    assert is_gsm(clean)
    assert letters(clean) == letters(text)


def letters(text):
    return [letter for letter in unaccent(text) if letter.isalpha()]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("م" * 70, 1),
        ("م" * 71, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("م" * 66 + "😀" + "م" * 66, 3),
    ],
)
def test_parts_are_counted_as_they_are_billed(text, parts):
    assert segments(text) == parts


@pytest.mark.parametrize(
    ("text", "left"),
    [("a" * 150, 10), ("€" * 75, 10), ("a" * 160, 0), ("a" * 161, 145), ("é€" * 60, 126), ("م" * 60, 10), ("😀" * 30, 10)],
)
def test_what_costs_nothing_more_is_counted_in_places(text, left):
    """A euro takes two of them, as does a sign beyond the first plane."""
    assert places_left(text) == left
    assert segments(text + ("a" if is_gsm(text) else "م") * left) == segments(text)
    assert segments(text + ("a" if is_gsm(text) else "م") * (left + 1)) > segments(text)


@given(st.text(alphabet="abé €[]|م😀", max_size=20), st.integers(1, 30))
def test_parts_are_those_of_letters_laid_one_after_the_other(text, times):
    text *= times
    two = (lambda letter: letter in "€[]|") if is_gsm(text) else (lambda letter: ord(letter) > 0xFFFF)
    single, part = (160, 153) if is_gsm(text) else (70, 67)
    sizes = [1 + two(letter) for letter in text]
    parts, used, most = 1, 0, part if sum(sizes) > single else single
    for size in sizes:
        parts, used = (parts + 1, size) if used + size > most else (parts, used + size)
    assert (segments(text), places_left(text)) == (parts, most - used)


def test_numbers_stay_in_order_in_right_to_left_text():
    assert isolate("04 65 71 00 08", "ar") == f"{ISOLATE}04 65 71 00 08{END_ISOLATE}"
    assert isolate("04 65 71 00 08", "fr") == "04 65 71 00 08"


def test_the_real_sdk_sends_lists_and_pages_through_the_peer():
    with LoopbackProvider(lambda _to, _body: Answer(reply="merci"), clock.now) as peer:
        provider = TwilioSms(Account(ACCOUNT, TOKEN, peer.url))
        assert provider.is_loopback
        sent = provider.send(PERSON, "bonjour", sender=SENDER, attempt=1)
        assert sent.delivery is Delivery.UNDERWAY, "accepted is not delivered"
        for number in range(5):
            provider.send(PERSON, f"message {number}", sender=SENDER, attempt=number + 2)
        known = list(provider.messages_since(clock.now()))
    assert len(known) == 12
    assert sum(message.inbound for message in known) == 6
    assert next(message for message in known if message.ref == sent.ref).delivery is Delivery.DELIVERED


def test_a_lost_connection_leaves_a_send_ambiguous():
    with LoopbackProvider(lambda _to, _body: Answer(), clock.now) as peer:
        provider = TwilioSms(Account(ACCOUNT, TOKEN, peer.url))
    with pytest.raises(AmbiguousSendError):
        provider.send(PERSON, "bonjour", sender=SENDER, attempt=1)


def test_only_this_machine_is_loopback():
    assert not Account(ACCOUNT, TOKEN).is_loopback
    assert not Account(ACCOUNT, TOKEN, "https://api.example.org").is_loopback
    assert not Account(ACCOUNT, TOKEN, "http://127.0.0.1.example.org").is_loopback


def test_missing_settings_are_named():
    with pytest.raises(ProviderError, match="OUTREACH_TWILIO_ACCOUNT_SID"):
        Account.from_settings(Settings())


def test_every_status_of_the_sdk_is_understood():
    from twilio.rest.api.v2010.account.message import MessageInstance

    known = {value for name, value in vars(MessageInstance.Status).items() if not name.startswith("_")}
    assert known == set(DELIVERIES)
