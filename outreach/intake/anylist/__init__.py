"""Any list of people, of any country, without campaign or database: its columns in the form that rows are compared in."""

from outreach.intake.anylist.answer import check_target, write_answer, write_pairs
from outreach.intake.anylist.countries import HOME, Country, country
from outreach.intake.anylist.fitting import in_one_numbering, with_towns, without_own_numbers
from outreach.intake.anylist.mapping import Asked, read_mapping, write_mapping
from outreach.intake.anylist.people import People, look_at, read_people

__all__ = [
    "HOME", "Asked", "Country", "People", "check_target", "country", "in_one_numbering", "look_at", "read_mapping", "read_people",
    "with_towns", "without_own_numbers", "write_answer", "write_mapping", "write_pairs",
]  # fmt: skip
