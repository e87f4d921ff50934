"""Attempts of the last days by index: polls and claims ask for them all day, whatever a year has left beside them."""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_attempt_started_at", "attempt", ["started_at"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_attempt_started_at", "attempt")
