"""Numbers mean nothing: where everybody and every home has another one, all that the engine does and shows is the same."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import text

from outreach.channels.outbox import claim
from outreach.core import clock
from outreach.core.words import Channel
from outreach.definitions.registry import terms_of
from outreach.flows.invariants import all_invariants
from outreach.models.base import REFERENCE
from outreach.planning import plan_campaign
from outreach.planning.today.reading import rows_of
from outreach.policy.standing import not_allowed
from outreach.privacy.due import what_is_due
from outreach.privacy.record.gathering import record_of
from outreach.reporting import campaign_funnel
from outreach.reporting.board.keeping import board_of, keep_board
from outreach.reporting.exports.canvass import write_canvasses
from outreach.reporting.figures.keeping import refresh_all, start_over
from outreach.segments import segment_campaign
from outreach.segments.preview import preview
from outreach.segments.why import why_case, why_reference
from outreach.tracking import (
    close_exhausted,
    identify,
    join_twins,
    part_twins,
    record_objection,
    refresh_amounts,
    stop_objected,
    withdraw_departed,
)
from tests.planning.test_plan import MORNING
from tests.renumbering import renumber_everybody
from tests.undoing import undone_session

CASES = """
SELECT id, status, closed_reason, amount_due, next_step, next_at, wait_reason FROM "case" ORDER BY id
"""
CONTACTS = """
SELECT case_id, step, attempt, channel, language, state, reason, due_at, shift_id, position FROM contact ORDER BY case_id, step, attempt, id
"""
SHOWN = (
    "case_id", "channel", "title", "given_name", "family_name", "mobile", "fixed", "spoken", "reads_french", "building_id", "address", "city",
    "floor", "door", "past", "notes",
)  # fmt: skip


def told(session, query, **values):
    return [tuple(row) for row in session.execute(text(query), values)]


def closed(session, played):
    """What a night closes, joins and refreshes."""
    counts = [
        step(session, played.loaded, actor="test")
        for step in (withdraw_departed, stop_objected, join_twins, part_twins, close_exhausted)
    ]
    return [*counts, refresh_amounts(session, played.loaded), told(session, CASES)]


def segmented(session, played):
    """Whether anybody is decided about anew."""
    found = segment_campaign(session, played.loaded, actor="test")
    return found.opened, told(session, 'SELECT count(*) FROM "case"')


def planned(session, played):
    """The plan of the next morning, after a match."""
    session.execute(text("UPDATE match_run SET ran_at = :now"), {"now": clock.now()})
    result = plan_campaign(session, played.loaded, actor="test")
    return result.planned, result.waiting, result.rounds, len(result.changes), told(session, CASES), told(session, CONTACTS)


def shown(session, _played):
    """The cards of all lists."""
    shifts = session.execute(
        text("SELECT DISTINCT shift_id FROM contact WHERE state = 'planned' AND shift_id IS NOT NULL")
    ).scalars()
    rows = rows_of(session, shifts=list(shifts))
    return [(*(row[name] for name in SHOWN), sorted(row["births"] or [], key=str)) for row in rows]


def allowed(session, played):
    """What the rules say of all that is planned."""
    planned = list(session.execute(text("SELECT id FROM contact WHERE state = 'planned' ORDER BY id")).scalars())
    terms = {played.loaded.campaign.id: terms_of(session, played.loaded.campaign)[1]}
    return not_allowed(session, planned, terms, clock.today(), moment=clock.now())


def sent(session, played):
    """What would leave, to whom and where."""
    session.execute(
        text("UPDATE contact SET due_at = :now WHERE state = 'planned' AND channel IN ('letter', 'sms')"), {"now": clock.now()}
    )
    with clock.travel(MORNING.replace(hour=11)):
        found = [claim(session, played.loaded, channel, size=500, worker="test") for channel in (Channel.LETTER, Channel.SMS)]
    assert any(found)
    return found, told(session, CONTACTS)


def counted(session, played):
    """Figures from the events on, and the funnel."""
    start_over(session)
    refresh_all(session)
    sums = [told(session, f"SELECT * FROM {table} ORDER BY {table}::text") for table in ("figure_cell", "figure_work")]
    return sums, campaign_funnel(session, played.loaded)


def searched(session, _played):
    """Whom the desk finds."""
    names = session.execute(
        text("SELECT DISTINCT family_name FROM person WHERE merged_into IS NULL AND family_name IS NOT NULL ORDER BY 1 LIMIT 12")
    ).scalars()
    return [sorted((one.case_id, one.name, one.city) for one in identify(session, name, actor="test")) for name in names]


def forgotten(session, _played):
    """What is due to be forgotten in two years."""
    return what_is_due(session, clock.today() + timedelta(days=800))


def recorded(session, _played):
    """All that is known of ten people and of whom they live with."""
    query = """SELECT DISTINCT l.given_name, l.family_name, l.birth_date, l.id FROM "case" c JOIN person n ON n.id = c.person_id
               JOIN person a ON a.id = coalesce(n.merged_into, n.id) JOIN person l ON l.household_id = a.household_id AND l.merged_into IS NULL
               ORDER BY 1, 2, 3 LIMIT 10"""
    people = [row.id for row in session.execute(text(query))]
    return [record_of(session, person, why=str, actor="test") for person in people]


def explained(session, played):
    """Why some customers of the partner are contacted, or not, by their references."""
    query = text(
        "SELECT reference FROM current_row WHERE reference IS NOT NULL AND person_id IS NOT NULL ORDER BY row_number, id LIMIT 60"
    )
    references = session.execute(query.columns(reference=REFERENCE)).scalars().all()
    cases = session.execute(text('SELECT letter_code FROM "case" ORDER BY id LIMIT 20')).scalars().all()
    return [
        *(why_reference(session, played.loaded.campaign.code, reference, actor="test") for reference in references),
        *(why_case(session, case, actor="test") for case in cases),
    ]


def previewed(session, played):
    """Who would be contacted, and who not."""
    return preview(session, played.loaded)


def boarded(session, played):
    """The board."""
    keep_board(session, played.loaded)
    return board_of(session, played.loaded.campaign.id).data


def canvassed(session, played):
    """Calls and visits as they are handed on."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "out.jsonl"
        write_canvasses(session, played.loaded, path, pepper="p", actor="test", targets=False)
        return path.read_text()


def objected(session, _played):
    """What ten people stop who say so now."""
    query = """SELECT coalesce(n.merged_into, n.id) FROM "case" c JOIN person n ON n.id = c.person_id WHERE c.closed_at IS NULL ORDER BY c.id LIMIT 10"""
    for person in session.execute(text(query)).scalars().all():
        record_objection(session, person, source="desk", actor="test", occurred_at=clock.now())
    return told(session, CASES), told(session, CONTACTS)


def judged(session, _played):
    """What must always be true."""
    return [(one.code, one.faults) for one in all_invariants(session)]


@pytest.mark.parametrize(
    "work",
    [
        closed,
        segmented,
        planned,
        shown,
        allowed,
        sent,
        counted,
        searched,
        forgotten,
        recorded,
        explained,
        previewed,
        boarded,
        canvassed,
        objected,
        judged,
    ],
    ids=lambda work: work.__name__,
)
def test_it_is_the_same_under_other_numbers(played, work):
    answers = []
    for is_renumbered in (False, True):
        with undone_session(played.database) as session, clock.travel(MORNING):
            if is_renumbered:
                renumber_everybody(session)
            answers.append(work(session, played))
    assert answers[0] == answers[1]
