"""The guest list of a rehearsal: people of the house who get what a campaign would send, each as one of its public."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from outreach.core.errors import OutreachError
from outreach.core.i18n import _
from outreach.core.phones import e164
from outreach.core.plain_tables import records

COLUMNS = ("name", "phone", "language", "reads_french", "address", "postal_code", "city")
YES, NO = {"yes", "oui", "true", "1", "o", "y"}, {"no", "non", "false", "0", "n"}


@dataclass(frozen=True)
class Guest:
    """One guest. ``phone`` in E.164; ``language`` ISO 639-1; ``reads_french``: ``None`` when not said."""

    given_name: str
    family_name: str
    phone: str | None
    language: str | None
    reads_french: bool | None
    address: str
    postal_code: str
    city: str


def read_guests(path: Path) -> list[Guest]:
    """The guests of a file (CSV or workbook) with the columns name, phone, language, reads_french, address, postal_code, city.

    Only ``name`` must be filled. Raises ``OutreachError`` that names the line and the mend.
    """
    try:
        rows = records(path)
    except OSError as error:
        message = _("cette liste d'invités ne se lit pas")
        raise OutreachError(message, place=str(path), mend=_("Vérifiez le chemin.")) from error
    if not rows or any("name" not in row for row in rows.values()):
        message = _("une liste d'invités a une ligne d'en-têtes et au moins un invité")
        raise OutreachError(message, place=str(path), mend=_("Colonnes : {columns}").format(columns=", ".join(COLUMNS)))
    return [_guest(row, f"{path}:{line}") for line, row in rows.items()]


def _guest(row: dict[str, str], place: str) -> Guest:
    said = {name: row.get(name, "").strip() for name in COLUMNS}
    given, _space, family = said["name"].partition(" ")
    if not given:
        raise OutreachError(_("cet invité n'a pas de nom"), place=place)
    reads = said["reads_french"].lower()
    if reads and reads not in YES | NO:
        raise OutreachError(_("« reads_french » se remplit par oui ou non"), place=place)
    return Guest(
        given, family or given, _phone(said["phone"], place), said["language"].lower() or None, None if not reads else reads in YES,
        said["address"], said["postal_code"], said["city"],
    )  # fmt: skip


def _phone(written: str, place: str) -> str | None:
    if not written:
        return None
    number = e164(written)
    if number is None:
        raise OutreachError(_("ce numéro de téléphone ne se lit pas"), place=place, mend=_("Écrivez-le comme 06 39 98 00 01."))
    return number
