"""Fingers slip to results that the channel has, and those alone."""

from __future__ import annotations

from outreach.policy.dispositions import DISPOSITIONS
from outreach.simulation import hindsight
from outreach.simulation.residents import Residents


def test_a_slip_is_a_result_of_the_same_channel(monkeypatch):
    monkeypatch.setattr(hindsight, "SLIP", 1.0)
    slipped = {
        (channel, code): hindsight.written(Residents(7), 1, str(channel), code)
        for code, row in DISPOSITIONS.items() for channel in row.channels
    }  # fmt: skip
    assert all(channel in DISPOSITIONS[code].channels for (channel, _), code in slipped.items())
    assert slipped["call", "third_party"] == "wrong_number"
    assert slipped["visit", "third_party"] == "third_party"
    assert len({code for (_, truth), code in slipped.items() if code != truth}) >= 5
