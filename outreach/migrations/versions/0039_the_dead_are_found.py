"""Contacts that told of a death are found at once, whatever campaign they were of."""

from __future__ import annotations

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("CREATE INDEX ix_contact_deceased ON contact (person_id) WHERE disposition = 'deceased'")


def downgrade() -> None:
    """Take back."""
    op.execute("DROP INDEX ix_contact_deceased")
