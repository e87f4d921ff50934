"""Facts of mediators' phones, taken once each; calls that were left aside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

READER = "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'outreach_web') THEN {} END IF; END $$"
TABLES = ("phone_fact", "call_skip")
KINDS = "'result', 'doors', 'promise', 'neighbour', 'walk_in', 'objection', 'snooze', 'skip', 'correction', 'undo'"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "phone_fact",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("mediator_id", sa.BigInteger, sa.ForeignKey("mediator.id"), nullable=False, index=True),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.Column("parent", sa.Uuid),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("contact_id", sa.BigInteger),
        sa.Column("case_id", sa.BigInteger, index=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("base_version", sa.Integer),
        sa.Column("at_device", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clock", sa.Text),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("payload", JSONB(none_as_null=True)),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("answer", JSONB, nullable=False),
        sa.Column("event_id", sa.Uuid),
        sa.Column("against", sa.Uuid),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("settled_by", sa.Text),
        sa.Column("settled_as", sa.Text),
        sa.CheckConstraint(f"kind IN ({KINDS})", name="kind"),
        sa.CheckConstraint("status IN ('applied', 'duplicate', 'conflict', 'refused')", name="status"),
        sa.CheckConstraint("clock IN ('future', 'old')", name="clock"),
        sa.CheckConstraint("settled_as IN ('mine', 'theirs', 'both')", name="settled_as"),
    )
    op.execute("CREATE INDEX ix_phone_fact_open ON phone_fact (received_at) WHERE status = 'conflict' AND settled_at IS NULL")
    op.execute("CREATE INDEX ix_phone_fact_parent ON phone_fact (parent) WHERE parent IS NOT NULL")
    op.create_table(
        "call_skip",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("contact_id", sa.BigInteger, sa.ForeignKey("contact.id"), nullable=False),
        sa.Column("case_id", sa.BigInteger, nullable=False),
        sa.Column("mediator_id", sa.BigInteger, sa.ForeignKey("mediator.id"), nullable=False, index=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("words", sa.Text),
        sa.Column("skipped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fact", sa.Uuid, unique=True),
        sa.Column("taken_back_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("reason IN ('not_now', 'other', 'language', 'acquainted')", name="reason"),
    )
    op.create_index("ix_call_skip_contact_id", "call_skip", ["contact_id", "mediator_id"])
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f'CREATE POLICY shown ON {table} FOR SELECT USING (EXISTS (SELECT FROM "case" c WHERE c.id = {table}.case_id))'
        )
    op.execute(READER.format(f"GRANT SELECT ON {', '.join(TABLES)} TO outreach_web;"))


def downgrade() -> None:
    """Take back. What became of facts stays in the events."""
    for table in reversed(TABLES):
        op.drop_table(table)
