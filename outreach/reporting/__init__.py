"""Stage 7: outcomes become funnels, and summaries for partners under disclosure control."""

from outreach.reporting.funnel import Funnel, Step, campaign_funnel

__all__ = ["Funnel", "Step", "campaign_funnel"]
