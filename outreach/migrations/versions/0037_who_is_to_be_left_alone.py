"""Customers who told the partner that they want no contact, or of whose death it knows, leave a list for a reason of their own."""

from __future__ import annotations

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

BEFORE, ADDED = ("settled", "dispute", "moved", "left_the_list"), ("partner_objection", "deceased")


def upgrade() -> None:
    """Apply."""
    _reasons((*BEFORE[:3], *ADDED, *BEFORE[3:]))
    op.execute(f"CREATE INDEX ix_list_row_left_alone ON list_row (campaign_id) WHERE {_among(ADDED)}")


def downgrade() -> None:
    """Take back: they left the list, that is all that was known before."""
    op.execute("DROP INDEX ix_list_row_left_alone")
    op.execute(f"UPDATE list_row SET leave_reason = 'left_the_list' WHERE {_among(ADDED)}")
    _reasons(BEFORE)


def _reasons(reasons: tuple[str, ...]) -> None:
    op.execute("ALTER TABLE list_row DROP CONSTRAINT ck_list_row_leave_reason")
    op.execute(f"ALTER TABLE list_row ADD CONSTRAINT ck_list_row_leave_reason CHECK ({_among(reasons)})")


def _among(reasons: tuple[str, ...]) -> str:
    return "leave_reason IN ({})".format(", ".join(f"'{reason}'" for reason in reasons))
