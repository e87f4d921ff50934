"""When somebody must look, and what they do then: one table of rules over the measures.

An alert that nobody acts on is noise: each names its deed. ``NOW``: people are not contacted, or nobody knows whether they were;
``TODAY``: it can wait until somebody is at their desk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from outreach.core.i18n import N_, _
from outreach.reporting.watch.written import age

if TYPE_CHECKING:
    from outreach.core.errors import OutreachError
    from outreach.reporting.watch.measures import Measures

NO_DISPATCH = timedelta(minutes=30).total_seconds()
NOTICE_IS_OLD = timedelta(minutes=15).total_seconds()
REPLY_IS_OLD = timedelta(days=1).total_seconds()
LIST_IS_STUCK = timedelta(days=1).total_seconds()
FILE_IS_STUCK = timedelta(days=1).total_seconds()
JOB_IS_STUCK = timedelta(hours=1).total_seconds()
BOARD_IS_STALE = timedelta(minutes=15).total_seconds()
PLAN_IS_OLD = timedelta(days=3).total_seconds()
"""Plans are made every night but Sunday's; with a holiday two nights pass."""
DAY = timedelta(days=1).total_seconds()
REQUEST_IS_NEAR = 7
"""Days before the month is over within which a person must be answered (RGPD, article 12)."""
QUOTA_IS_FULL = 1.0


class Urgency(StrEnum):
    """How soon somebody must look."""

    NOW = "now"
    TODAY = "today"


@dataclass(frozen=True)
class Rule:
    """One alert: its sentence, with ``{count}`` or ``{age}``, what to do, and when it is on (``None``: it is not)."""

    code: str
    urgency: Urgency
    words: str
    mend: str
    found: Callable[[Measures], float | None]


@dataclass(frozen=True)
class Alert:
    """A rule that is on."""

    code: str
    urgency: Urgency
    sentence: str
    mend: str


def _older(seconds: float | None, limit: float) -> float | None:
    return seconds if seconds is not None and seconds > limit else None


def _no_dispatch(found: Measures) -> float | None:
    """Something could have left for half an hour, and nothing has. Stop button and unconfirmed copy have alerts of their own."""
    if found.stopped or not found.live or not found.due:
        return None
    waited = max(found.due.values())
    last = found.last_dispatch if found.last_dispatch is not None else waited
    return _older(min(waited, last), NO_DISPATCH)


def _backup(found: Measures) -> float | None:
    """None was made for too long; a network without campaigns has nothing to lose yet."""
    if not found.backup_days or not found.campaigns:
        return None
    return found.backup if found.backup is None or found.backup > found.backup_days * DAY else None


def _no_backup(found: Measures) -> float | None:
    return 1 if found.backup_days and found.campaigns and found.backup is None else None


def _request(found: Measures) -> float | None:
    near = found.days_to_request
    return near if near is not None and near <= REQUEST_IS_NEAR else None


RULES: tuple[Rule, ...] = (
    Rule(
        "unconfirmed_copy", Urgency.NOW, N_("Cette copie de la base n'est pas confirmée : rien ne part"),
        N_("Si elle est la bonne, et la seule : outreach db confirm-live « votre nom » (docs/operations/backup.md)."),
        lambda found: None if found.live else 1,
    ),
    Rule(
        "stopped", Urgency.TODAY, N_("Tous les envois du réseau sont arrêtés"),
        N_("Quand la raison a disparu : outreach sending resume ; sinon qui a tout arrêté, page Campagnes, ou l'administration, page État."), lambda found: 1 if found.stopped else None,
    ),
    Rule(
        "no_dispatch", Urgency.NOW, N_("Rien n'est parti depuis {age}, alors que des contacts sont dus et que c'est l'heure"),
        N_("Le flux « dispatch » tourne-t-il ? Prefect, le worker, puis : outreach dispatch CAMPAGNE."), _no_dispatch,
    ),
    Rule(
        "unknown", Urgency.NOW, N_("Contacts dont on ignore s'ils ont eu lieu : {count}"),
        N_("outreach track les cherche chez l'opérateur. S'ils restent plus d'une heure : son tableau de bord, puis outreach sending status."),
        lambda found: sum(found.unknown.values()) or None,
    ),
    Rule(
        "provider_down", Urgency.NOW, N_("Opérateurs en panne : {count}"),
        N_("Rien n'est perdu, on réessaie tout seul. Voyez sa page d'état ; au-delà d'une heure, appelez-le."),
        lambda found: len(found.providers_down) or None,
    ),
    Rule(
        "notices_unread", Urgency.NOW, N_("Avis d'opérateur que personne ne lit depuis {age} : peut-être des oppositions"),
        N_("Le flux « track » tourne-t-il ? Prefect, le worker, puis : outreach track CAMPAGNE."),
        lambda found: _older(found.oldest_notice, NOTICE_IS_OLD),
    ),
    Rule(
        "replies_unread", Urgency.TODAY, N_("Une réponse attend un médiateur depuis {age}"),
        N_("Page Réponses, ou outreach replies list."), lambda found: _older(found.oldest_reply, REPLY_IS_OLD),
    ),
    Rule(
        "quota_reached", Urgency.TODAY, N_("Un quota du jour est atteint : le reste partira demain"),
        N_("Voulu ? Sinon relevez quotas dans agreement.yaml, avec l'accord du partenaire."),
        lambda found: max(found.quota.values(), default=0) if max(found.quota.values(), default=0) >= QUOTA_IS_FULL else None,
    ),
    Rule(
        "imports_failed", Urgency.TODAY, N_("Travaux échoués depuis hier, par exemple des listes : {count}"),
        N_("Leur page dit pourquoi. Demandez au partenaire un fichier corrigé, ou recommencez."), lambda found: found.failed_jobs or None,
    ),
    Rule(
        "lists_stuck", Urgency.TODAY, N_("Une liste attend depuis {age} que quelqu'un la valide ou l'abandonne"),
        N_("Étape Liste de la campagne, ou outreach import history CAMPAGNE."), lambda found: _older(found.oldest_list, LIST_IS_STUCK),
    ),
    Rule(
        "files_waiting", Urgency.TODAY, N_("Un fichier de la boîte attend une réponse depuis {age}"),
        N_("Le .txt à côté, dans « en-attente », dit pourquoi. Importez-le avec la réponse, puis supprimez-le : un jour il s'efface de lui-même."),
        lambda found: _older(found.oldest_file, FILE_IS_STUCK),
    ),
    Rule(
        "jobs_stuck", Urgency.TODAY, N_("Un travail demandé sur une page n'est pas fini depuis {age}"),
        N_("Redémarrez le serveur web : il reprend ce qu'un autre a laissé."), lambda found: _older(found.oldest_job, JOB_IS_STUCK),
    ),
    Rule(
        "plan_missed", Urgency.TODAY, N_("Une campagne en cours n'a plus été planifiée depuis {age}"),
        N_("Le flux « prepare » de la nuit tourne-t-il, et pour elle ? Prefect, puis : outreach plan CAMPAGNE."),
        lambda found: _older(found.plan, PLAN_IS_OLD),
    ),
    Rule(
        "plan_never", Urgency.TODAY, N_("Une campagne lancée depuis {age} n'a encore jamais été planifiée"),
        N_("Le flux « prepare » de la nuit échoue-t-il pour elle ? Son journal dans Prefect, puis : outreach plan CAMPAGNE."),
        lambda found: _older(found.never_planned, PLAN_IS_OLD),
    ),
    Rule(
        "boards_stale", Urgency.TODAY, N_("Le tableau de bord d'une campagne date de {age}"),
        N_("Le serveur web tourne-t-il ? Il les refait chaque minute ; son journal dit ce qui échoue."),
        lambda found: _older(found.board, BOARD_IS_STALE),
    ),
    Rule(
        "request_due", Urgency.TODAY, N_("Jours qu'il reste pour répondre à la demande d'une personne : {count}"),
        N_("Page Demandes. Passé un mois, c'est une infraction (RGPD, article 12)."), _request,
    ),
    Rule(
        "backup_too_old", Urgency.TODAY, N_("La dernière sauvegarde date de {age}"),
        N_("outreach db backup DOSSIER --keep 30, chaque nuit (docs/operations/backup.md)."), _backup,
    ),
    Rule(
        "backup_missing", Urgency.TODAY, N_("Aucune sauvegarde n'a encore été faite"),
        N_("outreach db backup DOSSIER --keep 30, chaque nuit (docs/operations/backup.md)."), _no_backup,
    ),
)  # fmt: skip
"""All of them, the most urgent first within their urgency."""


def no_database(error: OutreachError | None = None) -> Alert:
    """That nothing can be measured at all, by the words of what was found wrong where something was."""
    if error is not None and error.mend:
        return Alert("no_database", Urgency.NOW, error.sentence.rstrip("."), error.mend)
    return Alert("no_database", Urgency.NOW, _("La base ne répond pas"), _("PostgreSQL tourne-t-il ? Le disque est-il plein ?"))


def alerts_of(found: Measures) -> list[Alert]:
    """The rules that are on, those for now first."""
    on = [(rule, value) for rule in RULES if (value := rule.found(found)) is not None]
    on.sort(key=lambda one: one[0].urgency is not Urgency.NOW)
    return [
        Alert(rule.code, rule.urgency, _(rule.words).format(count=round(value), age=age(value)), _(rule.mend))
        for rule, value in on
    ]
