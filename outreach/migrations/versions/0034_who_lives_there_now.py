"""Who has a household's case sees whom its person lives with now, though the home has had another number since."""

from __future__ import annotations

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

# As the owner, and dear, like those of 0016: asked only if nothing cheaper has let the row be seen.
MATES = """
CREATE FUNCTION outreach_sees_mates(home bigint, sites bigint[]) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER COST 10000 SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM person p JOIN "case" c ON c.person_id = p.id AND c.unit = 'household'
                 WHERE p.household_id = home AND p.merged_into IS NULL AND c.site_id = ANY (sites))
      OR EXISTS (SELECT FROM person p JOIN person m ON m.merged_into = p.id JOIN "case" c ON c.person_id = m.id AND c.unit = 'household'
                 WHERE p.household_id = home AND p.merged_into IS NULL AND c.site_id = ANY (sites)) $$
"""
OURS = "CAST((SELECT outreach_sites()) AS bigint[])"
BEFORE = f"""
EXISTS (SELECT FROM "case" c WHERE c.person_id = person.id OFFSET 0)
  OR EXISTS (SELECT FROM "case" c WHERE c.household_id = person.household_id AND c.unit = 'household' OFFSET 0) OR outreach_sees_merged(id, {OURS})
"""


def upgrade() -> None:
    """Apply."""
    op.execute(MATES)
    op.execute(
        f"ALTER POLICY shown ON person USING ({BEFORE} OR (merged_into IS NULL AND outreach_sees_mates(household_id, {OURS})))"
    )


def downgrade() -> None:
    """Take back."""
    op.execute(f"ALTER POLICY shown ON person USING ({BEFORE})")
    op.execute("DROP FUNCTION outreach_sees_mates(bigint, bigint[])")
