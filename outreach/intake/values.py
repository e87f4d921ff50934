"""Dates, amounts, flags, e-mails, phones: each cleaner returns the value, or raises ``ValueError`` with the reason."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

import phonenumbers
from phonenumbers import PhoneNumberType

from outreach.core.i18n import N_
from outreach.intake.text import fold, squeeze

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_FRENCH = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4}|\d{2})")
_SERIAL = re.compile(r"\d{4,5}")
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]{2,}")
EXCEL_ORIGIN = date(1899, 12, 30)
LANGUAGES = {
    "francais": "fr", "fr": "fr", "arabe": "ar", "ar": "ar", "turc": "tr", "tr": "tr", "portugais": "pt", "pt": "pt",
    "anglais": "en", "en": "en", "espagnol": "es", "es": "es", "italien": "it", "it": "it", "roumain": "ro", "ro": "ro",
    "armenien": "hy", "hy": "hy", "albanais": "sq", "sq": "sq", "soninke": "snk", "bambara": "bm", "bm": "bm",
    "tamoul": "ta", "ta": "ta", "ukrainien": "uk", "uk": "uk", "russe": "ru", "ru": "ru", "chinois": "zh", "zh": "zh",
    "vietnamien": "vi", "vi": "vi", "wolof": "wo", "wo": "wo", "kabyle": "kab", "comorien": "zdj", "lingala": "ln",
}  # fmt: skip
YES = frozenset({"o", "oui", "1", "vrai", "true", "x", "y", "yes"})
NO = frozenset({"n", "non", "0", "faux", "false", "no"})
FICTION = {"+3363998": True, "+3319900": False, "+3326191": False, "+3335301": False, "+3346571": False, "+3353649": False}
"""Ranges kept for fiction (ARCEP, décision 2018-0881), and whether they are mobile: the library calls some invalid,
yet invented people must be able to have a phone. Nobody can ever be given one of these numbers."""
FICTION_LENGTH = len("+33639980000")
MOBILE_TYPES = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


def clean_date(text: str, *, pivot: int = 30) -> date:
    """A date written 05/10/2026, 5.10.26, 2026-10-05, or an Excel serial. Two-digit years up to ``pivot`` are 20xx."""
    text = squeeze(text)
    try:
        if match := _ISO.fullmatch(text):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _FRENCH.fullmatch(text):
            year = int(match[3])
            if len(match[3]) == 2:  # noqa: PLR2004
                year += 2000 if year <= pivot else 1900
            return date(year, int(match[2]), int(match[1]))
        if _SERIAL.fullmatch(text):
            return EXCEL_ORIGIN + timedelta(days=int(text))
    except ValueError as error:
        raise ValueError(N_("cette date n'existe pas ; écrivez-la jj/mm/aaaa")) from error
    raise ValueError(N_("date illisible ; écrivez-la jj/mm/aaaa"))


def clean_amount(text: str) -> Decimal:
    """Euros written ``1 234,56 €``, ``1.234,56`` or ``1234.56``."""
    kept = re.sub(r"[\s\u00a0\u202f€]|eur$", "", text, flags=re.IGNORECASE)
    if "," in kept:
        kept = kept.replace(".", "").replace(",", ".")
    try:
        amount = Decimal(kept)
    except InvalidOperation as error:
        raise ValueError(N_("montant illisible ; écrivez-le 1234,56")) from error
    if not amount.is_finite() or abs(amount) >= Decimal(10) ** 9:
        raise ValueError(N_("montant hors limites ; vérifiez-le"))
    return amount.quantize(Decimal("0.01"))


def clean_flag(text: str) -> bool:
    """Oui ou non."""
    word = fold(text)
    if word in YES:
        return True
    if word in NO:
        return False
    raise ValueError(N_("oui ou non attendu ; écrivez O ou N"))


def clean_language(text: str) -> str:
    """The ISO 639-1 code (or -3 where there is none) of a language named in French."""
    word = fold(text)
    if word not in LANGUAGES:
        raise ValueError(N_("langue inconnue ; écrivez son nom en français"))
    return LANGUAGES[word]


def clean_email(text: str) -> str:
    """A plausible address, in lower case."""
    text = squeeze(text).lower()
    if not _EMAIL.fullmatch(text):
        raise ValueError(N_("adresse électronique invalide ; vérifiez-la"))
    return text


def clean_phone(text: str, region: str = "FR") -> tuple[str, bool]:
    """(E.164, is mobile). A lost leading zero is given back; raises for what no phone can be."""
    kept = re.sub(r"[^\d+]", "", text)
    if len(kept) == 9 and kept[0] in "1234567":  # noqa: PLR2004  (a spreadsheet ate the zero)
        kept = "0" + kept
    try:
        number = phonenumbers.parse(kept, region)
    except phonenumbers.NumberParseException as error:
        raise ValueError(N_("numéro de téléphone illisible ; écrivez dix chiffres")) from error
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if written[:8] in FICTION and len(written) == FICTION_LENGTH:
        return written, FICTION[written[:8]]
    if not phonenumbers.is_valid_number(number):
        raise ValueError(N_("ce numéro de téléphone ne peut pas exister ; vérifiez-le"))
    return written, phonenumbers.number_type(number) in MOBILE_TYPES


def clean_postal_code(text: str) -> str:
    """Five digits; a lost leading zero is given back."""
    kept = re.sub(r"[\s.]", "", text)
    if kept.isdigit() and len(kept) == 4:  # noqa: PLR2004
        kept = "0" + kept
    if not re.fullmatch(r"\d{5}", kept) or kept.startswith("00"):
        raise ValueError(N_("code postal invalide ; cinq chiffres attendus"))
    return kept
