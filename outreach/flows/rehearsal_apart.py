"""A rehearsal in a process of its own, for a server: it moves the clock, and a process has only one.

Nothing leaves, messages and calls go nowhere, unless it shall send to its guests. The parts of the talk are JSON on the child's
standard input and output.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outreach.core import clock
from outreach.core.database import Database
from outreach.core.embedded import EmbeddedCluster
from outreach.core.errors import OutreachError
from outreach.core.i18n import N_, _, language, speaking
from outreach.core.progress import step
from outreach.core.settings import settings
from outreach.core.words import Channel

if TYPE_CHECKING:
    from outreach.definitions.loader import Folder
    from outreach.flows.pipeline import Lines

STEP = N_("Répétition, jour après jour, avec vos invités")
LOOK_SECONDS = 10
LONGEST_SECONDS = 1800


def rehearse_apart(database: Database, campaign: str, guests: Path, *, actor: str, send: bool = False) -> None:
    """Rehearse the draft of a campaign with the guests of a file, and keep the report; ``send``: to these guests, for real.

    Raises what the rehearsal raises.
    """
    asked = {
        "url": database.url, "owner": database.owner_url, "campaign": campaign, "guests": str(guests), "actor": actor, "send": send,
        "home": str(database.cluster.home) if database.cluster else None,
        "now": clock.now().isoformat(), "language": language(),
    }  # fmt: skip
    # The child reads the settings of this process: its environment is the same.
    child = subprocess.Popen(
        [sys.executable, "-m", "outreach.flows.rehearsal_apart"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        said = _followed(child, json.dumps(asked))
    finally:
        child.kill()
        child.wait()
    told = json.loads(said.splitlines()[-1]) if said.strip() else None
    if told is None:
        raise OutreachError(_("la répétition s'est arrêtée sans rien dire"), mend=_("Essayez encore une fois."))
    if told["message"]:
        raise _refusal(told["message"], told["place"], told["mend"])


def _refusal(message: str, place: str | None, mend: str | None) -> OutreachError:
    """What the child could not do, in its own words."""
    return OutreachError(message, place=place, mend=mend)


def _followed(child: subprocess.Popen[str], asked: str) -> str:
    """What the child says at its end; who waits is told meanwhile that it goes on."""
    with step(STEP) as advance:
        sent: str | None = asked
        for _look in range(LONGEST_SECONDS // LOOK_SECONDS):
            try:
                return child.communicate(sent, timeout=LOOK_SECONDS)[0]
            except subprocess.TimeoutExpired:
                sent = None
                advance(0)
    raise OutreachError(_("la répétition dure trop longtemps"), mend=_("Invitez moins de monde."))


def nowhere_lines(folder: Folder) -> Lines:
    """Providers that send nothing, for what a definition does."""
    from outreach.channels.nowhere import Nowhere
    from outreach.flows.pipeline import Lines

    campaign = folder.campaign
    nowhere = Nowhere(languages=frozenset(code.partition("-")[0] for code in folder.messages.voice))
    plays = any(one.recorded for one in campaign.cadence)
    return Lines(nowhere if Channel.SMS in campaign.channels else None, nowhere if plays else None)


def main() -> None:
    """What the child does."""
    asked = json.loads(sys.stdin.read())
    told: dict[str, Any] = {"message": None, "place": None, "mend": None}
    with speaking(asked["language"]), clock.travel(datetime.fromisoformat(asked["now"]), running=True):
        try:
            _rehearse(asked)
        except OutreachError as error:
            told = {"message": error.message, "place": error.place, "mend": error.mend}
    sys.stdout.write("\n" + json.dumps(told) + "\n")


def _rehearse(asked: dict[str, Any]) -> None:
    from outreach.definitions.guests import read_guests
    from outreach.flows.lists import loaded_campaign
    from outreach.flows.rehearsal import rehearse
    from outreach.flows.rehearsal_guests import guest_lines

    # The embedded server goes on for as long as one of its users is there, and keeps the installation's secrets.
    cluster = EmbeddedCluster(Path(asked["home"]), fsync=settings().embedded_fsync) if asked["home"] else None
    if cluster is not None:
        cluster.open()
    try:
        database = Database(asked["url"], asked["owner"], cluster)
        folder = loaded_campaign(database, asked["campaign"], drafts=True).folder
        with tempfile.TemporaryDirectory(prefix="rehearsal-") as out:
            guests = read_guests(Path(asked["guests"]))
            lines = guest_lines(database, folder, guests) if asked["send"] else nowhere_lines(folder)
            rehearse(database, folder, guests, lines, Path(out), actor=asked["actor"], sent=asked["send"])
        database.dispose()
    finally:
        if cluster is not None:
            cluster.close()


if __name__ == "__main__":
    main()
