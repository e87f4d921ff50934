"""Which copy of the database may send, and which backups of it were made.

A database knows where it is: of which PostgreSQL, under which number, on which timeline. Nothing is handed to a provider
unless its latest entry of ``live_copy`` was written at this very place. A database that has nothing in it yet is confirmed by
its making; one that has been at work, and comes to this revision, waits for a person: it may be a copy that was restored.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outreach.core import clock

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

READER = "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'outreach_web') THEN {} END IF; END $$"
APP = "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'outreach_app') THEN {} END IF; END $$"
SHOWN = "CAST((SELECT outreach_associations()) AS bigint[]) <> '{}' OR (SELECT outreach_network())"

# A dump restored elsewhere has another system or number of database; a recovery to a point in time, or a standby that took over,
# another timeline. A copy of files has all three in common: ``outreach.place`` is what whoever starts the server says of the
# folder (the embedded one does), ``outreach.installation`` what whoever connects says of themselves.
HERE = """
CREATE FUNCTION outreach_here() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()),
                   (SELECT oid FROM pg_database WHERE datname = current_database()), left(pg_walfile_name(pg_current_wal_lsn()), 8),
                   replace(coalesce(current_setting('outreach.place', true), ''), '/', '_'),
                   replace(coalesce(current_setting('outreach.installation', true), ''), '/', '_'))
$$
"""
LIVE = """
CREATE FUNCTION outreach_is_live() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT coalesce((SELECT place = outreach_here() FROM live_copy ORDER BY id DESC LIMIT 1), false)
$$
"""
# The last guard: whatever way leads to a provider, an attempt is written first.
GUARD = """
CREATE FUNCTION outreach_require_live() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT outreach_is_live() THEN
    RAISE EXCEPTION 'this copy of the database is not confirmed as the live one' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$
"""
FIRST = """
INSERT INTO live_copy (place, reason, recorded_at, recorded_by)
SELECT outreach_here(), 'new', :now, 'outreach' WHERE NOT EXISTS (SELECT FROM campaign)
"""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "live_copy",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("place", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
    )
    op.create_table(
        "backup",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False, index=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True)),
        sa.Column("tried_at", sa.DateTime(timezone=True)),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
    )
    for statement in (HERE, LIVE, GUARD):
        op.execute(statement)
    op.execute(sa.text(FIRST).bindparams(now=clock.now()))
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON live_copy"
        " FOR EACH STATEMENT EXECUTE FUNCTION outreach_refuse_change()"
    )
    op.execute("CREATE TRIGGER live_only BEFORE INSERT ON attempt FOR EACH STATEMENT EXECUTE FUNCTION outreach_require_live()")
    op.execute(APP.format("REVOKE UPDATE, DELETE, TRUNCATE ON live_copy FROM outreach_app;"))
    for table in ("live_copy", "backup"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY shown ON {table} FOR SELECT USING ({SHOWN})")
        op.execute(READER.format(f"GRANT SELECT ON {table} TO outreach_web;"))


def downgrade() -> None:
    """Take back."""
    op.execute("DROP TRIGGER live_only ON attempt")
    for name in ("require_live", "is_live", "here"):
        op.execute(f"DROP FUNCTION outreach_{name}")
    op.drop_table("backup")
    op.drop_table("live_copy")
