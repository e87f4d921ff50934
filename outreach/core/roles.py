"""Who people are to the engine: the closed list of roles. What each may do is ``web.access.who_may``."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What somebody is to the network. One account may hold several, but a partner's holds none beside it."""

    ADMINISTRATOR = "administrator"
    """Of the network: associations, accounts, what is common to all."""
    MANAGER = "manager"
    """Defines and follows the campaigns of an association."""
    MEDIATOR = "mediator"
    """Calls, visits and receives, for an association."""
    PARTNER = "partner"
    """Delivers lists and reads what came of them; sees nothing else."""
    OFFICER = "officer"
    """Data protection officer of the network: requests of persons, the audit trail."""
    AUDITOR = "auditor"
    """Reads who did and read what; no person's data."""


OF_AN_ASSOCIATION = frozenset({Role.MANAGER, Role.MEDIATOR})
OF_THE_NETWORK = frozenset({Role.ADMINISTRATOR, Role.OFFICER, Role.AUDITOR})
