"""The words in which a mediation is recorded, code by code: what it was about, where, why help was needed.

The codes are close to those of the public services nearest to ours (the digital mediators' « cahier », social workers'
follow-ups), so that reports can be read beside theirs. Labels are French, shown through ``_``.
"""

from __future__ import annotations

from outreach.core.i18n import N_

THEMES = {
    "energie": N_("Énergie"), "eau": N_("Eau"), "budget": N_("Budget"), "logement": N_("Logement"),
    "acces_droits": N_("Accès aux droits"), "numerique": N_("Numérique"), "mobilite": N_("Mobilité"), "telephonie": N_("Téléphonie"),
    "courrier": N_("Courrier et banque"), "sante": N_("Santé"), "emploi": N_("Emploi"), "famille": N_("Famille"),
}  # fmt: skip
"""What a mediation was about."""

MEDIA = {
    "call": N_("Au téléphone"), "visit": N_("Lors d'une visite"), "desk": N_("À l'accueil"), "sms": N_("Par SMS"),
    "letter": N_("Par courrier"), "call_in": N_("La personne a appelé"), "event": N_("Lors d'une permanence ou d'un événement"),
}  # fmt: skip
"""How the two spoke with each other."""

PLACES = {
    "remote": N_("À distance"), "home": N_("Chez la personne"), "doorstep": N_("Sur le pas de la porte"), "site": N_("Au PIMMS"),
    "elsewhere": N_("Ailleurs"),
}  # fmt: skip

INTERPRETERS = {
    "none": N_("Sans interprète"), "mediator": N_("Le médiateur parle la langue"), "relative": N_("Un proche a traduit"),
    "phone": N_("Interprète au téléphone"), "present": N_("Interprète présent"),
}  # fmt: skip

AUTONOMY = {
    "alone": N_("Fera seul"), "helped": N_("A fait avec nous"), "done_for": N_("Nous avons fait à sa place"),
}  # fmt: skip
"""How far the person can go on without us."""

BARRIERS = {
    "understanding": N_("Facture ou courrier mal compris"), "language": N_("Difficulté avec le français"),
    "digital": N_("Difficulté avec internet"), "budget": N_("Budget trop serré"), "income_drop": N_("Perte de revenus"),
    "family": N_("Séparation, deuil ou naissance"), "health": N_("Santé"), "isolation": N_("Isolement"),
    "housing": N_("Logement en mauvais état"), "moving": N_("Déménagement"), "billing": N_("Erreur ou retard de facturation"),
}  # fmt: skip
"""Why help was needed: the partner learns from their numbers."""

OBSTACLES = {
    "phone_unanswered": N_("Service client injoignable"), "only_online": N_("Démarche seulement en ligne"),
    "account_locked": N_("Espace client bloqué"), "unclear_letter": N_("Courrier incompréhensible"),
    "no_plan_offered": N_("Échéancier refusé ou non proposé"), "papers_asked_twice": N_("Justificatifs demandés plusieurs fois"),
    "wrong_amount": N_("Montant contesté"), "no_interpreter": N_("Personne ne parle la langue"),
    "no_counter": N_("Plus d'accueil physique"), "slow_answer": N_("Réponse trop lente"),
}  # fmt: skip
"""What stood in the way in the partner's own service."""

REFERRALS = {
    "social_worker": N_("Travailleur social"), "ccas": N_("Centre communal d'action sociale"), "partner": N_("Service solidarité du partenaire"),
    "france_services": N_("France services"), "housing_advice": N_("Agence d'information sur le logement"),
    "energy_advice": N_("Conseil en énergie"), "debt_commission": N_("Banque de France, surendettement"),
    "legal_help": N_("Accès au droit"), "charity": N_("Association d'aide"), "health_care": N_("Soins"), "digital_help": N_("Aide numérique"),
    "employment": N_("Emploi"),
}  # fmt: skip
"""To whom a person is referred."""

MINUTES = (5, 10, 15, 20, 30, 45, 60, 90)
"""The presets of a duration; another may be written."""
LONGEST = 480
"""Minutes of the longest mediation: more is a slip of the finger."""
