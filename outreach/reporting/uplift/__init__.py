"""What contact changed: one comparison a campaign, on a day fixed in advance, with a figure only where one can be had."""

from outreach.reporting.uplift.estimate import Estimate, Rows, estimate
from outreach.reporting.uplift.frozen import uplift
from outreach.reporting.uplift.plan import PATIENCE, Plan, comparison_plan
from outreach.reporting.uplift.verdict import SENTENCES, Conclusive, Inconclusive, NotYet, Reason, judge

__all__ = [
    "PATIENCE",
    "SENTENCES",
    "Conclusive",
    "Estimate",
    "Inconclusive",
    "NotYet",
    "Plan",
    "Reason",
    "Rows",
    "comparison_plan",
    "estimate",
    "judge",
    "uplift",
]
