"""A small campaign in the database, case by case, for the figures of the reporting room."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core import clock
from outreach.core.marks import reference_mark
from outreach.core.words import EventKind, MediationKind
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import Loaded, find_campaign, launch_campaign
from outreach.models import (
    Building,
    Case,
    Household,
    ListRow,
    Mediation,
    Partner,
    Person,
    PrivateNote,
    RowIssue,
    Site,
    TargetList,
)  # fmt: skip
from outreach.tracking import NewEvent, append_events

Row = TypeVar("Row")
FOLDER = Path(__file__).parents[2] / "campaigns" / "energy-arrears"
START = clock.at(datetime(2026, 10, 5).date(), "09:00")  # noqa: DTZ001
END = datetime(2026, 12, 18).date()  # noqa: DTZ001


@dataclass
class Town:
    """Adds list rows, persons and cases to one launched campaign."""

    session: Session
    loaded: Loaded
    target: TargetList
    rows: int = 0

    def row(self, state: str = "new", person: Person | None = None) -> ListRow:
        """One row of the list."""
        self.rows += 1
        row = ListRow(
            list_id=self.target.id, campaign_id=self.loaded.campaign.id, partner_id=self.target.partner_id, row_number=self.rows,
            state=state, row_key=reference_mark(self.target.partner_id, f"R{self.rows}"), content_hash=UUID(int=self.rows), raw="", reference=f"R{self.rows}",
            mobile=person.mobile if person else None, person_id=person.id if person else None,
        )  # fmt: skip
        self.session.add(row)
        return row

    def case(self, *facts: tuple[EventKind, str | None, int], **what: Any) -> Case:
        """One case and its events: (kind, code, days after the start)."""
        return self.many(1, *facts, **what)[0]

    def many(self, number: int, *facts: tuple[EventKind, str | None, int], segment: str = "early", city: str = "LYON",
             kind: str = "exchange", area: str | None = None, themes: tuple[str, ...] = ("energie",)) -> list[Case]:  # fmt: skip
        """Several like cases, each a household of one person in a building of its own."""
        first = self.rows + 1
        buildings = self._stored(
            Building(
                address_key=f"{city}|{first + index}", city=city, insee=f"69{sum(map(ord, city)) % 1000:03d}", postal_code="69000",
                lon=4.8, lat=45.7, priority_area=area,
            )
            for index in range(number)
        )  # fmt: skip
        households = self._stored(Household(building_id=place.id, created_at=START) for place in buildings)
        persons = self._stored(
            Person(household_id=home.id, family_name="Essai", mobile="+33639980001", simulated=True, created_at=START)
            for home in households
        )
        site = self.session.scalars(select(Site.id)).first()
        for person in persons:
            self.row(person=person)
        cases = self._stored(
            Case(
                campaign_id=self.loaded.campaign.id, version_id=self.loaded.campaign.version_id, unit="household",
                household_id=person.household_id, person_id=person.id, site_id=site, segment=segment, priority=6, wave=1,
                letter_code=f"L{first + index:05d}", status="waiting", opened_at=START,
            )
            for index, person in enumerate(persons)
        )  # fmt: skip
        self._happen(cases, facts, kind, themes)
        return cases

    def _happen(
        self, cases: list[Case], facts: tuple[tuple[EventKind, str | None, int], ...], kind: str, themes: tuple[str, ...]
    ) -> None:
        append_events(
            self.session,
            [
                NewEvent(
                    case.id,
                    what,
                    f"{code}:{day}",
                    START + timedelta(days=day),
                    "test",
                    "test",
                    kind if what is EventKind.MEDIATED else code,
                )
                for case in cases
                for what, code, day in facts
            ],
        )
        mediations = self._stored(
            Mediation(
                id=uuid4(), campaign_id=case.campaign_id, site_id=case.site_id, case_id=case.id, kind=kind, medium="call",
                themes=list(themes), language="fr", minutes=12, actions={"payment_plan": {}} if kind == "action" else {},
                barriers=["budget"], obstacles=[], anonymous=0, occurred_at=START + timedelta(days=day), recorded_at=START,
                recorded_by="test",
            )
            for case in cases
            for what, _, day in facts
            if what is EventKind.MEDIATED
        )  # fmt: skip
        self._stored(
            PrivateNote(mediation_id=row.id, body="ne sort jamais", written_at=START, written_by="test") for row in mediations
        )

    def _stored(self, rows: Iterable[Row]) -> list[Row]:
        stored = list(rows)
        self.session.add_all(stored)
        self.session.flush()
        return stored


SENT = (EventKind.SENT, None, 1)
MEDIATED = (EventKind.MEDIATED, str(MediationKind.EXCHANGE), 9)
REFUSED = (EventKind.ATTEMPTED, "refused", 8)
UNREACHABLE = (EventKind.EXHAUSTED, "no_answer", 40)
WRONG = (EventKind.EXHAUSTED, "wrong_data", 20)
WITHDRAWN = (EventKind.WITHDRAWN, None, 15)
OBJECTED = (EventKind.OBJECTED, None, 12)


def a_town(session: Session) -> Town:
    """The energy campaign, launched, with one empty list."""
    with clock.travel(START):
        launch_campaign(session, read_folder(FOLDER), actor="test")
        loaded = find_campaign(session, "energy-arrears")
    agreement = loaded.campaign.agreement_id
    partner = session.scalars(select(Partner.id)).one()
    target = TargetList(
        campaign_id=loaded.campaign.id, agreement_id=agreement, partner_id=partner, state="committed", list_code="impayes",
        scope="impayes", mode="full", file_name="liste.csv", sha256="a", content_hash="b", simulated=True, delivered_by="test",
        delivered_through="command", imported_at=START, committed_at=START, total=0, blank=1, set_aside=0, counts={}, detection={},
        columns=[], notices=[], columns_left_out=[], basis="",
    )  # fmt: skip
    session.add(target)
    session.flush()
    return Town(session, loaded, target)


def a_season(town: Town) -> None:
    """Some of every outcome, over two communes, two segments and two months."""
    town.many(40, SENT, MEDIATED, kind="action", segment="notice")
    town.many(30, SENT, MEDIATED, kind="information", city="VENISSIEUX", area="QP069")
    town.many(10, SENT, MEDIATED)
    town.many(9, SENT, REFUSED, city="VENISSIEUX")
    town.many(12, SENT, UNREACHABLE, segment="notice")
    town.many(6, SENT, WRONG)
    town.many(7, SENT, WITHDRAWN)
    town.many(2, SENT, OBJECTED, city="BRON")
    town.many(8, (EventKind.SENT, None, 30), city="BRON")
    town.many(6)
    town.row("rejected")
    town.row("duplicate")
    town.session.add(
        RowIssue(
            list_id=town.target.id,
            row_number=town.rows,
            column_name="Téléphone",
            value="x",
            code="phone",
            reason="=trop court",
            details={},
            rejects=False,
        )
    )
    town.session.flush()
