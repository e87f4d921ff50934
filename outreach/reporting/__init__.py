"""Stage 7: outcomes become funnels, and summaries for partners under disclosure control."""

from outreach.reporting.figures import look_again, look_at_news, rebuild_figures, refresh_figures, under_way
from outreach.reporting.funnel import Funnel, Step, campaign_funnel
from outreach.reporting.summary import SummaryResult, partner_summary, release_summary

__all__ = [
    "Funnel",
    "Step",
    "SummaryResult",
    "campaign_funnel",
    "look_again",
    "look_at_news",
    "partner_summary",
    "rebuild_figures",
    "refresh_figures",
    "release_summary",
    "under_way",
]
