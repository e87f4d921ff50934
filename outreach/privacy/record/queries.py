"""What is held of one person, table by table. ``:person`` is the living number, ``:ids`` every number they ever had."""

from __future__ import annotations

from outreach.policy.kin import sql_cases_about

WHO = """
SELECT l.*, h.staircase, h.floor, h.door, h.building_name, h.residence, h.care_of,
       concat_ws(' ', b.house_number, b.repetition, coalesce(b.street, b.place)) AS street,
       concat_ws(' ', b.postal_code, b.city) AS town,
       (SELECT count(*) FROM person o
           WHERE o.household_id = l.household_id AND o.merged_into IS NULL AND o.anonymised_at IS NULL) AS at_home
FROM person l LEFT JOIN household h ON h.id = l.household_id LEFT JOIN building b ON b.id = h.building_id WHERE l.id = :person
"""
IDS = "SELECT id FROM person WHERE coalesce(merged_into, id) = :person ORDER BY id"
ROWS = """
SELECT r.*, t.file_name, t.imported_at, t.delivered_through, t.columns, t.state AS list_state,
       g.definition AS agreement, m.name AS campaign
FROM list_row r JOIN target_list t ON t.id = r.list_id JOIN agreement g ON g.id = t.agreement_id
     JOIN campaign m ON m.id = t.campaign_id
WHERE r.person_id = ANY(:ids) AND r.anonymised_at IS NULL ORDER BY t.imported_at, r.id
"""
LINKS = """
SELECT count(*) AS pairs, min(p_same) AS least FROM match_link k
JOIN list_row a ON a.id = k.left_row JOIN list_row b ON b.id = k.right_row
WHERE a.person_id = ANY(:ids) AND b.person_id = ANY(:ids)
"""
DECIDED = """
SELECT count(*) FROM match_decision d JOIN list_row a ON a.id = d.left_row JOIN list_row b ON b.id = d.right_row
WHERE d.withdrawn_at IS NULL AND a.person_id = ANY(:ids) AND b.person_id = ANY(:ids)
"""
CASES = f"""
WITH asked AS (SELECT CAST(:person AS bigint) AS person_id)
SELECT c.*, m.name AS campaign, g.definition AS agreement, s.name AS site, s.address AS site_address, s.phone AS site_phone,
       coalesce((SELECT b.insee FROM person l JOIN household h ON h.id = l.household_id JOIN building b ON b.id = h.building_id
                 WHERE l.id = :person), s.insee) AS insee
FROM "case" c JOIN campaign m ON m.id = c.campaign_id JOIN agreement g ON g.id = m.agreement_id JOIN site s ON s.id = c.site_id
WHERE c.id IN (SELECT case_id FROM ({sql_cases_about("asked")}) t) AND c.anonymised_at IS NULL ORDER BY c.opened_at, c.id
"""
EVENTS = """
SELECT e.occurred_at, e.kind, e.code, e.source, k.channel FROM event e LEFT JOIN contact k ON k.id = e.contact_id
WHERE e.case_id = :case ORDER BY e.occurred_at, e.recorded_at
"""
PLANNED = "SELECT channel, due_at FROM contact WHERE case_id = :case AND state IN ('planned', 'claimed') ORDER BY due_at"
LETTERS = """
SELECT b.day, l.content FROM mail_letter l JOIN contact k ON k.id = l.contact_id JOIN mail_batch b ON b.id = l.batch_id
WHERE k.case_id = :case AND l.content <> '{}' ORDER BY b.day, l.contact_id
"""
TEXTS = """
SELECT a.started_at, k.language, v.definition #>> ARRAY['messages', 'sms', k.language] AS text
FROM attempt a JOIN contact k ON k.id = a.contact_id JOIN "case" c ON c.id = k.case_id
     JOIN campaign_version v ON v.id = c.version_id
WHERE k.case_id = :case AND k.channel = 'sms' AND a.result = 'sent' ORDER BY a.started_at
"""
RECEIVED = "SELECT received_at, body FROM inbound_message WHERE case_id = :case AND body <> '' ORDER BY received_at"
APPOINTMENTS = "SELECT channel, starts_at, state, note FROM appointment WHERE case_id = :case ORDER BY starts_at"
MEDIATIONS = """
SELECT d.*, s.name AS site, s.insee FROM mediation d JOIN site s ON s.id = d.site_id
WHERE d.superseded_at IS NULL AND d.case_id = :case ORDER BY d.occurred_at
"""
NOTES = "SELECT body FROM private_note WHERE mediation_id = :mediation ORDER BY id"
SAID = "SELECT kind, said FROM wording WHERE mediation_id = :mediation AND said <> '' ORDER BY id"
OUTCOMES = """
SELECT kind, value, amount, observed_on FROM partner_outcome WHERE case_id = :case ORDER BY observed_on, id
"""
ELSEWHERE = """
SELECT d.*, s.name AS site, s.insee FROM mediation_person p JOIN mediation d ON d.id = p.mediation_id JOIN site s ON s.id = d.site_id
WHERE p.person_id = ANY(:ids) AND d.superseded_at IS NULL AND (d.case_id IS NULL OR NOT d.case_id = ANY(:cases))
ORDER BY d.occurred_at
"""
OBJECTIONS = """
SELECT occurred_at, min(source) AS source, max(lifted_at) AS lifted_at
FROM objection
WHERE person_id = ANY(:ids)
GROUP BY occurred_at
ORDER BY 1
"""
REQUESTS = """
SELECT kind, received_on, state, answer, answered_at FROM person_request WHERE person_id = ANY(:ids) ORDER BY received_on, id
"""
READS = """
SELECT count(*) FROM audit_entry WHERE action IN ('read', 'decision.read') AND subject = ANY(:subjects)
"""
LAST = "SELECT max(occurred_at) FROM event WHERE case_id = :case AND kind = ANY(:contacts)"
