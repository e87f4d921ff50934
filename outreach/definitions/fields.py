"""The fields that a list can bring. What a segment rule can ask about is in ``facts``."""

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
    PHONE = "phone"
    MOBILE = "mobile"
    FIXED = "fixed"
    EMAIL = "email"
    ADDRESS_LINE = "address_line"
    ADDRESS_EXTRA = "address_extra"
    HOUSE_NUMBER = "house_number"
    STREET = "street"
    RESIDENCE = "residence"
    BUILDING = "building"
    STAIRCASE = "staircase"
    FLOOR = "floor"
    DOOR = "door"
    PLACE = "place"
    POSTAL_CODE = "postal_code"
    CITY = "city"
    COUNTRY = "country"
    LANGUAGE = "language"
    READS_FRENCH = "reads_french"
    AMOUNT_DUE = "amount_due"
    DEBT_SINCE = "debt_since"
    STAGE = "stage"
    ENERGY_VOUCHER = "energy_voucher"
    MOVEMENT = "movement"
    OBJECTION = "objection"
    CONSENT = "consent"
    DECEASED = "deceased"


STREET_PARTS = frozenset(
    {
        ListField.ADDRESS_LINE,
        ListField.HOUSE_NUMBER,
        ListField.STREET,
        ListField.RESIDENCE,
        ListField.PLACE,
        ListField.ADDRESS_EXTRA,
    }
)
"""Ways of writing one street address: who may know it in one form may know it in another."""
LEAVE_ALONE = frozenset({ListField.OBJECTION, ListField.CONSENT, ListField.DECEASED})
"""What a partner says against writing to somebody: any column of it counts."""
ORDERS = LEAVE_ALONE | {ListField.MOVEMENT}
"""Fields that are an order, not a datum: no agreement has to allow them."""
REPEATABLE = frozenset({ListField.PHONE, ListField.MOBILE, ListField.FIXED, ListField.ADDRESS_EXTRA}) | LEAVE_ALONE
"""Fields that several columns of one file may hold (« Tél 1 », « Tél 2 »)."""


def allowed(field: ListField, allowed_fields: list[ListField]) -> bool:
    """Whether an agreement lets this field be stored. An order is no datum; a phone is a mobile or a fixed one."""
    if field in ORDERS:
        return True
    if field is ListField.PHONE:
        return bool({ListField.PHONE, ListField.MOBILE, ListField.FIXED} & set(allowed_fields))
    if field is ListField.FULL_NAME:
        return field in allowed_fields or {ListField.GIVEN_NAME, ListField.FAMILY_NAME} <= set(allowed_fields)
    if field in STREET_PARTS:
        return bool(STREET_PARTS & set(allowed_fields))
    if field is ListField.COUNTRY:
        return ListField.CITY in allowed_fields
    return field in allowed_fields
