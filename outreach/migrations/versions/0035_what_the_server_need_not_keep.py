"""No statistics of sealed words, which are all different; no entries for contacts that are in no print run and no shift."""

from __future__ import annotations

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

# Nobody looks for what is sealed: it is found by its mark. Sorting tens of thousands of sealed texts was most of an ANALYZE.
SEALED = {
    "list_row": ("raw", "reference", "mobile", "fixed", "email"),
    "person": ("mobile", "fixed", "email"),
    "attempt": ("address", "body_hash"),
    "inbound_message": ("sender", "body"),
    "mail_letter": ("content",),
    "private_note": ("body",),
    "wording": ("said",),
    "row_issue": ("value", "details"),
}
OF_FEW = ("batch_id", "shift_id")
"""Columns of a contact that most have no value in."""


def upgrade() -> None:
    """Apply."""
    for table, columns in SEALED.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")
    for column in OF_FEW:
        op.execute(f"DROP INDEX ix_contact_{column}")
        op.execute(f"CREATE INDEX ix_contact_{column} ON contact ({column}) WHERE {column} IS NOT NULL")


def downgrade() -> None:
    """Take back."""
    for column in OF_FEW:
        op.execute(f"DROP INDEX ix_contact_{column}")
        op.execute(f"CREATE INDEX ix_contact_{column} ON contact ({column})")
    for table, columns in SEALED.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS DEFAULT")
