"""Figures: what is kept up to date equals what is counted anew, and where cases stand is what the policy says."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from outreach.core import clock
from outreach.core.words import CaseStatus, EventKind, MediationKind
from outreach.intake.rural import load_rural_communes
from outreach.models import Case, Person
from outreach.policy.objections import BY_SMS
from outreach.policy.status import Fact, derive_status
from outreach.reporting.figures import look_again, under_way
from outreach.reporting.figures.keeping import PEOPLE, look_at_moved, look_at_told, refresh_all, start_over
from outreach.reporting.figures.reading import tallies, until_now
from outreach.tracking import NewEvent, append_events
from outreach.tracking.mediations import MediationRecord, Setting, store
from tests.reporting.campaigns import END, MEDIATED, REFUSED, SENT, START, a_season, a_town
from tests.undoing import undone_session

KEPT = {
    "figure_cell": "SELECT campaign_id, dimension, value, way_id, n FROM figure_cell ORDER BY 1, 2, 3, 4",
    "figure_answer": "SELECT campaign_id, subject, code, cohort, mediated, objected, said, n, amount FROM figure_answer ORDER BY 1, 2, 3, 4, 5, 6, 7",
    "figure_work": "SELECT * FROM figure_work ORDER BY 1, 2, 3, 4, 5, 6",
    "figure_course": "SELECT * FROM figure_course ORDER BY 1, 2, 3, 4, 5",
    "figure_credit": "SELECT * FROM figure_credit ORDER BY 1, 2, 3, 4",
    "case_figure": "SELECT case_id, segment, commune, language, size, contactable, solicited_at, mediated_at, kind, objected_at, ended_at,"
    " ended_as FROM case_figure ORDER BY 1",
}
KINDS = [kind for kind in EventKind if kind is not EventKind.CORRECTED]
CODES = [None, "refused", "no_answer", "wrong_data", "call_back", "mediated", "deceased", "exchange", "action"]
FACTS = st.tuples(
    st.sampled_from(KINDS), st.sampled_from(CODES), st.integers(0, 30), st.sampled_from(["test", BY_SMS]),
    st.none() | st.tuples(st.sampled_from(CODES), st.integers(31, 40)),
)  # fmt: skip
"""Kind, code, day, source, and maybe a correction: the code that should have been, and the day it was told."""


def rebuild(session):
    start_over(session)
    refresh_all(session)


def kept(session):
    return {name: session.execute(text(query)).all() for name, query in KEPT.items()}


@settings(max_examples=15, deadline=None)
@given(histories=st.lists(st.lists(FACTS, max_size=6), min_size=12, max_size=12), cut=st.integers(0, 72))
def test_lines_say_what_the_policy_says_and_sums_kept_equal_sums_rebuilt(shared_database, histories, cut):
    with undone_session(shared_database, expire_on_commit=False) as session:
        town = a_town(session)
        cases = town.many(len(histories))
        events = [
            event
            for case, history in zip(cases, histories, strict=True)
            for place, fact in enumerate(history)
            for event in told(case.id, place, fact)
        ]
        # In two goes, so that the second takes back what the first had counted.
        append_events(session, events[:cut])
        refresh_all(session)
        append_events(session, events[cut:])
        refresh_all(session)
        incremental = kept(session)
        rebuild(session)
        assert kept(session) == incremental
        found = {row.case_id: row for row in session.execute(text("SELECT * FROM case_figure"))}
        for case in cases:
            mine = [fact_of(event) for event in events if event.case_id == case.id]
            assert outcome(found[case.id]) == expected(derive_status(mine))
        tally = tallies(session, [town.loaded.campaign.id], "all", until_now()).get("")
        standings = [derive_status([fact_of(event) for event in events if event.case_id == case.id]) for case in cases]
        counted = [standing for standing in standings if standing.status is not CaseStatus.JOINED]
        assert (tally.targeted if tally else 0) == len(counted)
        assert (tally.solicited if tally else 0) == sum(standing.solicited for standing in counted)


def told(case, place, fact):
    kind, code, day, source, correction = fact
    event = NewEvent(case, kind, f"{place}", START + timedelta(days=day), "test", source, code)
    yield event
    if correction:
        said = {"event": str(event.id)}
        moment = START + timedelta(days=correction[1])
        yield NewEvent(case, EventKind.CORRECTED, f"{place}", moment, "test", "tracking", correction[0], data=said)


def fact_of(event):
    return Fact(event.kind, event.code, event.occurred_at, event.source, str(event.id), event.data.get("event", ""))


def outcome(row):
    stands = "objected" if row.objected_at else "mediated" if row.mediated_at else row.ended_as
    return stands, row.solicited_at is not None


def expected(standing):
    return (None if standing.status.is_open else str(standing.status)), standing.solicited


def test_a_season_kept_equals_a_season_rebuilt(session):
    town = a_town(session)
    a_season(town)
    refresh_all(session)
    town.many(5, SENT, REFUSED)
    refresh_all(session)
    before = kept(session)
    rebuild(session)
    assert kept(session) == before
    assert refresh_all(session) == 0


def test_what_matching_learns_of_people_is_counted_after_it(session):
    town = a_town(session)
    cases = town.many(6, SENT, MEDIATED)
    with clock.travel(clock.at(END, "20:00")):
        refresh_all(session)
        session.get_one(Person, cases[0].person_id).language = "ar"
        session.flush()
        assert look_again(session) == 1
        refresh_all(session)
        found = tallies(session, [town.loaded.campaign.id], "language", until_now())
    assert {value: tally.mediated for value, tally in found.items()} == {"ar": 1, "unknown": 5}


def test_a_night_looks_again_at_campaigns_whose_people_were_matched(session):
    town = a_town(session)
    campaign = town.loaded.campaign.id
    cases = town.many(2, SENT)
    with clock.travel(clock.at(END, "20:00")):
        assert under_way(session) == [campaign]
        assert PEOPLE.moved(session, [campaign]) == [campaign], "never looked at"
        look_at_moved(session, [campaign])
        refresh_all(session)
        session.get_one(Person, cases[0].person_id).language = "ar"
        session.flush()
        assert look_at_moved(session, [campaign]) == 0, "nobody was matched since"
        session.execute(
            text("INSERT INTO match_run (ran_at, kind, parameters, figures) VALUES (:now, 'full', 'p', '{}')"),
            {"now": clock.now()},
        )
        assert look_at_moved(session, [campaign]) == 1
        refresh_all(session)
        assert look_at_moved(session, [campaign]) == 0
    with clock.travel(clock.at(END, "20:00") + timedelta(days=40)):
        assert under_way(session) == [], "over for long: whoever asks for its summary looks"


def test_what_a_mediation_told_of_reading_is_counted_in_every_case_of_the_person(session):
    town = a_town(session)
    (told, same) = town.many(2, SENT, MEDIATED)
    session.get_one(Case, same.id).person_id = told.person_id
    session.flush()
    with clock.travel(clock.at(END, "20:00")):
        look_again(session)
        refresh_all(session)
        record = MediationRecord(MediationKind.EXCHANGE, ("energie",), "ar", 20, reads_french=False)
        setting = Setting(told.campaign_id, told.site_id, told.id, "desk", "test", clock.now())
        store(session, uuid4(), record, setting)
        assert look_at_told(session, [town.loaded.campaign.id]) == 2
        refresh_all(session)
        assert set(tallies(session, [town.loaded.campaign.id], "reading", until_now())) == {"does_not"}
        assert look_at_told(session, [town.loaded.campaign.id]) == 0


def test_what_was_told_before_the_last_look_is_not_looked_at_again_whichever_campaign_asks(session):
    town = a_town(session)
    (told,) = town.many(1, SENT, MEDIATED)
    evening = clock.at(END, "20:00")

    def tell(language):
        record = MediationRecord(MediationKind.EXCHANGE, ("energie",), language, 20)
        store(session, uuid4(), record, Setting(told.campaign_id, told.site_id, told.id, "desk", "test", clock.now()))

    with clock.travel(evening):
        look_again(session)
        refresh_all(session)
        tell("ar")
        assert look_at_told(session, []) == 1, "nobody noted that they looked"
        assert look_at_told(session, [town.loaded.campaign.id]) == 0, "marked already"
        refresh_all(session)
        assert look_at_told(session, []) == 0
    session.get_one(Person, told.person_id).language = "tr"
    session.flush()
    with clock.travel(evening + timedelta(minutes=30)):
        assert look_at_told(session, []) == 1, "what was told an hour before the last look may have become visible after it"
        refresh_all(session)
    session.get_one(Person, told.person_id).language = "ar"
    session.flush()
    with clock.travel(evening + timedelta(hours=3)):
        assert look_at_told(session, [town.loaded.campaign.id]) == 1, "that of the evening was still the last that was noted"
        refresh_all(session)
    session.get_one(Person, told.person_id).language = "tr"
    session.flush()
    with clock.travel(evening + timedelta(hours=6)):
        assert look_at_told(session, []) == 0, "nobody told anything since"
        tell("fa")
        assert look_at_told(session, []) == 1


def test_rural_communes_are_told_apart_once_the_grid_is_known(session, tmp_path):
    town = a_town(session)
    village, quarter, _city = town.many(1, SENT, city="BRON"), town.many(1, SENT, city="BRON", area="QP001"), town.many(3, SENT)
    with clock.travel(clock.at(END, "20:00")):
        refresh_all(session)
        assert areas(session, town) == {"outside": 4, "inside": 1}
        look_again(session)
        bron = session.execute(text("SELECT DISTINCT insee FROM building WHERE city = 'BRON'")).scalars().one()
        load_rural_communes(session, a_grid(tmp_path, bron))
        assert look_at_moved(session, [town.loaded.campaign.id]) == len(village)
        refresh_all(session)
        assert areas(session, town) == {"outside": 3, "inside": len(quarter), "rural": 1}


def a_grid(folder, rural):
    grid = folder / "densite.csv"
    grid.write_text(f"CODGEO;DENS\n{rural};3\n", encoding="utf-8")
    return grid


def areas(session, town):
    found = tallies(session, [town.loaded.campaign.id], "area", until_now())
    return {value: tally.solicited for value, tally in found.items()}
