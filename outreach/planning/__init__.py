"""Stage 4: cases become a calendar: cadence, capacity, call lists, rounds, mailings."""

from outreach.planning.absences import record_absence
from outreach.planning.plan import PlanResult, plan_campaign

__all__ = ["PlanResult", "plan_campaign", "record_absence"]
