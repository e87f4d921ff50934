"""How values are written on screens, in the language spoken: numbers, amounts, days and moments, phones."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from babel import Locale
from babel.dates import format_date, format_timedelta
from markupsafe import Markup

from outreach.core import clock, i18n
from outreach.core.i18n import _, language
from outreach.core.phones import grouped_phone
from outreach.policy.dispositions import DISPOSITIONS

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

NOTHING = "–"
"""What stands where there is no value."""
NO_BREAK = "\u00a0"
FEW = 0.1
"""Shares under it are written with a decimal."""
LEAST = 0.001
DAYS_IN_WORDS = 14
"""Days further away are given by their date."""
HOUR, HOURS_IN_MINUTES = 60, 90


def number(value: float | Decimal | None, decimals: int | None = None) -> str:
    """``12 345`` (no-break spaces) or ``12,345``."""
    return NOTHING if value is None else i18n.number(float(value) if isinstance(value, Decimal) else value, language(), decimals)


def counted(count: int, one: str, many: str, **values: object) -> str:
    """A count in its sentence, of which both forms come translated: French has the singular for 0 and 1, English for 1 alone."""
    form = one if Locale(language()).plural_form(count) == "one" else many
    return form.format(count=number(count), **values)


def percent(share: float | None, decimals: int | None = None) -> str:
    """A share (0.6) as ``60 %``; small ones with a decimal, and never 0 or 100 % of what is neither."""
    if share is None:
        return NOTHING
    if decimals is None:
        if 0 < share < LEAST:
            return _no_break(_("moins de {percent} %").format(percent=number(0.1)))
        if 1 - LEAST < share < 1:
            return _no_break(_("plus de {percent} %").format(percent=number(99.9)))
        decimals = 1 if 0 < share < FEW or 1 - FEW / 10 < share < 1 else 0
    return _no_break(_("{percent} %").format(percent=number(100 * share, decimals)))


def euros(amount: float | Decimal | None) -> str:
    """An amount; cents only when there are some."""
    if amount is None:
        return NOTHING
    written = number(-amount if amount < 0 else amount, 0 if amount == int(amount) else 2)
    sign = "-" if amount < 0 else ""
    return f"{sign}€{written}" if language() == "en" else f"{sign}{written}{NO_BREAK}€"


def day(value: date | None, zone: ZoneInfo = clock.PARIS) -> str:
    """``mar. 24 nov.``; the year when it is not the present one. Of a moment: its day in Paris unless another zone is given."""
    if value is None:
        return NOTHING
    shown = clock_day(value, zone)
    return str(format_date(shown, "EEE d MMM" if shown.year == clock.today().year else "EEE d MMM y", locale=_locale()))


def long_day(value: date | None) -> str:
    """``mardi 24 novembre 2026``; French says the first of a month as « 1er »."""
    if value is None:
        return NOTHING
    shown = clock_day(value)
    pattern = "EEEE d'er' MMMM y" if shown.day == 1 and language() == "fr" else "EEEE d MMMM y"
    return str(format_date(shown, pattern, locale=_locale()))


def moment(value: datetime | None, zone: ZoneInfo = clock.PARIS) -> str:
    """``mar. 24 nov. 14:05``, in the time of Paris unless another zone is given."""
    return NOTHING if value is None else f"{day(value.astimezone(zone).date())} {clock_time(value, zone)}"


def clock_time(value: datetime | None, zone: ZoneInfo = clock.PARIS) -> str:
    """``14:05``, in the time of Paris unless another zone is given."""
    return NOTHING if value is None else value.astimezone(zone).strftime("%H:%M")


def since(value: date | None) -> str:
    """How long ago, or how soon, in words.

    Minutes and hours of a moment of this day, else « hier », « dans 3 jours », the date.
    """
    if value is None:
        return NOTHING
    away = (clock_day(value) - clock.today()).days
    if away == 0:
        return _ago(value) if isinstance(value, datetime) else _("aujourd'hui")
    if abs(away) == 1:
        return _("hier") if away < 0 else _("demain")
    if abs(away) > DAYS_IN_WORDS:
        return day(value)
    return (_("il y a {days} jours") if away < 0 else _("dans {days} jours")).format(days=abs(away))


def duration(minutes: float | None) -> str:
    """``12 min`` or ``2 h 05``; less than a minute is said so."""
    if minutes is None:
        return NOTHING
    if 0 < minutes < 1:
        return _("moins d'une minute")
    whole = round(minutes)
    if whole < HOURS_IN_MINUTES:
        return f"{whole}{NO_BREAK}min"
    return f"{whole // HOUR}{NO_BREAK}h" + (f"{NO_BREAK}{whole % HOUR:02}" if whole % HOUR else "")


def phone(value: str | None) -> str:
    """``06 39 98 12 34``, never broken over two lines; a number of another country with its prefix."""
    return grouped_phone(value).replace(" ", NO_BREAK) if value else NOTHING


def cell(value: object) -> str:
    """A value of a table as it is read: numbers with their spaces, days as days, nothing as a dash."""
    if value is None:
        return NOTHING
    if isinstance(value, Markup):
        return value
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    return number(value) if isinstance(value, int | float | Decimal) else str(value)


def disposition_label(code: str) -> str:
    """The words for the result of a contact; a code of something else, or a campaign's own, is shown as words."""
    head = code.partition(":")[0]
    return DISPOSITIONS[head].label if head in DISPOSITIONS else head.replace("_", " ")


def clock_day(value: date, zone: ZoneInfo = clock.PARIS) -> date:
    """The day of a moment, in Paris unless another zone is given; a day is its own."""
    return value.astimezone(zone).date() if isinstance(value, datetime) else value


def _no_break(words: str) -> str:
    """A per cent sign that stays with its number."""
    return words.replace(" %", f"{NO_BREAK}%")


def _ago(value: datetime) -> str:
    away = value - clock.now()
    if abs(away) < timedelta(minutes=1):
        return _("à l'instant")
    return str(format_timedelta(away, add_direction=True, threshold=1.2, locale=_locale()))


def _locale() -> str:
    return "en_GB" if language() == "en" else "fr"
