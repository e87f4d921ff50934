"""A single phone number as somebody typed it; whole columns of lists have their fast path in ``intake``."""

from __future__ import annotations

from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_possible_number, parse

FRANCE = 33
"""The country code."""


def e164(written: str) -> str | None:
    """The number in E.164, French unless it says otherwise; ``None`` for what cannot be one, or only inside France (3639)."""
    try:
        number = parse(written, "FR")
    except NumberParseException:
        return None
    return str(format_number(number, PhoneNumberFormat.E164)) if is_possible_number(number) else None


def grouped_phone(phone: str) -> str:
    """``+33639980001`` as it is dialled and read: ``06 39 98 00 01``; foreign numbers with their country code."""
    try:
        number = parse(phone, "FR")
    except NumberParseException:
        return phone
    national = number.country_code == FRANCE
    return str(format_number(number, PhoneNumberFormat.NATIONAL if national else PhoneNumberFormat.INTERNATIONAL))
