"""Which months are to be counted anew, which communes are rural; which contacts led to a mediation is counted from both, no longer kept line by line."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("DROP TABLE credit")
    op.execute(
        """CREATE TABLE figure_month (
             campaign_id bigint NOT NULL, month date NOT NULL, CONSTRAINT pk_figure_month PRIMARY KEY (campaign_id, month))"""
    )
    op.execute("CREATE TABLE rural_commune (insee text NOT NULL CONSTRAINT pk_rural_commune PRIMARY KEY)")


def downgrade() -> None:
    """Take back; credits are kept again from the next rebuild on."""
    op.execute("DROP TABLE rural_commune")
    op.execute("DROP TABLE figure_month")
    op.execute(
        """CREATE TABLE credit (
             mediation_id uuid NOT NULL CONSTRAINT pk_credit PRIMARY KEY, case_id bigint NOT NULL, campaign_id bigint NOT NULL,
             occurred_at timestamptz NOT NULL, contacts bigint[] NOT NULL, channels text[] NOT NULL)"""
    )
    op.execute("CREATE INDEX ix_credit_case_id ON credit (case_id)")
