"""The few sentences of every letter that are the house's own, in the languages it can vouch for. Phones are filled in."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from babel.dates import format_date
from babel.localedata import exists

FRENCH = "fr"
OBJECTION = {
    FRENCH: (
        "Vous ne voulez plus que nous vous contactions ?",
        "Appelez le {phone} et donnez votre code : c'est gratuit et c'est immédiat.",
        "Ou scannez ce carré avec votre téléphone.",
        "Le carré compose ce numéro.",
    ),
    "fr-easy": (
        "Vous voulez arrêter les lettres et les appels ?",
        "Appelez le {phone}. Dites votre code. C'est gratuit.",
        "Ou prenez ce carré en photo avec votre téléphone.",
        "Le carré appelle ce numéro.",
    ),
    "en": (
        "You do not want us to contact you again?",
        "Call {phone} and give your code: it is free and takes effect at once.",
        "Or scan this square with your phone.",
        "The square dials this number.",
    ),
    "ar": (
        "لا تريدون أن نتصل بكم مرة أخرى؟",
        "اتصلوا بالرقم {phone} وأعطوا رمزكم. هذا مجاني وفوري.",
        "أو امسحوا هذا المربع بهاتفكم.",
        "المربع يتصل بهذا الرقم.",
    ),
    "tr": (
        "Sizinle bir daha iletişime geçmemizi istemiyor musunuz?",
        "{phone} numarasını arayın ve kodunuzu söyleyin. Ücretsizdir ve hemen geçerli olur.",
        "Ya da bu kareyi telefonunuzla okutun.",
        "Kare bu numarayı arar.",
    ),
    "pt": (
        "Não quer que o contactemos novamente?",
        "Ligue {phone} e dê o seu código: é gratuito e imediato.",
        "Ou leia este quadrado com o seu telemóvel.",
        "O quadrado liga para este número.",
    ),
}
"""For each language the words of the house.

The question; how to object without internet; what the QR code does when it opens a page, and when it dials.
"""
CODE_LABEL = {
    FRENCH: "Votre code",
    "fr-easy": "Votre code",
    "en": "Your code",
    "ar": "رمزكم",
    "tr": "Kodunuz",
    "pt": "O seu código",
}


def objection(language: str, *, phone: str, has_page: bool, has_square: bool) -> tuple[str, str]:
    """How to object, as a title and a sentence; French where the house has no words of its own.

    The code itself is not in it: it stands below, and a sentence that is the same on every letter is set once for all.
    """
    title, how, page, dial = OBJECTION.get(language, OBJECTION[FRENCH])
    square = (page if has_page else dial) if has_square else ""
    return title, f"{how.format(phone=phone)} {square}".strip()


def code_label(language: str) -> str:
    """What stands before the code."""
    return CODE_LABEL.get(language, CODE_LABEL[FRENCH])


@lru_cache(maxsize=256)
def dated(language: str, day: date) -> str:
    """The day as the head of a letter says it."""
    code = language.partition("-")[0]
    if code == FRENCH or not exists(code):
        first = format_date(day, "MMMM y", locale=FRENCH)
        return f"Le {'1er' if day.day == 1 else day.day} {first}"
    return format_date(day, format="long", locale=code)
