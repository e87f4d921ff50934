"""Stage 7: outcomes become funnels, and summaries for partners under disclosure control."""

from outreach.reporting.funnel import Funnel, Step, campaign_funnel
from outreach.reporting.summary import SummaryResult, partner_summary

__all__ = ["Funnel", "Step", "SummaryResult", "campaign_funnel", "partner_summary"]
