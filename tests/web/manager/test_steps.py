"""The steps of a campaign: what the number under each counts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from outreach.core import clock
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import find_campaign, launch_campaign
from outreach.intake import import_list
from outreach.web.manager.steps import steps_of

HEADER = "Réf client;Nom;Prénom;CP;Commune;Montant dû"


def test_the_number_of_the_list_is_that_of_its_rows_in_force(session, tmp_path):
    """Each week's full list takes the place of the one before: their rows are not added up."""

    def take(*references):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.csv"
        path.write_text("\n".join([HEADER, *(f"{one};DUPONT;Léa;69008;LYON;300" for one in references)]), encoding="utf-8")
        import_list(session, find_campaign(session, "energy-arrears"), path, actor="test")
        return steps_of(session, campaign)[0]

    with clock.travel(clock.at(date(2026, 10, 6), "08:00")):
        launch_campaign(session, read_folder(Path("campaigns") / "energy-arrears"), actor="test")
        campaign = find_campaign(session, "energy-arrears").campaign.id
        assert steps_of(session, campaign)[0].count == 0
        first = take("A1", "A2", "A3", "A4")
        assert (first.id, first.count) == ("list", 4)
        assert take("A1", "A2", "A3", "A5").count == 4
        assert take("A1", "A2", "A5").count == 3
