"""Stage 7: outcomes become funnels, and summaries for partners under disclosure control."""

from outreach.reporting.figures import rebuild_figures, refresh_figures
from outreach.reporting.funnel import Funnel, Step, campaign_funnel

__all__ = ["Funnel", "Step", "campaign_funnel", "rebuild_figures", "refresh_figures"]
