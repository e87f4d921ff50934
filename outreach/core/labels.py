"""What people read for each coded value: one table a vocabulary, French in the source, shown through ``_``."""

from __future__ import annotations

from collections.abc import Mapping

from outreach.core.i18n import N_, Language, _, language

ROW_STATES = {
    "new": N_("nouvelles"), "changed": N_("modifiées"), "unchanged": N_("inchangées"), "duplicate": N_("en double"),
    "leaving": N_("annoncées comme sorties"), "rejected": N_("rejetées"), "removed": N_("retirées depuis la dernière liste"),
}  # fmt: skip
LIST_STATES = {
    "previewed": N_("aperçu, rien n'est validé"), "committed": N_("validée"), "undone": N_("annulée"), "discarded": N_("abandonnée"),
}  # fmt: skip
FINDINGS = {
    "known:reference": N_("déjà connus par leur référence"), "known:name_birth": N_("déjà connus : même nom, même naissance"),
    "known:name_phone": N_("déjà connus : même nom, même téléphone"),
    "suppressed:objection": N_("ne seront pas contactés : opposition"),
    "suppressed:closed_case": N_("ne seront pas contactés : dossier clos dans cette campagne"),
    "suppressed:settled": N_("ne seront pas contactés : dette soldée"),
    "suppressed:partner_objection": N_("ne seront pas contactés : ils l'ont demandé au partenaire"),
    "suppressed:deceased": N_("ne seront pas contactés : décès connu du partenaire"),
}  # fmt: skip
FIELDS = {
    "reference": N_("référence"),
    "title": N_("civilité"),
    "given_name": N_("prénom"),
    "family_name": N_("nom"),
    "full_name": N_("nom et prénom"),
    "birth_date": N_("date de naissance"),
    "phone": N_("téléphone"),
    "mobile": N_("téléphone mobile"),
    "fixed": N_("téléphone fixe"),
    "email": N_("courriel"),
    "address_line": N_("adresse"),
    "address_extra": N_("complément d'adresse"),
    "house_number": N_("numéro"),
    "repetition": N_("indice de répétition"),
    "street": N_("voie"),
    "residence": N_("résidence"),
    "building": N_("bâtiment"),
    "staircase": N_("escalier"),
    "floor": N_("étage"),
    "door": N_("porte"),
    "place": N_("lieu-dit"),
    "po_box": N_("boîte postale"),
    "care_of": N_("hébergé"),
    "postal_code": N_("code postal"),
    "city": N_("commune"),
    "cedex": N_("CEDEX"),
    "country": N_("pays"),
    "insee": N_("code INSEE"),
    "address_key": N_("adresse normalisée"),
    "language": N_("langue"),
    "reads_french": N_("lit le français"),
    "amount_due": N_("montant dû"),
    "debt_since": N_("impayé depuis"),
    "stage": N_("stade"),
    "energy_voucher": N_("chèque énergie"),
    "movement": N_("mouvement"),
    "objection": N_("opposition au contact"),
    "consent": N_("accord de contact"),
    "deceased": N_("décès"),
}
LOCATIONS = {
    "point": N_("adresses trouvées au numéro"), "number": N_("trouvées près d'un numéro voisin"),
    "street": N_("trouvées au milieu de la rue"), "commune": N_("connues par leur commune seule : jamais dans une tournée"),
    "unknown": N_("introuvables"),
}  # fmt: skip
LINKS = {
    "merge": N_("liens certains : même personne"), "review": N_("liens à vérifier"), "household": N_("liens de foyer"),
    "apart": N_("ressemblances écartées par une règle ou une décision"),
}  # fmt: skip
CHANNELS = {"letter": N_("courriers"), "sms": N_("SMS"), "call": N_("appels"), "visit": N_("visites")}
WAITS = {
    "later": N_("leur jour n'est pas venu"), "capacity": N_("plus de place ces jours-ci"),
    "answers": N_("l'accueil ne pourrait pas recevoir ceux qui viendraient"),
    "cap": N_("assez sollicités ce mois-ci"), "calls": N_("assez sollicités ce mois-ci"), "budget": N_("assez sollicités ce mois-ci"),
    "silence": N_("ont refusé il y a peu : on les laisse en paix"), "rest": N_("se reposent d'un échange"),
    "snoozed": N_("en veille jusqu'à une date"), "appointment": N_("ont rendez-vous"),
    "no_speaker": N_("personne ne parle leur langue"), "closed": N_("leur jour n'est pas venu"),
    "objected": N_("ont demandé à ne plus être contactés"), "agreement": N_("la convention n'est pas en vigueur"),
    "sticker": N_("un refus est affiché sur leur porte, ou une visite y fut interrompue par un danger"), "to_plan": N_("à planifier"), "exhausted": N_("tout a été tenté"),
}  # fmt: skip
SHIFT_KINDS = {"call": N_("appels"), "visit": N_("visites"), "desk": N_("accueil")}
CAUSES = {
    "nightly": N_("plan de la nuit"), "absence": N_("une absence"), "by_hand": N_("un déplacement à la main"),
    "asked": N_("plan demandé"),
}  # fmt: skip
CHANGES = {"moved": N_("déplacé"), "dropped": N_("retiré"), "not_kept": N_("rendez-vous sans personne pour le tenir")}
SENDINGS = {
    "sent": N_("SMS remis à l'opérateur"), "failed": N_("SMS refusés par l'opérateur"),
    "unknown": N_("SMS dont on ignore s'ils sont partis"), "later": N_("SMS remis à plus tard par l'opérateur"),
    "withheld": N_("SMS retenus : envois arrêtés, ou opérateur en panne"),
}  # fmt: skip
STATES = {
    "planned": N_("prévus"), "claimed": N_("en cours"), "sent": N_("envoyés"), "done": N_("faits"), "failed": N_("échoués"),
    "unknown": N_("incertains"), "cancelled": N_("annulés"),
}  # fmt: skip
ONE_CONTACT = {
    "planned": N_("à venir"), "claimed": N_("en cours"), "sent": N_("envoyé"), "done": N_("fait"), "failed": N_("n'est pas parti"),
    "unknown": N_("peut-être parti"), "cancelled": N_("n'aura pas lieu"),
}  # fmt: skip
RECORDED = {
    "sent": N_("messages parlés diffusés"), "failed": N_("messages parlés refusés par l'opérateur"),
    "unknown": N_("messages parlés dont on ignore s'ils sont partis"), "later": N_("messages parlés remis à plus tard"),
    "withheld": N_("messages parlés retenus"),
}  # fmt: skip
REPLIES = {
    "stop": N_("réponses : opposition"), "call_back": N_("réponses : rappelez-moi"), "wrong_number": N_("réponses : mauvais numéro"),
    "paid": N_("réponses : déjà payé"), "unclear": N_("réponses à lire"),
}  # fmt: skip
STATUSES = {
    "waiting": N_("pas encore sollicités"), "solicited": N_("sollicités"), "reached": N_("contact établi"), "mediated": N_("médiation réalisée"),
    "refused": N_("ne souhaite pas d'aide"), "unreachable": N_("injoignable"), "wrong_data": N_("coordonnées fausses"),
    "withdrawn": N_("retiré par le partenaire"), "objected": N_("opposition"), "joined": N_("réuni à un autre dossier"),
}  # fmt: skip
ONE_CHANNEL = {"letter": N_("courrier"), "sms": N_("SMS"), "call": N_("appel"), "visit": N_("visite")}
MEDIATIONS = {"exchange": N_("Échange"), "information": N_("Information délivrée"), "action": N_("Action mise en place")}
ROLES = {
    "administrator": N_("administration du réseau"), "manager": N_("responsable de campagne"), "mediator": N_("médiation"),
    "partner": N_("partenaire"), "officer": N_("protection des données"), "auditor": N_("audit"),
}  # fmt: skip
REQUESTS = {
    "access": N_("voir ses données"), "rectification": N_("corriger ses données"), "objection": N_("ne plus être contacté"),
    "erasure": N_("effacer ses données"),
}  # fmt: skip
EVENTS = {
    "opened": N_("dossier ouvert"), "sent": N_("envoyé"), "delivered": N_("distribué"), "undelivered": N_("non distribué"),
    "attempted": N_("tentative"), "replied": N_("réponse reçue"), "mediated": N_("médiation"), "objected": N_("opposition"),
    "withdrawn": N_("retiré par le partenaire"), "joined": N_("réuni à un autre dossier"), "exhausted": N_("tout a été tenté"),
    "parted": N_("séparé d'un autre dossier"), "snoozed": N_("mis en veille"), "appointed": N_("rendez-vous pris"),
    "resumed": N_("opposition levée"), "corrected": N_("correction"),
}  # fmt: skip
OUTCOMES = {
    "paid": N_("facture réglée"), "plan_kept": N_("échéancier tenu"), "supply_kept": N_("fourniture maintenue"),
}  # fmt: skip
RETURN_ROWS = {
    "matched": N_("rapprochées d'un dossier"), "silent": N_("connues, mais sans rien dire"),
    "without_case": N_("de clients sans dossier dans cette campagne, non gardées"),
    "unknown": N_("de référence inconnue, non gardées, à renvoyer"), "bad": N_("à corriger"),
}  # fmt: skip


def label(table: Mapping[str, str], code: str) -> str:
    """The words for a code in the language spoken here; a code with a detail (``exhausted:no_answer``) goes by its head."""
    return _(table.get(code) or table.get(code.partition(":")[0], code))


def language_name(code: str, written_in: Language | None = None) -> str:
    """The name of a language in the language spoken here, or in ``written_in``; ``unknown`` is one that nobody noted."""
    from babel import Locale

    return _("inconnue") if code == "unknown" else str(Locale(written_in or language()).languages.get(code, code))
