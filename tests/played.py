"""A small town played for some days: what tests of the later stages stand on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from outreach.core import clock
from outreach.core.database import Database
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import Loaded, launch_campaign
from outreach.flows import pipeline
from outreach.intake.points import load_address_points, load_priority_streets
from outreach.intake.rural import load_rural_communes
from outreach.simulation.residents import Residents
from outreach.simulation.season import Part, Player, Season
from outreach.simulation.town import write_town

START, END = date(2026, 10, 5), date(2026, 10, 28)
"""Long enough for every step of the cadence, short enough that some of each is still to come."""
PEOPLE = 600


@dataclass
class Played:
    """A database in which a campaign was played."""

    database: Database
    loaded: Loaded
    season: Season
    town: Path
    out: Path
    player: Player

    def play_again(self, end: date) -> Season:
        """Play the same days once more."""
        return self.player.play(START, end)[self.loaded.campaign.code]


def play(database: Database, folder: Path, end: date, code: str = "energy-arrears", lists: str = "energie") -> Played:
    """Write a town of ``PEOPLE`` and play a campaign in it from ``START`` to ``end``."""
    town = folder / "town"
    if not town.exists():
        write_town(PEOPLE, 11, town)
    with clock.travel(clock.at(START, "04:00")), database.session() as session:
        load_address_points(session, town / "ban.csv")
        load_priority_streets(session, town / "qpv.csv")
        load_rural_communes(session, town / "densite.csv")
        launch_campaign(session, read_folder(Path("campaigns") / code), actor="test", lot=code)
    loaded = pipeline.loaded_campaign(database, code)
    player = Player(database, (Part(loaded, town / lists, folder / "out"),), Residents(3))
    return Played(database, loaded, player.play(START, end)[code], town, folder / "out", player)
