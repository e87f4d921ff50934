"""A preview says what the run will do, for drafts too, and leaves nothing behind."""

from __future__ import annotations

import re
from datetime import date
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import text

from outreach.cli.preview import _tables
from outreach.core import clock
from outreach.core.database import drop_database
from outreach.core.i18n import speaking
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import find_campaign, launch_campaign, load_campaign
from outreach.flows import lists
from outreach.flows import segments as flow
from outreach.flows.matching import run as match
from outreach.segments import segment_campaign
from outreach.segments.effect import effect_lines
from outreach.segments.picture import page, svg
from outreach.simulation.town import ENERGY_LIST, write_town
from tests.copies import copied

DAY = clock.at(date(2026, 10, 5), "06:00")
TABLES = ("decision", "segment_run", "case", "event", "wave_design", "audit_entry")


@pytest.fixture(scope="module")
def draft(cluster, template, worker_id, tmp_path_factory):
    """A draft with its first list taken in and matched."""
    name = f"preview_{worker_id}"
    database = copied(cluster, name, template)
    town = tmp_path_factory.mktemp("town")
    write_town(600, 5, town)
    with clock.travel(DAY):
        with database.session() as session:
            load_campaign(session, read_folder(lists.Path("campaigns/energy-arrears")))
        loaded = lists.loaded_campaign(database, "energy-arrears", drafts=True)
        lists.import_file(database, loaded, town / ENERGY_LIST, actor="test")
        match(database, actor="test")
    yield database
    database.dispose()
    drop_database(cluster, name)


def counts(database):
    with database.session() as session:
        return [session.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one() for table in TABLES]


def seen_of(database):
    with clock.travel(DAY):
        return flow.preview(database, lists.loaded_campaign(database, "energy-arrears", drafts=True))


def test_a_preview_writes_nothing(draft):
    before = counts(draft)
    seen = seen_of(draft)
    assert counts(draft) == before
    assert not seen.launched
    assert seen.commitment is None


def test_counts_are_complete(draft):
    seen = seen_of(draft)
    assert seen.units > 200
    assert sum(group.first for group in (*seen.segments, *seen.excluded)) == seen.units
    assert seen.targeted == sum(group.first for group in seen.segments)
    assert all(group.any >= group.first for group in (*seen.segments, *seen.excluded))
    assert sum(seen.waves) == pytest.approx(seen.targeted)
    assert all(sum(group.by_site.values()) == group.first for group in seen.segments)
    other = next(group for group in seen.segments if group.code == "other")
    assert other.any == seen.units, "everybody on the list fits the last segment"
    assert seen.overlaps["early+other"] >= seen.segments[4].first
    assert 0 < seen.unknown["reads_french"] <= seen.units
    assert seen.detectable.per_building >= 1
    assert seen.detectable.best is not None


def test_the_picture_is_drawn_and_the_page_stands_alone(draft):
    seen = seen_of(draft)
    drawn = svg(seen)
    ET.fromstring(drawn)  # noqa: S314  (our own)
    for group in seen.segments:
        assert group.label.split()[0] in drawn
    assert not re.search(r"https?://(?!www\.w3\.org)", drawn)
    with speaking("en"):
        told = page(seen, [(title, heads, [[str(cell) for cell in row] for row in rows]) for title, heads, rows in _tables(seen)])
        assert "Nothing is stored" in told
        assert '<html lang="en">' in told
        assert any("smaller than" in line for line in effect_lines(seen))


def test_the_run_does_what_the_preview_said(draft):
    with clock.travel(DAY):
        seen = seen_of(draft)
        with draft.session() as session:
            launch_campaign(session, read_folder(lists.Path("campaigns/energy-arrears")), actor="test", lot="fixed")
        with draft.session() as session:
            loaded = find_campaign(session, "energy-arrears")
            done = segment_campaign(session, loaded, actor="test")
        after = seen_of(draft)
    assert done.opened == seen.targeted == after.opened
    assert done.segments == {group.code: group.first for group in seen.segments if group.first}
    assert done.excluded == {group.code: group.first for group in seen.excluded if group.first}
    assert sum(after.waves) == done.opened
    assert max(abs(one - other) for one, other in zip(after.waves, seen.waves, strict=True)) < 15
    assert after.commitment
