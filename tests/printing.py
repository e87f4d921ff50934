"""A small town whose first letters are due: what tests of print runs and of returned mail stand on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from sqlalchemy import text

from outreach.core import clock
from outreach.core.database import Database
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import Loaded, launch_campaign
from outreach.flows import pipeline
from outreach.intake.points import load_address_points, load_priority_streets
from outreach.intake.rural import load_rural_communes
from outreach.simulation.town import write_town

CODE = "energy-arrears"
START = date(2026, 10, 5)
PRINTING = "06:30"
PEOPLE = 200


@dataclass(frozen=True)
class Town:
    """A database in which the first letters of a campaign wait to be printed."""

    database: Database
    loaded: Loaded
    out: Path


def prepare_town(database: Database, folder: Path) -> tuple[Town, date]:
    """Everything up to the plan; returns the town and the first day on which letters are due."""
    write_town(PEOPLE, 11, folder / "town")
    with clock.travel(clock.at(START, "04:00")), database.session() as session:
        load_address_points(session, folder / "town" / "ban.csv")
        load_priority_streets(session, folder / "town" / "qpv.csv")
        load_rural_communes(session, folder / "town" / "densite.csv")
        launch_campaign(session, read_folder(Path("campaigns") / CODE), actor="test", lot=CODE)
    loaded = pipeline.loaded_campaign(database, CODE)
    with clock.travel(clock.at(START, "05:00")):
        for path in pipeline.lists_in(folder / "town" / "energie"):
            if path.name[:10] <= START.isoformat():
                pipeline.import_file(database, loaded, path, actor="test")
        pipeline.prepare(database, loaded, actor="test")
    # As if they were real: letters of invented people go to no print house.
    with database.session() as session:
        for table in ("person", "target_list"):
            session.execute(text(f"UPDATE {table} SET simulated = false"))
    query = text("SELECT min(due_at) FROM contact WHERE channel = 'letter' AND state = 'planned'")
    with database.session() as session:
        due = session.execute(query).scalar_one()
    return Town(database, loaded, folder / "out"), due.astimezone(clock.PARIS).date()


def plan_again(town: Town, day: date) -> None:
    """The plan of a morning."""
    with clock.travel(clock.at(day, "05:00")):
        pipeline.plan(town.database, town.loaded, actor="test")


def with_letters(town: Town, **letters: object) -> Town:
    """The same town with letters of the campaign in other languages, as messages.yaml would have them."""
    messages = town.loaded.folder.messages.model_copy(update={"letters": letters})
    return replace(town, loaded=replace(town.loaded, folder=replace(town.loaded.folder, messages=messages)))
