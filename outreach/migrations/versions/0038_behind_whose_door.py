"""« Chez Mme Durand »: behind whose door somebody lives who is named on no letterbox."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

USABLE = """
CREATE VIEW usable_row WITH (security_invoker = true) AS SELECT r.* FROM list_row r
JOIN target_list l ON l.id = r.list_id WHERE l.state = 'committed' AND r.state IN ('new', 'changed') AND r.anonymised_at IS NULL
"""
CURRENT = "CREATE VIEW current_row WITH (security_invoker = true) AS SELECT * FROM usable_row WHERE superseded_by IS NULL"
GRANTED = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'outreach_app') THEN GRANT SELECT ON usable_row, current_row TO outreach_app; END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'outreach_web') THEN GRANT SELECT ON usable_row, current_row TO outreach_web; END IF;
END $$
"""
TABLES = ("list_row", "household")


def upgrade() -> None:
    """Apply."""
    _apart(lambda table: op.add_column(table, sa.Column("care_of", sa.Text)))


def downgrade() -> None:
    """Take back."""
    _apart(lambda table: op.drop_column(table, "care_of"))


def _apart(change: Callable[[str], None]) -> None:
    """Change the tables while the views of rows, which name every column, are gone."""
    op.execute("DROP VIEW current_row")
    op.execute("DROP VIEW usable_row")
    for table in TABLES:
        change(table)
    for statement in (USABLE, CURRENT, GRANTED):
        op.execute(statement)
