"""What the law wants written down of each processing.

The record (RGPD, article 30) and what an impact assessment begins with (35).
"""

from outreach.privacy.processing.document import write_impact, write_register
from outreach.privacy.processing.gathering import impact_of, register_of

__all__ = ["impact_of", "register_of", "write_impact", "write_register"]
