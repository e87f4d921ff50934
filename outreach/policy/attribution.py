"""Which contact led to a mediation. Three rules, each whole in itself, never mixed: first, last and shared credit.

A contact counts when the person can know of it and it came before the mediation, within the days that the campaign gives to
its channel. The contact in which the mediation took place always counts, and is the last. A mediation without any such
contact is credited to none.
"""

from __future__ import annotations

from outreach.policy.dispositions import UNSEEN

UNSEEN_CODES = list(UNSEEN)
# ``mediation`` of these cases that hold; ``window`` gives the days of a campaign's channels.
SQL_CREDIT = """
SELECT m.id AS mediation_id, k.id AS contact_id, m.case_id,
       CAST(row_number() OVER (PARTITION BY m.id ORDER BY k.id = m.contact_id, k.done_at, k.id) = 1 AS int) AS first,
       CAST(row_number() OVER (PARTITION BY m.id ORDER BY k.id = m.contact_id DESC, k.done_at DESC, k.id DESC) = 1 AS int) AS last,
       1.0 / count(*) OVER (PARTITION BY m.id) AS shared
FROM {due} d JOIN mediation m ON m.case_id = d.case_id AND m.superseded_at IS NULL
     JOIN contact k ON k.case_id = m.case_id
     JOIN unnest(CAST(:window_campaign AS bigint[]), CAST(:window_channel AS text[]), CAST(:window_days AS int[]))
       AS w (campaign_id, channel, days) ON w.campaign_id = m.campaign_id AND w.channel = k.channel
WHERE k.id = m.contact_id
   OR (k.state IN ('sent', 'done') AND k.done_at <= m.occurred_at AND k.done_at > m.occurred_at - make_interval(days => w.days)
       AND NOT coalesce(k.disposition, '') = ANY(:unseen))
"""
