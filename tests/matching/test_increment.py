"""A weekly list against the register: the same answer as a full run, from a fraction of the work."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.core.errors import OutreachError
from outreach.matching import known
from outreach.matching.constraints import Constraints, pairs_of
from outreach.matching.increment import News, match_again, match_all, match_news
from outreach.matching.session import MatchSettings
from outreach.simulation.records.lists import generate
from tests.matching.rows import HOME, rows

SETTINGS = MatchSettings()
NOBODY = rows().assign(record_id=pd.Series(dtype="int64"))


def delivered(records, share=0.02, seed=1):
    """The records in two deliveries: 1, and a small 2."""
    late = np.random.default_rng(seed).random(len(records)) < share
    records = records.assign(as_of=np.where(late, 2, 1))
    return records[~late], records[late], records


def news(path, stamp, fresh, **more):
    with known.opened(path, SETTINGS) as opened:
        return match_news(opened, stamp, News(fresh, **more.pop("what", {})), **more)


def groups(*matchings, gone=()):
    """(person, household) of every record after the runs, later answers taking the place of earlier ones."""
    found = {}
    for matching in matchings:
        persons, households = matching.persons.to_pydict(), matching.households.to_pydict()
        for record, person, household in zip(
            persons["record_id"], persons["person_key"], households["household_key"], strict=True
        ):
            found[record] = (person, household)
    return {record: key for record, key in found.items() if record not in gone}


def pairs_together(keys, which):
    members = {}
    for record, key in keys.items():
        members.setdefault(key[which], []).append(record)
    return {(one, other) for group in members.values() for one in group for other in group if one < other}


def agreement(one, other, which):
    left, right = pairs_together(one, which), pairs_together(other, which)
    return len(left & right) / max(len(left | right), 1)


@pytest.mark.parametrize("seed", [971, 972])
def test_two_deliveries_give_what_one_full_run_gives(tmp_path, seed):
    base, fresh, everything = delivered(generate(12_000, seed).records)
    first = match_all(tmp_path / "register.duckdb", "a", base)
    then = news(tmp_path / "register.duckdb", "b", fresh)
    full = match_all(tmp_path / "full.duckdb", "c", everything)
    after = groups(first, then)
    assert set(after) == set(everything["record_id"])
    assert agreement(after, groups(full), 0) >= 0.995
    assert agreement(after, groups(full), 1) >= 0.995
    assert then.persons.num_rows < 0.2 * len(everything), "only what the news touch is settled again"


def test_many_small_deliveries_in_a_row(tmp_path):
    records = generate(4_000, 973).records.assign(as_of=1)
    path = tmp_path / "register.duckdb"
    first = match_all(path, "0", records.iloc[:3_700])
    later = [news(path, str(at), records.iloc[at : at + 60].assign(as_of=at)) for at in range(3_700, 4_000, 60)]
    full = match_all(tmp_path / "full.duckdb", "c", records)
    assert agreement(groups(first, *later), groups(full), 0) >= 0.99


def test_what_the_whole_register_says_holds_for_a_few_new_rows(tmp_path):
    """The news and their neighbours are of one partner, the register of two: being in one list is evidence all the same."""
    others = generate(600, 981).records.assign(as_of=1, record_id=lambda frame: frame["record_id"] + 100)
    person = {"given_name": "Élodie", "family_name": "Lefèvre", "birth_date": "1980-02-12", "partner": "SEUL", **HOME}
    base, fresh = pd.concat([rows(person, as_of=1), others]), rows(person, as_of=2).assign(record_id=2)
    match_all(tmp_path / "register.duckdb", "a", base)
    then = news(tmp_path / "register.duckdb", "b", fresh).links.to_pylist()
    full = match_all(tmp_path / "full.duckdb", "c", pd.concat([base, fresh])).links.to_pylist()
    assert {(link["left_id"], link["right_id"]): link["pattern"] for link in then} == {
        (link["left_id"], link["right_id"]): link["pattern"] for link in full if 2 in {link["left_id"], link["right_id"]}
    }


def test_a_delivery_taken_back_leaves_no_trace(tmp_path):
    base, fresh, everything = delivered(generate(3_000, 974).records)
    path = tmp_path / "register.duckdb"
    first = match_all(path, "a", base)
    came = news(path, "b", fresh)
    went = news(path, "c", NOBODY, what={"gone": frozenset({2})})
    after = groups(first, came, went, gone=set(fresh["record_id"]))
    assert pairs_together(after, 0) == pairs_together(groups(first), 0)
    assert pairs_together(after, 1) == pairs_together(groups(first), 1)
    again = news(path, "d", fresh)
    assert pairs_together(groups(first, came, went, again), 0) == pairs_together(groups(first, came), 0)
    del everything


@pytest.mark.parametrize("seed", [983, 984])
def test_everybody_again_is_everybody_at_once(tmp_path, seed):
    """From what is remembered, after an increment and without a delivery that is gone: word for word what a full run gives."""
    base, fresh, everything = delivered(generate(3_000, seed).records, share=0.3)
    base.loc[base.index % 10 == 0, "as_of"] = 3
    path, after = tmp_path / "register.duckdb", fresh.head(200).assign(as_of=4)
    match_all(path, "a", base)
    news(path, "b", after)
    more = fresh.iloc[200:]
    with known.opened(path, SETTINGS) as opened:
        again = match_again(opened, path, "c", News(more, frozenset({3})))
    stays = pd.concat([base[base["as_of"] != 3], after, more])
    at_once = match_all(tmp_path / "full.duckdb", "c", stays)
    assert again.persons.equals(at_once.persons)
    assert again.households.equals(at_once.households)
    assert again.links.equals(at_once.links)
    assert again.fitted == at_once.fitted
    assert set(again.persons["record_id"].to_pylist()) < set(everything["record_id"])
    with known.opened(path, SETTINGS) as one, known.opened(tmp_path / "full.duckdb", SETTINGS) as other:
        assert known.held(one[0]) == known.held(other[0])
        assert one[1] == other[1]


def test_nothing_new_settles_nothing(tmp_path):
    match_all(tmp_path / "register.duckdb", "a", generate(500, 975).records.assign(as_of=1))
    still = news(tmp_path / "register.duckdb", "b", NOBODY)
    assert still.persons.num_rows == still.links.num_rows == 0
    assert still.stats.records == 500


def test_records_known_already_are_refused_and_nothing_is_lost(tmp_path):
    records = generate(300, 976).records.assign(as_of=1)
    path = tmp_path / "register.duckdb"
    match_all(path, "a", records)
    with pytest.raises(ValueError, match="known already"):
        news(path, "b", records.head(3))
    with known.opened(path, SETTINGS) as opened:
        assert opened[1].stamp == "a"
        assert known.deliveries(opened[0]) == {1}


@pytest.mark.parametrize("damage", ["absent", "garbage", "other_engine", "other_hashes"])
def test_a_file_of_no_use_is_not_used(tmp_path, monkeypatch, damage):
    path = tmp_path / "register.duckdb"
    match_all(path, "a", generate(200, 977).records.assign(as_of=1))
    if damage == "absent":
        path.unlink()
    elif damage == "garbage":
        path.write_bytes(b"no database")
    elif damage == "other_hashes":
        monkeypatch.setattr(known.duckdb, "__version__", "of another hand")
    else:
        monkeypatch.setattr(known, "FORMAT", "of another engine")
    with known.opened(path, SETTINGS) as opened:
        assert opened is None


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "matching").write_text("a file where a folder is wanted")
    with pytest.raises(OutreachError, match="Vérifiez le dossier"):
        match_all(tmp_path / "matching" / "register.duckdb", "a", generate(100, 978).records.assign(as_of=1))


def test_only_the_owner_may_open_the_folder(tmp_path):
    match_all(tmp_path / "matching" / "register.duckdb", "a", generate(100, 978).records.assign(as_of=1))
    assert (tmp_path / "matching").stat().st_mode & 0o777 == 0o700


def test_decisions_bind_an_increment_too(tmp_path):
    person = {"given_name": "Élodie", "family_name": "Lefèvre", "birth_date": "1980-02-12", **HOME}
    others = generate(400, 979).records.assign(as_of=1, record_id=lambda frame: frame["record_id"] + 100)
    base = pd.concat([rows(person, as_of=1), others])
    path = tmp_path / "register.duckdb"
    match_all(path, "a", base)
    again = rows(person, as_of=2).assign(record_id=2)
    assert groups(news(path, "b", again))[2][0] == 1
    apart = Constraints(apart=pairs_of([(1, 2)]))
    parted = news(path, "c", NOBODY, what={"judged": np.array([1, 2])}, constraints=apart)
    assert groups(parted)[2][0] == 2
    assert parted.review_count == 0, "what is decided is not asked again"
    assert groups(news(path, "d", NOBODY, what={"judged": np.array([1, 2])}))[2][0] == 1, "taken back, the machine judges again"


@given(st.integers(0, 10_000), st.floats(0.01, 0.05))
@settings(max_examples=4)
def test_whatever_comes_late_is_found(tmp_path_factory, seed, share):
    base, fresh, everything = delivered(generate(1_500, 980).records, share, seed)
    path = tmp_path_factory.mktemp("register") / "register.duckdb"
    first = match_all(path, "a", base)
    then = news(path, "b", pa.Table.from_pandas(fresh.sample(frac=1, random_state=seed), preserve_index=False))
    full = match_all(path.with_name("full.duckdb"), "c", everything)
    assert agreement(groups(first, then), groups(full), 0) >= 0.97, "of some hundred pairs, three may hang on the model's fit"
