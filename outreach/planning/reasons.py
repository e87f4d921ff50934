"""Why a plan changed, as sentences: the rules, what planners say of rounds, and what a person decided."""

from __future__ import annotations

from outreach.core.i18n import N_
from outreach.core.labels import label
from outreach.planning.rounds import WORDS as PLANNED
from outreach.policy.ruling import WORDS as RULES

BY_HAND = "by_hand"
"""The cause and the reason under which a move by a person stands in the record of plans."""
HOURS_CHANGED = "hours_changed"
"""The reason under which what was planned in hours that are no longer worked is taken back."""
SENTENCES: dict[str, str] = {
    **{rule.value: said for rule, said in RULES.items()}, **{why.value: said for why, said in PLANNED.items()},
    BY_HAND: N_("quelqu'un l'a déplacé"), HOURS_CHANGED: N_("les horaires de travail ont changé"),
}  # fmt: skip
"""The sentence of each reason, to be passed through ``_`` where it is shown."""


def reason_in_words(reason: str) -> str:
    """The sentence of a rule, or of the planner's reason."""
    return label(SENTENCES, reason)
