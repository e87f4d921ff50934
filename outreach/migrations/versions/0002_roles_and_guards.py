"""Roles and guards: the application's grants, append-only tables, statistics on demand."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("event", "audit_entry")

GRANTS = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'outreach_app') THEN
    GRANT USAGE ON SCHEMA public TO outreach_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO outreach_app;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO outreach_app;
    REVOKE UPDATE, DELETE, TRUNCATE ON event, audit_entry FROM outreach_app;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO outreach_app;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO outreach_app;
  END IF;
END $$
"""
# The application may not own tables (row-level security would not bind it), yet bulk loads need fresh statistics.
ANALYSE = """
CREATE FUNCTION outreach_analyse(target text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  EXECUTE format('ANALYZE public.%I', target);
END $$
"""
REFUSE_CHANGE = """
CREATE FUNCTION outreach_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def upgrade() -> None:
    """Apply."""
    op.execute(ANALYSE)
    op.execute(REFUSE_CHANGE)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION outreach_refuse_change()"
        )
    op.execute(GRANTS)


def downgrade() -> None:
    """Undo."""
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER append_only ON {table}")
    op.execute("DROP FUNCTION outreach_refuse_change")
    op.execute("DROP FUNCTION outreach_analyse")
