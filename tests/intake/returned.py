"""A campaign with customers and cases, and return files for it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from outreach.core import clock
from outreach.core.marks import reference_mark
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import find_campaign, launch_campaign
from outreach.intake.returns import import_returns
from outreach.models import Case, Event, Household, ListRow, Partner, Person, Site, TargetList
from outreach.policy.outcomes import CASE_OUTCOMES

DAY = clock.at(date(2026, 11, 10), "08:00")
HEADER = "Réf client;Constaté le;Facture réglée;Montant réglé;Échéancier;Fourniture"


class Returned:
    """Adds customers to the launched energy campaign, and takes return files in."""

    def __init__(self, session, folder, day=DAY):
        self.session, self.folder, self.day = session, folder, day
        self.person, self.cases, self.files, self.rows = {}, {}, 0, 0
        launch_campaign(session, read_folder(Path("campaigns") / "energy-arrears"), actor="test")
        partner = session.scalars(select(Partner.id)).one()
        campaign = self.loaded().campaign
        self.target = TargetList(
            campaign_id=campaign.id, agreement_id=campaign.agreement_id, partner_id=partner, state="committed", list_code="impayes",
            scope="impayes", mode="full", file_name="liste.csv", sha256="a", content_hash="b", simulated=True, delivered_by="test",
            delivered_through="command", imported_at=day, committed_at=day, total=0, blank=0, set_aside=0, counts={}, detection={},
            columns=[], notices=[], columns_left_out=[], basis="",
        )  # fmt: skip
        session.add(self.target)
        session.flush()

    def loaded(self):
        return find_campaign(self.session, "energy-arrears")

    def listed(self, reference, like=None, building=None):
        """A row of the list, of a person of its own, or of the person of another row."""
        self.rows += 1
        person = self.person.get(like) or self._person(building)
        self.person[reference] = person
        self.session.add(
            ListRow(
                list_id=self.target.id, campaign_id=self.target.campaign_id, partner_id=self.target.partner_id,
                row_number=self.rows, state="new", row_key=reference_mark(self.target.partner_id, reference), content_hash=UUID(int=self.rows), raw="", reference=reference,
                person_id=person,
            )
        )  # fmt: skip
        self.session.flush()

    def known(self, *references, building=None, **what):
        """Customers with a case each (``what``: of the case); returns the cases by reference."""
        site = self.session.scalars(select(Site.id)).first()
        campaign = self.loaded().campaign
        for reference in references:
            self.listed(reference, building=building)
            person = self.session.get_one(Person, self.person[reference])
            written = {
                "campaign_id": campaign.id, "version_id": campaign.version_id, "unit": "household",
                "household_id": person.household_id, "person_id": person.id, "site_id": site, "segment": "early", "priority": 6,
                "wave": 1, "letter_code": f"L{person.id}", "status": "waiting", "opened_at": self.day,
            }  # fmt: skip
            case = Case(**(written | what))
            self.session.add(case)
            self.session.flush()
            self.cases[reference] = case.id
        return dict(self.cases)

    def join(self, reference, other):
        """The case of one reference joins the case of another."""
        case = self.cases[reference]
        self.session.add(
            Event(
                id=uuid4(), case_id=case, kind="joined", code=None, occurred_at=self.day, recorded_at=self.day, actor="test", source="matching",
                data={"into": self.cases[other]}, contact_id=None,
            )
        )  # fmt: skip
        self.session.flush()
        self.session.execute(
            text("UPDATE \"case\" SET status = 'joined', closed_at = :day WHERE id = :id"), {"day": self.day, "id": case}
        )

    def write(self, *lines, header=HEADER):
        self.files += 1
        path = self.folder / f"retour-{self.files}.csv"
        path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
        return path

    def take(self, *lines, header=HEADER, path=None, **more):
        return import_returns(self.session, self.loaded(), path or self.write(*lines, header=header), actor="test", **more)

    def values(self, until=date(2026, 12, 31)):
        return {"campaign": self.target.campaign_id, "until": until}

    def held(self, **values):
        rows = self.session.execute(text(CASE_OUTCOMES), self.values(**values))
        return {(row.case_id, row.kind): (row.value, float(row.amount) if row.amount is not None else None) for row in rows}

    def count(self):
        return self.session.execute(text("SELECT count(*) FROM partner_outcome")).scalar_one()

    def _person(self, building):
        home = Household(created_at=self.day, building_id=building)
        self.session.add(home)
        self.session.flush()
        person = Person(household_id=home.id, family_name="Essai", simulated=True, created_at=self.day)
        self.session.add(person)
        self.session.flush()
        return person.id


@pytest.fixture
def returned(session, tmp_path):
    """The campaign, on a day on which a return file comes."""
    with clock.travel(DAY):
        yield Returned(session, tmp_path)
