"""Work that a page waits for: kept in PostgreSQL, done beside the requests, told as it goes on."""

from outreach.web.jobs.runner import KINDS, Outcome, Runner, job_kind, start

__all__ = ["KINDS", "Outcome", "Runner", "job_kind", "start"]
