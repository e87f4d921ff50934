"""Work that pages wait for; boards of campaigns; questions of partners on a figure; what a token of a program is good for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

READER = "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'outreach_web') THEN {} END IF; END $$"
# The words of names and addresses without case, accents, hyphens and apostrophes, as core.plain_names has them. Functions, so that
# what is asked and what is indexed are the same.
PLAIN = "translate(lower({0}), 'àâäáãåéèêëîïíìôöóòõùûüúçñ-''’', 'aaaaaaeeeeiiiiooooouuuucn   ')"
WORDS = (
    """CREATE FUNCTION outreach_name_words(given text, family text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
         SELECT to_tsvector('simple', """ + PLAIN.format("coalesce(given, '') || ' ' || coalesce(family, '')") + ") $$",
    """CREATE FUNCTION outreach_address_words(number text, street text, place text, city text) RETURNS tsvector
         LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
         SELECT to_tsvector('simple', """
    + PLAIN.format("coalesce(number, '') || ' ' || coalesce(street, place, '') || ' ' || coalesce(city, '')") + ") $$",
)  # fmt: skip
STAFF = "CAST((SELECT outreach_associations()) AS bigint[])"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "web_job",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("account_id", sa.BigInteger, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("arguments", JSONB, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer),
        sa.Column("next_path", sa.Text, nullable=False),
        sa.Column("problem", JSONB),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="state"),
    )
    op.execute("CREATE INDEX ix_web_job_open ON web_job (created_at) WHERE state IN ('waiting', 'running')")
    op.create_table(
        "partner_question",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("partner_id", sa.BigInteger, sa.ForeignKey("partner.id"), nullable=False, index=True),
        sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaign.id"), nullable=False, index=True),
        sa.Column("summary_id", sa.BigInteger, sa.ForeignKey("summary.id"), nullable=False),
        sa.Column("figure", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("answer", sa.Text),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("answered_by", sa.Text),
    )
    op.execute("ALTER TABLE partner_question ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY shown ON partner_question FOR SELECT USING (partner_id = (SELECT outreach_partner())"
        f" OR (campaign_id IN (SELECT id FROM campaign) AND {STAFF} <> '{{}}'))"
    )
    op.execute(READER.format("GRANT SELECT ON partner_question TO outreach_web;"))
    op.create_table(
        "campaign_board",
        sa.Column("campaign_id", sa.BigInteger, sa.ForeignKey("campaign.id"), primary_key=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", JSONB, nullable=False),
    )
    op.execute("ALTER TABLE campaign_board ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY shown ON campaign_board FOR SELECT USING (campaign_id IN (SELECT id FROM campaign) AND {STAFF} <> '{{}}')"
    )
    op.execute(READER.format("GRANT SELECT ON campaign_board TO outreach_web;"))
    for function in WORDS:
        op.execute(function)
    op.execute("CREATE INDEX ix_person_name_words ON person USING gin (outreach_name_words(given_name, family_name))")
    op.execute(
        "CREATE INDEX ix_building_address_words ON building USING gin (outreach_address_words(house_number, street, place, city))"
    )
    # Programs follow events in the order in which they were recorded.
    op.create_index("ix_event_recorded_at", "event", ["recorded_at", "id"])
    op.add_column("delivery_token", sa.Column("scopes", ARRAY(sa.Text), nullable=False, server_default="{lists}"))


def downgrade() -> None:
    """Take back."""
    op.drop_column("delivery_token", "scopes")
    op.drop_index("ix_event_recorded_at", "event")
    op.drop_index("ix_building_address_words", "building")
    op.drop_index("ix_person_name_words", "person")
    op.execute("DROP FUNCTION outreach_address_words")
    op.execute("DROP FUNCTION outreach_name_words")
    op.drop_table("campaign_board")
    op.drop_table("partner_question")
    op.drop_table("web_job")
