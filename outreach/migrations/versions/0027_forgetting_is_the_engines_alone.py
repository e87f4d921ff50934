"""Functions that write as the owner of the tables are the engine's alone: PostgreSQL lets everybody call a new one, screens included."""

from __future__ import annotations

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

WRITING = (
    "outreach_forget_events(bigint[])",
    "outreach_forget_outcomes(bigint[])",
    "outreach_forget_reads(timestamptz)",
    "outreach_analyse(text)",
)
APP = "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'outreach_app') THEN {} END IF; END $$"


def upgrade() -> None:
    """Apply."""
    for function in WRITING:
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        op.execute(APP.format(f"GRANT EXECUTE ON FUNCTION {function} TO outreach_app;"))


def downgrade() -> None:
    """Take back."""
    for function in WRITING:
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO PUBLIC")
        op.execute(APP.format(f"REVOKE EXECUTE ON FUNCTION {function} FROM outreach_app;"))
