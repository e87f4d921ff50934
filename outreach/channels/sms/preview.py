"""What the texts of a campaign cost before anything leaves: alphabet, parts, and letters that were rewritten, by language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from outreach.channels.sms.text import is_gsm, isolate, normalise, segments
from outreach.core.letter_codes import NOBODY, code_of
from outreach.definitions.loader import Folder
from outreach.policy.language import USUAL_NAME, Readers, written_language


@dataclass(frozen=True)
class TextCost:
    """One language's SMS: as somebody would get it, its alphabet, its parts (usual, and for the longest name), and its cost.

    ``rewritten``: letters that the cheap alphabet does not have, and how they are written; none is lost.
    """

    language: str
    sample: str
    alphabet: str
    parts: int
    most_parts: int
    rewritten: str
    people: int
    cost: Decimal


def text_costs(folder: Folder, readers: Sequence[Readers], price: Decimal) -> list[TextCost]:
    """The texts of a campaign for those who would get them; ``price`` of one part."""
    available = frozenset(folder.messages.sms)
    people: Counter[str] = Counter()
    longest: dict[str, int] = {}
    for group in readers:
        language = written_language(group.language, group.reads_french, available)
        people[language] += group.mobiles
        longest[language] = max(longest.get(language, USUAL_NAME), group.longest)
    return [
        _cost(folder, language, people[language], longest.get(language, USUAL_NAME), price) for language in folder.messages.sms
    ]


def _cost(folder: Folder, language: str, people: int, longest: int, price: Decimal) -> TextCost:
    written, usual = _text(folder, language, USUAL_NAME), normalise(_text(folder, language, USUAL_NAME))
    most = normalise(_text(folder, language, longest))
    parts = segments(usual)
    lost = sorted({letter for letter in written if letter.isalpha() and letter not in usual}) if is_gsm(usual) else []
    return TextCost(
        language, usual, "GSM-7" if is_gsm(usual) else "UCS-2", parts, max(parts, segments(most)), "".join(lost), people,
        price * people * parts,
    )  # fmt: skip


def _text(folder: Folder, language: str, letters: int) -> str:
    """The text to somebody with a name of so many letters, from the first site, with all the letters it is written in."""
    site = folder.campaign.sites[0]
    name = "A" * (letters // 2 - 1) + " " + "B" * (letters - letters // 2)
    words = {
        "salutation": f"Madame {name.split()[-1]}", "name": name, "partner": folder.agreement.partner.name,
        "association": folder.agreement.association.name, "site": site.name, "site_address": site.address,
        "site_phone": isolate(site.phone, language), "letter_code": isolate(code_of(NOBODY), language), "mediator": "",
    }  # fmt: skip
    return folder.messages.sms[language].format(**words)
