"""What one contact's letter says: the campaign's words in the person's language, and what the law wants beside them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from outreach.channels import outbox
from outreach.channels.letters.address import address_block
from outreach.channels.letters.house_words import FRENCH, objection
from outreach.channels.letters.letter import Letter, Side
from outreach.channels.outbox import Due
from outreach.core.letter_passes import pass_of, sample_pass
from outreach.core.phones import e164
from outreach.core.references import reference_of
from outreach.core.settings import settings
from outreach.core.typesetting import undrawable
from outreach.policy.language import EASY_FRENCH

if TYPE_CHECKING:
    from outreach.definitions.messages import LetterText
    from outreach.definitions.registry import Loaded

BASIS = {"legitimate_interest": "intérêt légitime", "public_interest": "mission d'intérêt public", "consent": "votre accord"}


def compose(due: Due, loaded: Loaded) -> Letter:
    """The letter of one contact: in the person's language where the campaign has one, with French on the back; else French.

    The square of somebody invented proves nothing: their code is somebody's in another database of the same secrets.
    """
    folder = loaded.folder
    language, written, unset = _chosen(due.language, folder.messages)
    agreement = folder.agreement
    words = outbox.words_for(due, partner=agreement.partner.name, association=agreement.association.name)
    front = _side(language, written, words)
    french = folder.messages.letter
    link = objection_link((sample_pass if due.simulated else pass_of)(due.letter_code), due.site_phone)
    has_page = link.startswith("http")
    return Letter(
        reference=reference_of(due.id),
        address=address_block(
            due.title, due.given_name, due.family_name, due.building_name, due.staircase, due.floor, due.door, due.house_number,
            due.repetition, due.street, due.postal_code, due.city, residence=due.residence, place=due.place, po_box=due.po_box, care_of=due.care_of,
            cedex=due.cedex, country=due.country,
        ),
        subject=front.subject,
        paragraphs=front.paragraphs,
        call_back_lines=tuple((code, line.format(**words)) for code, line in written.call_back_lines.items()),
        signature=front.signature,
        letter_code=due.letter_code,
        sender=(agreement.association.name, due.site_name, due.site_address, due.site_phone),
        legal=legal_notice(loaded),
        language=language,
        objection=objection(language, phone=due.site_phone, has_page=has_page, has_square=bool(link)),
        link=link,
        back=_side(FRENCH, french, words) if french is not None and language not in {FRENCH, EASY_FRENCH} else None,
        unset=unset,
    )  # fmt: skip


def legal_notice(loaded: Loaded) -> str:
    """What RGPD article 14 wants said at the first contact: source, purpose, basis, retention, rights."""
    agreement = loaded.folder.agreement
    return (
        f"Vos coordonnées nous viennent de {agreement.partner.name}. But : {agreement.purpose} "
        f"Base légale : {BASIS[agreement.legal_basis]}. Conservation : {agreement.retention_months} mois au plus après le dernier "
        f"contact. Pour voir vos données, les corriger ou vous opposer : {agreement.association.contact_for_rights}. "
        "Réclamation : CNIL, cnil.fr."
    )


def objection_link(shown: str, phone: str) -> str:
    """What the QR code opens: the page that takes an objection of who shows this pass, or without a public address, a call to the site.

    Empty when there is neither: no square is better than one that leads nowhere.
    """
    base = settings().public_url
    if base:
        return f"{base.rstrip('/')}/o/{shown}"
    number = _dialled(phone)
    return f"tel:{number}" if number else ""


@lru_cache(maxsize=1024)
def _dialled(phone: str) -> str | None:
    """A site's phone as it is dialled; the letters of a run name a few."""
    return e164(phone)


def _chosen(language: str, messages: Any) -> tuple[str, LetterText, tuple[tuple[str, str], ...]]:
    """The language a letter is written in, its text, and what could not be printed of the one that was wanted."""
    french = messages.letter
    if french is None:
        message = "the campaign writes no letters"
        raise ValueError(message)
    written = messages.letters.get(language)
    if written is None:
        return FRENCH, french, ()
    signs = undrawable("".join([written.subject, *written.paragraphs, written.signature]))
    return (FRENCH, french, ((language, signs),)) if signs else (language, written, ())


def _side(language: str, written: LetterText, words: dict[str, str]) -> Side:
    return Side(
        language,
        written.subject.format(**words),
        tuple(paragraph.format(**words) for paragraph in written.paragraphs),
        written.signature.format(**words),
    )
