"""The answer to « why me? » as a paragraph that can be read to the person: plain words, nothing left out that decided."""

from __future__ import annotations

from datetime import datetime

from outreach.core.clock import PARIS
from outreach.core.i18n import _
from outreach.core.words import Unit
from outreach.segments.why import Condition, Looked, Why

MOST = 3
"""Conditions of the deciding rule that are read aloud; the table has them all."""


def paragraph(why: Why) -> str:
    """Who handed the data over, for what, what was looked at, the verdict, the wave, when, and how to object."""
    parts = [_origin(why), _purpose(why), _reason(why), *_order(why), _when(why), _rights(why)]
    return " ".join(part for part in parts if part)


def _origin(why: Why) -> str:
    if why.received_at is None:
        return _("{partner} nous a donné vos coordonnées (convention « {agreement} »).").format(
            partner=why.partner, agreement=why.agreement
        )
    return _("{partner} nous a donné vos coordonnées le {day} (fichier « {list} », convention « {agreement} »).").format(
        partner=why.partner, day=_day(why.received_at), list=why.list_name, agreement=why.agreement
    )


def _purpose(why: Why) -> str:
    return _("C'est pour la campagne « {name} ». Son but : {purpose}").format(name=why.name, purpose=_sentence(why.purpose))


def _reason(why: Why) -> str:
    number = len(why.rules)
    decided = next((rule for rule in why.rules if rule.decided), None)
    home = why.unit == Unit.HOUSEHOLD
    if why.targeted:
        told = (
            _("Nous avons regardé {number} règles, et votre foyer est contacté pour cette raison : « {label} »")
            if home
            else _("Nous avons regardé {number} règles, et nous vous contactons pour cette raison : « {label} »")
        )
    elif decided is None:
        told = (
            _("Nous avons regardé {number} règles. Aucune ne dit de contacter votre foyer : nous ne vous contactons donc pas")
            if home
            else _("Nous avons regardé {number} règles. Aucune ne dit de vous contacter : nous ne vous contactons donc pas")
        )
    else:
        told = (
            _("Nous avons regardé {number} règles, et votre foyer n'est pas contacté pour cette raison : « {label} »")
            if home
            else _("Nous avons regardé {number} règles, et nous ne vous contactons pas pour cette raison : « {label} »")
        )
    seen = f" ({_seen(decided)})" if decided is not None and _seen(decided) else ""
    return told.format(number=number, label=why.label) + seen + "."


def _seen(rule: Looked) -> str:
    """What the deciding rule saw, value against threshold; of alternatives those that held."""
    held = [one for one in rule.conditions if one.held] or list(rule.conditions)
    return " ; ".join(_compared(one) for one in held[:MOST] if one.fact != "on_list")


def _compared(one: Condition) -> str:
    if one.value == one.wanted:
        return _("{fact} : {value}").format(fact=one.label, value=one.value)
    return _("{fact} : {value} ; la règle demande : {wanted}").format(fact=one.label, value=one.value, wanted=one.wanted)


def _order(why: Why) -> list[str]:
    if why.wave is None or not why.targeted:
        return []
    if why.waves == 1:
        return [_("Tout le monde est contacté à la suite, sans ordre de faveur.")]
    if why.urgent:
        return [_("Votre situation est urgente : vous êtes parmi les premiers.")]
    days = (why.wave - 1) * why.days_apart
    told = _(
        "Nous ne pouvons pas contacter tout le monde le même jour. Un tirage au sort a décidé de l'ordre : vous êtes dans le groupe {wave} sur {waves}."
    )
    parts = [told.format(wave=why.wave, waves=why.waves)]
    if days:
        parts.append(_("Il commence {days} jours après le premier.").format(days=days))
    parts.append(
        _(
            "Personne n'est oublié, et personne n'a pu choisir qui passe avant. Comparer les groupes nous dit si notre aide est utile."
        )
    )
    return parts


def _when(why: Why) -> str:
    local = why.decided_at.astimezone(PARIS)
    return _(
        "Cela a été décidé le {day} à {time}, par des règles écrites d'avance (version {version}), sans avis sur votre personne."
    ).format(day=f"{local:%d/%m/%Y}", time=f"{local:%H:%M}", version=why.version)


def _rights(why: Why) -> str:
    return _(
        "Vous pouvez refuser tout contact, maintenant ou plus tard, et voir ou corriger vos données : dites-le à n'importe quel médiateur, ou joignez {association} ({rights})."
    ).format(association=why.association, rights=why.rights)


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(PARIS):%d/%m/%Y}"


def _sentence(written: str) -> str:
    words = written.strip().rstrip(".")
    return words[:1].lower() + words[1:] + "."
