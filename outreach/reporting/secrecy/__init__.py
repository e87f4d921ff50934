"""Which counts may be shown to a partner who has read other counts before. Pure rules over sums of people."""

from outreach.reporting.secrecy.keeper import protect
from outreach.reporting.secrecy.world import Figure, Protection, World

__all__ = ["Figure", "Protection", "World", "protect"]
