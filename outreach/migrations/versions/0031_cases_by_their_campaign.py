"""Cases and their lines are found by their campaign, wherever they lie: each change moves them, until they lie among all others."""

from __future__ import annotations

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    for name, table in (("ix_case_campaign_id", '"case"'), ("ix_case_figure_campaign_id", "case_figure")):
        op.execute(f"DROP INDEX {name}")
        op.execute(f"CREATE INDEX {name} ON {table} (campaign_id)")


def downgrade() -> None:
    """Take back."""
    op.execute("DROP INDEX ix_case_figure_campaign_id")
    op.execute("CREATE INDEX ix_case_figure_campaign_id ON case_figure USING brin (campaign_id)")
    op.execute("DROP INDEX ix_case_campaign_id")
    op.execute('CREATE INDEX ix_case_campaign_id ON "case" USING brin (campaign_id) WITH (pages_per_range = 16)')
