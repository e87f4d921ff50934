"""What the levels of agreement are called by people who never heard of them: French in the source, shown through ``_``."""

from __future__ import annotations

from outreach.core.i18n import N_, _
from outreach.core.labels import FIELDS, label

AGREEMENTS: dict[tuple[str, str], str] = {
    ("start", "same_address"): N_("Deux lignes à une même adresse"),
    ("start", "anywhere"): N_("Deux lignes prises au hasard"),
    ("family_name", "equal_or_swapped"): N_("Même nom"),
    ("family_name", "very_close"): N_("Nom presque identique"),
    ("family_name", "close"): N_("Nom ressemblant"),
    ("family_name", "contained"): N_("Un nom contient l'autre"),
    ("family_name", "different"): N_("Nom différent"),
    ("given_name", "equal_or_swapped"): N_("Même prénom, ou échangé avec le nom"),
    ("given_name", "very_close"): N_("Prénom presque identique"),
    ("given_name", "close"): N_("Prénom ressemblant"),
    ("given_name", "beginning"): N_("Un prénom commence comme l'autre"),
    ("given_name", "initial"): N_("Un prénom est l'initiale de l'autre"),
    ("given_name", "different"): N_("Prénom différent"),
    ("birth_date", "equal"): N_("Même date de naissance"),
    ("birth_date", "one_slip"): N_("Date de naissance à une erreur près"),
    ("birth_date", "year_or_day"): N_("Même année de naissance, ou même jour d’une autre année"),
    ("birth_date", "different"): N_("Date de naissance différente"),
    ("mobile", "equal"): N_("Même mobile"),
    ("mobile", "one_slip"): N_("Mobile à un chiffre près"),
    ("mobile", "different"): N_("Mobile différent"),
    ("fixed", "equal"): N_("Même téléphone fixe"),
    ("fixed", "one_slip"): N_("Téléphone fixe à un chiffre près"),
    ("fixed", "different"): N_("Téléphone fixe différent"),
    ("email", "equal"): N_("Même courriel"),
    ("email", "different"): N_("Courriel différent"),
    ("reference", "equal"): N_("Même référence client"),
    ("reference", "different"): N_("Référence client différente"),
    ("address", "same_address"): N_("Même adresse"),
    ("address", "same_street"): N_("Même rue, autre numéro"),
    ("address", "same_postal_code"): N_("Même code postal ; autre rue, ou porte de beaucoup de monde"),
    ("address", "elsewhere"): N_("Autre code postal"),
    ("partner", "same_partner"): N_("Fichiers d'un même partenaire"),
    ("partner", "other_partner"): N_("Fichiers de deux partenaires"),
    ("flat", "equal"): N_("Même porte"),
    ("flat", "different"): N_("Autre porte, étage ou bâtiment"),
    ("crowd", "up_to_3"): N_("3 lignes au plus à l'adresse"),
    ("crowd", "up_to_6"): N_("4 à 6 lignes à l'adresse"),
    ("crowd", "up_to_12"): N_("7 à 12 lignes à l'adresse"),
    ("crowd", "more"): N_("Plus de 12 lignes à l'adresse"),
    ("names", "rare"): N_("Nom et prénom rares ensemble"),
    ("names", "frequent"): N_("Nom et prénom fréquents"),
    ("rule", "same_customer"): N_("Une référence, des noms compatibles"),
}
"""(field, level): the sentence. A level that the fields gain needs one here; a test says so."""
BARRED = {
    "chained": N_("Pas fusionnées d'office : l'une tient à une autre ligne qui contredit la fusion."),
    "contradicted": N_("Jamais fusionnées sans vous : ni le même prénom, ni la même date de naissance."),
    "nothing_personal": N_(
        "Jamais fusionnées sans vous : le prénom diffère ou manque ; partager un téléphone, un courriel ou une adresse ne suffit pas."
    ),
}
OUTCOMES = {
    "merge": N_("Une seule personne"), "review": N_("À vérifier par quelqu'un"), "household": N_("Deux personnes d'un même foyer"),
    "apart": N_("Deux personnes différentes"),
}  # fmt: skip
VERDICTS = {"same": N_("la même personne"), "apart": N_("deux personnes"), "unsure": N_("impossible à dire")}
UNKNOWN_DAY = N_("Un 1er janvier, écrit souvent faute de savoir le jour, compte pour inconnu s'il est des deux côtés.")
FIELD_NAMES = {**FIELDS, "partner": N_("partenaire"), "flat": N_("porte"), "crowd": N_("lignes à l'adresse")}


def agreement(field: str, level: str) -> str:
    """The sentence for a field's level of agreement."""
    return _(AGREEMENTS[field, level])


def silent(fields: list[str]) -> str:
    """Which fields could say nothing, as a sentence; empty when all could."""
    if not fields:
        return ""
    names = ", ".join(label(FIELD_NAMES, field) for field in fields)
    told = _("N'a rien pu dire, faute de valeurs à comparer : {fields}.").format(fields=names)
    return f"{told} {_(UNKNOWN_DAY)}" if "birth_date" in fields else told
