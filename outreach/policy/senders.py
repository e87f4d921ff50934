"""Who may be seen as the sender of a message or a call: the ranges of numbers that the regulator keeps for what we do.

Sources: ARCEP decision 2018-0881 on the numbering plan, as amended by 2022-1583 (mobile numbers between persons only, ranges of
technical platforms and of automated calls) and 2025-2215 (lists of caller identities). An engineering reading.
"""

from __future__ import annotations

import re

from outreach.core.i18n import N_
from outreach.core.words import Channel, SenderKind

PLATFORMS = ("0937", "0938", "0939")
"""Numbers of technical platforms: what a machine that sends messages writes from."""
PROSPECTING = (
    "0162", "0163", "0270", "0271", "0377", "0378", "0424", "0425", "0568", "0569", "0948", "0949", "09475", "09476", "09477",
    "09478", "09479",
)  # fmt: skip
"""Ranges of automated and telephone prospecting: people know them, and mediation sells nothing."""
MOBILES = ("06", "07")
"""Between persons only, since 2023; and a mediator's own phone is never shown."""
SPECIAL = ("08",)
"""Numbers with a tariff or a service of their own, which nobody may show as their own."""
_NUMBER = re.compile(r"\+33[1-9]\d{8}")
_SHORT = re.compile(r"3\d{4}")
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{3,11}")
_POOL = re.compile(r"MG[0-9a-f]{32}")
FAULTS = {
    "form": N_("ce n'est pas un numéro français en forme internationale (+33…)"),
    "name": N_("un nom d'expéditeur a de 3 à 11 lettres, chiffres ou espaces, dont une lettre"),
    "pool": N_("une réserve de numéros commence par MG, suivi de 32 chiffres hexadécimaux"),
    "mobile": N_("06 et 07 sont réservés aux personnes : un numéro de médiateur ne se montre jamais"),
    "special": N_("un numéro spécial ne peut pas se montrer à qui l'on appelle"),
    "prospecting": N_("ces numéros sont ceux du démarchage automatisé, que les gens ne décrochent pas"),
    "platform": N_("les SMS d'un logiciel partent de 09 37, 09 38 ou 09 39, ou d'un numéro court"),
    "voice": N_("un appel montre un numéro, que la personne peut rappeler"),
}
"""The sentence for each fault, to be passed through ``_`` where it is shown."""


def fault_of_sender(channel: Channel, kind: SenderKind, value: str) -> str | None:
    """Why ``value`` may not be seen as our sender (a code of ``FAULTS``); ``None`` when it may."""
    if kind is SenderKind.NUMBER:
        return _fault_of_number(channel, value)
    if channel is Channel.CALL:
        return "voice"
    if kind is SenderKind.SERVICE:
        return None if _POOL.fullmatch(value) else "pool"
    return None if _NAME.fullmatch(value) else "name"


def _fault_of_number(channel: Channel, value: str) -> str | None:
    if channel is Channel.SMS and _SHORT.fullmatch(value):
        return None
    if not _NUMBER.fullmatch(value):
        return "form"
    national = f"0{value[3:]}"
    ranges = (("mobile", MOBILES), ("special", SPECIAL), ("prospecting", PROSPECTING))
    found = next((code for code, kept in ranges if national.startswith(kept)), None)
    if found is None and channel is Channel.SMS and not national.startswith(PLATFORMS):
        return "platform"
    return found


def is_pool(value: str) -> bool:
    """Whether a sender is a pool of numbers that the provider chooses from (Twilio's Messaging Service)."""
    return _POOL.fullmatch(value) is not None


def takes_replies(kind: SenderKind) -> bool:
    """Whether people can answer: to a name they cannot, so a text from one must say how else to object."""
    return kind is not SenderKind.ALPHANUMERIC
