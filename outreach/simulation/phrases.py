"""What people say of a partner's service, and what is kept in notes: a short list of invented sentences.

Some name the person or hold their phone, as people do when they speak: whoever checks a wording has something to find. Phones
are of the range kept for fiction (``contacts``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from outreach.simulation.contacts import FICTION_MOBILE

if TYPE_CHECKING:
    from outreach.simulation.residents import Residents

COMPLAINTS = (
    ("Trois appels au service client, jamais une réponse.", "Le service client ne répond pas au téléphone."),
    ("La lettre fait peur et on ne comprend pas combien il faut payer.", "La lettre ne dit pas clairement ce qui est dû."),
    ("Moi, {name}, je leur ai envoyé mes papiers deux fois.", "Les mêmes justificatifs ont été demandés deux fois."),
    ("Ils doivent me rappeler au {phone} depuis un mois.", "Un rappel promis n'a pas eu lieu en un mois."),
    ("On m'a dit : {name}, faites-le sur internet. Je n'ai pas internet.", "La démarche n'a été proposée que sur internet."),
)
"""As it was said, and as somebody would write it so that nobody is recognised."""
SUGGESTIONS = (
    ("Il faudrait un guichet où l'on peut venir.", "Ouvrir un guichet où l'on peut venir."),
    ("Écrivez le total à payer en haut, en gros.", "Écrire le total à payer en haut de la lettre, en gros."),
    ("Un SMS avant le prélèvement, sur mon {phone}, cela m'aurait suffi.", "Prévenir par SMS avant un prélèvement."),
    ("Que {name} puisse payer le cinq du mois, quand la paie arrive.", "Laisser choisir le jour du prélèvement."),
)
NOTES = (
    "Rappeler plutôt le matin, la personne travaille de nuit.",
    "{name} est très inquiète, prendre le temps.",
    "A demandé que l'on ne parle pas de la dette devant les enfants.",
    "Sonner deux fois, la sonnette marche mal ; sinon le {phone}.",
)
LEAST_LETTERS = 3
"""Of a first name that people say: lists have initials too."""


def said(residents: Residents, sentences: Sequence[tuple[str, str]], name: str | None, *occasion: object) -> str:
    """One of the sentences as this person says it."""
    return _spoken(residents, [as_said for as_said, _written in sentences], name, *occasion)


def noted(residents: Residents, name: str | None, *occasion: object) -> str:
    """What a mediator keeps for the colleagues."""
    return _spoken(residents, NOTES, name, *occasion)


def rewritten(told: str) -> str | None:
    """How somebody would write what was said so that nobody is recognised; ``None`` for what is of no list."""
    pairs = (*COMPLAINTS, *SUGGESTIONS)
    return next((written for as_said, written in pairs if _pattern(as_said).fullmatch(told)), None)


def _spoken(residents: Residents, sentences: Sequence[str], name: str | None, *occasion: object) -> str:
    named = name is not None and len(name) >= LEAST_LETTERS
    fitting = [sentence for sentence in sentences if named or "{name}" not in sentence]
    sentence = fitting[int(residents.chance("sentence", *occasion) * len(fitting))]
    end = f"{int(residents.chance('phone', *occasion) * 10_000):04d}"
    written = " ".join((FICTION_MOBILE + end)[place : place + 2] for place in range(0, 10, 2))
    return sentence.format(name=name, phone=written)


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", ".+", re.escape(sentence)))
