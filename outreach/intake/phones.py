"""Phone numbers as French offices write them, to E.164 with their kind: a fast path for the usual ones, phonenumbers for all.

The fast path uses the library's own patterns of French numbers, and a test holds its answers equal to the library's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from phonenumbers import PhoneMetadata, PhoneNumberType

from outreach.core.i18n import N_


class Line(StrEnum):
    """What a number reaches."""

    MOBILE = "mobile"
    FIXED = "fixed"


class Origin(StrEnum):
    """Where a number belongs."""

    METROPOLE = "metropole"
    OVERSEAS = "overseas"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that can exist: E.164, what it reaches, where it belongs."""

    e164: str
    line: Line
    origin: Origin = Origin.METROPOLE


FICTION = {"+3363998": Line.MOBILE} | dict.fromkeys(("+3319900", "+3326191", "+3335301", "+3346571", "+3353649"), Line.FIXED)
"""Ranges kept for fiction (ARCEP, décision 2018-0881), and what they reach: the library calls some invalid,
yet invented people must be able to have a phone. Nobody can ever be given one of these numbers."""
FICTION_LENGTH = len("+33639980000")
OVERSEAS = {"GP": 590, "MQ": 596, "GF": 594, "RE": 262, "YT": 262, "PM": 508, "NC": 687, "PF": 689, "WF": 681}
"""French territories with a numbering plan of their own. Those of four departments are written with ten digits like
French ones (0692 …), and are invalid under France's plan."""
LIKE_FRENCH = ("GP", "MQ", "GF", "RE")
PAID = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.UAN, PhoneNumberType.TOLL_FREE})
"""Numbers of services, which no person lives behind."""
MOBILES = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.PAGER})
_NOT_DIALLED = re.compile(r"[^\d+]")
_FRENCH = re.compile(r"0[1-9]\d{8}")
_LOST_ZERO = re.compile(r"[1-9]\d{8}")
_STEPS = "01234567890", "09876543210"
FILLERS = frozenset(
    {f"{pair:02}" * 4 for pair in range(100)}
    | {steps[at : at + 8] for steps in _STEPS for at in range(4)}
    | {"01020304", "02030405", "10203040", "11223344"}
)
"""What stands after the first digit of a French number that was typed because a form asked for one (06 00 00 00 00, 06 12 34 56 78).
Somebody may have it, and would get the messages of all for whom it was typed."""


_FILLER_END = "[1-9](?:" + "|".join(sorted(FILLERS)) + ")$"
_FICTION_START = "^(?:" + "|".join(start[3:] for start in FICTION) + ")"


def _pattern(description: object) -> re.Pattern[str]:
    return re.compile(str(getattr(description, "national_number_pattern", None) or r"(?!)"))


_FRANCE = PhoneMetadata.metadata_for_region("FR")
_FIXED, _MOBILE = (_pattern(getattr(_FRANCE, kind)) for kind in ("fixed_line", "mobile"))


def clean_phone(text: str, region: str = "FR") -> Phone:
    """The number in E.164 with its kind; a lost leading zero is given back.

    Raises ``ValueError`` for what no person's phone can be.
    """
    kept = _NOT_DIALLED.sub("", text)
    if region == "FR":
        if kept.startswith("33") and len(kept) == 11:  # noqa: PLR2004  (the plus was lost on the way)
            kept = "+" + kept
        elif kept.startswith(("0033", "+330")):
            kept = "+33" + kept[4:].removeprefix("0")
        if kept.startswith("+33") and len(kept) == FICTION_LENGTH:
            kept = "0" + kept[3:]
        elif _LOST_ZERO.fullmatch(kept):
            kept = "0" + kept
        if _FRENCH.fullmatch(kept):
            if kept[2:] in FILLERS:
                raise ValueError(N_("ce numéro semble tapé pour remplir la case ; donnez celui de la personne, ou rien"))
            if (found := _french(kept[1:])) is not None:
                return found
    return by_library(kept, region)


def _french(national: str) -> Phone | None:
    """The answer for nine national digits when France's plan knows them; the rest is the library's matter."""
    e164 = "+33" + national
    line = FICTION.get(e164[:8])
    if line is not None:
        return Phone(e164, line)
    if _MOBILE.fullmatch(national):
        return Phone(e164, Line.MOBILE)
    return Phone(e164, Line.FIXED) if _FIXED.fullmatch(national) else None


def usual_phones(column: pa.StringArray) -> tuple[pa.Array, pa.Array]:
    """(E.164, is mobile) of a whole column, for cells that are plain French numbers; null for every other cell.

    Says what ``clean_phone`` says of those cells, several times as fast; the other cells are for ``clean_phone``.
    """
    kept = pc.replace_substring_regex(column, r"[ ./\-]|\xa0", "")
    national = pc.extract_regex(kept, r"^(?:\+33|0033|0)?(?P<national>[1-9][0-9]{8})$").field("national")
    set_apart = pc.match_substring_regex(national, f"{_FICTION_START}|^{_FILLER_END}")
    mobile = pc.match_substring_regex(national, f"^(?:{_MOBILE.pattern})$")
    usual = pc.or_(mobile, pc.match_substring_regex(national, f"^(?:{_FIXED.pattern})$"))
    e164 = pc.if_else(pc.and_not(usual, set_apart), pc.binary_join_element_wise("+33", national, ""), None)
    return e164, mobile


def by_library(kept: str, region: str = "FR") -> Phone:
    """The same answer by the library alone. ``kept``: digits, with a plus for an international number."""
    number = _parsed(kept, region)
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    fiction = FICTION.get(written[:8]) if len(written) == FICTION_LENGTH else None
    if fiction is not None:
        return Phone(written, fiction)
    kind = phonenumbers.number_type(number)
    if kind in PAID:
        raise ValueError(N_("ce numéro est celui d'un service, pas d'une personne ; demandez-en un autre"))
    return Phone(written, Line.MOBILE if kind in MOBILES else Line.FIXED, _origin(number))


def _parsed(kept: str, region: str) -> phonenumbers.PhoneNumber:
    for trial in (region, *(LIKE_FRENCH if region == "FR" and _FRENCH.fullmatch(kept) else ())):
        try:
            number = phonenumbers.parse(kept, trial)
        except phonenumbers.NumberParseException as error:
            raise ValueError(N_("numéro de téléphone illisible ; écrivez dix chiffres")) from error
        if phonenumbers.is_valid_number(number) or _is_fiction(number):
            return number
    raise ValueError(N_("ce numéro de téléphone ne peut pas exister ; vérifiez-le"))


def _is_fiction(number: phonenumbers.PhoneNumber) -> bool:
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return len(written) == FICTION_LENGTH and written[:8] in FICTION


def _origin(number: phonenumbers.PhoneNumber) -> Origin:
    if number.country_code == 33:  # noqa: PLR2004
        return Origin.METROPOLE
    return Origin.OVERSEAS if number.country_code in _overseas_codes() else Origin.FOREIGN


@lru_cache(maxsize=1)
def _overseas_codes() -> frozenset[int]:
    return frozenset(OVERSEAS.values())
