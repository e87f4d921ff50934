"""What leaves line by line: never with a name, a phone, an address, a reference or a word of anybody. docs/exports.md."""

from collections.abc import Callable
from typing import Any

from outreach.reporting.exports.canvass import CanvassResult, write_canvasses
from outreach.reporting.exports.research import ResearchResult, write_extract

EXPORTERS: dict[str, Callable[..., Any]] = {"canvass": write_canvasses, "research": write_extract}
"""Every export, by the verb that makes it: the search for traces of people goes through all of them."""

__all__ = ["EXPORTERS", "CanvassResult", "ResearchResult", "write_canvasses", "write_extract"]
