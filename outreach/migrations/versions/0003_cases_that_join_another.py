"""Cases that join another: matching may find that two are about one household."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATUSES = "'waiting', 'solicited', 'reached', 'mediated', 'refused', 'unreachable', 'wrong_data', 'withdrawn', 'objected'"
KINDS = "'opened', 'sent', 'delivered', 'undelivered', 'attempted', 'replied', 'mediated', 'objected', 'withdrawn', 'exhausted'"


def upgrade() -> None:
    """Apply."""
    _allow(STATUSES + ", 'joined'", KINDS + ", 'joined'")


def downgrade() -> None:
    """Undo. Fails while a case has joined another: what happened is not forgotten."""
    _allow(STATUSES, KINDS)


def _allow(statuses: str, kinds: str) -> None:
    for table, column, members in (("case", "status", statuses), ("event", "kind", kinds)):
        name = f"ck_{table}_{column}"
        op.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT {name}, ADD CONSTRAINT {name} CHECK ({column} IN ({members}))')
