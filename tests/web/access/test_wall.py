"""The wall: whatever a screen asks of PostgreSQL, it is given the rows of its own associations or partner, and can write none."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from outreach.core.roles import Role
from outreach.web.access import scope
from outreach.web.access.viewer import Viewer


def staff(session, code, role=Role.MANAGER):
    association = session.execute(text("SELECT id FROM association WHERE code = :code"), {"code": code}).scalar_one()
    sites = session.execute(text("SELECT id FROM site WHERE association_id = :id"), {"id": association}).scalars().all()
    return Viewer(uuid4(), 1, "x", "X", None, frozenset({role}), (association,), tuple(sites))


def partner(session, code):
    number = session.execute(text("SELECT id FROM partner WHERE code = :code"), {"code": code}).scalar_one()
    return Viewer(uuid4(), 1, "x", "X", None, frozenset({Role.PARTNER}), partner=number)


@pytest.fixture(scope="module")
def tables(played):
    """Every table, and how many rows it really has."""
    with played.database.session() as session:
        names = session.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")).scalars().all()
        return {name: session.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in names}


def seen(database, viewer, tables):
    """How many rows of each table a viewer sees; tables that cannot be read at all are left out."""
    with database.session() as session:
        readable = session.execute(
            text("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND has_table_privilege('outreach_web', oid, 'SELECT')")
        ).scalars().all()  # fmt: skip
    with scope.reading(database, viewer) as session:
        return {name: session.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in readable if name in tables}


OF_NOBODY = {"figure_way", "alembic_version"}


def test_staff_see_all_of_their_association(played, tables):
    with played.database.session() as session:
        viewer = staff(session, "pimms-lyon")
    shown = seen(played.database, viewer, tables)
    for table in ("case", "contact", "event", "person", "campaign", "target_list", "shift", "mediation"):
        assert shown[table] > 0, table
    assert shown["case"] == tables["case"]
    assert shown["contact"] == tables["contact"]
    assert shown["event"] == tables["event"]


@pytest.mark.parametrize("who", ["other", "nobody", "other partner", "administrator", "auditor"])
def test_everybody_else_sees_nothing(played, tables, who):
    viewers = {
        "other": Viewer(uuid4(), 1, "x", "X", None, frozenset({Role.MANAGER}), (999_999,), (999_999,)),
        "nobody": None,
        "other partner": Viewer(uuid4(), 1, "x", "X", None, frozenset({Role.PARTNER}), partner=999_999),
        "administrator": Viewer(uuid4(), 1, "x", "X", None, frozenset({Role.ADMINISTRATOR})),
        "auditor": Viewer(uuid4(), 1, "x", "X", None, frozenset({Role.AUDITOR})),
    }
    shown = seen(played.database, viewers[who], tables)
    # The number from which the whole network writes, and which copy of the database may send, are everybody's.
    allowed = {
        "other": {"sender_identity", "sending_stop", "live_copy"},
        "administrator": {"audit_entry", "sending_stop", "live_copy"},
        "auditor": {"audit_entry", "sending_stop", "live_copy"},
    }
    beyond = {name: count for name, count in shown.items() if count and name not in allowed.get(who, set()) | OF_NOBODY}
    assert beyond == {}


def test_a_partner_sees_its_lists_and_released_summaries_alone(played, tables):
    with played.database.session() as session:
        viewer = partner(session, "energie")
    shown = {name for name, count in seen(played.database, viewer, tables).items() if count} - OF_NOBODY
    assert shown <= {
        "partner",
        "agreement",
        "campaign",
        "target_list",
        "row_issue",
        "summary",
        "column_mapping",
        "delivery_token",
    }
    assert {"agreement", "campaign", "target_list"} <= shown


@pytest.mark.parametrize("table", ["account", "web_session", "invitation", "rate_bucket", "provider_notice", "identity_provider"])
def test_what_is_not_named_cannot_be_read(played, table):
    with played.database.session() as session:
        viewer = staff(session, "pimms-lyon")
    with pytest.raises(DBAPIError, match="permission denied"), scope.reading(played.database, viewer) as session:
        session.execute(text(f"SELECT * FROM {table}"))


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM contact", "UPDATE person SET mobile = NULL", "INSERT INTO association (code, name) VALUES ('z', 'Z')"],
)
def test_nothing_can_be_written_through_it(played, statement):
    with played.database.session() as session:
        viewer = staff(session, "pimms-lyon")
    with pytest.raises(DBAPIError), scope.reading(played.database, viewer) as session:
        session.execute(text(statement))


def test_no_function_writes_for_it_as_the_owner(played):
    """What runs as the owner of the tables and may be called from a screen only tells who looks, and where the database is."""
    with played.database.session() as session:
        callable_ = session.execute(text(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
            " AND has_function_privilege('outreach_web', oid, 'EXECUTE')"
        )).scalars().all()  # fmt: skip
        viewer = staff(session, "pimms-lyon")
    sees = {"outreach_sees_home", "outreach_sees_mates", "outreach_sees_merged"}
    assert set(callable_) == sees | {"outreach_here", "outreach_is_live"}
    with pytest.raises(DBAPIError, match="permission denied"), scope.reading(played.database, viewer) as session:
        session.execute(text("SELECT outreach_forget_reads(now())"))


def test_the_words_end_with_the_transaction(played):
    with played.database.session() as session:
        viewer = staff(session, "pimms-lyon")
    with scope.reading(played.database, viewer):
        pass
    with played.database.session() as session:
        assert session.execute(text("SELECT current_user")).scalar_one() == "outreach_app"
        assert session.execute(text("SELECT outreach_sites()")).scalar_one() == []
    with scope.reading(played.database, None) as session:
        assert session.execute(text('SELECT count(*) FROM "case"')).scalar_one() == 0


def test_every_table_of_people_is_behind_the_wall(played):
    """Row-level security is on wherever the reading role may read at all, but for what is nobody's."""
    with played.database.session() as session:
        unwalled = session.execute(text(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT relrowsecurity"
            " AND has_table_privilege('outreach_web', oid, 'SELECT')"
        )).scalars().all()  # fmt: skip
    assert set(unwalled) == OF_NOBODY


def test_the_wall_stands(played):
    scope.require_wall(played.database)
