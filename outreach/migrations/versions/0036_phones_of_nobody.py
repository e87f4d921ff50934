"""Phones that a partner gave for too many customers to be anybody's, so that a list with only one of them is known too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "shared_phone",
        sa.Column("list_id", sa.BigInteger, sa.ForeignKey("target_list.id"), primary_key=True, autoincrement=False),
        sa.Column("mark", sa.Text, primary_key=True),
        sa.Column("customers", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("shared_phone")
