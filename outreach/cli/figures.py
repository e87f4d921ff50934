"""``outreach figures``: what managers read of their campaigns. Small groups are shown: nothing of this leaves the association."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outreach.cli.output import AsJson, CampaignCode, database, emit, funnel_rows, table
from outreach.core.i18n import _, language, number
from outreach.core.labels import CHANNELS, label, language_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from outreach.reporting.costs import Cost
    from outreach.reporting.figures.reading import Tally
    from outreach.reporting.left_out import Group, Share

app = typer.Typer(
    help=_("Les chiffres d'une campagne pour qui la conduit : entonnoir, délais, coûts, qui reste de côté, effet."),
    no_args_is_help=True,
)
AFTER = (7, 14, 30, 60)
"""Days after which the curves are read."""


@app.command(help=_("L'entonnoir avec ses taux, chacun avec sa définition."))
def funnel(code: CampaignCode, as_json: AsJson = False) -> None:
    """Show the funnel and the rates."""
    from outreach.definitions.registry import find_campaign
    from outreach.reporting import campaign_funnel

    with database().session() as session:
        loaded = find_campaign(session, code)
        found = campaign_funnel(session, loaded)
    emit(found, as_json, loaded.campaign.name, funnel_rows(found))
    if not as_json:
        table(_("Contacts, par canal"), [[_(step.label), step.count] for step in found.attempts])
        rates = [[_(rate.label), percent(rate.value), _(rate.definition)] for rate in found.rates]
        table(_("Taux"), rates)


@app.command(help=_("Toutes les campagnes, d'une association ou du réseau."))
def network(
    association: Annotated[str | None, typer.Option(help=_("Le code d'une association ; toutes sans cela."))] = None,
    as_json: AsJson = False,
) -> None:
    """Show all campaigns side by side."""
    from outreach.reporting.figures.reading import Tally
    from outreach.reporting.network import network_figures

    with database().session() as session:
        found = network_figures(session, association)
    rows = [network_row(f"{one.association} : {one.name}", one.tally, one.neighbours) for one in found]
    together = sum((one.tally for one in found), Tally())
    rows.append(network_row(_("Ensemble"), together, sum(one.neighbours for one in found)))
    columns = ["", _("Ciblés"), _("Sollicités"), _("Contact établi"), _("Médiation"), _("Taux de médiation"), _("Voisins aidés")]
    emit(found, as_json, _("Campagnes (réseau, année pleine : 60 %)"), rows, columns)


@app.command("left-out", help=_("Qui la campagne atteint moins que les autres : par langue, lecture, quartier, âge, foyer."))
def left_out(code: CampaignCode, as_json: AsJson = False) -> None:
    """Show whom the campaign misses."""
    from outreach.definitions.registry import find_campaign
    from outreach.reporting.left_out import GROUPS, VALUES
    from outreach.reporting.left_out import left_out as find

    with database().session() as session:
        loaded = find_campaign(session, code)
        found = find(session, [loaded.campaign.id])

    def names(group: Group) -> str:
        return language_name(group.value) if group.dimension == "language" else label(VALUES, group.value)

    columns = [_("Groupe"), _("Ciblés"), _("Joignables"), _("Contact établi"), _("Médiation"), ""]
    rows = [
        [f"{_(GROUPS[group.dimension])} : {names(group)}", group.targeted, percent(group.contactable.rate), bounds(group.reached),
         bounds(group.mediated), _("moins que les autres") if group.missed else ""]
        for group in found
    ]  # fmt: skip
    emit(found, as_json, _("Qui reste de côté (intervalles à 95 %)"), rows, columns)


@app.command(help=_("En combien de jours vient le premier contact, puis la médiation."))
def delays(code: CampaignCode, as_json: AsJson = False) -> None:
    """Show the curves."""
    from outreach.definitions.registry import find_campaign
    from outreach.reporting.curves import curve
    from outreach.reporting.figures import refresh_figures

    opened = database()
    refresh_figures(opened)
    with opened.session() as session:
        loaded = find_campaign(session, code)
        found = {name: curve(session, [loaded.campaign.id], name) for name in ("contact", "mediation")}
    names = {"contact": _("premier contact"), "mediation": _("médiation")}
    rows = [
        [names[name], one.cases, *(percent(one.share(days)) for days in AFTER), "" if one.median is None else one.median]
        for name, one in found.items()
    ]
    columns = ["", _("Dossiers"), *(_("{days} jours").format(days=days) for days in AFTER), _("Médiane (jours)")]
    emit(found, as_json, _("Délais, dossiers encore ouverts compris"), rows, columns)


@app.command(help=_("Ce que coûte une médiation, par canal, site et langue ; et quels contacts y ont mené."))
def costs(code: CampaignCode, as_json: AsJson = False) -> None:
    """Show costs and credits."""
    from outreach.definitions.registry import find_campaign
    from outreach.policy.mediation.vocabulary import MEDIA
    from outreach.reporting.costs import campaign_costs
    from outreach.reporting.credits import campaign_credits

    with database().session() as session:
        loaded = find_campaign(session, code)
        found, credit = campaign_costs(session, loaded), campaign_credits(session, loaded)
    rows = [cost_row(_("Ensemble"), found.all)]
    parts_of: list[tuple[str, dict[str, Cost], Callable[[str], str]]] = [
        (_("Canal"), found.channels, lambda code: label(MEDIA | CHANNELS, code)),
        (_("Site"), found.sites, str),
        (_("Langue"), found.languages, language_name),
    ]
    for title, part, named in parts_of:
        rows += [cost_row(f"{title} : {named(code)}", part[code]) for code in sorted(part, key=lambda one: -part[one].contacts)]
    columns = ["", _("Contacts"), _("Euros"), _("Heures"), _("Médiations"), _("Euros par médiation")]
    emit({"costs": found, "credits": credit}, as_json, _("Coûts"), rows, columns)
    if not as_json:
        parts = [
            [label(CHANNELS, channel), credit.first[channel], credit.last[channel], round(float(credit.shared[channel]), 1)]
            for channel in sorted(credit.shared)
        ]
        table(_("Contacts qui ont mené à une médiation"), parts, ["", _("Le premier"), _("Le dernier"), _("À parts égales")])


@app.command(help=_("Ce que le contact a changé : une seule comparaison, le jour prévu au lancement, jamais avant."))
def uplift(code: CampaignCode, as_json: AsJson = False) -> None:
    """Show the planned comparison."""
    from outreach.core.settings import settings
    from outreach.definitions.registry import find_campaign
    from outreach.reporting.uplift import Conclusive, NotYet
    from outreach.reporting.uplift import uplift as compare

    with database().session() as session:
        loaded = find_campaign(session, code)
        found = compare(session, loaded, actor=settings().user)
    if isinstance(found, Conclusive):
        spread = _("{effect} points ({low} à {high})").format(
            **{name: points(getattr(found, name)) for name in ("effect", "low", "high")}
        )
        rows: list[list[Any]] = [
            [_("Différence, intervalle à 95 %"), spread],
            [_("Contactés"), found.contacted],
            [_("En attente"), found.waiting],
        ]
    else:
        rows = [[str(found)]]
        if isinstance(found, NotYet) and found.day is not None:
            rows.append([_("réponse à partir du {day}").format(day=f"{found.day:%d/%m/%Y}")])
    emit(found, as_json, _("Effet du contact"), rows)


@app.command(help=_("Recompter tous les chiffres depuis les événements. Les chiffres tenus à jour doivent en sortir les mêmes."))
def rebuild(as_json: AsJson = False) -> None:
    """Count everything again."""
    from outreach.reporting import rebuild_figures

    count = rebuild_figures(database())
    emit({"cases": count}, as_json, _("Recompté"), [[_("dossiers"), count]])


def network_row(name: str, tally: Tally, neighbours: int) -> list[Any]:
    """One line of the network's campaigns."""
    rate = percent(tally.mediated / tally.solicited if tally.solicited else None)
    return [name, tally.targeted, tally.solicited, tally.reached, tally.mediated, rate, neighbours]


def percent(share: float | None) -> str:
    """A share as people read it."""
    return "" if share is None else _("{percent} %").format(percent=number(round(100 * share, 1), language()))


def bounds(share: Share) -> str:
    """A share with its interval."""
    if share.low is None or share.high is None:
        return ""
    return f"{percent(share.rate)} ({round(100 * share.low)}–{round(100 * share.high)})"


def points(value: float) -> str:
    """A difference in points, with its sign."""
    return f"{'+' if value > 0 else ''}{number(round(value, 1), language())}"


def cost_row(name: str, cost: Cost) -> list[Any]:
    """One line of the costs."""
    each = cost.per_mediation
    return [
        name,
        cost.contacts,
        money(cost.euros),
        round(cost.minutes / 60, 1),
        int(cost.mediations) if cost.mediations.denominator == 1 else round(float(cost.mediations), 1),
        money(each) if each else "",
    ]


def money(euros: Decimal) -> str:
    """Euros with their cents."""
    return number(float(euros), language(), 2)
