"""What mediators' phones tell, taken exactly once: however late, however often, whatever the others told meanwhile."""

from outreach.tracking.phone.conflicts import Conflict, conflicts_of, settle_conflict
from outreach.tracking.phone.facts import Answer, Fact, Who
from outreach.tracking.phone.taking import take_facts

__all__ = ["Answer", "Conflict", "Fact", "Who", "conflicts_of", "settle_conflict", "take_facts"]
