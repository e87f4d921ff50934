"""Language and reading: which words to use, and which channels make sense. Origin is never inferred."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.core.words import Channel

FRENCH = "fr"
EASY_FRENCH = "fr-easy"
SPOKEN = frozenset({Channel.CALL, Channel.VISIT})


HEARD = (
    "ar", "tr", "pt", "es", "en", "ro", "ru", "uk", "fa", "ps", "so", "bn", "ta", "ur", "zh", "sq", "hy", "ka", "it", "pl", "bg", "sr", "vi",
    "ti", "am", "wo", "bm", "ff", "ln", "ku",
)  # fmt: skip
"""Languages (ISO 639-1) that may be recognised on the phone or at a door by who does not speak them."""
USUAL_NAME = 14
"""Letters of a usual first and last name."""


@dataclass(frozen=True)
class Readers:
    """People of one language (``None``: nobody said) who read French, do not, or of whom nobody knows (``None``).

    ``mobiles``: those who can be sent an SMS; ``longest``: letters of the longest name among them. Names are not needed.
    """

    language: str | None
    reads_french: bool | None
    people: int
    mobiles: int
    longest: int = USUAL_NAME


def written_language(language: str | None, reads_french: bool | None, available: frozenset[str]) -> str:
    """The language of an SMS: the person's own when we have it, easy French for who reads badly, else French."""
    if language is not None and language != FRENCH and language in available:
        return language
    if reads_french is False and EASY_FRENCH in available:
        return EASY_FRENCH
    return FRENCH


def may_rest_on_writing(reads_french: bool | None) -> bool:
    """Whether a plan of letters and SMS alone is acceptable. Unknown stays neutral."""
    return reads_french is not False


def spoken_languages(language: str | None, reads_french: bool | None) -> frozenset[str]:
    """The languages of which a mediator must speak one.

    Who is known to have trouble with French is spoken to in their own language only; otherwise French will do too.
    """
    if language is None or language == FRENCH:
        return frozenset({FRENCH})
    return frozenset({language}) if reads_french is False else frozenset({language, FRENCH})
