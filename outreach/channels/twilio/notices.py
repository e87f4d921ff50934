"""Twilio's callbacks in our words. Pure: a form and the query of its address in, a ``Notice`` out.

What Twilio may add one day is kept as it is told and stops nothing: a status that we do not know is under way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from outreach.channels.twilio.client import NAME, error_of
from outreach.channels.twilio.sms import DELIVERIES
from outreach.core.provider import Delivery, Notice
from outreach.core.words import NoticeKind

LEGS = frozenset({"mediator", "person"})
COUNT, ATTEMPT = 8, 18
"""Digits that a count, and a number of an attempt, have at most: what the database can keep."""
PRICE = re.compile(r"^-?(\d{1,8}(?:\.\d{1,8})?)$")
Fields = Mapping[str, str]


class NotANoticeError(Exception):
    """The form does not say which message or call it is about."""


def message_notice(form: Fields, _query: Fields) -> Notice:
    """A message from a person.

    Its body, the number they wrote to, and what Twilio took it for (``STOP``, ``START``, ``HELP``).
    """
    recipient = _said(form, "To") or _said(form, "MessagingServiceSid")
    data = {"body": _clean(form.get("Body", "")), "recipient": recipient, "opt_out": _said(form, "OptOutType")}
    return Notice(NAME, NoticeKind.MESSAGE, _ref(form, "MessageSid", "SmsSid"), _said(form, "From"), _known(data))


def status_notice(form: Fields, query: Fields) -> Notice:
    """What became of a message that we sent; ``attempt`` is our own number, which Twilio gives back in the address."""
    status = _said(form, "MessageStatus") or _said(form, "SmsStatus") or ""
    data = {
        "attempt": _number(query.get("attempt"), ATTEMPT),
        "recipient": _said(form, "To"),
        "status": status,
        "delivery": DELIVERIES.get(status, Delivery.UNDERWAY).value,
        "error": _error(form),
        "segments": _number(form.get("NumSegments"), COUNT),
        "price": price.group(1) if (price := PRICE.match(form.get("Price", ""))) else None,
        "price_unit": _said(form, "PriceUnit"),
    }
    return Notice(NAME, NoticeKind.STATUS, _ref(form, "MessageSid", "SmsSid"), None, _known(data))


def call_notice(form: Fields, query: Fields) -> Notice:
    """The course of one leg of a call, the mediator's or the person's; ``seconds`` once it is over."""
    leg = query.get("leg")
    data = {
        "attempt": _number(query.get("attempt"), ATTEMPT),
        "leg": leg if leg in LEGS else None,
        "recipient": _said(form, "To"),
        "status": _said(form, "CallStatus") or "",
        "seconds": _number(form.get("CallDuration"), COUNT),
        "answered_by": _said(form, "AnsweredBy"),
        "error": _error(form),
    }
    return Notice(NAME, NoticeKind.CALL, _ref(form, "CallSid"), None, _known(data))


def _ref(form: Fields, *names: str) -> str:
    """Twilio's own reference, under the first name that is given."""
    for name in names:
        if found := _said(form, name):
            return found
    raise NotANoticeError(names[0])


def _error(form: Fields) -> str | None:
    return error_of(_said(form, "ErrorCode"))


def _said(form: Fields, name: str) -> str | None:
    return _clean(form.get(name, "")).strip() or None


def _clean(text: str) -> str:
    """Without the one character that PostgreSQL cannot keep."""
    return text.replace("\x00", "")


def _number(text: str | None, digits: int) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) <= digits else None


def _known(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value is not None}
