"""Who is dead, as somebody told one of us: nobody writes to them again, in any campaign, as long as the result stands.

What a partner's list says of a death ends its own campaign alone (``intake.leave_alone``): partners mistake namesakes.
"""

from __future__ import annotations

DECEASED = "deceased"
"""The disposition, and the reason under which other campaigns' cases end."""
SQL_DEAD = f"""
SELECT DISTINCT coalesce(p.merged_into, p.id) AS person_id FROM contact k JOIN person p ON p.id = k.person_id
WHERE k.disposition = '{DECEASED}'"""
"""The living numbers (an odd word here) of the dead: few, and looked up by an index of their own."""
