"""Rows in = sum of states whatever the file; deciding while loading equals deciding afterwards in SQL; nobody is lost."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from outreach.core import clock
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import find_campaign, launch_campaign
from outreach.intake import import_list
from outreach.intake.in_force import values_of
from outreach.intake.states import Digests, digest, pair_shared_keys
from outreach.models import TargetList
from tests.intake.conftest import DAY, HEADER, person
from tests.opened import in_clear
from tests.undoing import undone_session


@dataclass(frozen=True)
class Writing:
    """How a file is written: the states of its rows do not depend on it."""

    is_delta: bool
    encoding: str
    delimiter: str
    blanks: set[int]
    has_title: bool


NAMES = ("DUPONT;Léa;01/02/1984", "ROUX;Max;04/05/1970", ";;", "PETIT;Ana;")
row = st.builds(
    person,
    st.sampled_from(["A1", "A2", "A3", "A4", ""]),
    name=st.sampled_from(NAMES),
    amount=st.sampled_from(["10", "20", "0", "??"]),
)
files = st.lists(st.lists(row, max_size=8), min_size=1, max_size=4)


writings = st.builds(
    Writing, st.booleans(), st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]), st.sampled_from(";\t|"),
    st.sets(st.integers(0, 7)), st.booleans(),
)  # fmt: skip


@given(files=files, ways=st.lists(writings, min_size=4, max_size=4))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_row_has_one_state_and_the_register_follows(shared_database, tmp_path_factory, files, ways):
    folder = tmp_path_factory.mktemp("lists")
    with undone_session(shared_database) as session, clock.travel(DAY):
        launch_campaign(session, read_folder(Path("campaigns/energy-arrears")), actor="test")
        for number, (lines, way) in enumerate(zip(files, ways, strict=False)):
            check_one(session, folder / f"{number}.csv", lines, way)


def check_one(session, path, lines, way):
    before, is_delta = in_force(session), way.is_delta
    header = f"Mouvement;{HEADER}" if is_delta else HEADER
    written = [header]
    for at, line in enumerate(lines):
        written += [";" * header.count(";")] * (at in way.blanks) + [f"MODIF;{line}" if is_delta else line]
    blank = len(written) - 1 - len(lines)
    text_ = "\r\n".join([*["Export du 06/10/2026"] * way.has_title, *written, ""]).replace(";", way.delimiter)
    path.write_text(text_, encoding=way.encoding, newline="")
    loaded = find_campaign(session, "energy-arrears")
    result = import_list(session, loaded, path, actor="test", accept_removals=True)
    after = in_force(session)
    if result.known:
        assert after == before
        return
    assert result.total == len(lines) == sum(result.counts.values())
    assert result.blank == blank
    stored = session.execute(text("SELECT state, count(*) FROM list_row WHERE list_id = :id GROUP BY 1"), {"id": result.list_id})
    assert dict(tuple(line) for line in stored) == result.counts
    named = {line.split(";")[0] for line in lines}
    gone = {key for key, _amount in before} - {key for key, _amount in after}
    left = set(
        session.scalars(
            in_clear("SELECT reference FROM list_row WHERE list_id = :id AND state = 'leaving'"), {"id": result.list_id}
        )
    )
    assert gone <= (left if is_delta else left | ({key for key, _amount in before} - named)), "nobody goes without a reason"
    replaced = session.execute(
        text("SELECT count(*), count(DISTINCT replaces) FROM list_row WHERE list_id = :id AND replaces IS NOT NULL"),
        {"id": result.list_id},
    ).one()
    assert replaced[0] == replaced[1] == result.counts.get("changed", 0), "each changed row replaces one row, and no two the same"


def in_force(session):
    rows = session.execute(in_clear("SELECT reference, amount_due FROM current_row ORDER BY id"))
    return sorted((tuple(line) for line in rows), key=lambda line: line[0])


def test_deciding_while_loading_equals_deciding_afterwards(lists):
    lists.take(*(person(f"A{number % 40}", amount=str(number % 7 + 1)) for number in range(60)))
    seen = lists.preview(*(person(f"A{number % 50}", amount=str(number % 5 + 1)) for number in range(70)))
    stated = lists.session.execute(
        text("SELECT id, state, replaces FROM list_row WHERE list_id = :id ORDER BY id"), {"id": seen.list_id}
    ).all()
    scope = values_of(lists.session.get(TargetList, seen.list_id))
    changed = pair_shared_keys(lists.session, scope, everything=True)
    again = lists.session.execute(
        text("SELECT id, state, replaces FROM list_row WHERE list_id = :id ORDER BY id"), {"id": seen.list_id}
    ).all()
    assert (changed, again) == (0, stated)


@given(st.lists(st.lists(st.integers(0, 40), max_size=30), max_size=12))
def test_digests_are_found_with_their_number_and_no_other(chunks):
    known, digests = {}, Digests()
    for start, chunk in enumerate(chunks):
        fresh = [value for value in dict.fromkeys(chunk) if value not in known]
        if fresh:
            numbers = np.array([1 + start * 100 + at for at in range(len(fresh))])
            digests.add(digest(pa.array([str(value) for value in fresh])), numbers)
            known.update(zip(fresh, numbers.tolist(), strict=True))
    asked = list(range(60))
    assert digests.find(digest(pa.array([str(value) for value in asked]))).tolist() == [known.get(value, 0) for value in asked]


@pytest.mark.parametrize("order", [1, -1])
def test_the_same_rows_in_another_order_are_the_same_list(lists, order):
    rows = [person(f"A{number}") for number in range(5)] + [person("A1"), person("B", amount="??")]
    first = lists.take(*rows)
    again = lists.take(*rows[::order], "")
    assert (again.known, again.list_id) == (True, first.list_id)
