"""Since when something of a case is due to be counted: only the months of what was said or done since are counted anew.

Where the lines of a campaign lie is kept by blocks.
"""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. What is due already is due with all its months."""
    op.execute("ALTER TABLE figure_due ADD COLUMN since timestamptz NOT NULL DEFAULT '-infinity'")
    op.execute("DROP INDEX ix_case_figure_campaign_id")
    op.execute("CREATE INDEX ix_case_figure_campaign_id ON case_figure USING brin (campaign_id)")


def downgrade() -> None:
    """Take back."""
    op.execute("DROP INDEX ix_case_figure_campaign_id")
    op.execute("CREATE INDEX ix_case_figure_campaign_id ON case_figure (campaign_id)")
    op.execute("ALTER TABLE figure_due DROP COLUMN since")
