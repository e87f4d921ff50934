"""What a reply means. Doubt is never an objection silently ignored: what is unclear goes to a mediator."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum


class Meaning(StrEnum):
    """The meanings that the engine acts on."""

    STOP = "stop"
    START = "start"
    CALL_BACK = "call_back"
    WRONG_NUMBER = "wrong_number"
    PAID = "paid"
    UNCLEAR = "unclear"


_STOP = re.compile(
    r"^(stop\w*|arret\w*|arrete[rsz]?|non merci|desabonne\w*|unsubscribe|توقف|قف|dur|parar?)\b"
    r"|\b(stop|arretez|plus de (sms|message|courrier|appel)s?|ne (me|m') ?(contacte|appele|ecrive)\w* plus|laisse[zr] moi tranquille"
    r"|me desabonner|me desinscrire)\b"
)
_NOT_STOP = re.compile(
    r"\b(ne stoppez pas|n'arretez pas|ne pas (arreter|stopper)|compteur|arret de (travail|bus)|arret maladie)\b"
)
_CALL_BACK = re.compile(r"\b(rappel\w*|appele[rz]?[ -]?moi|telephone[rz]? moi|call me|call back|اتصل|ara|ligue)\b")
_WRONG = re.compile(r"\b(faux numero|mauvais numero|pas le bon numero|wrong number|erreur de numero|connais pas)\b")
_PAID = re.compile(r"\b(deja paye|c'est paye|j'ai paye|regle|paid)\b")


def meaning(body: str, opt_out: str | None = None) -> Meaning:
    """What a received text asks for; ``opt_out``: what the provider took it for."""
    if opt_out in {"STOP", "START"}:
        return Meaning(opt_out.lower())
    text = _plain(body)
    if _STOP.search(text) and not _NOT_STOP.search(text):
        return Meaning.STOP
    for pattern, found in ((_CALL_BACK, Meaning.CALL_BACK), (_WRONG, Meaning.WRONG_NUMBER), (_PAID, Meaning.PAID)):
        if pattern.search(text):
            return found
    return Meaning.UNCLEAR


def _plain(body: str) -> str:
    spelled = unicodedata.normalize("NFKD", body.replace("’", "'").lower())
    return " ".join("".join(letter for letter in spelled if not unicodedata.combining(letter)).split())
