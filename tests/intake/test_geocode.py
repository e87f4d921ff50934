"""Addresses found in the register of address points: how nearly, how surely, and never too vaguely for a round."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from outreach.core import clock
from outreach.core.errors import ListRefusedError
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import find_campaign, launch_campaign
from outreach.intake import import_list
from outreach.intake.geocode import locate_addresses
from outreach.intake.points import load_address_points
from outreach.intake.streets import Streets
from outreach.matching.register import match_people
from outreach.planning import plan_campaign
from outreach.segments import segment_campaign
from outreach.simulation import energy, town
from tests.opened import in_clear

DAY = clock.at(date(2026, 10, 6), "08:00")
PEOPLE, SEED = 4000, 11
NEAR = 150
"""Metres within which a mediator stands before the right house."""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A town's folder, and by customer reference the true place of the building that the list tells."""
    kept = {}

    def keeping(name, real):
        def call(*given):
            kept[name] = real(*given)
            return kept[name]

        return call

    folder = tmp_path_factory.mktemp("told")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(energy, "particulars", keeping("told", energy.particulars))
        patch.setattr(town, "energy_base", keeping("base", energy.energy_base))
        patch.setattr(town, "populate", keeping("town", town.populate))
        # The landlord's list asks for particulars, too, of its own module: it does not disturb.
        town.write_town(PEOPLE, SEED, folder)
    buildings, rows = kept["town"].map.buildings, kept["told"].building
    places = zip(buildings.lon[rows], buildings.lat[rows], strict=True)
    return folder, dict(zip(kept["base"].cells["Réf client"], places, strict=True))


@pytest.fixture
def campaign(session):
    with clock.travel(DAY):
        launch_campaign(session, read_folder(Path("campaigns") / "energy-arrears"), actor="test")
        yield find_campaign(session, "energy-arrears")


def metres(lon, lat, place):
    return float(np.hypot((lon - place[0]) * np.cos(np.radians(lat)), lat - place[1]) * 111_320)


def test_most_addresses_are_found_and_nearly_all_where_they_are(session, campaign, told):
    folder, places = told
    load_address_points(session, folder / "ban.csv")
    import_list(session, campaign, folder / town.ENERGY_LIST, actor="test", accept_removals=True)
    locate_addresses(session)
    query = "SELECT r.reference, l.level, l.lon, l.lat, l.score FROM usable_row r JOIN address_location l USING (address_key)"
    far = {level: [] for level in ("point", "number", "street", "commune")}
    for row in session.execute(in_clear(query)):
        far[row.level].append(metres(row.lon, row.lat, places[row.reference]))
    rows = sum(map(len, far.values()))
    assert rows > 2000
    assert len(far["point"]) / rows > 0.90
    assert len(far["commune"]) / rows < 0.01
    sure = far["point"] + far["number"]
    assert np.mean(np.array(sure) < NEAR) >= 0.99
    assert np.mean(np.array(far["street"]) < 500) >= 0.9


HEADER = "id;id_fantoir;numero;rep;nom_voie;code_postal;code_insee;nom_commune;x;y;lon;lat;type_position"
POINTS = (
    "2;;rue Victor Hugo;69008;69388;4.860;45.730",
    "10;;rue Victor Hugo;69008;69388;4.862;45.730",
    "10;bis;rue Victor Hugo;69008;69388;4.8621;45.730",
    "40;;rue Victor Hugo;69008;69388;4.870;45.730",
    "1;;avenue Gambetta;69008;69388;4.880;45.740",
    "1;;rue de l'Église;69510;69131;4.670;45.690",
    "1;;rue de l'Église;69510;69249;4.620;45.680",
)


def write_points(path, points=POINTS):
    lines = [HEADER]
    for point in points:
        number, rep, street, code, insee, lon, lat = point.split(";")
        lines.append(f"x;;{number};{rep};{street};{code};{insee};Ici;0;0;{lon};{lat};entrée")
    content = "\n".join(lines).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


@pytest.fixture
def listed(session, campaign, tmp_path):
    """Takes addresses in as a list, and finds them again by their reference."""

    def take(*addresses_):
        rows = [f"R{place};DUPONT;Léa;{address};0639980001;80;relance 1" for place, address in enumerate(addresses_)]
        path = tmp_path / "list.csv"
        path.write_text(
            "\n".join(["Réf client;Nom;Prénom;Adresse;CP;Commune;Tél portable;Montant dû;Stade", *rows]), encoding="utf-8"
        )
        import_list(session, campaign, path, actor="test")
        return found

    def found():
        query = "SELECT r.reference, l.level, l.lon, l.lat, l.score, l.insee, l.street FROM usable_row r JOIN address_location l USING (address_key)"
        return {int(row.reference[1:]): row for row in session.execute(in_clear(query))}

    return take


@pytest.mark.parametrize(
    ("address", "level", "lon", "least"),
    [
        ("10 rue Victor Hugo;69008;LYON", "point", 4.862, 1),
        ("10 B R VICTOR HUGO;69008;LYON", "point", 4.8621, 1),
        ("10 ter rue Victor Hugo;69008;LYON", "number", 4.862, 0.9),
        ("6 rue Victor Hugo;69008;LYON", "number", 4.861, 0.8),
        ("44 rue Victor Hugo;69008;LYON", "number", 4.870, 0.8),
        ("25 rue Victor Hugo;69008;LYON", "street", 4.866, 0.5),
        ("rue Victor Hugo;69008;LYON", "street", 4.8635, 0.5),
        ("10 RUE V HUGO;69008;LYON", "point", 4.862, 0.9),
        ("1 AVENUE GAMBETA;69008;LYON", "point", 4.880, 0.85),
        ("1 RUE GAMBETTA;69008;LYON", "point", 4.880, 0.85),
        ("1 rue des Inconnus;69008;LYON", "commune", 4.867, 0.2),
        ("1 R DE L EGLISE;69510;THURINS", "point", 4.620, 1),
        ("1 R DE L EGLISE;69510;MESSIMY", "point", 4.670, 1),
    ],
)
def test_an_address_is_found_as_nearly_as_the_register_allows(session, listed, tmp_path, address, level, lon, least):
    found = listed(address)
    load_address_points(session, write_points(tmp_path / "ban.csv.gz"))
    row = found()[0]
    assert row.level == level
    assert row.lon == pytest.approx(lon, abs=6e-4)
    assert row.score >= least


def test_without_a_register_only_the_commune_is_known_and_nobody_is_sent_there(session, listed):
    found = listed("10 rue Victor Hugo;69008;LYON", "1 rue du Port;29200;BREST", "1 rue Perdue;38999;NULLE PART")
    assert (locate_addresses(session).commune, locate_addresses(session).unknown) == (2, 1)
    brest = found()[1]
    assert (brest.level, brest.score, brest.insee) == ("commune", 0.2, "29019")
    assert (brest.lon, brest.lat) == pytest.approx((-4.49, 48.39), abs=0.05)
    match_people(session, actor="test")
    assert session.execute(text("SELECT count(lon), count(approx_lon) FROM building")).one() == (0, 2)


def test_new_points_find_more_and_moved_points_move_what_stands_there(session, listed, tmp_path):
    found = listed("5 avenue Gambetta;69008;LYON", "10 rue Victor Hugo;69008;LYON")
    assert load_address_points(session, write_points(tmp_path / "old.csv", POINTS[1:2])) == 1
    assert [found()[place].level for place in (0, 1)] == ["commune", "point"]
    newer = [POINTS[1].replace("4.862", "4.863"), "5;;avenue Gambetta;69008;69388;4.881;45.740"]
    assert load_address_points(session, write_points(tmp_path / "new.csv", newer)) == 2
    assert [(found()[place].level, found()[place].lon) for place in (0, 1)] == [("point", 4.881), ("point", 4.863)]
    assert load_address_points(session, write_points(tmp_path / "new.csv", newer)) == 0, "the same file changes nothing"


def test_a_building_follows_its_location_and_has_no_point_at_commune_level(session, listed, tmp_path):
    listed("10 rue Victor Hugo;69008;LYON", "1 rue des Inconnus;69008;LYON", "1 rue Perdue;38999;NULLE PART")
    load_address_points(session, write_points(tmp_path / "old.csv"))
    match_people(session, actor="test")
    query = "SELECT house_number || ' ' || street, location, location_score, lon, approx_lon IS NOT NULL, insee FROM building ORDER BY 1 DESC"
    assert [tuple(row) for row in session.execute(in_clear(query))] == [
        ("10 RUE VICTOR HUGO", "point", 1, 4.862, True, "69388"),
        ("1 RUE PERDUE", None, None, None, False, None),
        ("1 RUE DES INCONNUS", "commune", 0.2, None, True, "69388"),
    ]
    load_address_points(session, write_points(tmp_path / "new.csv", ["1;;rue des Inconnus;69008;69388;4.89;45.74"]))
    match_people(session, actor="test")
    located = session.execute(text("SELECT location, lon FROM building WHERE street = 'RUE DES INCONNUS'")).one()
    assert tuple(located) == ("point", 4.89)


def test_nobody_is_sent_to_the_middle_of_a_commune(session, campaign, told, tmp_path):
    """With a register that lacks half of the streets, their people are reached in other ways."""
    header, *points = (told[0] / "ban.csv").read_text(encoding="utf-8").splitlines()
    known = [point for point in points if len(point.split(";")[4]) % 2]
    (tmp_path / "half.csv").write_text("\n".join([header, *known]), encoding="utf-8")
    load_address_points(session, tmp_path / "half.csv")
    import_list(session, campaign, told[0] / town.ENERGY_LIST, actor="test", accept_removals=True)
    locate_addresses(session)
    match_people(session, actor="test")
    segment_campaign(session, campaign, actor="test")
    plan_campaign(session, campaign, actor="test")
    # Every letter comes back and nobody has a phone: whoever can be visited is.
    session.execute(text("UPDATE contact SET state = 'failed', disposition = 'returned', done_at = due_at"))
    session.execute(text("UPDATE person SET mobile = NULL, mobile_mark = NULL, fixed = NULL, fixed_mark = NULL"))
    session.execute(text('UPDATE "case" SET priority = 1'))
    with clock.travel(clock.at(date(2026, 10, 20), "20:00")):
        plan_campaign(session, campaign, actor="test")
    query = """
        SELECT b.location, k.channel, count(*) FROM contact k JOIN person p ON p.id = k.person_id
        JOIN household h ON h.id = p.household_id JOIN building b ON b.id = h.building_id WHERE k.state = 'planned' GROUP BY 1, 2
    """
    planned = {(location, channel): count for location, channel, count in session.execute(in_clear(query))}
    visited = {location for location, channel in planned if channel == "visit"}
    assert visited <= {"point", "number", "street"}
    assert planned.get(("commune", "letter"), 0) > 0
    assert planned["point", "visit"] > 20
    cases = "SELECT count(DISTINCT c.site_id) FROM \"case\" c JOIN household h ON h.id = c.household_id JOIN building b ON b.id = h.building_id WHERE b.location = 'commune'"
    assert session.execute(text(cases)).scalar_one() > 1, "about where they live is enough to choose a site"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (HEADER.replace("numero;", ""), "numero"),
        (HEADER.replace(";", ","), "numero"),
        (
            HEADER + "\nx;;1;;rue X;69008;69388;Lyon;0;0;4.8;45.7;e\nx;;2;;rue X;69008;69388;Lyon;0;0;oui;45.7;e",
            "ligne 3.*« oui »",
        ),
        (HEADER + "\nx;;1;;rue X;69008;69388;Lyon;0;0;842000.5;6519000.1;e", "ligne 2.*degrés"),
        (HEADER + "\nx;;1;;rue X;69008;69388;Lyon;0;0;4.8;45.7;e;trop;de;champs\n", "ne se lit pas|line 2"),
        ("", "vide"),
    ],
)
def test_what_is_no_register_is_refused_with_its_line(session, tmp_path, content, sentence):
    path = tmp_path / "ban.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ListRefusedError, match=sentence):
        load_address_points(session, path)


def test_a_broken_archive_and_a_missing_file_are_refused(session, tmp_path):
    with pytest.raises(ListRefusedError, match="n'existe pas"):
        load_address_points(session, tmp_path / "none.csv")
    path = write_points(tmp_path / "ban.csv.gz")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ListRefusedError, match="ne se lit pas"):
        load_address_points(session, path)


WAYS = (
    "RUE VICTOR HUGO", "AVENUE VICTOR HUGO", "RUE GAMBETTA", "RUE DU LAC", "RUE DE L EGLISE", "RUE DU 8 MAI 1945", "AVENUE JEAN JAURES",
    "BOULEVARD DES ETATS UNIS", "RUE DES ROSES", "RUE DU GENERAL DE GAULLE", "RUE PASTEUR", "RUE MARIUS BERLIET", "RUE DES PRES",
)  # fmt: skip


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("RUE V HUGO", "RUE VICTOR HUGO"),
        ("RUE GAMBETA", "RUE GAMBETTA"),
        ("RUE EGLISE", "RUE DE L EGLISE"),
        ("AVENUE JAURES", "AVENUE JEAN JAURES"),
        ("AVENEU JEAN JAURES", "AVENUE JEAN JAURES"),
        ("AVJEAN JAURES", "AVENUE JEAN JAURES"),
        ("RUEPASTEUR", "RUE PASTEUR"),
        ("AVENUE PASTEUR", "RUE PASTEUR"),
        ("PASTEUR", "RUE PASTEUR"),
        ("RUE DELA EGLISE", "RUE DE L EGLISE"),
        ("RUE MARIUS BERLIOT", "RUE MARIUS BERLIET"),
        ("RUE DE GAULLE", "RUE DU GENERAL DE GAULLE"),
        ("VICTOR HUGO", None),
        ("RUE DU BAC", None),
        ("RUE DES PINS", None),
        ("RUE DU 18 MAI 1945", None),
        ("RUE DES LILAS", None),
        ("GRANDE RUE", None),
    ],
)
def test_a_street_is_recognised_or_left_alone(written, meant):
    found = Streets((name, "69388") for name in WAYS).find(written, "69388")
    assert (found.street if found else None) == meant
