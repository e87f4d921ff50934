"""The partner's return files: what became of its customers, matched by reference. Nobody else is read.

A file is taken in whole in one transaction (``import_returns``); with ``preview`` it is counted and nothing is written.
"""

from outreach.intake.returns.given_back import write_given_back
from outreach.intake.returns.load import import_returns
from outreach.intake.returns.result import GivenBack, ReturnsResult, Why, returns_of

__all__ = ["GivenBack", "ReturnsResult", "Why", "import_returns", "returns_of", "write_given_back"]
