"""Work lists on paper: the sheet of a visit round with its sketch map, and the sheet of a call shift."""

from outreach.channels.sheets.lists import Call, CallSheet, RoundSheet, Stop
from outreach.channels.sheets.render import Sheet, render_call_sheet, render_round_sheet

__all__ = ["Call", "CallSheet", "RoundSheet", "Sheet", "Stop", "render_call_sheet", "render_round_sheet"]
