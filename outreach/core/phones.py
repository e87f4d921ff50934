"""A single phone number as somebody typed it; whole columns of lists have their fast path in ``intake``."""

from __future__ import annotations

from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_possible_number, parse


def e164(written: str) -> str | None:
    """The number in E.164, French unless it says otherwise; ``None`` for what cannot be one, or only inside France (3639)."""
    try:
        number = parse(written, "FR")
    except NumberParseException:
        return None
    return str(format_number(number, PhoneNumberFormat.E164)) if is_possible_number(number) else None
