"""Objections: one mark (``core.marks``) that stops every channel and survives erasure."""

from __future__ import annotations

BY_SMS = "sms"
"""The source of an objection that an SMS made, and an SMS may take back. No other is ever taken back by a message."""
BY_WORD = ("visit", "call", "desk")
"""The sources of what was said to one of us, who may have had no network: nobody else could know before it was recorded."""


def stopped_by(objections: str) -> str:
    """SQL: whom some objections (a table, or a query by its name) stop, as ``SQL_STOPPED``."""
    return f"""
SELECT p.id AS person_id, o.occurred_at AS since, o.source FROM person p
       JOIN {objections} o ON o.mark = p.mobile_mark AND o.lifted_at IS NULL
UNION ALL
SELECT p.id, o.occurred_at, o.source FROM person p
       JOIN {objections} o ON o.mark = p.fixed_mark AND o.lifted_at IS NULL
UNION ALL
SELECT p.id, o.occurred_at, o.source FROM {objections} o JOIN person said ON said.id = o.person_id
       JOIN person p ON p.id = coalesce(said.merged_into, said.id) WHERE o.lifted_at IS NULL
UNION ALL
SELECT p.id, o.occurred_at, o.source FROM {objections} o JOIN person said ON said.id = o.person_id
       JOIN person p ON p.merged_into = coalesce(said.merged_into, said.id) WHERE o.lifted_at IS NULL
"""


SQL_STOPPED = stopped_by("objection")
"""Whom objections stop, since when, and how they came (``person_id``, ``since``, ``source``): who said so, everybody behind
the same phone, and the same human being under another number of the register."""


def stopped_among(people: str, *, few: bool = False) -> str:
    """SQL: the same of some people alone; ``people``: a table, or a query by its name, of ``person_id``.

    ``few``: person by person through the indexes, however large the register is.
    """
    if few:
        return f"""SELECT p.id AS person_id, o.since, o.source FROM {people} w
       JOIN LATERAL (SELECT id, coalesce(merged_into, id) AS living, mobile_mark, fixed_mark FROM person
           WHERE id = w.person_id OFFSET 0) p ON true
       JOIN LATERAL (
         SELECT occurred_at AS since, source FROM objection WHERE mark = p.mobile_mark AND lifted_at IS NULL
         UNION ALL SELECT occurred_at, source FROM objection WHERE mark = p.fixed_mark AND lifted_at IS NULL
         UNION ALL SELECT occurred_at, source FROM objection WHERE person_id = p.living AND lifted_at IS NULL
         UNION ALL SELECT o.occurred_at, o.source FROM person q JOIN objection o ON o.person_id = q.id
                   WHERE q.merged_into = p.living AND o.lifted_at IS NULL OFFSET 0) o ON true"""
    one = f"""SELECT p.id AS person_id, o.occurred_at AS since, o.source FROM {people} w JOIN person p ON p.id = w.person_id
       {{meant}} o.lifted_at IS NULL"""
    return "\nUNION ALL\n".join(
        one.format(meant=meant)
        for meant in (
            "JOIN objection o ON o.mark = p.mobile_mark AND",
            "JOIN objection o ON o.mark = p.fixed_mark AND",
            "JOIN objection o ON o.person_id = coalesce(p.merged_into, p.id) AND",
            "JOIN person q ON q.merged_into = coalesce(p.merged_into, p.id) JOIN objection o ON o.person_id = q.id AND",
        )
    )
