"""A campaign's own results count as the row of the common table that they name, and keep their finer name beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import ValidationError

from outreach.core.errors import OutreachError
from outreach.core.words import Channel
from outreach.definitions.outcomes import OwnResult
from outreach.definitions.registry import campaign_of_contact
from outreach.tracking import AttemptResult, record, record_attempts
from tests.tracking.test_record import one, planned_call

OWN = OwnResult(code="meter_seen", label="Compteur relevé par un voisin", same_as="no_need", channels=[Channel.VISIT])
WAITS = OwnResult(code="payday", label="Rappeler après la paie", same_as="call_back")


@pytest.fixture
def with_own(undone, monkeypatch):
    """The season's campaign with two results of its own."""

    def found(session, contact):
        loaded = campaign_of_contact(session, contact)
        campaign = loaded.folder.campaign.model_copy(update={"results": [OWN, WAITS]})
        return replace(loaded, folder=replace(loaded.folder, campaign=campaign))

    monkeypatch.setattr(record, "campaign_of_contact", found)
    return undone


def test_it_counts_as_its_row_and_keeps_its_name(with_own):
    call = planned_call(with_own)
    assert record_attempts(with_own, [AttemptResult(call["id"], "payday", "tester", call["due_at"])]) == 1
    event = one(with_own, "SELECT code, data FROM event WHERE contact_id = :id AND kind = 'attempted'", id=call["id"])
    assert (event["code"], event["data"]) == ("call_back", {"result": "payday"})
    assert one(with_own, "SELECT disposition FROM contact WHERE id = :id", id=call["id"])["disposition"] == "call_back"
    assert one(with_own, 'SELECT status FROM "case" WHERE id = :id', id=call["case_id"])["status"] == "reached"


@pytest.mark.parametrize("code", ["meter_seen", "unheard_of"])
def test_of_another_channel_or_unknown_it_is_refused(with_own, code):
    call = planned_call(with_own)
    with pytest.raises(OutreachError, match="n'existe pas pour ce canal"):
        record_attempts(with_own, [AttemptResult(call["id"], code, "tester", call["due_at"])])


@pytest.mark.parametrize(
    "wrong",
    [
        {"same_as": "mediated"}, {"same_as": "unheard_of"}, {"code": "refused"}, {"same_as": "dead_number", "channels": [Channel.VISIT]},
    ],
)  # fmt: skip
def test_it_stays_within_what_the_table_has(wrong):
    with pytest.raises(ValidationError):
        OwnResult(**({"code": "own", "label": "Le nôtre", "same_as": "no_answer"} | wrong))
