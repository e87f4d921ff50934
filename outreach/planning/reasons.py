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
MOVED_HOME = "moved_home"
"""The reason under which a visit is taken back that would lead to where somebody no longer lives."""
OTHER_LANGUAGE = "other_language"
"""The reason under which is taken back what somebody was to do who shares no language with the person."""
SENTENCES: dict[str, str] = {
    **{rule.value: said for rule, said in RULES.items()}, **{why.value: said for why, said in PLANNED.items()},
    BY_HAND: N_("quelqu'un l'a déplacé"), HOURS_CHANGED: N_("les horaires de travail ont changé"),
    MOVED_HOME: N_("la personne n'habite plus là"), OTHER_LANGUAGE: N_("le médiateur prévu ne parle pas sa langue"),
}  # fmt: skip
"""The sentence of each reason, to be passed through ``_`` where it is shown."""


def reason_in_words(reason: str) -> str:
    """The sentence of a rule, or of the planner's reason."""
    return label(SENTENCES, reason)
