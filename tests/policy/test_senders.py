"""Whose number people may see: the ranges of the numbering plan."""

from __future__ import annotations

import pytest

from outreach.core.words import Channel, SenderKind
from outreach.policy.senders import FAULTS, fault_of_sender, takes_replies


def french(digits):
    # Composed: no number of a person may stand in a test.
    return f"+33{digits[1:]}"


@pytest.mark.parametrize(
    ("channel", "kind", "value", "fault"),
    [
        (Channel.SMS, SenderKind.NUMBER, "+33937000001", None),
        (Channel.SMS, SenderKind.NUMBER, "38000", None),
        (Channel.SMS, SenderKind.NUMBER, "+33465710008", "platform"),
        (Channel.CALL, SenderKind.NUMBER, "+33465710008", None),
        (Channel.CALL, SenderKind.NUMBER, "+33937000001", None),
        (Channel.CALL, SenderKind.NUMBER, "+33639980001", "mobile"),
        (Channel.SMS, SenderKind.NUMBER, "+33639980001", "mobile"),
        (Channel.CALL, SenderKind.NUMBER, french("0" + "800" + "000000"), "special"),
        (Channel.CALL, SenderKind.NUMBER, french("0162" + "000000"), "prospecting"),
        (Channel.CALL, SenderKind.NUMBER, french("09475" + "00000"), "prospecting"),
        (Channel.SMS, SenderKind.NUMBER, french("0948" + "000000"), "prospecting"),
        (Channel.CALL, SenderKind.NUMBER, "0465710008", "form"),
        (Channel.CALL, SenderKind.NUMBER, "38000", "form"),
        (Channel.SMS, SenderKind.ALPHANUMERIC, "PIMMS Lyon", None),
        (Channel.SMS, SenderKind.ALPHANUMERIC, "12345678", "name"),
        (Channel.SMS, SenderKind.ALPHANUMERIC, "PIMMS Lyon Métropole", "name"),
        (Channel.CALL, SenderKind.ALPHANUMERIC, "PIMMS", "voice"),
        (Channel.SMS, SenderKind.SERVICE, "MG" + "0a" * 16, None),
        (Channel.SMS, SenderKind.SERVICE, "MG12", "pool"),
        (Channel.CALL, SenderKind.SERVICE, "MG" + "0a" * 16, "voice"),
    ],
)
def test_a_sender_is_of_the_ranges_that_are_ours_to_use(channel, kind, value, fault):
    assert fault_of_sender(channel, kind, value) == fault
    assert fault is None or fault in FAULTS


def test_nobody_can_answer_a_name():
    assert [takes_replies(kind) for kind in SenderKind] == [True, False, True]
