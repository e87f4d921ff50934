"""Stage 1: a partner's file becomes checked rows: new, changed, unchanged, duplicate, leaving or rejected."""

from outreach.intake.load import ImportResult, import_list
from outreach.intake.points import load_address_points, load_priority_streets

__all__ = ["ImportResult", "import_list", "load_address_points", "load_priority_streets"]
