"""Requests of persons about their data; the documents of agreements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

READER = "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'outreach_web') THEN {} END IF; END $$"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "person_request",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("person_id", sa.BigInteger, sa.ForeignKey("person.id"), index=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("received_on", sa.Date, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("through", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.Column("answer", sa.Text),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("answered_by", sa.Text),
        sa.CheckConstraint("kind IN ('access', 'rectification', 'objection', 'erasure')", name="kind"),
        sa.CheckConstraint("state IN ('open', 'done', 'refused')", name="state"),
    )
    op.execute("CREATE INDEX ix_person_request_open ON person_request (due_on) WHERE state = 'open'")
    op.create_table(
        "agreement_document",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("agreement_id", sa.BigInteger, sa.ForeignKey("agreement.id"), nullable=False, index=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Text, nullable=False),
    )
    op.execute("ALTER TABLE agreement_document ENABLE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY shown ON agreement_document FOR SELECT USING (agreement_id IN (SELECT id FROM agreement))")
    op.execute(READER.format("GRANT SELECT ON agreement_document TO outreach_web;"))


def downgrade() -> None:
    """Take back."""
    op.drop_table("agreement_document")
    op.drop_table("person_request")
