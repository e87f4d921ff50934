"""What a reply means. Doubt is never an objection silently ignored: what is unclear goes to a mediator.

The words stand in ``outreach.policy.reply_words``, by language; a person's language is not asked, since people answer in
whichever they like. A text that says several things means the first of: stop, start, wrong number, call back, paid.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from outreach.policy import reply_words as words

LONGEST = 2_000
"""Characters that are looked at: a text has at most 1,600."""


class Meaning(StrEnum):
    """The meanings that the engine acts on."""

    STOP = "stop"
    START = "start"
    CALL_BACK = "call_back"
    WRONG_NUMBER = "wrong_number"
    PAID = "paid"
    UNCLEAR = "unclear"


def meaning(body: str, opt_out: str | None = None) -> Meaning:
    """What a received text asks for.

    ``opt_out``: what the provider took it for (``STOP`` and ``START`` are taken at its word).
    """
    if opt_out in {"STOP", "START"}:
        return Meaning(opt_out.lower())
    text = plain(body)
    if asks_to_stop(text):
        return Meaning.STOP
    for found, said, otherwise in _OTHERS:
        if said.search(otherwise.sub(" ", text) if otherwise else text):
            return found
    return Meaning.UNCLEAR


def asks_to_stop(text: str) -> bool:
    """Whether a plain text says that nobody shall write or call any more: alone in one word, or anywhere in a sentence.

    Expressions in which the words mean something else, or take a stop back, are left aside first; what remains decides.
    """
    if text.strip() in _ALONE:
        return True
    return _STOP.search(_NOT_STOP.sub(" | ", _START.sub(" | ", text))) is not None


def plain(body: str) -> str:
    """A text as the words are looked for in it: folded, without punctuation, in full words, one space around each.

    Polite words at either end are left aside, unless there is nothing else.
    """
    letters = "".join(_kept(letter) for letter in fold(body[:LONGEST]))
    spelled = [part for word in letters.split() for part in fold(_OTHERWISE.get(word, word)).split()]
    text = f" {' '.join(spelled)} ".replace(" s t o p ", " stop ")
    if refused := _NO_THANKS.fullmatch(text):
        return f" {refused.group(1)} "
    bare = _POLITE_END.sub(" ", _POLITE_BEGIN.sub(" ", text))
    return bare if bare.strip() else text


def fold(text: str) -> str:
    """Lower case, compatible forms, no accents or marks, no letter twice in a row: spelling as people vary it."""
    spelled = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(_LETTERS)
    bare = "".join(letter for letter in spelled if not unicodedata.combining(letter) and unicodedata.category(letter) != "Cf")
    return _TWICE.sub(r"\1", bare)


def _kept(letter: str) -> str:
    """Letters, digits and vowel signs as they are; the signs that say stop as words of their own; a space for the rest."""
    if letter in _SIGNS:
        return f" {letter} "
    return letter if unicodedata.category(letter)[0] in "LNM" else " "


def _any(table: str) -> re.Pattern[str]:
    """One pattern for the lines of a table; each is whole words. Chinese has no spaces: its lines are looked for anywhere."""
    patterns = []
    for line in filter(None, map(str.strip, table.splitlines())):
        space = "" if _CHINESE.search(line) else " "
        begin = "(?<=^ )" if line.startswith("^") else f"(?<={space})"
        end = "(?= $)" if line.endswith("$") else f"(?={space})"
        # Folding would take the sign apart.
        pieces = (fold(piece) for piece in line.removeprefix("^").removesuffix("$").split("…"))
        patterns.append(f"{begin}(?:{_SOME.join(pieces)}){end}")
    return re.compile("|".join(patterns))


def _phrases(table: str) -> frozenset[str]:
    """The phrases of a table, folded: between commas and ends of lines."""
    return frozenset(fold(phrase.strip()) for line in table.splitlines() for phrase in line.split(",") if phrase.strip())


def _one_of(phrases: frozenset[str]) -> str:
    return "(?:" + "|".join(sorted(map(re.escape, phrases), key=len, reverse=True)) + ")"


_LETTERS = str.maketrans(
    {"ı": "i", "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ـ": "", "\ufe0e": "", "\ufe0f": "", "ي": "ى", "ة": "ه"}
)
"""Letters that no normal form takes apart, and two that Arabic writes either way at the end of words."""
_TWICE = re.compile(r"([^\W\d_])\1+")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_SOME = r"(?: \S+){0,3}"
_OTHERWISE = {fold(word): said for word, said in words.SAID_OTHERWISE.items()}
_SIGNS = frozenset(word for word in words.SAID_OTHERWISE if not word.isalnum())
_polite = _one_of(_phrases(words.POLITE))
_POLITE_BEGIN, _POLITE_END = re.compile(rf"^ (?:{_polite} )+"), re.compile(rf"(?: {_polite})+ $")
_NO_THANKS = re.compile(rf" (?:{_polite} )*({_one_of(_phrases(words.NO_THANKS))})(?: {_polite})* ")
_ALONE = _phrases(words.STOP_ALONE) | _phrases(words.NO_THANKS)
_STOP, _NOT_STOP, _START = _any("\n".join(words.STOP.values())), _any(words.NOT_STOP), _any(words.START)
_OTHERS = (
    (Meaning.START, _START, None),
    (Meaning.WRONG_NUMBER, _any(words.WRONG_NUMBER), None),
    (Meaning.CALL_BACK, _any(words.CALL_BACK), _any(words.NOT_CALL_BACK)),
    (Meaning.PAID, _any(words.PAID), _any(words.NOT_PAID)),
)
"""The other meanings in the order in which they count, with what is left aside before looking for them."""
