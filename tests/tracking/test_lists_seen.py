"""Nights without news of lists do not look for who left them; whatever may have taken somebody off does."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from outreach.core import clock
from outreach.core.seen import LONGEST
from outreach.core.words import Channel, EventKind
from outreach.tracking import NewEvent, append_events
from outreach.tracking.lists_seen import lists_moved, note_lists
from tests.phones import DUE, ready

LIST = """
INSERT INTO target_list (campaign_id, agreement_id, partner_id, state, list_code, scope, mode, file_name, sha256, content_hash, simulated,
  delivered_by, delivered_through, imported_at, total, blank, set_aside, counts, detection, columns, notices, columns_left_out, basis)
SELECT c.id, c.agreement_id, a.partner_id, 'committed', 'l', 'l', 'full', 'l.csv', 's', 'c', true, 'test', 'command', :now, 0, 0, 0, '{}', '{}',
  '[]', '[]', '{}', '' FROM campaign c JOIN agreement a ON a.id = c.agreement_id WHERE c.id = :campaign RETURNING id
"""
RUN = "INSERT INTO match_run (ran_at, kind, parameters, figures) VALUES (:now, 'full', 'p', '{}')"


def test_it_is_looked_at_again_after_every_list_and_match(session):
    campaign = ready(session, 2, Channel.CALL, "l8-paul").loaded.campaign.id
    with clock.travel(DUE):
        assert lists_moved(session, campaign), "never looked at"
        note_lists(session, campaign)
        assert not lists_moved(session, campaign)
        number = session.execute(text(LIST), {"campaign": campaign, "now": clock.now()}).scalar_one()
        assert lists_moved(session, campaign), "a list came"
        note_lists(session, campaign)
        session.execute(text("UPDATE target_list SET state = 'undone' WHERE id = :id"), {"id": number})
        assert lists_moved(session, campaign), "a list was taken back"
        note_lists(session, campaign)
        session.execute(text(RUN), {"now": clock.now()})
        assert lists_moved(session, campaign), "people were matched"
        note_lists(session, campaign)
        assert not lists_moved(session, campaign)


def test_a_case_that_is_open_again_is_looked_at(session):
    found = ready(session, 2, Channel.CALL, "l8-paul")
    with clock.travel(DUE):
        note_lists(session, found.loaded.campaign.id)
    with clock.travel(DUE + timedelta(hours=1)):
        append_events(session, [NewEvent(found.cases[0], EventKind.OBJECTED, "o", clock.now(), "test", "sms")])
        assert not lists_moved(session, found.loaded.campaign.id)
        append_events(session, [NewEvent(found.cases[0], EventKind.RESUMED, "r", clock.now(), "test", "sms")])
        assert lists_moved(session, found.loaded.campaign.id)


def test_and_once_a_week_whatever_is_known(session):
    campaign = ready(session, 2, Channel.CALL, "l8-paul").loaded.campaign.id
    with clock.travel(DUE):
        note_lists(session, campaign)
    with clock.travel(DUE + LONGEST):
        assert not lists_moved(session, campaign)
    with clock.travel(DUE + LONGEST + timedelta(hours=1)):
        assert lists_moved(session, campaign)
