"""Lists are looked at before they are committed, corrected, undone; columns are mapped once per partner."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

JSON = postgresql.JSONB(astext_type=sa.Text())
NEW_TEXTS = ("residence", "place", "po_box", "cedex", "country", "insee", "leave_reason")
VIEWS = (
    """CREATE VIEW usable_row WITH (security_invoker = true) AS SELECT r.* FROM list_row r
       JOIN target_list l ON l.id = r.list_id WHERE l.state = 'committed' AND r.state IN ('new', 'changed')""",
    "CREATE VIEW current_row WITH (security_invoker = true) AS SELECT * FROM usable_row WHERE superseded_by IS NULL",
)


def upgrade() -> None:
    """Apply. Lists taken in before count as committed; the cells of their rows stand in the order JSON kept them in."""
    _lists()
    _rows()
    _tables()
    for view in VIEWS:
        op.execute(view)
    op.execute(
        "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'outreach_app') THEN"
        " GRANT SELECT ON usable_row, current_row TO outreach_app; END IF; END $$"
    )


def _lists() -> None:
    op.execute("""
        ALTER TABLE target_list
          ADD COLUMN state text NOT NULL DEFAULT 'committed', ADD COLUMN scope text, ADD COLUMN corrects_id bigint,
          ADD COLUMN delivered_through text NOT NULL DEFAULT 'command', ADD COLUMN committed_at timestamptz,
          ADD COLUMN undone_at timestamptz, ADD COLUMN set_aside int NOT NULL DEFAULT 0,
          ADD COLUMN detection jsonb NOT NULL DEFAULT '{}', ADD COLUMN columns jsonb NOT NULL DEFAULT '[]',
          ADD COLUMN notices jsonb NOT NULL DEFAULT '[]', ADD COLUMN basis text NOT NULL DEFAULT ''
    """)
    op.execute("UPDATE target_list SET scope = list_code, committed_at = imported_at")
    op.execute("""
        UPDATE target_list l SET columns = (SELECT coalesce(jsonb_agg(jsonb_build_object('header', key, 'stored', true)), '[]')
          FROM (SELECT jsonb_object_keys(r.raw) AS key FROM (SELECT raw FROM list_row WHERE list_id = l.id LIMIT 1) r) k)
    """)
    op.execute("""
        ALTER TABLE target_list ALTER COLUMN state DROP DEFAULT, ALTER COLUMN scope SET NOT NULL,
          ALTER COLUMN delivered_through DROP DEFAULT, ALTER COLUMN set_aside DROP DEFAULT, ALTER COLUMN detection DROP DEFAULT,
          ALTER COLUMN columns DROP DEFAULT, ALTER COLUMN notices DROP DEFAULT, ALTER COLUMN basis DROP DEFAULT,
          DROP CONSTRAINT uq_target_list_campaign_id_content_hash, DROP CONSTRAINT uq_target_list_campaign_id_sha256,
          ADD CONSTRAINT ck_target_list_state CHECK (state IN ('previewed', 'committed', 'undone', 'discarded')),
          ADD CONSTRAINT ck_target_list_delivered_through CHECK (delivered_through IN ('command', 'inbox', 'api', 'web')),
          ADD CONSTRAINT fk_target_list_corrects_id FOREIGN KEY (corrects_id) REFERENCES target_list (id)
    """)
    op.create_index("ix_target_list_campaign_sha256", "target_list", ["campaign_id", "sha256"])


def _rows() -> None:
    op.execute(f"""
        ALTER TABLE list_row ADD COLUMN row_key text, ADD COLUMN content_hash uuid, ADD COLUMN replaces bigint,
          ADD COLUMN superseded_by bigint, ADD COLUMN corrects_row bigint, ADD COLUMN cells text,
          {", ".join(f"ADD COLUMN {name} text" for name in NEW_TEXTS)}
    """)
    op.execute("""
        UPDATE list_row r SET row_key = reference, content_hash = CAST(md5(row_hash) AS uuid),
          cells = (SELECT coalesce(string_agg(value, chr(31)), '') FROM jsonb_each_text(raw)),
          superseded_by = CASE WHEN NOT current AND state IN ('new', 'changed')
            THEN (SELECT max(l.id) FROM target_list l WHERE l.campaign_id = r.campaign_id) END
    """)
    op.execute("""
        ALTER TABLE list_row DROP COLUMN current, DROP COLUMN row_hash, DROP COLUMN raw,
          ALTER COLUMN content_hash SET NOT NULL, ALTER COLUMN cells SET NOT NULL,
          DROP CONSTRAINT fk_list_row_campaign_id, DROP CONSTRAINT fk_list_row_list_id, DROP CONSTRAINT fk_list_row_partner_id,
          ADD CONSTRAINT ck_list_row_leave_reason CHECK (leave_reason IN ('settled', 'dispute', 'moved', 'left_the_list'))
    """)
    op.execute("ALTER TABLE list_row RENAME COLUMN cells TO raw")
    op.drop_index("ix_list_row_campaign_id", "list_row")
    op.drop_index("ix_list_row_person_id", "list_row")
    for name, columns, where in (
        ("in_force", "USING hash (row_key)", "superseded_by IS NULL AND state IN ('new', 'changed')"),
        ("superseded_by", "(superseded_by)", "superseded_by IS NOT NULL"),
        ("person_id", "(person_id)", "person_id IS NOT NULL"),
        ("corrects_row", "(corrects_row)", "corrects_row IS NOT NULL"),
    ):
        op.execute(f"CREATE INDEX ix_list_row_{name} ON list_row {columns} WHERE {where}")


def _tables() -> None:
    op.execute("ALTER TABLE row_issue ADD COLUMN details jsonb NOT NULL DEFAULT '{}'")
    op.execute("ALTER TABLE row_issue ALTER COLUMN details DROP DEFAULT")
    op.create_table(
        "row_finding",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("list_id", sa.BigInteger(), sa.ForeignKey("target_list.id", name="fk_row_finding_list_id"), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), sa.ForeignKey("person.id", name="fk_row_finding_person_id")),
    )
    op.create_index("ix_row_finding_row", "row_finding", ["list_id", "row_number"])
    op.create_table(
        "column_mapping",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column(
            "partner_id", sa.BigInteger(), sa.ForeignKey("partner.id", name="fk_column_mapping_partner_id"), nullable=False
        ),
        sa.Column("header", sa.Text(), nullable=False),
        sa.Column("field", sa.Text()),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("partner_id", "header", name="uq_column_mapping_partner_id_header"),
    )
    op.create_table(
        "delivery_token",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column(
            "campaign_id", sa.BigInteger(), sa.ForeignKey("campaign.id", name="fk_delivery_token_campaign_id"), nullable=False
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("sha256", name="uq_delivery_token_sha256"),
    )
    op.create_index("ix_delivery_token_campaign_id", "delivery_token", ["campaign_id"])


def downgrade() -> None:
    """Undo. Lists that were not committed are dropped with their rows: the older schema has no place for them."""
    op.execute("DROP VIEW current_row")
    op.execute("DROP VIEW usable_row")
    for table in ("delivery_token", "column_mapping", "row_finding"):
        op.drop_table(table)
    op.execute("ALTER TABLE row_issue DROP COLUMN details")
    for table in ("row_issue", "list_row"):
        op.execute(f"DELETE FROM {table} t USING target_list l WHERE l.id = t.list_id AND l.state <> 'committed'")
    op.execute("DELETE FROM target_list WHERE state <> 'committed'")
    _rows_back()
    op.execute("DROP INDEX ix_target_list_campaign_sha256")
    op.execute("""
        ALTER TABLE target_list DROP CONSTRAINT fk_target_list_corrects_id, DROP COLUMN state, DROP COLUMN scope,
          DROP COLUMN corrects_id, DROP COLUMN delivered_through, DROP COLUMN committed_at, DROP COLUMN undone_at,
          DROP COLUMN set_aside, DROP COLUMN detection, DROP COLUMN columns, DROP COLUMN notices, DROP COLUMN basis,
          ADD CONSTRAINT uq_target_list_campaign_id_content_hash UNIQUE (campaign_id, content_hash),
          ADD CONSTRAINT uq_target_list_campaign_id_sha256 UNIQUE (campaign_id, sha256)
    """)


def _rows_back() -> None:
    op.execute("ALTER TABLE list_row RENAME COLUMN raw TO cells")
    op.execute("ALTER TABLE list_row ADD COLUMN current boolean, ADD COLUMN row_hash text, ADD COLUMN raw jsonb")
    op.execute("""
        UPDATE list_row r SET current = superseded_by IS NULL AND state IN ('new', 'changed'),
          row_hash = replace(CAST(content_hash AS text), '-', ''),
          raw = (SELECT coalesce(jsonb_object_agg(h.header, split_part(r.cells, chr(31), CAST(h.place AS int))), '{}') FROM (
            SELECT c ->> 'header' AS header, row_number() OVER (ORDER BY n) AS place
            FROM target_list l, jsonb_array_elements(l.columns) WITH ORDINALITY AS t (c, n)
            WHERE l.id = r.list_id AND CAST(c ->> 'stored' AS boolean)) h)
    """)
    for name in ("in_force", "superseded_by", "person_id", "corrects_row"):
        op.drop_index(f"ix_list_row_{name}", "list_row")
    dropped = ("cells", "row_key", "content_hash", "replaces", "superseded_by", "corrects_row", *NEW_TEXTS)
    op.execute(f"""
        ALTER TABLE list_row {", ".join(f"DROP COLUMN {name}" for name in dropped)},
          ALTER COLUMN current SET NOT NULL, ALTER COLUMN row_hash SET NOT NULL, ALTER COLUMN raw SET NOT NULL,
          ADD CONSTRAINT fk_list_row_campaign_id FOREIGN KEY (campaign_id) REFERENCES campaign (id),
          ADD CONSTRAINT fk_list_row_list_id FOREIGN KEY (list_id) REFERENCES target_list (id),
          ADD CONSTRAINT fk_list_row_partner_id FOREIGN KEY (partner_id) REFERENCES partner (id)
    """)
    op.create_index("ix_list_row_campaign_id", "list_row", ["campaign_id"])
    op.create_index("ix_list_row_person_id", "list_row", ["person_id"])
    op.execute("CREATE INDEX ix_list_row_current_reference ON list_row (partner_id, reference) WHERE current")
