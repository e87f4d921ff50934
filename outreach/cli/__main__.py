"""``python -m outreach.cli``: the same as ``outreach``."""

from outreach.cli.main import run

run()
