"""Which contact led to a mediation. Three rules, each whole in itself, never mixed: first, last and shared credit.

A contact counts when the person can know of it and it came before the mediation, within the days that the campaign gives to
its channel. The contact in which the mediation took place always counts, and is the last. A mediation without any such
contact is credited to none.
"""

from __future__ import annotations

SQL_STEPS = """
SELECT m.id AS mediation_id, m.campaign_id{month}, k.id AS contact_id, k.channel,
       row_number() OVER (PARTITION BY m.id ORDER BY k.id = m.contact_id, k.done_at, k.id) AS place,
       count(*) OVER (PARTITION BY m.id) AS contacts
FROM mediation m JOIN contact k ON k.case_id = m.case_id
     LEFT JOIN unnest(CAST(:window_campaign AS bigint[]), CAST(:window_channel AS text[]), CAST(:window_days AS int[]))
       AS w (campaign_id, channel, days) ON w.campaign_id = m.campaign_id AND w.channel = k.channel
WHERE {chosen} AND m.superseded_at IS NULL AND CASE WHEN k.id = m.contact_id THEN true
  WHEN k.state IN ('sent', 'done') THEN k.done_at <= m.occurred_at AND k.done_at > m.occurred_at - make_interval(days => w.days)
    AND NOT coalesce(k.disposition, '') = ANY(:unseen) END
"""
"""The contacts that count of each mediation, each with its place among so many; the windows are the campaigns'.

The first has all the credit by the first rule, the last by the last, each its equal part by the shared one. ``{chosen}``:
which mediations of ``m``, and ``{month}``: a column more, or nothing.
"""
