"""What is said in a meeting: themes, actions with their details, causes, obstacles, and all that a mediator writes down of it.

Shares are assumptions, but for those whose source is cited beside them. Like all behaviour they are drawn from a hash of the
seed and the occasion: the same meeting is the same whenever it is asked about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from outreach.core.words import MediationKind
from outreach.simulation import phrases
from outreach.simulation.residents import Residents, Shares
from outreach.tracking import MediationRecord

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

TROUBLE_WITH_FRENCH = 0.20
"""Of the public of the network, by its own account; for those of whom no list says whether they read French."""
ILLITERATE_ONLINE = 0.154
"""Insee Première 1953 (June 2023): 15.4 % of those aged 15 and over cannot use the internet."""
TELLS_OF_READING = 0.5
LANGUAGE_IS_A_CAUSE = 0.8
"""Of those who do not read French."""
SECOND_THEME, SECOND_ACTION = 0.3, 0.25
SEVERAL, NEIGHBOUR_LISTENS = 0.15, 0.05
COMPLAINS, SUGGESTS, NOTED = 0.08, 0.05, 0.20
AT_HOME = 0.4
"""Of visits: asked in, rather than on the doorstep."""
MINUTES: Mapping[MediationKind, Shares[int]] = {
    MediationKind.EXCHANGE: ((0.4, 5), (0.4, 10), (0.2, 15)),
    MediationKind.INFORMATION: ((0.3, 10), (0.4, 15), (0.2, 20), (0.1, 30)),
    MediationKind.ACTION: ((0.3, 20), (0.4, 30), (0.2, 45), (0.1, 60)),
}
AUTONOMY: Shares[str] = ((0.35, "alone"), (0.45, "helped"), (0.20, "done_for"))
INTERPRETERS: Shares[str] = ((0.60, "mediator"), (0.20, "relative"), (0.12, "phone"), (0.08, "none"))
"""How those are spoken with whose language is not French."""
PLACES = {"call": "remote", "call_in": "remote", "desk": "site", "visit": "doorstep"}
OBSTACLES = {
    "phone_unanswered": 0.18, "only_online": 0.14, "unclear_letter": 0.20, "no_plan_offered": 0.08, "account_locked": 0.05,
    "papers_asked_twice": 0.05, "wrong_amount": 0.05, "slow_answer": 0.08, "no_counter": 0.07,
}  # fmt: skip
REFERRALS: Shares[str] = (
    (0.30, "social_worker"), (0.20, "ccas"), (0.20, "partner"), (0.12, "france_services"), (0.10, "energy_advice"),
    (0.04, "debt_commission"), (0.04, "digital_help"),
)  # fmt: skip


@dataclass(frozen=True)
class Talk:
    """What the meetings of a kind of campaign are about: causes, each by its own share, actions and second themes."""

    causes: Mapping[str, float]
    actions: Shares[str]
    themes: Shares[str]


ENERGY = Talk(
    {"understanding": 0.35, "digital": ILLITERATE_ONLINE, "budget": 0.55, "income_drop": 0.15, "family": 0.10, "isolation": 0.12,
     "health": 0.08, "housing": 0.10, "billing": 0.07, "moving": 0.04},
    ((0.46, "payment_plan"), (0.14, "extension"), (0.10, "voucher_found"), (0.03, "voucher_certificate"), (0.12, "referral"),
     (0.05, "monthly_payments"), (0.05, "fsl_filed"), (0.03, "supply_restored"), (0.02, "complaint")),
    ((0.45, "budget"), (0.30, "acces_droits"), (0.15, "numerique"), (0.10, "logement")),
)  # fmt: skip
WATER = Talk(
    {"understanding": 0.30, "digital": ILLITERATE_ONLINE, "budget": 0.10, "family": 0.06, "isolation": 0.15, "health": 0.10,
     "housing": 0.15, "moving": 0.05},
    ((0.75, "appointment"), (0.10, "complaint"), (0.15, "referral")),
    ((0.60, "eau"), (0.25, "acces_droits"), (0.15, "budget")),
)  # fmt: skip
TALKS = {"eau": WATER}
"""By theme of the campaign; any other is spoken of as energy is."""
PARTIES = """
SELECT k.id AS occasion, l.id AS person, coalesce(l.language, k.language) AS language, l.reads_french, l.given_name, c.amount_due,
       ARRAY(SELECT q.id FROM person q
             WHERE q.household_id = l.household_id AND q.merged_into IS NULL AND q.id <> l.id ORDER BY q.id) AS others
FROM contact k JOIN "case" c ON c.id = k.case_id JOIN person p ON p.id = k.person_id
     JOIN person l ON l.id = coalesce(p.merged_into, p.id)
WHERE k.id = ANY(:contacts)
"""


@dataclass(frozen=True)
class Party:
    """Who is spoken with, as the engine knows them. ``occasion``: the contact in which, or because of which, people meet."""

    occasion: int
    person: int
    language: str
    reads_french: bool | None
    given_name: str | None
    amount_due: Decimal | None
    others: Sequence[int]


def parties(session: Session, contacts: Sequence[int]) -> dict[int, Party]:
    """Who is spoken with in each of these contacts."""
    rows = session.execute(text(PARTIES), {"contacts": list(contacts)}).mappings()
    return {row["occasion"]: Party(**row) for row in rows}


def meeting(residents: Residents, party: Party, medium: str, day: date, themes: Sequence[str]) -> MediationRecord:
    """The record of a meeting; ``themes``: of the campaign, its first always comes up."""
    about = party.occasion
    talk = next((TALKS[theme] for theme in themes if theme in TALKS), ENERGY)
    kind = residents.kind(about)
    language = party.language.split("-", maxsplit=1)[0]
    reads = _reads(residents, party)

    def happens(what: str, share: float) -> bool:
        return residents.chance(what, about) < share

    def says(sentences: Sequence[tuple[str, str]], what: str, share: float) -> str | None:
        return phrases.said(residents, sentences, party.given_name, what, about) if happens(what, share) else None

    return MediationRecord(
        kind,
        _themes(residents, about, talk, themes),
        language,
        residents.pick(MINUTES[kind], "minutes", about),
        _actions(residents, party, talk, day) if kind is MediationKind.ACTION else {},
        barriers=_causes(residents, about, talk, reads_french=reads),
        obstacles=tuple(code for code, share in OBSTACLES.items() if residents.chance("obstacle", code, about) < share),
        place="home" if medium == "visit" and happens("asked in", AT_HOME) else PLACES[medium],
        interpreter=None if language == "fr" else residents.pick(INTERPRETERS, "interpreter", about),
        reads_french=reads,
        autonomy=residents.pick(AUTONOMY, "autonomy", about),
        people=(party.person, party.others[0]) if party.others and happens("several", SEVERAL) else (),
        anonymous=int(medium == "visit" and happens("listens", NEIGHBOUR_LISTENS)),
        complaint=says(phrases.COMPLAINTS, "complains", COMPLAINS),
        suggestion=says(phrases.SUGGESTIONS, "suggests", SUGGESTS),
        private_note=phrases.noted(residents, party.given_name, "note", about) if happens("noted", NOTED) else None,
    )


def neighbour(residents: Residents, contact: int, themes: Sequence[str]) -> MediationRecord:
    """The record of a talk at the door with somebody whom no list names."""
    return MediationRecord(
        MediationKind.INFORMATION, tuple(themes[:1]), "fr", residents.pick(MINUTES[MediationKind.EXCHANGE], "neighbour", contact),
        place="doorstep", anonymous=1,
    )  # fmt: skip


def _reads(residents: Residents, party: Party) -> bool | None:
    """What a list or an earlier meeting said; else what they tell, if they do."""
    if party.reads_french is not None:
        return party.reads_french
    if residents.chance("tells of reading", party.person) >= TELLS_OF_READING:
        return None
    return residents.chance("reads", party.person) >= TROUBLE_WITH_FRENCH


def _themes(residents: Residents, about: int, talk: Talk, themes: Sequence[str]) -> tuple[str, ...]:
    first = tuple(themes[:1])
    if residents.chance("second theme", about) >= SECOND_THEME:
        return first
    second = residents.pick(talk.themes, "theme", about)
    return first if second in first else (*first, second)


def _causes(residents: Residents, about: int, talk: Talk, *, reads_french: bool | None) -> tuple[str, ...]:
    causes = [code for code, share in talk.causes.items() if residents.chance("cause", code, about) < share]
    if reads_french is False and residents.chance("cause", "language", about) < LANGUAGE_IS_A_CAUSE:
        causes.append("language")
    return tuple(causes)


def _actions(residents: Residents, party: Party, talk: Talk, day: date) -> dict[str, dict[str, Any]]:
    """One action, sometimes advice with it."""
    code = residents.pick(talk.actions, "action", party.occasion)
    actions = {code: _details(residents, party, code, day)}
    if residents.chance("second action", party.occasion) < SECOND_ACTION:
        actions["saving_advice"] = {}
    return actions


def _details(residents: Residents, party: Party, code: str, day: date) -> dict[str, Any]:
    def up_to(most: int, what: str) -> int:
        return int(residents.chance(code, what, party.occasion) * most)

    if code == "payment_plan":
        instalments = {"instalments": 3 + up_to(8, "instalments")}
        return instalments if party.amount_due is None else instalments | {"amount": f"{party.amount_due:.2f}"}
    if code == "extension":
        return {"until": day + timedelta(days=14 + up_to(30, "days"))}
    if code == "appointment":
        return {"on": day + timedelta(days=2 + up_to(12, "days"))}
    if code == "referral":
        return {"to": residents.pick(REFERRALS, "referral", party.occasion)}
    return {}
