"""A shift knows the campaign whose hours opened it: when they change, it follows.

Of those there are it is not known: they stay as they are until they have passed, three weeks at most.
"""

from __future__ import annotations

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute(
        "ALTER TABLE shift ADD COLUMN campaign_id bigint CONSTRAINT fk_shift_campaign_id_campaign REFERENCES campaign (id)"
    )
    op.execute("CREATE INDEX ix_shift_campaign_id ON shift (campaign_id)")


def downgrade() -> None:
    """Take back."""
    op.execute("ALTER TABLE shift DROP COLUMN campaign_id")
