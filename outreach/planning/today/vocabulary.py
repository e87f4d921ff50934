"""Every code that a phone offers, with its words in the language spoken here: results, mediations, reasons to leave aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from outreach.core.i18n import N_, _, language
from outreach.core.words import Channel, MediationKind, SkipReason
from outreach.policy.dispositions import DISPOSITIONS, TABLE, Disposition
from outreach.policy.language import FRENCH, HEARD, SPOKEN
from outreach.policy.mediation import vocabulary as words
from outreach.policy.mediation.actions import TABLE as ACTIONS
from outreach.policy.mediation.actions import Action, Detail
from outreach.policy.told import BARRIER

if TYPE_CHECKING:
    from outreach.definitions.campaign import Campaign

KINDS = {
    MediationKind.EXCHANGE: N_("On s'est parlé"), MediationKind.INFORMATION: N_("Une information a été donnée"),
    MediationKind.ACTION: N_("Quelque chose a été mis en place"),
}  # fmt: skip
SKIPS = {
    SkipReason.NOT_NOW: N_("Pas maintenant"), SkipReason.LANGUAGE: N_("Il faut une autre langue"),
    SkipReason.ACQUAINTED: N_("Je connais cette personne"), SkipReason.OTHER: N_("Autre raison"),
}  # fmt: skip


def vocabulary_of(campaigns: Mapping[int, Campaign]) -> dict[str, Any]:
    """The vocabulary of a day: what all campaigns share, and by campaign its own results and its themes first."""
    return {
        "results": {channel.value: [_result(row) for row in TABLE if channel in row.channels] for channel in sorted(SPOKEN)},
        "campaigns": {str(number): _own(campaign) for number, campaign in campaigns.items()},
        "kinds": _pairs({str(kind): label for kind, label in KINDS.items()}),
        "actions": [_action(action) for action in ACTIONS],
        "barriers": _pairs(words.BARRIERS),
        "obstacles": _pairs(words.OBSTACLES),
        "autonomy": _pairs(words.AUTONOMY),
        "places": _pairs(words.PLACES),
        "interpreters": _pairs(words.INTERPRETERS),
        "media": _pairs(words.MEDIA),
        "minutes": list(words.MINUTES),
        "longest": words.LONGEST,
        "tongues": _tongues(campaigns.values()),
        "skips": _pairs({str(reason): label for reason, label in SKIPS.items()}),
    }


def _tongues(campaigns: Iterable[Campaign]) -> list[str]:
    """The languages that somebody may turn out to speak: first those for which there is a mediator."""
    people = [person for campaign in campaigns for site in campaign.sites for person in site.mediators]
    ours = Counter(code for person in people for code in person.languages if code != FRENCH)
    return list(dict.fromkeys([*(code for code, _count in ours.most_common()), *HEARD]))


def _own(campaign: Campaign) -> dict[str, Any]:
    themes = [code for code in campaign.themes if code in words.THEMES]
    results: dict[str, list[dict[str, Any]]] = {channel.value: [] for channel in sorted(SPOKEN)}
    for own in campaign.results:
        row = DISPOSITIONS[own.same_as]
        label = own.english if own.english and language() == "en" else own.label
        for channel in own.channels or sorted(row.channels):
            if channel in SPOKEN:
                results[Channel(channel).value].append(_result(row) | {"code": own.code, "label": label})
    return {"themes": _pairs({code: words.THEMES[code] for code in dict.fromkeys([*themes, *words.THEMES])}), "results": results}


def _result(row: Disposition) -> dict[str, Any]:
    return {
        "code": row.code, "label": row.label, "level": row.level.value, "ends": row.final, "needs_mediation": row.code == "mediated",
        "may_promise": row.human and not row.final, "asks_language": row.code == BARRIER,
    }  # fmt: skip


def _action(action: Action) -> dict[str, Any]:
    return {"code": action.code, "label": _(action.label), "details": [_detail(detail) for detail in action.details]}


def _detail(detail: Detail) -> dict[str, Any]:
    choices = {"choices": _pairs(detail.choices)} if detail.choices else {}
    told = {"code": detail.code, "type": detail.type.value, "label": _(detail.label), "required": detail.required}
    return told | {"least": detail.least, "most": detail.most} | choices


def _pairs(table: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"code": code, "label": _(label)} for code, label in table.items()]
