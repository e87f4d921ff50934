"""What campaigns were last held against, by what; and the sites at which each has cases: nights look only at what may have changed.

``campaign_site`` is kept by a trigger, once a statement that opens cases: a case never moves to another site. And a list of a hundred
rows is held against the register by indexes: it read all persons and all rows there are. What a statement has to know of a table that
grew is known from half the usual sample.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

# What was sent and not yet told is looked for by campaign as well, failures included.
DONE = """
DROP INDEX ix_contact_done; CREATE INDEX ix_contact_done ON contact (campaign_id, done_at) WHERE state IN ('sent', 'done'{})
"""
# As in revision 0013: the whole definition was grouped by once for each case, a second for a campaign of 17,000.
REFUSE_EARLY = """
CREATE OR REPLACE FUNCTION outreach_refuse_early_comparison() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  planned date;
BEGIN
  SELECT greatest(o.first_day, CAST(s.written ->> 'starts_on' AS date))
         + coalesce(CAST(s.written -> 'measure' ->> 'compare_after' AS int), s.waves - 1)
           * coalesce(CAST(s.written -> 'waves' ->> 'days_apart' AS int), 7) - 1 INTO planned
  FROM (SELECT d.waves, d.urgent, d.version_id, v.definition -> 'campaign' AS written
        FROM wave_design d JOIN campaign_version v ON v.id = d.version_id WHERE d.campaign_id = NEW.campaign_id OFFSET 0) s
       CROSS JOIN LATERAL (SELECT min(CAST(c.opened_at AT TIME ZONE 'Europe/Paris' AS date)) AS first_day FROM "case" c
                           WHERE c.campaign_id = NEW.campaign_id AND c.run_id IS NOT NULL AND c.priority > s.urgent) o
  WHERE o.first_day IS NOT NULL;
  IF planned IS DISTINCT FROM NEW.planned_for THEN
    RAISE EXCEPTION 'the sealed design plans another day of comparison' USING ERRCODE = 'restrict_violation';
  END IF;
  IF CAST(NEW.computed_at AT TIME ZONE 'Europe/Paris' AS date) <= NEW.planned_for THEN
    RAISE EXCEPTION 'too early to compare: the planned day is not over' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Apply."""
    op.rename_table("lists_seen", "seen")
    op.execute("ALTER TABLE seen ADD COLUMN what text NOT NULL DEFAULT 'lists'")
    op.execute("ALTER TABLE seen ALTER COLUMN what DROP DEFAULT")
    op.execute("ALTER TABLE seen DROP CONSTRAINT pk_lists_seen, ADD CONSTRAINT pk_seen PRIMARY KEY (campaign_id, what)")
    op.execute("ALTER TABLE seen RENAME CONSTRAINT fk_lists_seen_campaign_id TO fk_seen_campaign_id")
    op.create_table(
        "campaign_site",
        sa.Column("campaign_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("site_id", sa.BigInteger, primary_key=True, autoincrement=False),
    )
    op.create_index("ix_campaign_site_site_id", "campaign_site", ["site_id"])
    op.execute('INSERT INTO campaign_site (campaign_id, site_id) SELECT DISTINCT campaign_id, site_id FROM "case"')
    op.execute(
        """CREATE FUNCTION outreach_note_sites() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          INSERT INTO campaign_site (campaign_id, site_id) SELECT DISTINCT campaign_id, site_id FROM opened ON CONFLICT DO NOTHING;
          RETURN NULL;
        END $$"""
    )
    op.execute(
        'CREATE TRIGGER sites_noted AFTER INSERT ON "case" REFERENCING NEW TABLE AS opened'
        " FOR EACH STATEMENT EXECUTE FUNCTION outreach_note_sites()"
    )
    op.execute(REFUSE_EARLY)
    op.execute(DONE.format(", 'failed'"))
    op.execute("ALTER FUNCTION outreach_analyse(text) SET default_statistics_target = 50")
    op.execute("CREATE INDEX ix_person_birth_date ON person (birth_date) WHERE birth_date IS NOT NULL")
    op.execute(
        "CREATE INDEX ix_list_row_before ON list_row USING hash (row_key)"
        " WHERE superseded_by IS NOT NULL AND state IN ('new', 'changed')"
    )


def downgrade() -> None:
    """Take back."""
    op.execute("DROP INDEX ix_list_row_before")
    op.execute(DONE.format(""))
    op.execute("ALTER FUNCTION outreach_analyse(text) RESET default_statistics_target")
    op.execute("DROP INDEX ix_person_birth_date")
    op.execute('DROP TRIGGER sites_noted ON "case"')
    op.execute("DROP FUNCTION outreach_note_sites()")
    op.drop_table("campaign_site")
    op.execute("DELETE FROM seen WHERE what <> 'lists'")
    op.execute("ALTER TABLE seen RENAME CONSTRAINT fk_seen_campaign_id TO fk_lists_seen_campaign_id")
    op.execute("ALTER TABLE seen DROP CONSTRAINT pk_seen, ADD CONSTRAINT pk_lists_seen PRIMARY KEY (campaign_id)")
    op.execute("ALTER TABLE seen DROP COLUMN what")
    op.rename_table("seen", "lists_seen")
