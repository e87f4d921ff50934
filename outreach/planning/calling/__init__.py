"""Calls: who is called in which window of which day, by a caller of which languages, on whose list. No database."""

from outreach.planning.calling.answers import Answers, Prior, fit_prior, learn
from outreach.planning.calling.chances import learned_chances
from outreach.planning.calling.deal import deal
from outreach.planning.calling.flow import plan_calls
from outreach.planning.calling.model import NOBODY, CallPlan, Contacts, Dealt, Pools, Shift, pools_of

__all__ = [
    "NOBODY",
    "Answers",
    "CallPlan",
    "Contacts",
    "Dealt",
    "Pools",
    "Prior",
    "Shift",
    "deal",
    "fit_prior",
    "learn",
    "learned_chances",
    "plan_calls",
    "pools_of",
]
