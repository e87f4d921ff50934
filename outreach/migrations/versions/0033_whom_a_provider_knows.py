"""Whom an identity provider knows, and what a sign-in by it opens.

A subject (``sub`` of OIDC) means somebody at one issuer alone, which may give another to each of its clients ("pairwise"): it was
kept beside the account without saying whose it is. And a session that an association's provider vouched for opened all that the
account may do, elsewhere too.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outreach.core import clock

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

# Where an account works for two associations with providers, nobody knows which of them it was: it is found by its e-mail again.
KEEP = """
INSERT INTO provider_subject (issuer, client_id, subject, account_id, first_at)
SELECT DISTINCT ON (issuer, client_id, subject) issuer, client_id, subject, account_id, :now FROM (
  SELECT min(p.issuer) AS issuer, min(p.client_id) AS client_id, a.provider_subject AS subject, a.id AS account_id
  FROM account a JOIN account_role r ON r.account_id = a.id JOIN identity_provider p ON p.association_id = r.association_id
  WHERE a.provider_subject IS NOT NULL GROUP BY a.id HAVING count(DISTINCT (p.issuer, p.client_id)) = 1) known
ORDER BY issuer, client_id, subject, account_id
"""
SIGN_OUT = "UPDATE web_session SET ended_at = :now WHERE proof = 'provider' AND ended_at IS NULL"
GIVE_BACK = "UPDATE account a SET provider_subject = s.subject FROM provider_subject s WHERE s.account_id = a.id"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "provider_subject",
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("account_id", sa.BigInteger, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "client_id", "subject"),
        sa.UniqueConstraint("account_id", "issuer", "client_id"),
    )
    op.execute(sa.text(KEEP).bindparams(now=clock.now()))
    op.drop_column("account", "provider_subject")
    op.add_column("web_session", sa.Column("association_id", sa.BigInteger, sa.ForeignKey("association.id")))
    # Whoever is signed in by a provider now signs in once more, and gets what that provider may open.
    op.execute(sa.text(SIGN_OUT).bindparams(now=clock.now()))


def downgrade() -> None:
    """Take back."""
    # A session that was meant for one association would open all that its account may do.
    op.execute(sa.text(SIGN_OUT).bindparams(now=clock.now()))
    op.drop_column("web_session", "association_id")
    op.add_column("account", sa.Column("provider_subject", sa.Text))
    op.execute(GIVE_BACK)
    op.drop_table("provider_subject")
