"""Dates, amounts, flags, e-mails, phones: each cleaner returns the value, or raises ``ValueError`` with the reason."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

import pyarrow as pa
import pyarrow.compute as pc

from outreach.core.i18n import N_
from outreach.intake.text import fold, squeeze

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_FRENCH = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4}|\d{2})")
_SERIAL = re.compile(r"\d{4,5}")
_YEAR = re.compile(r"(?:1[89]|2[01])\d\d")
_NOT_AMOUNT = re.compile(r"[\s\u00a0\u202f€]|eur(?:os?)?$", re.IGNORECASE)
_THOUSANDS = re.compile(r"-?\d{1,3}(?:\.\d{3})+")
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


def clean_date(text: str, *, pivot: int = 30) -> date:
    """A date written 05/10/2026, 5.10.26, 2026-10-05, or an Excel serial. Two-digit years up to ``pivot`` are 20xx.

    A year alone is no date: as a serial, 2024 would be a day of 1905.
    """
    text = squeeze(text)
    try:
        if match := _ISO.fullmatch(text):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _FRENCH.fullmatch(text):
            year = int(match[3])
            if len(match[3]) == 2:  # noqa: PLR2004
                year += 2000 if year <= pivot else 1900
            return date(year, int(match[2]), int(match[1]))
        if _SERIAL.fullmatch(text) and not _YEAR.fullmatch(text):
            return EXCEL_ORIGIN + timedelta(days=int(text))
    except ValueError as error:
        raise ValueError(N_("cette date n'existe pas ; écrivez-la jj/mm/aaaa")) from error
    raise ValueError(N_("date illisible ; écrivez-la jj/mm/aaaa"))


def clean_amount(text: str) -> Decimal:
    """Euros written ``1 234,56 €``, ``1.234,56``, ``1,234.56`` or ``1234.56``; ``1.234`` is a thousand and more.

    Of two marks the last one is the decimal one.
    """
    kept = _NOT_AMOUNT.sub("", text)
    if "," in kept and kept.rfind(",") > kept.rfind("."):
        kept = kept.replace(".", "").replace(",", ".")
    elif "," in kept or _THOUSANDS.fullmatch(kept):
        kept = kept.replace(",", "") if "," in kept else kept.replace(".", "")
    try:
        amount = Decimal(kept)
    except InvalidOperation as error:
        raise ValueError(N_("montant illisible ; écrivez-le 1234,56")) from error
    if not amount.is_finite() or abs(amount) >= Decimal(10) ** 9:
        raise ValueError(N_("montant hors limites ; vérifiez-le"))
    return amount.quantize(Decimal("0.01"))


def usual_amounts(column: pa.StringArray) -> pa.Array:
    """The amounts of a whole column that are digits with at most two decimals; null for every other cell.

    Says what ``clean_amount`` says of those cells, many times as fast; the other cells are for ``clean_amount``.
    """
    kept = pc.replace_substring(pc.replace_substring_regex(column, "[ €\u00a0\u202f]", ""), ",", ".")
    usual = pc.match_substring_regex(kept, r"^-?[0-9]{1,9}(?:\.[0-9]{1,2})?$")
    return pc.if_else(usual, kept, None).cast(pa.decimal128(12, 2))


def usual_dates(column: pa.StringArray) -> pa.Array:
    """The days of a whole column written dd/mm/yyyy or yyyy-mm-dd; null for every other cell.

    Says what ``clean_date`` says of those cells; a day that does not exist is left to it.
    """
    iso = pc.replace_substring_regex(column, r"^([0-3][0-9])/([01][0-9])/([12][0-9]{3})$", r"\3-\2-\1")
    usual = pc.match_substring_regex(iso, r"^[12][0-9]{3}-[01][0-9]-[0-3][0-9]$")
    days = pc.strptime(pc.if_else(usual, iso, None), format="%Y-%m-%d", unit="s", error_is_null=True)
    exist = pc.equal(pc.strftime(days, format="%Y-%m-%d"), iso)
    return pc.if_else(exist, days, None).cast(pa.date32())


def usual_emails(column: pa.StringArray) -> pa.Array:
    """The plain addresses of a whole column in lower case; null for every other cell (for ``clean_email``)."""
    kept = pc.ascii_lower(column)
    usual = pc.match_substring_regex(kept, r"^[a-z0-9._+\-]+@[a-z0-9\-]+(?:\.[a-z0-9\-]+)*\.[a-z0-9\-]{2,}$")
    return pc.if_else(usual, kept, None)


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


def clean_postal_code(text: str) -> str:
    """Five digits; a lost leading zero is given back."""
    kept = re.sub(r"[\s.]", "", text)
    if kept.isdigit() and len(kept) == 4:  # noqa: PLR2004
        kept = "0" + kept
    if not re.fullmatch(r"\d{5}", kept) or kept.startswith("00"):
        raise ValueError(N_("code postal invalide ; cinq chiffres attendus"))
    return kept
