"""Rows in force and cases are found by their campaign, the last text to a phone by its mark: each was looked for among all that there ever were."""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute(
        "CREATE INDEX ix_list_row_campaign_id ON list_row (campaign_id) WHERE superseded_by IS NULL AND state IN ('new', 'changed')"
    )
    op.execute('CREATE INDEX ix_case_campaign_id ON "case" USING brin (campaign_id) WITH (pages_per_range = 16)')
    op.execute("CREATE INDEX ix_attempt_address_mark ON attempt (address_mark, started_at)")


def downgrade() -> None:
    """Take back."""
    op.execute("DROP INDEX ix_attempt_address_mark")
    op.execute("DROP INDEX ix_case_campaign_id")
    op.execute("DROP INDEX ix_list_row_campaign_id")
