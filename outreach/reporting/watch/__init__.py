"""How the engine itself is doing: a few cheap measures, the rules that say when somebody must look, and both for Prometheus."""

from outreach.reporting.watch.alerts import RULES, Alert, Rule, Urgency, alerts_of
from outreach.reporting.watch.exposition import METRICS, exposition
from outreach.reporting.watch.measures import Measures, measure
from outreach.reporting.watch.written import age

__all__ = ["METRICS", "RULES", "Alert", "Measures", "Rule", "Urgency", "age", "alerts_of", "exposition", "measure"]
