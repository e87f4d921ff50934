"""Phones, e-mail addresses and references are found by their marks, so that they may be sealed: ``outreach db upgrade`` seals them next."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from outreach.core.marks import REFERENCE, SQL_MARK, pepper
from outreach.core.sealing import opened

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

MARKED = {
    "person": ("mobile", "fixed", "email"), "list_row": ("mobile", "fixed", "email"), "attempt": ("address",),
    "inbound_message": ("sender",), "provider_notice": ("sender",),
}  # fmt: skip
REQUIRED = {"attempt", "inbound_message"}
"""Tables whose value is empty, not null, when it was forgotten."""
KEPT_KINDS = {"list_row": ("reference",)}
"""What is sealed without a mark of its own: a reference is found by its row's key."""
ROW_KEY = f"""
CASE WHEN {{reference}} THEN {SQL_MARK.format(identity=f"'{REFERENCE}'").replace("{partner}", "' || {partner} || '").replace("{reference}", "' || {key} || '")}
     ELSE '~' || {SQL_MARK.format(identity="{key}")} END
"""
ROWS = f"""
UPDATE list_row SET {{marks}}, row_key = {ROW_KEY.format(reference="row_key = reference", partner="partner_id", key="row_key")},
  content_hash = CASE WHEN content_hash = '00000000-0000-0000-0000-000000000000' THEN content_hash
                      ELSE CAST(md5(:pepper || replace(CAST(content_hash AS text), '-', '')) AS uuid) END
"""
DECISIONS = """
UPDATE match_decision SET {side}_key = {keyed} WHERE {side}_key <> ''
"""
OUTCOMES = f"""
UPDATE partner_outcome o SET reference = {ROW_KEY.format(reference="true", partner="g.partner_id", key="o.reference")}
FROM return_file f JOIN agreement g ON g.id = f.agreement_id WHERE f.id = o.file_id AND o.reference NOT LIKE '#%'
"""
# Whatever was decided or told under a reference is found by the reference again, as long as a row still says which it was.
UNKEYED = """
UPDATE match_decision d SET {side}_key = r.reference FROM list_row r
WHERE r.partner_id = d.{side}_partner AND r.row_key = d.{side}_key AND r.reference IS NOT NULL
"""
UNKEYED_OUTCOMES = """
UPDATE partner_outcome o SET reference = r.reference FROM return_file f JOIN agreement g ON g.id = f.agreement_id, list_row r
WHERE f.id = o.file_id AND r.partner_id = g.partner_id AND r.row_key = o.reference AND r.reference IS NOT NULL
"""
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
UNREAD = "CREATE INDEX ix_provider_notice_unread_sender ON provider_notice ({}) WHERE handled_at IS NULL AND kind = 'message'"
SEALED = 'SELECT id, "{column}" AS kept FROM "{table}" WHERE "{column}" LIKE \'§%\' AND id > :after ORDER BY id LIMIT 5000'
OPEN = 'UPDATE "{table}" t SET "{column}" = n.words FROM unnest(CAST(:ids AS bigint[]), CAST(:words AS text[])) AS n (id, words) WHERE t.id = n.id'


def upgrade() -> None:
    """Apply. Marks are filled here, with the columns: never is a phone there without its mark."""
    op.execute("DROP VIEW current_row")
    op.execute("DROP VIEW usable_row")
    for index in ("ix_person_mobile", "ix_person_fixed", "ix_provider_notice_unread_sender"):
        op.execute(f"DROP INDEX {index}")
    for table, columns in MARKED.items():
        for column in columns:
            op.add_column(table, sa.Column(f"{column}_mark", sa.Text))
    if _anybody():
        _fill()
    for table, columns in MARKED.items():
        for column in columns:
            empty = "= ''" if table in REQUIRED else "IS NULL"
            check = f"({column} {empty}) = ({column}_mark IS NULL)"
            op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{column}_mark CHECK ({check})")
    op.execute("ALTER TABLE list_row ADD CONSTRAINT ck_list_row_reference_key CHECK (reference IS NULL OR row_key IS NOT NULL)")
    op.create_index("ix_person_mobile_mark", "person", ["mobile_mark"])
    op.create_index("ix_person_fixed_mark", "person", ["fixed_mark"])
    for statement in (UNREAD.format("sender_mark"), USABLE, CURRENT, GRANTED):
        op.execute(statement)


def downgrade() -> None:
    """Take back: values are opened again. Keys of rows without a reference, and hashes of contents, stay keyed: no code of before knows them."""
    op.execute("DROP VIEW current_row")
    op.execute("DROP VIEW usable_row")
    op.execute("DROP INDEX ix_provider_notice_unread_sender")
    op.execute("ALTER TABLE list_row DROP CONSTRAINT ck_list_row_reference_key")
    for table in {**MARKED, **KEPT_KINDS}:
        for column in (*MARKED.get(table, ()), *KEPT_KINDS.get(table, ())):
            if column in MARKED.get(table, ()):
                op.drop_column(table, f"{column}_mark")
            _open(table, column)
    for side in ("left", "right"):
        op.execute(UNKEYED.format(side=side))
    _change_outcomes(UNKEYED_OUTCOMES)
    op.execute("UPDATE list_row SET row_key = reference WHERE reference IS NOT NULL")
    op.create_index("ix_person_mobile", "person", ["mobile"])
    op.create_index("ix_person_fixed", "person", ["fixed"])
    for statement in (UNREAD.format("sender"), USABLE, CURRENT, GRANTED):
        op.execute(statement)


def _anybody() -> bool:
    """Whether anything has to be marked; an empty database needs no secret to be made."""
    found = " OR ".join(f'EXISTS (SELECT FROM "{table}")' for table in (*MARKED, "partner_outcome", "match_decision"))
    return bool(op.get_bind().execute(sa.text(f"SELECT {found}")).scalar_one())


def _fill() -> None:
    secret = {"pepper": pepper()}
    for table, columns in MARKED.items():
        marks = ", ".join(f"{one}_mark = {SQL_MARK.format(identity=_filled(table, one))}" for one in columns)
        statement = ROWS.format(marks=marks) if table == "list_row" else f'UPDATE "{table}" SET {marks}'
        op.get_bind().execute(sa.text(statement), secret)
    for side in ("left", "right"):
        key = f"{side}_key"
        keyed = ROW_KEY.format(reference=f"{key} NOT LIKE '~%'", partner=f"{side}_partner", key=key)
        op.get_bind().execute(sa.text(DECISIONS.format(side=side, keyed=keyed)), secret)
    _change_outcomes(OUTCOMES, secret)


def _change_outcomes(statement: str, values: dict[str, str] | None = None) -> None:
    """Outcomes refuse every change but the owner's under this setting (migration 0022)."""
    op.execute("SELECT set_config('outreach.forgetting', 'on', true)")
    op.get_bind().execute(sa.text(statement), values)
    op.execute("SELECT set_config('outreach.forgetting', '', true)")


def _filled(table: str, column: str) -> str:
    return f"nullif({column}, '')" if table in REQUIRED else column


def _open(table: str, column: str) -> None:
    place = "reference" if column == "reference" else "email" if column == "email" else "phone"
    connection, after = op.get_bind(), 0
    while rows := connection.execute(sa.text(SEALED.format(table=table, column=column)), {"after": after}).all():
        told = {"ids": [row.id for row in rows], "words": [opened(row.kept, place) for row in rows]}
        connection.execute(sa.text(OPEN.format(table=table, column=column)), told)
        after = rows[-1].id
