"""The fields the engine knows: those a list can bring, and those a segment rule can ask about."""

from __future__ import annotations

from enum import StrEnum


class ListField(StrEnum):
    """What a column of a partner's list can mean."""

    REFERENCE = "reference"
    TITLE = "title"
    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    FULL_NAME = "full_name"
    BIRTH_DATE = "birth_date"
    MOBILE = "mobile"
    FIXED = "fixed"
    EMAIL = "email"
    ADDRESS_LINE = "address_line"
    ADDRESS_EXTRA = "address_extra"
    HOUSE_NUMBER = "house_number"
    STREET = "street"
    BUILDING = "building"
    STAIRCASE = "staircase"
    FLOOR = "floor"
    DOOR = "door"
    POSTAL_CODE = "postal_code"
    CITY = "city"
    LANGUAGE = "language"
    READS_FRENCH = "reads_french"
    AMOUNT_DUE = "amount_due"
    DEBT_SINCE = "debt_since"
    STAGE = "stage"
    ENERGY_VOUCHER = "energy_voucher"
    MOVEMENT = "movement"


class FactType(StrEnum):
    """The type of a fact, which decides the conditions it allows."""

    NUMBER = "number"
    WORD = "word"
    FLAG = "flag"


FACTS: dict[str, FactType] = {
    "amount_due": FactType.NUMBER,
    "debt_age_days": FactType.NUMBER,
    "household_size": FactType.NUMBER,
    "stage": FactType.WORD,
    "insee": FactType.WORD,
    "language": FactType.WORD,
    "reads_french": FactType.FLAG,
    "energy_voucher": FactType.FLAG,
    "priority_area": FactType.FLAG,
    "has_mobile": FactType.FLAG,
    "has_phone": FactType.FLAG,
    "has_address": FactType.FLAG,
    "on_list": FactType.FLAG,
    "objected": FactType.FLAG,
    "name_known": FactType.FLAG,
}
"""What a rule of campaign.yaml may ask about a household or person (computed in ``outreach.segments.facts``)."""
