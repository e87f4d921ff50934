"""The answer to « what do you know of me? » (RGPD, articles 15 and 20): one person's whole record, to read and to take along."""

from outreach.privacy.record.document import write_record
from outreach.privacy.record.gathering import record_of

__all__ = ["record_of", "write_record"]
