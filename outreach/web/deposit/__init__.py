"""A list handed over on a page, by a partner or a manager.

Kept, looked at as a job, shown row state by row state, put in force.
"""

from outreach.web.deposit.looking import Where
from outreach.web.deposit.pages import Answers, ask_columns, bad_rows, confirm, deliver, look_again, shown_rows

__all__ = ["Answers", "Where", "ask_columns", "bad_rows", "confirm", "deliver", "look_again", "shown_rows"]
