"""The rules of contact as a register: what holds on a day, since when, and the text that says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from outreach.core.i18n import N_, _
from outreach.core.words import Channel
from outreach.policy.dated import Dated, in_force
from outreach.policy.energy_debt import DELAYS, Delays
from outreach.policy.pressure import LEAST_SILENCE, MOST_CALLS, MOST_CONTACTS
from outreach.policy.windows import WINDOWS, Window

DAYS = (N_("lundi"), N_("mardi"), N_("mercredi"), N_("jeudi"), N_("vendredi"), N_("samedi"), N_("dimanche"))


@dataclass(frozen=True)
class Shown:
    """One rule as it is shown. ``label`` is translated by whoever shows it."""

    code: str
    label: str
    value: str
    since: date
    until: date | None
    source: str


def register(day: date) -> list[Shown]:
    """Every rule in force on ``day``, in the language spoken here."""
    return [
        Shown(code, label, shown(row.value), row.since, row.until, _(row.source))
        for code, label, rows, shown in TABLES
        for row in (in_force(rows, day),)
    ]


def _hours(window: Window) -> str:
    """« du lundi au vendredi, 10:00-13:00, 14:00-20:00, jamais un jour férié »."""
    first, last = min(window.weekdays), max(window.weekdays)
    days = _("du {first} au {last}").format(first=_(DAYS[first]), last=_(DAYS[last]))
    hours = ", ".join(f"{start:%H:%M}-{end:%H:%M}" for start, end in window.hours)
    dusk = [_("jusqu'à la tombée du jour")] if window.daylight else []
    return ", ".join([days, hours, *dusk, _("jamais un jour férié")])


def _times(count: int) -> str:
    return _("{count} au plus").format(count=count)


def _rest(days: int) -> str:
    return _("{days} jours au moins").format(days=days)


def _delays(value: Delays) -> str:
    return _("première lettre après {first} jours, deuxième {second} jours plus tard, coupure {third} jours après").format(
        first=value.before_first_letter, second=value.first_letter, third=value.second_letter
    )


TABLES: Sequence[tuple[str, str, Sequence[Dated[Any]], Callable[[Any], str]]] = (
    ("hours:call", N_("Heures des appels, là où vit la personne"), WINDOWS[Channel.CALL], _hours),
    ("hours:sms", N_("Heures des SMS"), WINDOWS[Channel.SMS], _hours),
    ("hours:visit", N_("Heures des visites"), WINDOWS[Channel.VISIT], _hours),
    ("hours:letter", N_("Heures des courriers"), WINDOWS[Channel.LETTER], _hours),
    ("calls", N_("Appels d'un même partenaire à une personne en 30 jours, essais compris"), MOST_CALLS, _times),
    ("silence", N_("Silence après un refus"), LEAST_SILENCE, _rest),
    ("budget", N_("Contacts d'un foyer en 30 jours, tous canaux et partenaires"), MOST_CONTACTS, _times),
    ("energy-debt", N_("Étapes d'une facture d'énergie impayée"), DELAYS, _delays),
)
"""Code, label, dated rows, and how a value is said."""
