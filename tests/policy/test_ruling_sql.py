"""The set-based form says what the pure function says: 10,000 random contacts over random histories."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta

import pandas as pd
from sqlalchemy import text

from outreach.core import bulk, clock
from outreach.core.marks import mark
from outreach.core.words import Channel
from outreach.policy.dispositions import REFUSALS, STICKERS
from outreach.policy.pressure import Limits
from outreach.policy.ruling import Ask, Forbidden, History, Terms, ruling
from outreach.policy.ruling_sql import COUNTED, Calendar, rulings, territories_of
from outreach.policy.territories import zone_of
from outreach.policy.windows import Hours, Window, openings
from tests.opened import contact as ways

CASES = 10_000
FIRST = date(2026, 10, 12)
DAYS = 24
"""The asks lie in these days: a change of the clock (25 October) and two holidays (1 and 11 November) among them."""
COMMUNES = ("69388", "67482", "97411", "97105", "98735", None)
TERMS = {
    1: Terms(date(2026, 1, 1), date(2026, 12, 31)),
    2: Terms(date(2026, 10, 15), date(2026, 10, 30), Limits(calls=2, silence_days=75, contacts=3)),
    3: Terms(
        date(2026, 1, 1),
        date(2027, 1, 1),
        Limits(calls=1, contacts=7),
        Hours({Channel.CALL: Window(frozenset({1, 3}), ((time(10), time(12)),))}),
    ),
}
PARTNERS = {1: 1, 2: 2, 3: 1}
ASKS = "SELECT id, person_id, unit, agreement_id AS terms_id, partner_id, channel, at, promised, site_insee FROM asked"


class Town:
    """People in households, some merged into others, with a random past of contacts and objections."""

    def __init__(self, seed: int, households: int) -> None:
        self.draw = random.Random(seed)
        self.households = {number: self.draw.choice(COMMUNES) for number in range(1, households + 1)}
        self.people: dict[int, dict] = {}
        for household in [*self.households, None]:
            for _ in range(self.draw.randint(1, 4)):
                number = len(self.people) + 1
                same = [
                    other for other in self.people.values() if other["household"] == household and other["merged_into"] is None
                ]
                merged = self.draw.choice(same)["id"] if same and self.draw.random() < 0.25 else None
                phone = f"+33639980{self.draw.randint(0, 400):03}" if self.draw.random() < 0.7 else None
                self.people[number] = {
                    "id": number, "household": None if merged else household, "merged_into": merged, "mobile": phone,
                    "was_at": household,
                }  # fmt: skip
        self.cases: dict[tuple, int] = {}
        self.live: set[int] = set()
        self.contacts = [self._contact(number) for number in range(1, 1 + 6 * len(self.people))]
        self.made: dict[int, list[dict]] = defaultdict(list)
        for contact in self.contacts:
            if contact["state"] in COUNTED:
                self.made[contact["person"]].append(contact)
        self.objections = [
            {"person": person, "mobile": self.people[person]["mobile"], "at": self.moment()}
            for person in self.draw.sample(sorted(self.people), len(self.people) // 12)
        ]

    def moment(self) -> datetime:
        """A random moment in the days of the asks, or in the 80 days before."""
        day = FIRST + timedelta(days=self.draw.randint(-80, DAYS - 1))
        return clock.at(day, "00:00") + timedelta(minutes=self.draw.randint(0, 24 * 60 - 1))

    def _contact(self, number: int) -> dict:
        channel = self.draw.choice([Channel.CALL, Channel.CALL, *Channel])
        spoken = channel in {Channel.CALL, Channel.VISIT}
        code = self.draw.choice(["no_answer", "not_home", "busy"] * 12 + REFUSALS + STICKERS) if spoken else "sent"
        key = (self.draw.choice(sorted(self.people)), self.draw.choice(list(TERMS)), self.draw.choice(["person", "household"]))
        case = self.cases.setdefault(key, len(self.cases) + 1)
        state = self.draw.choice(["sent", "done", "done", "failed", "cancelled", "planned", "claimed", "unknown"])
        if state in {"planned", "claimed", "unknown"} and case in self.live:
            state = "done"
        self.live |= {case} if state in {"planned", "claimed", "unknown"} else set()
        return {
            "id": number, "case": case, "person": key[0], "agreement": key[1], "unit": key[2], "channel": channel, "code": code,
            "at": self.moment(), "state": state,
        }  # fmt: skip

    def living(self, person: int) -> int:
        """The number under which a human being lives on in the register."""
        return self.people[person]["merged_into"] or person

    def home(self, person: int) -> int | None:
        """Where they live now."""
        return self.people[self.living(person)]["household"]

    def asks(self, count: int) -> list[dict]:
        """Contacts that somebody would like to make, most of them inside the hours."""
        found = []
        for number in range(1, count + 1):
            person, channel, agreement = (
                self.draw.choice(sorted(self.people)),
                self.draw.choice(list(Channel)),
                self.draw.choice(list(TERMS)),
            )
            day = FIRST + timedelta(days=self.draw.randint(0, DAYS - 1))
            site = self.draw.choice(COMMUNES)
            insee = self.households.get(self.home(person)) or site or ""
            spans = openings(channel, day, insee, TERMS[agreement].hours)
            at = clock.at(day, "00:00") + timedelta(minutes=self.draw.randint(0, 24 * 60 - 1))
            if spans and self.draw.random() < 0.9:
                begins, ends = self.draw.choice(spans)
                at = self.draw.choice([begins, ends, begins + (ends - begins) * self.draw.random()])
            found.append(
                # Asked of nothing in the past: what has been made is not held against itself.
                {"id": len(self.contacts) + number, "person": person, "unit": self.draw.choice(["person", "household"]), "agreement": agreement,
                 "channel": channel, "at": at, "insee": insee, "site_insee": site, "promised": self.draw.random() < 0.1}
            )  # fmt: skip
        return found


def said_by_the_pure_function(town: Town, asked: dict) -> Forbidden | None:
    """The history of one ask, put together person by person, and the pure ruling on it."""
    living, home, at = town.living(asked["person"]), town.home(asked["person"]), asked["at"]
    zone = zone_of(asked["insee"])
    own = {person for person in town.people if town.living(person) == living}
    mates = own | {person for person in town.people if home is not None and town.home(person) == home}
    meant = own if asked["unit"] == "person" else mates
    phones = {town.people[person]["mobile"] for person in meant} - {None}
    objected = any(o["at"] <= at and (o["person"] in meant or o["mobile"] in phones) for o in town.objections)
    made = [contact for person in mates for contact in town.made[person] if contact["at"] <= at]

    def days(contacts) -> list[date]:
        return [contact["at"].astimezone(zone).date() for contact in contacts]

    history = History(
        objected=objected,
        refusals=days(c for c in made if c["code"] in REFUSALS and (c["person"] in own or c["unit"] == "household")),
        calls=days(
            c for c in made
            if c["person"] in own and c["channel"] is Channel.CALL and PARTNERS[c["agreement"]] == PARTNERS[asked["agreement"]]
        ),
        contacts=days(made),
        sticker=any(c["code"] in STICKERS for c in made),
    )  # fmt: skip
    return ruling(Ask(asked["channel"], at, TERMS[asked["agreement"]], asked["insee"], history, promised=asked["promised"]))


def settle(session, town: Town, asks: list[dict]) -> None:
    """Write the town down in the register."""
    session.execute(text("INSERT INTO partner (id, code, name, kind) VALUES (1, 'p1', 'P', 'energy'), (2, 'p2', 'P', 'water')"))
    session.execute(text("INSERT INTO association (id, code, name) VALUES (1, 'a', 'A')"))
    session.execute(text(
        "INSERT INTO site (id, association_id, code, name, address, phone, insee, lon, lat) VALUES (1, 1, 's', 'S', 'x', '04 65 71 00 00', '69388', 4.8, 45.7)"
    ))  # fmt: skip
    for agreement, terms in TERMS.items():
        values = {
            "id": agreement,
            "partner": PARTNERS[agreement],
            "from": terms.valid_from,
            "to": terms.valid_to,
            "code": f"g{agreement}",
        }
        session.execute(
            text(
                "INSERT INTO agreement (id, code, partner_id, association_id, valid_from, valid_to, definition, content_hash) VALUES (:id, :code, :partner, 1, :from, :to, '{}', '')"
            ),
            values,
        )
        session.execute(
            text(
                "INSERT INTO campaign (id, code, name, agreement_id, unit, state) VALUES (:id, :code, '', :id, 'person', 'launched')"
            ),
            values,
        )
        session.execute(
            text(
                "INSERT INTO campaign_version (id, campaign_id, number, content_hash, definition, launched_at, launched_by) VALUES (:id, :id, 1, '', '{}', now(), '')"
            ),
            values,
        )
    places = [(number, insee) for number, insee in town.households.items()]
    bulk.copy_in(session, "building", pd.DataFrame([{"id": n, "address_key": f"k{n}", "insee": insee} for n, insee in places]))
    bulk.copy_in(session, "household", pd.DataFrame([{"id": n, "building_id": n, "created_at": clock.now()} for n, _ in places]))
    people = pd.DataFrame([
        {"id": p["id"], "household_id": p["household"], **ways(p["mobile"]), "merged_into": p["merged_into"], "simulated": True,
         "created_at": clock.now()} for p in town.people.values()
    ]).astype({"household_id": "Int64", "merged_into": "Int64"})  # fmt: skip
    bulk.copy_in(session, "person", people)
    cases = pd.DataFrame([
        {"id": case, "campaign_id": agreement, "version_id": agreement, "unit": unit, "household_id": None, "person_id": person,
         "site_id": 1, "segment": "s", "priority": 1, "wave": 1, "letter_code": str(case), "status": "waiting", "opened_at": clock.now()}
        for (person, agreement, unit), case in town.cases.items()
    ]).astype({"household_id": "Int64"})  # fmt: skip
    bulk.copy_in(session, '"case"', cases)
    contacts = pd.DataFrame([
        {"id": c["id"], "campaign_id": c["agreement"], "case_id": c["case"], "person_id": c["person"], "step": str(c["id"]), "attempt": 1,
         "channel": c["channel"].value, "language": "fr", "state": c["state"], "due_at": c["at"], "useful_until": c["at"],
         "done_at": c["at"] if c["state"] in {"sent", "done", "failed"} else None, "disposition": c["code"]}
        for c in town.contacts
    ])  # fmt: skip
    bulk.copy_in(session, "contact", contacts)
    for objection in town.objections:
        identity = objection["mobile"] or f"person:{objection['person']}"
        values = {"person": objection["person"], "mark": mark(identity), "at": objection["at"]}
        session.execute(
            text(
                "INSERT INTO objection (id, person_id, mark, source, occurred_at, recorded_at) VALUES (gen_random_uuid(), :person, :mark, 'test', :at, :at)"
            ),
            values,
        )
    session.execute(
        text(
            "CREATE TEMP TABLE asked (id bigint, person_id bigint, unit text, agreement_id bigint, partner_id bigint, channel text, at timestamptz, promised boolean, site_insee text)"
        )
    )
    bulk.copy_in(session, "asked", pd.DataFrame([
        {"id": a["id"], "person_id": a["person"], "unit": a["unit"], "agreement_id": a["agreement"], "channel": a["channel"].value, "at": a["at"],
         "partner_id": PARTNERS[a["agreement"]], "promised": a["promised"], "site_insee": a["site_insee"]}
        for a in asks
    ]))  # fmt: skip


def test_the_rules_in_sql_are_the_rules_in_python(session):
    town = Town(seed=20261125, households=300)
    asks = town.asks(CASES)
    settle(session, town, asks)
    territories = territories_of(session, ASKS, {})
    days = [FIRST + timedelta(days=ahead) for ahead in range(-1, DAYS + 2)]
    calendar = Calendar.of(TERMS, Channel, territories, days)
    in_sql = rulings(session, ASKS, calendar)
    in_python = {asked["id"]: said_by_the_pure_function(town, asked) for asked in asks}
    assert in_sql == in_python
    seen = Counter(in_python.values())
    assert set(seen) == {None, *Forbidden}, "every rule had its say"
    assert min(seen.values()) >= 20, seen
