"""Two rows side by side as a page shows them: for the wizard, and for the screen of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from outreach.core.i18n import _
from outreach.matching.explained.cards import lines_of
from outreach.matching.explained.picture import percent, svg
from outreach.matching.explained.wording import BARRED, OUTCOMES, VERDICTS, silent

if TYPE_CHECKING:
    from outreach.matching.register.pairs import PairView


def side_by_side(view: PairView) -> dict[str, Any]:
    """What the page says of a pair: its lines, the picture of what weighed, and the odds in words."""
    lines = [
        {
            "name": name,
            "left": left,
            "right": right,
            "state": "same" if left == right else "differs" if left and right else "lacks",
        }
        for (name, left), (_name, right) in zip(lines_of(view.left), lines_of(view.right), strict=True)
        if left or right
    ]
    return {
        "view": view, "lines": lines, "waterfall": Markup(svg(view.why)), "p_same": percent(view.p_same),  # noqa: S704 - our own SVG, its texts escaped
        "p_household": percent(view.p_household), "outcome": _(OUTCOMES[view.decision]), "silent": silent(view.why.silent),
        "barred": _(BARRED[view.why.barred]) if view.why.barred else "", "verdicts": VERDICTS,
    }  # fmt: skip
