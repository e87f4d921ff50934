"""``outreach demo``: a synthetic town, its partners' files, and a season of two campaigns, end to end."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outreach.cli.output import AsJson, database, emit, funnel_rows, progress_shown, table
from outreach.cli.state import DEMO_DATABASE, state
from outreach.core.i18n import _

if TYPE_CHECKING:
    from outreach.core.database import Database
    from outreach.simulation.season import Season

SEED = 7
START, END = date(2026, 10, 5), date(2026, 11, 13)
PLAYED = {"energy-arrears": "energie", "water-meter-access": "bailleur"}
"""The campaigns of the demonstration and the folder of the town where their partner's files lie."""


def demo(
    people: Annotated[int, typer.Option(min=200, help=_("Habitants de la ville fictive."))] = 20_000,
    out: Annotated[Path, typer.Option(help=_("Dossier des fichiers produits."))] = Path("out/demo"),
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], show_default=END.isoformat(), help=_("Dernier jour joué (AAAA-MM-JJ).")),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Play the demonstration."""
    from outreach.simulation.town import is_written, write_town

    end = _last_day(until.date() if until else END)
    state.database_name = DEMO_DATABASE
    town = out / f"town-{people}"
    if not is_written(town):
        with progress_shown(quiet=as_json):
            write_town(people, SEED, town)
    opened = database()
    played = _play(opened, town, out, end, quiet=as_json)
    _show(opened, played, out, end, as_json=as_json)


def _last_day(chosen: date) -> date:
    """The last day to play.

    Raises ``OutreachError`` before each campaign has begun, or after one is over: it would have no report.
    """
    from outreach.core.errors import OutreachError
    from outreach.core.settings import settings
    from outreach.definitions.loader import read_folder

    campaigns = [read_folder(settings().campaigns / code).campaign for code in PLAYED]
    first, last = max(one.starts_on for one in campaigns), min(one.ends_on for one in campaigns)
    if not first <= chosen <= last:
        raise OutreachError(
            _("la démonstration ne peut pas finir ce jour-là"), place=f"--until {chosen}",
            mend=_("Choisissez un jour du {first} au {last}.").format(first=first, last=last),
        )  # fmt: skip
    return chosen


def _play(opened: Database, town: Path, out: Path, end: date, *, quiet: bool) -> dict[str, Season]:
    from outreach.core import clock
    from outreach.core.words import Channel
    from outreach.flows import pipeline
    from outreach.policy.windows import next_open_day
    from outreach.simulation.residents import Residents
    from outreach.simulation.season import Part, Player

    _launch(opened, town)
    parts = tuple(Part(pipeline.loaded_campaign(opened, code), town / folder, out / code) for code, folder in PLAYED.items())
    with progress_shown(quiet=quiet):
        seasons = Player(opened, parts, Residents(SEED)).play(START, end)
    for part in parts:
        season = seasons[part.loaded.campaign.code]
        with clock.travel(clock.at(end, "21:00")), season.stage("reporting"):
            pipeline.report(opened, part.loaded, part.out, actor="demo")
            pipeline.sheets(opened, part.loaded, next_open_day(Channel.CALL, end + timedelta(days=1)), part.out)
    return seasons


def _launch(opened: Database, town: Path) -> None:
    """Give the engine the town's streets, and launch the campaigns, on the eve of the first day."""
    from outreach.core import clock
    from outreach.core.settings import settings
    from outreach.definitions.loader import read_folder
    from outreach.definitions.registry import launch_campaign
    from outreach.intake.points import load_address_points, load_priority_streets
    from outreach.intake.rural import load_rural_communes

    with clock.travel(clock.at(START, "04:00")), opened.session() as session:
        load_address_points(session, town / "ban.csv")
        load_priority_streets(session, town / "qpv.csv")
        load_rural_communes(session, town / "densite.csv")
        for code in PLAYED:
            launch_campaign(session, read_folder(settings().campaigns / code), actor="demo", lot=f"demo {code}")


def _show(opened: Database, played: dict[str, Season], out: Path, end: date, *, as_json: bool) -> None:
    from outreach.core import clock
    from outreach.flows import pipeline
    from outreach.reporting import campaign_funnel

    results: dict[str, Any] = {}
    for code, season in played.items():
        loaded = pipeline.loaded_campaign(opened, code)
        with clock.travel(clock.at(end, "21:00")), opened.session() as session:
            funnel = campaign_funnel(session, loaded)
        results[code] = {"funnel": funnel, "contacts": season.results, "seconds": season.seconds}
        if not as_json:
            table(loaded.campaign.name, funnel_rows(funnel))
            table("", [[_("secondes"), "  ".join(f"{name} {value:.1f}" for name, value in season.seconds.items())]])
    files = sorted(str(path) for path in out.rglob("*") if path.suffix in {".pdf", ".xlsx"} and "town" not in str(path))
    results["files"] = files
    emit(results, as_json, _("Fichiers produits"), [[path] for path in files])
