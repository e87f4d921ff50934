"""Sites and mediators of a campaign as a form: those of the association, who takes part, and when each works."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from babel.dates import get_day_names
from sqlalchemy import text

from outreach.core.i18n import N_, _, language
from outreach.core.words import TravelMode
from outreach.definitions.hours import WEEKDAYS
from outreach.definitions.written import Written

if TYPE_CHECKING:
    from sqlalchemy.orm import Session
    from starlette.datastructures import FormData

    from outreach.definitions.loader import Mistake

KINDS = {"calls": N_("Appels"), "visits": N_("Visites"), "desk": N_("Accueil")}
TRAVELS = {"foot": N_("à pied"), "bike": N_("à vélo"), "car": N_("en voiture"), "transit": N_("en transports en commun")}
SITES = """
SELECT s.code, s.name, s.address, s.phone, s.insee, s.lon, s.lat FROM site s JOIN association a ON a.id = s.association_id
WHERE a.code = :association ORDER BY s.name, s.code
"""
PEOPLE = """
SELECT m.code, m.name, m.languages, m.travel_mode AS travel, m.phone, s.code AS site
FROM mediator m JOIN site s ON s.id = m.site_id
  JOIN association a ON a.id = s.association_id WHERE a.code = :association ORDER BY m.name, m.code
"""
# When people work is said by campaigns alone: the latest that names them.
EARLIER = "SELECT c.draft -> 'campaign' -> 'sites' FROM campaign c WHERE c.draft IS NOT NULL ORDER BY c.id DESC LIMIT 50"


@dataclass
class Person:
    """A mediator as the form shows them: as the definition writes them, whether they take part, and what is wrong."""

    given: Written
    chosen: bool
    wrong: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the names of its fields begin with."""
        return f"person.{self.given['code']}"

    @property
    def languages(self) -> str:
        """The languages as they are typed."""
        return ", ".join(self.given["languages"])

    def days(self, kind: str) -> list[str]:
        """The days of one kind of work."""
        return list((self.given.get(kind) or {}).get("days", []))

    def hour(self, kind: str, at: int) -> str:
        """When it begins (0) or ends (1), as a field of hours holds it."""
        hours = (self.given.get(kind) or {}).get("hours", ["", ""])
        return str(hours[at])[:5]

    @property
    def words(self) -> str:
        """When they work, in words."""
        names = _day_names()
        said = [
            f"{_(words)} {', '.join(names[day] for day in self.days(kind) if day in names)} {self.hour(kind, 0)}-{self.hour(kind, 1)}"
            for kind, words in KINDS.items()
            if self.days(kind)
        ]
        return " · ".join(said) or _("aucune heure n'est dite")


@dataclass
class Place:
    """A site, whether it takes part, and its people."""

    given: Written
    chosen: bool
    people: list[Person]
    error: str = ""


def places_of(session: Session, association: str, sites: list[Written]) -> list[Place]:
    """Every site of an association with its people, those of a definition as it writes them; ``session``: behind the wall."""
    known = {site["code"]: site for site in sites}
    at_work = _earlier(session)
    people: dict[str, list[Person]] = {
        code: [Person(one, chosen=True) for one in site["mediators"]] for code, site in known.items()
    }
    named = {person.given["code"] for group in people.values() for person in group}
    for row in session.execute(text(PEOPLE), {"association": association}).mappings():
        if row["code"] not in named:
            given = {name: value for name, value in row.items() if name != "site" and value is not None}
            people.setdefault(row["site"], []).append(Person(at_work.get(row["code"], {}) | given, chosen=False))
    found = [Place(site, True, people[code]) for code, site in known.items()]
    others = session.execute(text(SITES), {"association": association}).mappings()
    found += [Place(dict(row), False, people.get(row["code"], [])) for row in others if row["code"] not in known]
    return found


def _earlier(session: Session) -> dict[str, Written]:
    """When people work, as the latest campaign that names them says."""
    found: dict[str, Written] = {}
    for sites in session.execute(text(EARLIER)).scalars():
        for person in (person for site in sites for person in site["mediators"]):
            hours = {kind: person[kind] for kind in KINDS if person.get(kind)}
            found.setdefault(person["code"], hours)
    return found


def sent_places(places: list[Place], form: FormData) -> list[Place]:
    """The same as a form says it; codes that nobody of the association has are not looked at."""
    return [
        Place(place.given, f"site.{place.given['code']}" in form, [_sent(person, form) for person in place.people])
        for place in places
    ]


def _sent(person: Person, form: FormData) -> Person:
    given = {name: value for name, value in person.given.items() if name not in KINDS}
    given["languages"] = [
        code.strip() for code in str(form.get(f"{person.name}.languages", person.languages)).split(",") if code.strip()
    ]
    given["travel"] = str(form.get(f"{person.name}.travel", given.get("travel", TravelMode.TRANSIT.value)))
    for kind in KINDS:
        days = [str(day) for day in form.getlist(f"{person.name}.{kind}.days")]
        hours = [str(form.get(f"{person.name}.{kind}.{end}", "")).strip() for end in ("from", "to")]
        if set(days) == set(person.days(kind)):
            days = person.days(kind)
        if days or any(hours):
            given[kind] = {"days": days, "hours": hours}
    return Person(given, person.name in form)


def sites_of(places: list[Place]) -> list[Written]:
    """What a definition writes of those who take part."""
    return [
        place.given | {"mediators": [person.given for person in place.people if person.chosen]}
        for place in places
        if place.chosen
    ]


def blame(places: list[Place], mistakes: list[Mistake]) -> None:
    """Put each mistake of a definition to the site or the person that it is about."""
    chosen = [place for place in places if place.chosen]
    for mistake in mistakes:
        part, *way = mistake.where.split(".")
        if part != "sites" or not way or not way[0].isdigit():
            continue
        place = chosen[int(way[0])]
        people = [person for person in place.people if person.chosen]
        match way[1:]:
            case ["mediators", at, about, *_rest] if at.isdigit():
                people[int(at)].wrong.setdefault(about, mistake.message)
            case _:
                place.error = mistake.message


def _day_names() -> Mapping[str, str]:
    names = get_day_names("abbreviated", locale=language())
    return {code: str(names[at]) for at, code in enumerate(WEEKDAYS)}


def days() -> list[tuple[str, str]]:
    """The days of a week by their codes."""
    return list(_day_names().items())


def kinds() -> Iterator[tuple[str, str]]:
    """The kinds of work, each with its name."""
    return ((kind, _(words)) for kind, words in KINDS.items())


def travels() -> list[tuple[str, Any]]:
    """The ways of getting from door to door."""
    return [(mode.value, _(TRAVELS[mode.value])) for mode in TravelMode]
