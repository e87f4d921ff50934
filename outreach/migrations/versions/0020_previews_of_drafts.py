"""What the rules of a campaign made of its lists when somebody looked, so that pages show it and say of which definition it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

READER = "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'outreach_web') THEN {} END IF; END $$"
STAFF = "CAST((SELECT outreach_associations()) AS bigint[])"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "campaign_preview",
        sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaign.id"), primary_key=True),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("lists_hash", sa.Text, nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", JSONB, nullable=False),
    )
    op.execute("ALTER TABLE campaign_preview ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY shown ON campaign_preview FOR SELECT USING (campaign_id IN (SELECT id FROM campaign)"
        f" AND {STAFF} <> '{{}}')"
    )
    op.execute(READER.format("GRANT SELECT ON campaign_preview TO outreach_web;"))


def downgrade() -> None:
    """Take back."""
    op.drop_table("campaign_preview")
