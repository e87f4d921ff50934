"""What the phone's application says: the page hands these over in the language spoken, so that it speaks without a network."""

from __future__ import annotations

from outreach.core.i18n import N_

WORDS = {
    "today": N_("Aujourd'hui"), "calls": N_("Appels"), "round": N_("Tournée"), "back": N_("Revenir en arrière"), "map": N_("Plan de la tournée"),
    "loading": N_("La journée arrive"), "no_day": N_("Pas encore de journée sur ce téléphone : il faut du réseau une première fois."),
    "no_work": N_("Rien n'est prévu aujourd'hui"), "no_work_words": N_("Quelqu'un vient ou rappelle ? Notez-le sous « Quelqu'un vient »."),
    "next_call": N_("Appel suivant"), "open_round": N_("Ouvrir la tournée"), "no_more_calls": N_("Plus d'appel à faire pour le moment"),
    "calls_done": N_("Appels : {done} sur {total}"), "doors_done": N_("Portes : {done} sur {total}"),
    "left_out": N_("{count} contacts retirés depuis le plan"), "left_out_one": N_("{count} contact retiré depuis le plan"), "promised": N_("Promis à {when}"), "promised_call": N_("promis"),
    "unknown_language": N_("langue inconnue"), "reads_little": N_("lit mal le français"),
    "adults": N_("{count} adultes"), "adults_one": N_("{count} adulte"), "children": N_("{count} enfants"), "children_one": N_("{count} enfant"),
    "staircase": N_("escalier {name}"), "floor": N_("étage {name}"), "door": N_("porte {name}"),
    "floor_unknown": N_("étage inconnu"), "before": N_("Déjà fait"), "colleague": N_("Note de {name}"), "why": N_("Pourquoi ce contact ?"),
    "no_why": N_("La raison n'est pas connue."), "segment": N_("Ce qui l'a fait choisir"), "amount": N_("Montant dû"), "first": N_("À dire d'abord"),
    "script": N_("Pour parler ensemble"), "easy_french": N_("français facile"), "further": N_("Suite"), "if_nobody": N_("Si personne ne répond : l'avis à laisser, ou le message"), "script_end": N_("C'est la fin du guide."), "call": N_("Appeler le {phone}"),
    "result": N_("Qu'est-il arrivé ?"), "others": N_("Autre…"), "mediation": N_("La médiation"), "mediation_short": N_("Médiation"), "save": N_("Enregistrer"),
    "kind": N_("Ce qui a eu lieu"), "themes": N_("De quoi"), "actions": N_("Ce qui est mis en place"), "language": N_("En quelle langue"),
    "minutes": N_("Combien de minutes"), "note": N_("Une note entre collègues"), "more": N_("Plus, si cela a été dit"),
    "barriers": N_("Ce qui rendait l'aide nécessaire"), "obstacles": N_("Ce qui bloque chez le partenaire"), "autonomy": N_("La prochaine fois, seul ?"),
    "reads_french": N_("Lit le français"), "interpreter": N_("Avec un interprète"), "complaint": N_("Réclamation au partenaire, mot pour mot"),
    "suggestion": N_("Suggestion au partenaire, mot pour mot"), "yes": N_("oui"), "no": N_("non"),
    "incomplete": N_("Choisissez au moins ce qui a eu lieu, et de quoi."), "in_an_hour": N_("Dans une heure"), "in_two_hours": N_("Dans deux heures"),
    "tomorrow_morning": N_("Demain, 10 h 30"), "tomorrow_evening": N_("Demain, 17 h 30"), "word_for_colleague": N_("Un mot pour qui rappellera"),
    "which_language": N_("Quelle langue parle cette personne ? On cherchera quelqu'un qui la parle."), "language_not_known": N_("Je ne sais pas"),
    "other_time": N_("Ou à une autre heure"), "promise": N_("Promettre"), "kept_here": N_("gardé sur ce téléphone"), "sent": N_("noté"), "undo": N_("Annuler"),
    "neighbour": N_("Un voisin"), "neighbour_words": N_("Quelqu'un d'autre de l'immeuble a été aidé : sans nom, compté à part."),
    "neighbour_record": N_("Noter cette aide"), "skip": N_("Mettre cet appel de côté"), "skip_why": N_("Pourquoi ?"), "skipped": N_("Mis de côté"),
    "give_back": N_("Rendre cet appel"),
    "ring": N_("Faire sonner mon téléphone"), "ring_words": N_("Le standard vous appelle, puis appelle la personne : votre numéro reste caché."),
    "ring_now": N_("Sonner maintenant"), "ringing": N_("Votre téléphone va sonner."), "no_network": N_("Pas de réseau."),
    "objection": N_("Ne veut plus être contacté"), "objection_words": N_("Tout s'arrête aussitôt, dans toutes les campagnes. Cela ne s'annule pas d'ici."),
    "objection_record": N_("Noter : plus aucun contact"), "objection_kept": N_("Plus personne ne les contactera"), "all_absent": N_("Personne : {count} portes"),
    "absent": N_("Personne à la porte"), "closed": N_("Immeuble fermé"), "closed_said": N_("Immeuble fermé"), "conflict": N_("quelqu'un d'autre a noté autre chose."),
    "look": N_("Regarder"), "seen": N_("Vu"), "sign_in_again": N_("Connectez-vous pour envoyer ce qui est gardé ici"),
    "other_owner": N_("Ce téléphone garde encore des fiches d'un autre compte : reconnectez ce compte pour les envoyer."),
    "offline": N_("Sans réseau : tout se note quand même"), "offline_kept": N_("Sans réseau : {count} fiches gardées"), "offline_kept_one": N_("Sans réseau : {count} fiche gardée"),
    "to_send": N_("{count} fiches à envoyer"), "to_send_one": N_("{count} fiche à envoyer"),
    "trouble": N_("Le serveur ne répond pas bien ; rien n'est perdu"), "not_sent_yet": N_("{count} fiches ne sont pas encore envoyées : trouvez du réseau avant de vous déconnecter."),
    "not_sent_yet_one": N_("{count} fiche n'est pas encore envoyée : trouvez du réseau avant de vous déconnecter."),
    "account": N_("Compte"), "security": N_("Mot de passe et deuxième preuve"), "replies": N_("Réponses à lire"), "leave": N_("Se déconnecter"),
    "sealed": N_("Ce que ce téléphone garde est scellé, et s'efface quand vous vous déconnectez."),
    "somebody_comes": N_("Quelqu'un vient"), "who_words": N_("Code de la lettre, téléphone ou nom"), "search": N_("Chercher"), "nobody_found": N_("Personne ne répond à cela"),
    "find_needs_network": N_("Chercher demande du réseau."), "walk_in_kept": N_("C'est noté pour {name}."),
}  # fmt: skip
"""Key of the scripts: the French text. Places in braces are filled by the phone."""
