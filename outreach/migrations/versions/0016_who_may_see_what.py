"""Accounts, roles, sessions; and the wall: what a reader of the web sees is its associations' or its partner's, by row-level security.

Screens read as ``outreach_web``, in a transaction that says for whom: ``outreach.associations`` and ``outreach.sites`` (of staff),
``outreach.partner`` (of a partner's people), ``outreach.network`` (who looks after the network). What is not said is nobody's.
A table that is not named here cannot be read by a screen at all.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# What of the words of the transaction the policies ask. Arrays are asked for once a statement, as (SELECT …).
ASKED = (
    """CREATE FUNCTION outreach_sites() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
         SELECT CAST(coalesce(nullif(current_setting('outreach.sites', true), ''), '{}') AS bigint[]) $$""",
    """CREATE FUNCTION outreach_associations() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
         SELECT CAST(coalesce(nullif(current_setting('outreach.associations', true), ''), '{}') AS bigint[]) $$""",
    """CREATE FUNCTION outreach_partner() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
         SELECT CAST(nullif(current_setting('outreach.partner', true), '') AS bigint) $$""",
    """CREATE FUNCTION outreach_network() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
         SELECT coalesce(current_setting('outreach.network', true), '') = 'yes' $$""",
    # A person is seen by who has a case with them, or with their household; a home likewise. What the policies ask first is asked of
    # cases alone; these ask the rest, of persons, whose own policy would ask it in turn. As the owner, and dear: only if need be.
    """CREATE FUNCTION outreach_sees_merged(asked bigint, sites bigint[]) RETURNS boolean
         LANGUAGE sql STABLE SECURITY DEFINER COST 10000 SET search_path = public, pg_temp AS $$
         SELECT EXISTS (SELECT FROM person m JOIN "case" c ON c.person_id = m.id WHERE m.merged_into = asked AND c.site_id = ANY (sites)) $$""",
    """CREATE FUNCTION outreach_sees_home(asked bigint, sites bigint[]) RETURNS boolean
         LANGUAGE sql STABLE SECURITY DEFINER COST 10000 SET search_path = public, pg_temp AS $$
         SELECT EXISTS (SELECT FROM person p JOIN "case" c ON c.person_id = p.id WHERE p.household_id = asked AND c.site_id = ANY (sites))
             OR EXISTS (SELECT FROM person p WHERE p.household_id = asked AND outreach_sees_merged(p.id, sites)) $$""",
)
OURS = "CAST((SELECT outreach_sites()) AS bigint[])"
STAFF = "CAST((SELECT outreach_associations()) AS bigint[])"
CAMPAIGNS = f"campaign_id IN (SELECT id FROM campaign) AND {STAFF} <> '{{}}'"
# OFFSET 0: looked up by the index for each row that is asked about, never by gathering all cases there are beforehand.
OF_CASE = 'EXISTS (SELECT FROM "case" c WHERE c.id = {table}.case_id OFFSET 0)'
POLICIES = {
    "association": f"id = ANY ({STAFF})",
    "site": f"id = ANY ({OURS})",
    "mediator": f"site_id = ANY ({OURS})",
    "agreement": f"association_id = ANY ({STAFF}) OR partner_id = (SELECT outreach_partner())",
    "partner": "id = (SELECT outreach_partner()) OR id IN (SELECT partner_id FROM agreement)",
    "campaign": "agreement_id IN (SELECT id FROM agreement)",
    "campaign_version": CAMPAIGNS,
    "rehearsal": CAMPAIGNS,
    "segment_run": CAMPAIGNS,
    "plan_run": CAMPAIGNS,
    "comparison": CAMPAIGNS,
    "wording": CAMPAIGNS,
    "return_file": CAMPAIGNS,
    "target_list": f"partner_id = (SELECT outreach_partner()) OR ({CAMPAIGNS})",
    "list_row": CAMPAIGNS,
    "row_issue": "list_id IN (SELECT id FROM target_list)",
    "row_finding": f"list_id IN (SELECT id FROM target_list) AND {STAFF} <> '{{}}'",
    "column_mapping": "partner_id IN (SELECT id FROM partner)",
    "delivery_token": "campaign_id IN (SELECT id FROM campaign)",
    "summary": f"(partner_id = (SELECT outreach_partner()) AND state <> 'produced') OR ({CAMPAIGNS})",
    "case": f"site_id = ANY ({OURS})",
    "case_figure": f"site_id = ANY ({OURS})",
    "decision": f"site_id = ANY ({OURS})",
    "shift": f"site_id = ANY ({OURS})",
    "mediation": f"site_id = ANY ({OURS})",
    "figure_work": f"site_id = ANY ({OURS})",
    "figure_cell": CAMPAIGNS,
    "figure_answer": CAMPAIGNS,
    "figure_credit": CAMPAIGNS,
    "figure_course": CAMPAIGNS,
    "figure_list": CAMPAIGNS,
    "round": "shift_id IN (SELECT id FROM shift)",
    "absence": "mediator_id IN (SELECT id FROM mediator)",
    "contact": OF_CASE.format(table="contact"),
    "event": OF_CASE.format(table="event"),
    "appointment": OF_CASE.format(table="appointment"),
    "plan_change": OF_CASE.format(table="plan_change"),
    "inbound_message": OF_CASE.format(table="inbound_message"),
    "attempt": "EXISTS (SELECT FROM contact k WHERE k.id = attempt.contact_id OFFSET 0)",
    "mediation_person": "EXISTS (SELECT FROM mediation m WHERE m.id = mediation_person.mediation_id OFFSET 0)",
    "private_note": "EXISTS (SELECT FROM mediation m WHERE m.id = private_note.mediation_id OFFSET 0)",
    "person": f"""EXISTS (SELECT FROM "case" c WHERE c.person_id = person.id OFFSET 0)
      OR EXISTS (SELECT FROM "case" c WHERE c.household_id = person.household_id AND c.unit = 'household' OFFSET 0) OR outreach_sees_merged(id, {OURS})""",
    "household": f"EXISTS (SELECT FROM \"case\" c WHERE c.household_id = household.id AND c.unit = 'household' OFFSET 0) OR outreach_sees_home(id, {OURS})",
    "household_member": "EXISTS (SELECT FROM person p WHERE p.id = household_member.person_id OFFSET 0)",
    "person_merge": "EXISTS (SELECT FROM person p WHERE p.id = person_merge.person_id OFFSET 0)",
    "building": "EXISTS (SELECT FROM household h WHERE h.building_id = building.id OFFSET 0)",
    "objection": "EXISTS (SELECT FROM person p WHERE p.id = objection.person_id OFFSET 0)",
    "sender_identity": f"association_id = ANY ({STAFF}) OR (association_id IS NULL AND {STAFF} <> '{{}}')",
    "sending_stop": f"{STAFF} <> '{{}}' OR (SELECT outreach_network())",
    "audit_entry": "(SELECT outreach_network())",
}
"""Table: which of its rows a screen may be shown."""
VIEWS = ("usable_row", "current_row")
OPEN = ("figure_way", "alembic_version")
"""Of nobody in particular: no person and no figure is in them."""
READER = "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'outreach_web') THEN {} END IF; END $$"


def upgrade() -> None:
    """Apply."""
    _accounts()
    op.add_column("agreement", sa.Column("association_id", sa.BigInteger, sa.ForeignKey("association.id"), nullable=True))
    op.execute(
        "UPDATE agreement g SET association_id = a.id FROM association a WHERE a.code = g.definition -> 'association' ->> 'code'"
    )
    op.alter_column("agreement", "association_id", nullable=False)
    op.create_index("ix_agreement_association_id", "agreement", ["association_id"])
    for statement in ASKED:
        op.execute(statement)
    for table, rule in POLICIES.items():
        op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
        op.execute(f'CREATE POLICY shown ON "{table}" FOR SELECT USING ({rule})')
    granted = ", ".join(f'"{table}"' for table in (*POLICIES, *OPEN))
    op.execute(READER.format(f"GRANT USAGE ON SCHEMA public TO outreach_web; GRANT SELECT ON {granted} TO outreach_web;"))
    # Views would be read with the rights, and past the policies, of their owner.
    for view in VIEWS:
        op.execute(f"ALTER VIEW {view} SET (security_invoker = true)")
    op.execute(READER.format(f"GRANT SELECT ON {', '.join(VIEWS)} TO outreach_web;"))
    op.create_index("ix_person_family_name", "person", ["family_name", "given_name"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_person_family_name", "person")
    for view in VIEWS:
        op.execute(f"ALTER VIEW {view} RESET (security_invoker)")
    op.execute(
        READER.format(
            "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM outreach_web; REVOKE USAGE ON SCHEMA public FROM outreach_web;"
        )
    )
    for table in POLICIES:
        op.execute(f'DROP POLICY shown ON "{table}"')
        op.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')
    for name in ("home", "merged"):
        op.execute(f"DROP FUNCTION outreach_sees_{name}")
    for name in ("network", "partner", "associations", "sites"):
        op.execute(f"DROP FUNCTION outreach_{name}")
    op.drop_index("ix_agreement_association_id", "agreement")
    op.drop_column("agreement", "association_id")
    for table in ("rate_bucket", "identity_provider", "sign_in_start", "web_session", "invitation", "account_role", "account"):
        op.drop_table(table)


def _accounts() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("code", sa.Text, nullable=False, unique=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("mediator_id", sa.BigInteger, sa.ForeignKey("mediator.id"), unique=True),
        sa.Column("password_hash", sa.Text),
        sa.Column("second_factor", sa.LargeBinary),
        sa.Column("factor_step", sa.Integer),
        sa.Column("provider_subject", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
    )
    op.execute("CREATE UNIQUE INDEX uq_account_email ON account (lower(email))")
    op.create_table(
        "account_role",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("account_id", sa.BigInteger, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("association_id", sa.BigInteger, sa.ForeignKey("association.id")),
        sa.Column("partner_id", sa.BigInteger, sa.ForeignKey("partner.id")),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by", sa.Text, nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("role IN ('administrator', 'manager', 'mediator', 'partner', 'officer', 'auditor')", name="role"),
        sa.CheckConstraint("(role = 'partner') = (partner_id IS NOT NULL)", name="partner"),
        sa.CheckConstraint("(role IN ('manager', 'mediator')) = (association_id IS NOT NULL)", name="association"),
    )
    op.execute(
        "CREATE UNIQUE INDEX uq_account_role ON account_role (account_id, role, coalesce(association_id, 0), coalesce(partner_id, 0))"
        " WHERE ended_at IS NULL"
    )
    op.create_table(
        "invitation",
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("account_id", sa.BigInteger, sa.ForeignKey("account.id"), nullable=False, index=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "web_session",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False, unique=True),
        sa.Column("account_id", sa.BigInteger, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("proof", sa.Text, nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
    )
    op.execute("CREATE INDEX ix_web_session_account_id ON web_session (account_id) WHERE ended_at IS NULL")
    op.create_table(
        "sign_in_start",
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("association_id", sa.BigInteger, sa.ForeignKey("association.id"), nullable=False),
        sa.Column("nonce", sa.Text, nullable=False),
        sa.Column("verifier", sa.Text, nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "identity_provider",
        sa.Column("association_id", sa.BigInteger, sa.ForeignKey("association.id"), primary_key=True),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
    )
    op.create_table(
        "rate_bucket",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("left", sa.Numeric(12, 4), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        prefixes=["UNLOGGED"],
    )
