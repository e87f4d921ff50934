"""Our results in the words of the Open Supporter Data Interface (its resource « canvass »): one table, told in docs/exports.md.

OSDI leaves the codes to who uses it, and gives ``not-home`` and ``in-person`` as examples. ``success`` is « the target was
successfully contacted »: the person, or somebody who speaks for them, was met; a refusal is a contact too.
"""

from __future__ import annotations

from outreach.core.words import Channel
from outreach.policy.dispositions import DISPOSITIONS

CONTACT_TYPES = {Channel.CALL: "phone", Channel.VISIT: "in-person"}
"""A canvass is one person trying to meet another: letters, SMS and recorded messages are none."""
STATUS_CODES = {
    "mediated": "success", "talked": "success", "call_back": "call-back", "refused": "refused", "no_need": "no-need",
    "third_party": "not-target", "no_answer": "no-answer", "voicemail": "left-message", "busy": "busy",
    "wrong_number": "wrong-number", "dead_number": "disconnected", "language_barrier": "language-barrier", "deceased": "deceased",
    "not_home": "not-home", "moved": "moved", "no_such_door": "bad-address", "unsafe": "unsafe", "no_access": "inaccessible",
    "sticker": "no-soliciting",
}  # fmt: skip


def is_success(code: str) -> bool:
    """Whether a result means that the target was met."""
    row = DISPOSITIONS[code]
    return row.human and row.right_person
