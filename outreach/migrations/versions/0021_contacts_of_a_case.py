"""All contacts of a case by index, cancelled ones too: its page asks for them, and the unique indexes know only some of their states."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_contact_case_id", "contact", ["case_id"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_contact_case_id", "contact")
