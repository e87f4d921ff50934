"""What we know of people: for how long, what for, what is told to them about it, and how it is forgotten."""

from outreach.privacy.due import Due, DueOfAgreement, outlived_cases, what_is_due
from outreach.privacy.erasure import Erased, erase
from outreach.privacy.retention import Forgotten, Listed, forget_due, list_due

__all__ = [
    "Due", "DueOfAgreement", "Erased", "Forgotten", "Listed", "erase", "forget_due", "list_due", "outlived_cases", "what_is_due",
]  # fmt: skip
