"""The text of an SMS: cheap letters where nothing is lost, and how many parts it will cost."""

from __future__ import annotations

import re

GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The default alphabet of 3GPP TS 23.038."""
GSM_7_EXTENDED = frozenset("^{}\\[~]|€")
"""Characters that take two places."""
SAME_MEANING = str.maketrans(
    {
        "’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "œ": "oe", "Œ": "OE", "…": "...", "–": "-", "—": "-",
        "\u00a0": " ", "\u202f": " ", "ê": "e", "ë": "e", "î": "i", "ï": "i", "ô": "o", "û": "u", "â": "a", "ç": "c", "ÿ": "y", "À": "A",
        "Â": "A", "È": "E", "Ê": "E", "Ë": "E", "Î": "I", "Ï": "I", "Ô": "O", "Ù": "U", "Û": "U", "Ÿ": "Y",
    }
)  # fmt: skip
"""Characters outside GSM-7 and how they are written inside it. No letter is lost; é, è, à, ù stay as they are."""
_NOT_GSM = re.compile("[^" + re.escape("".join(sorted(GSM_7 | GSM_7_EXTENDED))) + "]")
_OF_TWO_PLACES = {
    True: re.compile("[" + re.escape("".join(sorted(GSM_7_EXTENDED))) + "]"),
    False: re.compile("[\U00010000-\U0010ffff]"),
}
"""Characters that take two places: in GSM-7 those of its extension, else those beyond one unit of UTF-16."""
_INNER_SPACE = re.compile(r"(?<=«)\s+|\s+(?=»)")
"""French puts a space inside its quotation marks; straight ones have none."""
SINGLE = {True: 160, False: 70}
PART = {True: 153, False: 67}
ISOLATE, END_ISOLATE = "\u2066", "\u2069"
RIGHT_TO_LEFT = frozenset({"ar", "he", "fa", "ur"})


def normalise(text: str) -> str:
    """The text in GSM-7 if that loses nothing; a text in another script is left as it is."""
    joined = _INNER_SPACE.sub("", text) if "«" in text or "»" in text else text
    cheap = " ".join(joined.translate(SAME_MEANING).split())
    return cheap if is_gsm(cheap) else " ".join(text.split())


def is_gsm(text: str) -> bool:
    """Whether every character is in GSM-7 or its extension."""
    return not _NOT_GSM.search(text)


def segments(text: str) -> int:
    """How many parts the text is sent and billed in. A character of two places is never cut: it begins the next part."""
    return _packed(text)[0]


def places_left(text: str) -> int:
    """How many places are free in the parts that the text is sent in: so many more cheap letters cost nothing."""
    return _packed(text)[1]


def _packed(text: str) -> tuple[int, int]:
    gsm = is_gsm(text)
    large = [found.start() for found in _OF_TWO_PLACES[gsm].finditer(text)]
    places = len(text) + len(large)
    if places <= SINGLE[gsm]:
        return 1, SINGLE[gsm] - places
    if not large:
        return -(-places // PART[gsm]), -places % PART[gsm]
    return _packed_one_by_one(len(text), set(large), PART[gsm])


def _packed_one_by_one(length: int, large: set[int], part: int) -> tuple[int, int]:
    """The same for a text with characters of two places at ``large``."""
    parts, used = 1, 0
    for place in range(length):
        taken = 2 if place in large else 1
        if used + taken > part:
            parts, used = parts + 1, 0
        used += taken
    return parts, part - used


def isolate(value: str, language: str) -> str:
    """A number inside right-to-left text, kept in its order (Unicode bidi isolation)."""
    return f"{ISOLATE}{value}{END_ISOLATE}" if language in RIGHT_TO_LEFT else value
