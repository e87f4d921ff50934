"""Who must never be taken for one person, and who must."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.matching import rules
from outreach.matching.engine import match_records
from outreach.matching.fields import FIELDS
from outreach.simulation.records.lists import generate
from outreach.simulation.records.pools import given_names, surnames
from tests.matching.rows import HOME, household_keys, person_keys, rows


def families(count: int, seed: int) -> pd.DataFrame:
    """Two people per home: couples and parents with a child, one phone, e-mail, address and surname."""
    rng = np.random.default_rng(seed)
    first = np.array([rng.choice(given_names(), 2, replace=False) for _ in range(count)]).ravel()
    ages = np.column_stack([rng.integers(30, 60, count), rng.integers(0, 30, count)]).ravel()
    months, days = rng.integers(1, 13, 2 * count), rng.integers(1, 29, 2 * count)
    born = [date(2000 - int(a), int(m), int(d)) for a, m, d in zip(ages, months, days, strict=True)]
    home = np.repeat(np.arange(count), 2)
    return pd.DataFrame({
        "record_id": np.arange(1, 2 * count + 1), "partner": "P0", "given_name": first, "birth_date": born,
        "family_name": np.repeat(rng.choice(surnames(), count), 2),
        "mobile": [f"+3363998{n:04d}" for n in home], "email": [f"foyer{n}@example.org" for n in home],
        "house_number": [str(1 + n % 90) for n in home], "street": [f"RUE DES LILAS {n // 90}" for n in home],
        "postal_code": "33210", "city": "LANGON",
    })  # fmt: skip


@pytest.mark.parametrize("around", [0, 3_000])
def test_a_thousand_families_are_never_merged(around):
    records = families(1_000, 5)
    if around:
        others = generate(around, 941).records
        others["record_id"] += 10_000
        records = pd.concat([records, others], ignore_index=True)
    keys = dict(zip(records["record_id"], person_keys(match_records(records)), strict=True))
    assert sum(keys[left] == keys[left + 1] for left in range(1, 2_000, 2)) == 0


def test_families_are_households_not_persons():
    matching = match_records(families(200, 6))
    homes = household_keys(matching)
    assert np.mean([homes[i] == homes[i + 1] for i in range(0, 400, 2)]) > 0.9


@pytest.mark.parametrize("shared", [{"mobile": "+33639980001"}, {"email": "nous@example.org"}])
def test_a_shared_phone_or_mail_alone_never_merges(shared):
    people = rows(
        {"given_name": "Paul", "family_name": "Martin", **HOME},
        {"given_name": "Amina", "family_name": "Diallo", "postal_code": "75011"},
        {"family_name": "Costa", "postal_code": "75011"},
        {},
        **shared,
    )
    assert person_keys(match_records(people)) == [1, 2, 3, 4]


def test_one_reference_of_one_partner_merges_when_the_names_fit():
    people = rows(
        {"partner": "EDF", "given_name": "Hélène", "family_name": "Dubois", **HOME},
        {"partner": "EDF", "given_name": "HELENE", "family_name": "DUBOIS-MARTIN", "postal_code": "59000"},
        {"partner": "EDF", "given_name": "Paul", "family_name": "Dubois", **HOME},
        {"partner": "EAU", "given_name": "Hélène", "family_name": "Petit", "postal_code": "13001"},
        reference="C-001 234",
    )
    assert person_keys(match_records(people)) == [1, 1, 3, 4]


def test_the_same_person_in_full_is_found_in_the_smallest_list():
    person = {"given_name": "Élodie", "family_name": "Lefèvre", "birth_date": date(1980, 2, 12), **HOME}
    again = person | {"given_name": "LEFEVRE", "family_name": "ELODIE", "mobile": "+33639980002"}
    assert person_keys(match_records(rows(person, again))) == [1, 1]


def test_a_name_parted_elsewhere_is_the_same_name():
    person = {"given_name": "Monique", "family_name": "Dos Santos", "mobile": "+33639980003", **HOME}
    again = person | {"given_name": "Santos Monique", "family_name": "Dos"}
    assert person_keys(match_records(rows(person, again))) == [1, 1]


def test_names_that_only_sound_alike_wait_for_a_person():
    """Brothers, or husband and wife, with one phone and one e-mail and no birth date."""
    contact = {"family_name": "Benali", "mobile": "+33639980006", "email": "benali@example.org", **HOME}
    for first, second in (("Hassan", "Hussein"), ("Jean", "Jeanne")):
        assert person_keys(match_records(rows({"given_name": first}, {"given_name": second}, **contact))) == [1, 2]


def test_twins_and_namesakes_of_one_home_wait_for_a_person():
    twins = rows(
        {"given_name": "Ines", "birth_date": date(2001, 5, 6)},
        {"given_name": "Karim", "birth_date": date(2001, 5, 6)},
        {"given_name": "Karim", "birth_date": date(1970, 1, 2)},
        family_name="Benali", mobile="+33639980004", **HOME,
    )  # fmt: skip
    assert person_keys(match_records(twins)) == [1, 2, 3]


ALIKE = (
    ("Hassan", "Hussein"),
    ("Adama", "Adam"),
    ("Hawa", "Awa"),
    ("Jean", "Jeanne"),
    ("Louis", "Louise"),
    ("Léa", "Léo"),
    ("Sara", "Sarah"),
)


@pytest.mark.parametrize(("first", "second"), ALIKE)
@pytest.mark.parametrize(
    ("one", "other", "people"),
    [
        ({"title": "M."}, {"title": "Mme"}, [1, 2]),
        ({"partner": "P0", "reference": "12345"}, {"partner": "P0", "reference": "67890"}, [1, 2]),
        ({"partner": "P0", "reference": "12345", "title": "M."}, {"partner": "P1", "reference": "67890", "title": "M."}, [1, 1]),
    ],
)
def test_twins_with_names_alike_wait_for_a_person_and_two_spellings_do_not(first, second, one, other, people):
    """Born on one day, of one home: a title or two customer numbers say that they are two."""
    common = {"family_name": "Benali", "birth_date": date(2001, 5, 6), "mobile": "+33639980004", **HOME}
    assert person_keys(match_records(rows({"given_name": first} | one, {"given_name": second} | other, **common))) == people


def test_a_title_says_nothing_of_one_name():
    """Some forms write « M. » for everybody."""
    common = {"given_name": "Jeanne", "family_name": "Benali", "birth_date": date(2001, 5, 6), "mobile": "+33639980004", **HOME}
    assert person_keys(match_records(rows({"title": "M."}, {"title": "Mme"}, **common))) == [1, 1]


GIVEN = ("MAMADOU", "MOUSSA", "IBRAHIMA", "ABDOULAYE", "SEYDOU", "BAKARY", "OUSMANE", "ADAMA", "SAMBA", "DEMBA")
SURNAMES = ("DIALLO", "TRAORE", "COULIBALY", "DIARRA", "SISSOKO", "CAMARA", "KEITA", "KONATE")


def born_on_the_first_of_january(count, *, doors, one_home):
    """People of few names whose day of birth nobody knows, each with a reference of their own: a workers' hostel, or a town."""
    rng = np.random.default_rng(4)
    people = []
    for number in range(count):
        person = {
            "given_name": str(rng.choice(GIVEN)), "family_name": str(rng.choice(SURNAMES)), "reference": f"R{number}", "partner": "P0",
            "birth_date": date(int(rng.integers(1950, 1985)), 1, 1), "house_number": "8", "street": "RUE DU FOYER", "postal_code": "69008",
        }  # fmt: skip
        if not one_home:
            person |= {"house_number": str(1 + int(rng.integers(0, 90))), "street": f"RUE {rng.integers(0, 400)}"}
        people.append(person | ({"door": str(number)} if doors else {}))
    return rows(*people)


@pytest.mark.parametrize(("doors", "one_home"), [(True, True), (False, True), (False, False)])
def test_people_whose_day_of_birth_nobody_knows_are_not_taken_for_each_other(doors, one_home):
    """Registers write the first of January. Of 160 in one hostel 124 were merged by it, and 19 in a town."""
    others = generate(3_000, 941).records
    others["record_id"] += 10_000
    matching = match_records(
        pd.concat([born_on_the_first_of_january(160, doors=doors, one_home=one_home), others], ignore_index=True)
    )
    keys = dict(zip(matching.persons.column("record_id").to_pylist(), person_keys(matching), strict=True))
    assert [number for number in range(1, 161) if keys[number] != number] == []


def test_somebody_born_on_a_first_of_january_is_found_again_by_their_phone():
    person = {"given_name": "Mamadou", "family_name": "Diallo", "birth_date": date(1970, 1, 1), "mobile": "+33639980003", **HOME}
    assert person_keys(match_records(rows(person, person))) == [1, 1]


def test_a_chain_through_an_initial_does_not_join_two_relatives():
    """Jean and Julie both look like "J."; whoever it is, Jean is not Julie."""
    contact = {"family_name": "Garnier", "mobile": "+33639980005", "email": "j.garnier@example.org", **HOME}
    people = rows(
        {"given_name": "Jean", "birth_date": date(1950, 3, 4), "reference": "1"},
        {"given_name": "J.", "reference": "1"},
        {"given_name": "Julie", "birth_date": date(1982, 9, 30), "reference": "1"},
        partner="EDF", **contact,
    )  # fmt: skip
    keys = person_keys(match_records(people))
    assert keys[0] != keys[2]


def test_a_block_of_flats_without_doors_is_not_one_household():
    rng = np.random.default_rng(3)
    names = rng.choice(surnames(), 60, replace=False)
    people = [{"given_name": str(rng.choice(given_names())), "family_name": str(name)} for name in names]
    keys = household_keys(match_records(rows(*people, **HOME)))
    assert max(keys.count(key) for key in keys) <= 2


@pytest.mark.parametrize("details", [{}, {"door": "3"}])
def test_two_surnames_at_one_street_door_are_two_households(details):
    """Nobody says whether it is a house: DUPONT and ROUX have nothing in common but the number."""
    people = rows(
        {"given_name": "Paul", "family_name": "Dupont", **details}, {"given_name": "Nadia", "family_name": "Roux"}, **HOME
    )
    assert household_keys(match_records(people)) == [1, 2]


def test_two_surnames_with_one_landline_are_one_household():
    people = rows({"given_name": "Paul", "family_name": "Dupont"}, {"given_name": "Nadia", "family_name": "Roux"},
                  fixed="+33536490002", **HOME)  # fmt: skip
    assert household_keys(match_records(people)) == [1, 1]


def test_brothers_next_door_to_each_other_are_two_households():
    brothers = rows(
        {"given_name": "Anselme", "house_number": "5", "mobile": "+33639987705"},
        {"given_name": "Zéphyrin", "house_number": "6", "mobile": "+33639987706"},
        family_name="Quéméneur", street="RUE DU LAC", postal_code="33210",
    )  # fmt: skip
    assert household_keys(match_records(brothers)) == [1, 2]


def test_a_house_and_its_family_are_one_household():
    people = [{"given_name": name, "family_name": "Morel"} for name in ("Anne", "Luc", "Zoé")]
    matching = match_records(rows(*people, fixed="+33536490001", **HOME))
    assert household_keys(matching) == [1, 1, 1]
    assert person_keys(matching) == [1, 2, 3]


levels = st.fixed_dictionaries({field.name: st.integers(-1, len(field.levels) - 1) for field in FIELDS})


@given(levels)
@settings(max_examples=300)
def test_no_rule_merges_what_another_contradicts(pair):
    marks = {name: np.array([level], dtype=np.int8) for name, level in pair.items()}
    if rules.contradicted(marks)[0]:
        assert rules.estranged(marks)[0]
        assert not rules.mergeable(marks)[0]
        assert not rules.same_customer(marks)[0]
    if pair["given_name"] == 0 and 0 <= pair["birth_date"] < 3:
        assert rules.contradicted(marks)[0]
    if pair["given_name"] < 0 and pair["birth_date"] < 3:
        assert not rules.mergeable(marks)[0]
    if pair["family_name"] <= 0 and max(pair["mobile"], pair["fixed"]) < 2 and pair["email"] < 1 and pair["flat"] < 1:
        assert rules.ties(marks)[0] == rules.UNTIED


def home_for_workers(people, surnames, **more):
    """So many people at one street door, who share few names and no birth date."""
    return [
        {
            "given_name": GIVEN[number % len(GIVEN)], "family_name": surnames[number // len(GIVEN) % len(surnames)],
            "birth_date": date(1950 + number % 37, 2 + number % 11, 2 + number % 26), "reference": f"{7919 * number % 100_003}", "partner": "P0", **HOME, **more,
        }
        for number in range(people)
    ]  # fmt: skip


@pytest.mark.parametrize("people", [90, 200])
def test_namesakes_behind_one_street_door_are_asked_each_for_himself(people):
    """Of a household one person is addressed: whoever is taken for another's is not helped."""
    here = home_for_workers(people, ("DIALLO", "TRAORE", "CAMARA"))
    here[0] |= {"mobile": "+33639980001"}
    here[1] |= {"mobile": "+33639980001"}
    others = generate(2000, 941).records
    others["record_id"] += 10_000
    found = match_records(pd.concat([rows(*here), others], ignore_index=True))
    homes = household_keys(found)[:people]
    together = {(one + 1, home) for one, home in enumerate(homes) if home != one + 1}
    assert together <= {(2, 1)}, "but two who share a phone may live together"
    assert person_keys(found)[:people] == list(range(1, people + 1))


def test_a_family_at_one_door_is_a_household_as_before():
    family = [
        {"given_name": name, "family_name": "DIALLO", "birth_date": date(1980 + 3 * number, 4, 7), **HOME}
        for number, name in enumerate(("AWA", "MAMADOU", "FATOU", "IBRAHIMA"))
    ]  # fmt: skip
    others = generate(2000, 941).records
    others["record_id"] += 10_000
    assert household_keys(match_records(pd.concat([rows(*family), others], ignore_index=True)))[:4] == [1, 1, 1, 1]
