"""What is forgotten when it is due, or when somebody asks for it: marks of when, what stays, and the only way past the guards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

USABLE = """
CREATE VIEW usable_row WITH (security_invoker = true) AS SELECT r.* FROM list_row r
JOIN target_list l ON l.id = r.list_id WHERE l.state = 'committed' AND r.state IN ('new', 'changed'){more}
"""
CURRENT = "CREATE VIEW current_row WITH (security_invoker = true) AS SELECT * FROM usable_row WHERE superseded_by IS NULL"
GRANTED = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'outreach_app') THEN GRANT SELECT ON usable_row, current_row TO outreach_app; END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'outreach_web') THEN GRANT SELECT ON usable_row, current_row TO outreach_web; END IF;
END $$
"""
# What refuses every change lets the two functions below pass, and them alone: they run as the owner of the tables, under a
# setting that only they have.
REFUSE = """
CREATE OR REPLACE FUNCTION outreach_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  {first}RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
LET_THROUGH = """IF TG_OP = 'UPDATE' AND TG_LEVEL = 'STATEMENT' AND current_setting('outreach.forgetting', true) = 'on'
     AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) THEN
    RETURN NULL;
  END IF;
  """
# What stays of an event's own data is what its rule needs: which event it corrects, which case it joined, which own result it was.
FUNCTION = """
CREATE FUNCTION {name} RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE gone bigint;
BEGIN
  PERFORM set_config('outreach.forgetting', 'on', true);
  {update};
  GET DIAGNOSTICS gone = ROW_COUNT;
  PERFORM set_config('outreach.forgetting', '', true);
  RETURN gone;
END $$
"""
EVENTS = """UPDATE event
  SET data = jsonb_strip_nulls(jsonb_build_object('event', data -> 'event', 'into', data -> 'into', 'result', data -> 'result'))
  WHERE case_id = ANY(cases) AND data - 'event' - 'into' - 'result' <> CAST('{}' AS jsonb)"""
OUTCOMES = """UPDATE partner_outcome o SET reference = n.number FROM (
    SELECT id, '#' || dense_rank() OVER (PARTITION BY case_id ORDER BY reference) AS number FROM partner_outcome WHERE case_id = ANY(cases)) n
  WHERE n.id = o.id AND o.reference NOT LIKE '#%'"""
READS = """UPDATE audit_entry SET subject = '', data = CAST('{}' AS jsonb)
  WHERE at < until AND subject <> '' AND action IN ('read', 'decision.read', 'case.identify', 'phone.day')"""
FUNCTIONS = {
    "outreach_forget_events(cases bigint[])": EVENTS, "outreach_forget_outcomes(cases bigint[])": OUTCOMES,
    "outreach_forget_reads(until timestamptz)": READS,
}  # fmt: skip


def upgrade() -> None:
    """Apply."""
    op.execute("DROP VIEW current_row")
    op.execute("DROP VIEW usable_row")
    op.add_column("list_row", sa.Column("had", sa.SmallInteger))
    for table in ("list_row", "person", "case"):
        op.add_column(table, sa.Column("anonymised_at", sa.DateTime(timezone=True)))
    for statement in (USABLE.format(more=" AND r.anonymised_at IS NULL"), CURRENT, GRANTED):
        op.execute(statement)
    broad = [sa.Column(name, sa.Text, nullable=False) for name in ("commune", "area", "language", "reading", "age", "size")]
    op.create_table(
        "case_remainder",
        sa.Column("case_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("contactable", sa.Boolean, nullable=False),
        *broad,
    )
    op.create_table(
        "erasure_mark",
        sa.Column("mark", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "retention_run",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("request_id", sa.BigInteger),
        sa.Column("counts", JSONB, nullable=False),
    )
    op.create_table(
        "provider_erasure",
        sa.Column("provider", sa.Text, primary_key=True),
        sa.Column("provider_ref", sa.Text, primary_key=True),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True)),
        sa.Column("gone_at", sa.DateTime(timezone=True)),
        sa.Column("fault", sa.Text),
    )
    op.execute("CREATE INDEX ix_provider_erasure_open ON provider_erasure (asked_at) WHERE gone_at IS NULL")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON retention_run"
        " FOR EACH STATEMENT EXECUTE FUNCTION outreach_refuse_change()"
    )
    op.execute(REFUSE.format(first=LET_THROUGH))
    for name, update in FUNCTIONS.items():
        op.execute(FUNCTION.format(name=name, update=update))


def downgrade() -> None:
    """Take back."""
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}")
    op.execute(REFUSE.format(first=""))
    for table in ("provider_erasure", "retention_run", "erasure_mark", "case_remainder"):
        op.drop_table(table)
    op.execute("DROP VIEW current_row")
    op.execute("DROP VIEW usable_row")
    for table in ("case", "person", "list_row"):
        op.drop_column(table, "anonymised_at")
    op.drop_column("list_row", "had")
    for statement in (USABLE.format(more=""), CURRENT, GRANTED):
        op.execute(statement)
