"""The sentences about a file: why it is refused, and what is said aloud while it is read."""

from __future__ import annotations

from typing import Any

from outreach.core.errors import ListRefusedError
from outreach.core.i18n import N_, _
from outreach.intake.files.model import Notice

_AGAIN = N_("Demandez-le de nouveau, en CSV ou en XLSX.")
_SAVE = N_("Ouvrez-le dans un tableur et enregistrez-le en XLSX.")
_SPLIT = N_("Demandez un fichier plus petit, ou partagé en plusieurs.")
_ONLY_ROWS = N_("Demandez un fichier qui ne contient que la liste.")

REFUSALS: dict[str, tuple[str, str]] = {
    "missing": (N_("ce fichier n'existe pas"), N_("Vérifiez le chemin.")),
    "closed": (N_("ce fichier ne peut pas être ouvert"), N_("Vérifiez qui a le droit de le lire.")),
    "no_room": (N_("la place manque pour déplier cette archive"), N_("Libérez de la place, ou envoyez la liste elle-même.")),
    "empty": (N_("ce fichier est vide"), _AGAIN),
    "file_size": (N_("ce fichier dépasse {limit} Mo"), _SPLIT),
    "rows": (N_("ce fichier dépasse {limit} lignes"), _SPLIT),
    "columns": (N_("ce fichier dépasse {limit} colonnes"), _ONLY_ROWS),
    "cell": (N_("une cellule de la ligne {row} dépasse {limit} caractères"), N_("Corrigez cette ligne.")),
    "endless_line": (N_("la ligne {row} dépasse {limit} Mo : ce n'est pas une liste"), _AGAIN),
    "expansion": (N_("cette archive dépasse {limit} Mo une fois dépliée"), _SPLIT),
    "ratio": (N_("cette archive se déplie plus de {limit} fois : elle est piégée ou abîmée"), _AGAIN),
    "memory": (N_("la lecture de ce fichier demande plus de {limit} Mo de mémoire"), _ONLY_ROWS),
    "time": (N_("la lecture de ce fichier ne répond plus depuis {limit} secondes"), _ONLY_ROWS),
    "crash": (N_("ce fichier est abîmé : sa lecture s'est interrompue"), _AGAIN),
    "damaged": (N_("ce fichier est abîmé : il ne se lit pas"), _AGAIN),
    "encrypted": (N_("ce fichier est protégé par un mot de passe"), N_("Demandez-le sans mot de passe.")),
    "no_text": (N_("ce fichier n'est ni un texte ni un classeur"), N_("Demandez un CSV ou un XLSX.")),
    "is_pdf": (N_("ce fichier est un PDF, pas une liste"), N_("Demandez un CSV ou un XLSX.")),
    "is_html": (N_("ce fichier est une page web, pas une liste"), _SAVE),
    "is_xml": (N_("ce fichier est du XML, pas une liste"), _SAVE),
    "is_json": (N_("ce fichier est du JSON, pas une liste"), N_("Demandez un CSV ou un XLSX.")),
    "is_document": (N_("ce fichier est un document, pas un classeur"), N_("Demandez un CSV ou un XLSX.")),
    "is_xlsb": (N_("ce classeur est au format XLSB"), _SAVE),
    "is_packed": (N_("cette archive n'est pas un ZIP"), N_("Dépliez-la et envoyez la liste qu'elle contient.")),
    "nested": (N_("cette archive contient une autre archive, « {member} »"), N_("Envoyez la liste elle-même.")),
    "several": (N_("cette archive contient plusieurs fichiers : {members}"), N_("Envoyez-les un par un.")),
    "no_member": (N_("cette archive ne contient aucun fichier"), _AGAIN),
    "no_sheet": (
        N_("ce classeur n'a pas de feuille « {sheet} »"),
        N_("Choisissez parmi ses feuilles : {sheets}."),
    ),
    "empty_sheet": (N_("la feuille « {sheet} » est vide"), N_("Choisissez parmi ses feuilles : {sheets}.")),
    "no_rows_in_sheets": (N_("aucune feuille visible de ce classeur n'a de lignes"), _AGAIN),
    "encoding": (N_("l'encodage « {encoding} » est inconnu"), N_("Choisissez par exemple utf-8 ou cp1252.")),
    "not_decoded": (N_("ce fichier n'est pas écrit en {encoding}"), N_("Choisissez un autre encodage, ou aucun.")),
    "delimiter": (N_("« {delimiter} » ne peut pas séparer les colonnes"), N_("Choisissez un seul signe, par exemple ; ou ,.")),
    "no_header": (
        N_("aucune ligne d'en-têtes reconnue dans les {number} premières lignes"),
        N_("Indiquez le numéro de la ligne d'en-têtes, ou 0 si le fichier n'en a pas."),
    ),
    "no_header_row": (
        N_("la ligne d'en-têtes {row} n'existe pas ou se trouve trop loin"),
        N_("Indiquez une ligne parmi les {number} premières."),
    ),
    "nested_columns": (N_("la colonne « {column} » contient des tableaux"), N_("Demandez un fichier à colonnes simples.")),
}

NOTICES: dict[str, str] = {
    "extension": N_("l'extension du fichier est « {extension} », mais c'est du {kind}"),
    "member": N_("la liste « {member} » est lue dans l'archive"),
    "other_sheets": N_("la feuille « {sheet} » est lue ; les autres ne le sont pas : {sheets}"),
    "hidden_sheets": N_("des feuilles sont masquées : {sheets}"),
    "hidden_sheet_read": N_("la feuille « {sheet} » est masquée, et lue parce qu'elle a été choisie"),
    "hidden_rows": N_("lignes masquées, lues comme les autres : {count} ({rows})"),
    "hidden_rows_left": N_("lignes masquées, laissées de côté : {count} ({rows})"),
    "hidden_columns": N_("des colonnes masquées sont lues comme les autres : {columns}"),
    "formulas": N_("formules dont la dernière valeur enregistrée est lue : {count} (par exemple {cells})"),
    "empty_formulas": N_("formules sans valeur enregistrée, lues comme vides : {count} (par exemple {cells})"),
    "cell_errors": N_("cellules en erreur, lues comme vides : {count} (par exemple {cells})"),
    "unseen": N_("ce qui est masqué ou calculé dans ce classeur n'a pas pu être vérifié"),
    "zeros": N_("caractères nuls retirés : {count}"),
    "undecoded": N_("caractères illisibles remplacés par « � » : {count}"),
    "mixed_encoding": N_("caractères écrits dans un autre encodage que le reste, lus comme cp1252 : {count}"),
    "stray_quotes": N_("des guillemets ne sont pas fermés : ils sont lus comme des lettres (lignes {rows})"),
    "long_rows": N_("lignes plus longues que l'en-tête : {count} ({rows}) ; cellules non lues : {cells}"),
    "short_rows": N_("lignes plus courtes que l'en-tête, complétées : {count} ({rows})"),
    "totals": N_("lignes de total ou de fin, laissées de côté : {count} ({rows})"),
    "repeated_headers": N_("en-têtes répétés, laissés de côté : {count} ({rows})"),
    "guessed_header": N_("aucun en-tête connu : la ligne {row} est prise pour l'en-tête"),
}

SHOWN = 10
"""Numbers and cells named in one notice."""


def refusal(code: str, name: str, **values: Any) -> ListRefusedError:
    """The file refused, in the language spoken here."""
    message, mend = REFUSALS[code]
    return ListRefusedError(_(message).format(**values), place=name, mend=_(mend).format(**values))


def notice(code: str, **values: Any) -> Notice:
    """Something said aloud."""
    return Notice(code, NOTICES[code], values)


def shown(numbers: list[int] | list[str]) -> str:
    """The first ten, and dots when there are more."""
    return ", ".join(str(number) for number in numbers[:SHOWN]) + (" …" if len(numbers) > SHOWN else "")
