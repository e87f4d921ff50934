"""What the course of a call suggests about its result. A guess: what was said is for the mediator to record."""

from __future__ import annotations

SHORT = 15
"""Seconds: who answers and listens to who we are stays longer; a voicemail greeting that is hung up on is shorter."""
UNHEARD = ("busy", "no_answer", "dead_number")
"""The suggestions that say that nobody heard anything: of a recorded message they are the result."""
ENDS = {"busy": "busy", "no-answer": "no_answer", "failed": "dead_number", "canceled": "no_answer"}
"""Ends of a call, in the words of the telephone, and the disposition that each suggests."""


def suggestion(status: str, seconds: int | None, answered_by: str | None) -> str | None:
    """The code of a disposition for the end of the person's leg of a call; ``None`` while it goes on, or says nothing.

    ``answered_by``: ``human`` or a kind of machine, where the provider listened for it.
    """
    if status in ENDS:
        return ENDS[status]
    if status != "completed":
        return None
    if answered_by and answered_by.startswith(("machine", "fax")):
        return "voicemail"
    if answered_by == "human" or (seconds or 0) >= SHORT:
        return "talked"
    return "voicemail"
