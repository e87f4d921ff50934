"""A played season in a database of its own, to be forgotten; and where in it anything of its people may be left."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context

from sqlalchemy import text

from outreach.core import sealing
from outreach.core.database import drop_database
from outreach.core.marks import mark, reference_mark
from outreach.matching.register import hold_matching
from outreach.models.sealed import sealed_columns
from tests import copies
from tests.opened import in_clear

COLUMNS = """
SELECT table_name, column_name FROM information_schema.columns c WHERE table_schema = 'public' AND table_name NOT IN (
  SELECT table_name FROM information_schema.views WHERE table_schema = 'public')
  AND (data_type IN ('text', 'jsonb', 'ARRAY', 'bytea', 'uuid', 'date')) ORDER BY 1, 2
"""
PEOPLE = """
SELECT given_name, family_name, birth_date, mobile, fixed, email FROM person WHERE id = ANY(:ids) OR merged_into = ANY(:ids)
UNION SELECT given_name, family_name, birth_date, mobile, fixed, email FROM list_row WHERE person_id = ANY(:ids)
"""


@contextmanager
def copied(played, cluster, worker_id):
    """The played database once more, to be changed."""
    name = f"forgetting_{worker_id}"
    drop_database(cluster, name)
    database = copies.copied(cluster, name, f"played_{worker_id}")
    try:
        yield database
    finally:
        database.dispose()
        drop_database(cluster, name)


LASTING = {"objection.mark", "erasure_mark.mark"}
"""Where marks of people stay for good."""


def in_the_clear(session, words):
    """``table.column`` wherever one of the words stands as it is in any text, list or JSON of the database."""
    found = set()
    for table, column in session.execute(text(COLUMNS)).all():
        query = f'SELECT EXISTS (SELECT FROM "{table}" WHERE CAST("{column}" AS text) LIKE ANY(:words))'
        if session.execute(text(query), {"words": [f"%{word}%" for word in words]}).scalar_one():
            found.add(f"{table}.{column}")
    return found


def traces(session, words):
    """The same, and wherever one stands sealed, or its mark does, but where marks last."""
    partners = session.execute(text("SELECT id FROM partner")).scalars().all()
    marks = [made for word in words for made in (mark(word), *(reference_mark(partner, word) for partner in partners))]
    found = in_the_clear(session, words) | (in_the_clear(session, marks) - LASTING)
    for column in sealed_columns():
        kept = session.execute(text(f'SELECT "{column.name}" FROM "{column.table}" WHERE "{column.name}" IS NOT NULL')).scalars()
        opened = sealing.opened_data if column.is_json else sealing.opened
        if any(word in str(opened(one, column.place)) for one in kept for word in words):
            found.add(column.title)
    return found


def telling(session, person_ids):
    """What tells people apart for sure: phones and e-mails, as the database has them."""
    rows = session.execute(in_clear(PEOPLE), {"ids": list(person_ids)}).all()
    return sorted({value for row in rows for value in (row.mobile, row.fixed, row.email) if value})


FIGURES = ("figure_cell", "figure_course", "figure_work", "figure_credit", "figure_answer", "figure_way")


def figures(session):
    """Every sum that reports are made of, as texts in one order."""
    return {table: sorted(str(tuple(row)) for row in session.execute(text(f"SELECT * FROM {table}"))) for table in FIGURES} | {
        "figure_answer": sorted(
            str(tuple(row))
            for row in session.execute(
                text("SELECT campaign_id, subject, code, cohort, mediated, objected, said, n, amount FROM figure_answer")
            )
        )
    }


WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
# What a match does to everybody whom it looks at again.
TOUCHED = "UPDATE person SET household_id = household_id WHERE id = ANY(:ids)"


def while_somebody_is_matched(database, ids, work):
    """Run ``work`` beside a match that holds these people; returns what it returned, and whether any of them was forgotten before."""
    with ThreadPoolExecutor(1) as beside:
        with database.session() as matching:
            hold_matching(matching)
            working = beside.submit(copy_context().run, work)
            for _ in range(600):
                if matching.execute(text(WAITING)).scalar_one() or working.done():
                    break
                time.sleep(0.05)
            matching.execute(text(TOUCHED), {"ids": ids})
            gone = matching.execute(
                text("SELECT count(*) FROM person WHERE id = ANY(:ids) AND anonymised_at IS NOT NULL"), {"ids": ids}
            )
            early = gone.scalar_one() > 0
        return working.result(120), early
