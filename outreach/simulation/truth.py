"""The truth behind the lists: who stands on each line, who they are. For tests and benchmarks only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from outreach.simulation.pools import Flags, Numbers, Texts, texts
from outreach.simulation.population import Town

REPEAT = "repeat"
OK = "ok"


@dataclass
class Truth:
    """Columns of the truth, gathered file by file."""

    parts: list[tuple[str, Numbers, Numbers, Texts]] = field(default_factory=list)

    def note(self, file: str, lines: Numbers, person: Numbers, expected: Texts) -> None:
        """Remember who stands on each line of a file, and what intake must make of it."""
        self.parts.append((file, lines, person, expected))

    def columns(self, town: Town) -> dict[str, Any]:
        """The columns of the truth file; ids start at 1, line numbers are those a person sees."""
        person = np.concatenate([part[2] for part in self.parts])
        return {
            "file": np.repeat([part[0] for part in self.parts], [part[1].size for part in self.parts]),
            "row_number": np.concatenate([part[1] for part in self.parts]),
            "person_id": person + 1,
            "household_id": town.members.household[person] + 1,
            "expected": np.concatenate([part[3] for part in self.parts]),
        }


def expectations(fault: Texts, repeated: Flags) -> Texts:
    """``ok``, ``repeat`` or ``reject:<reason>`` for each row."""
    reasons = texts([f"reject:{reason}" if reason else OK for reason in fault])
    return np.where(repeated, REPEAT, reasons).astype(object)


def residents(town: Town) -> dict[str, Any]:
    """One row for each person, children included: what only the person knows."""
    members, households, contacts = town.members, town.households, town.contacts
    building = town.map.doors.building[town.door]
    street = town.map.buildings.street[building]
    return {
        "person_id": np.arange(1, town.people + 1),
        "household_id": members.household + 1,
        "adult": town.adult,
        "birth": members.birth,
        "first": town.names.first,
        "surname": town.names.surname,
        "birth_surname": town.names.birth_surname,
        "mobile": contacts.mobile,
        "landline": contacts.landline,
        "language": households.language[members.household],
        "reads_french": households.reads_french[members.household],
        "building_id": building + 1,
        "door_id": town.door + 1,
        "insee": town.map.communes.insee[town.map.streets.commune[street]],
        "priority_area": town.map.streets.priority[street],
        "lon": town.map.buildings.lon[building],
        "lat": town.map.buildings.lat[building],
    }
