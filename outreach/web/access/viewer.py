"""Who looks: an account with its roles, and what of the network these reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from outreach.core.i18n import Language
from outreach.core.prepared import kept
from outreach.core.roles import OF_THE_NETWORK, Role

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# A session in force with its account, its roles, and the sites of the associations that these are of. Where an association's identity
# provider vouched for somebody, roles for this association alone: another's, or the network's, it cannot open.
SIGNED_IN = """
SELECT s.id AS session, s.seen_at, s.began_at, s.valid_to, s.proof, a.id, a.code, a.name, a.language, a.mediator_id,
  a.second_factor IS NOT NULL AS has_factor, r.roles, r.associations, r.partner, o.sites, o.names,
  s.association_id IS NOT NULL AND EXISTS (SELECT FROM account_role r WHERE r.account_id = a.id AND r.ended_at IS NULL
                                             AND r.association_id IS DISTINCT FROM s.association_id) AS has_more
FROM web_session s JOIN account a ON a.id = s.account_id
  LEFT JOIN LATERAL (SELECT array_agg(DISTINCT role) AS roles, max(partner_id) AS partner,
                            array_agg(DISTINCT association_id) FILTER (WHERE association_id IS NOT NULL) AS associations
                     FROM account_role r WHERE r.account_id = a.id AND r.ended_at IS NULL
                       AND (s.association_id IS NULL OR r.association_id = s.association_id)) r ON true
  LEFT JOIN LATERAL (SELECT array_agg(o.id) AS sites, array_agg(DISTINCT n.name) AS names
                     FROM association n LEFT JOIN site o ON o.association_id = n.id WHERE n.id = ANY (r.associations)) o ON true
WHERE s.sha256 = :sha256 AND s.ended_at IS NULL AND s.valid_to > :now AND a.closed_at IS NULL
"""


@dataclass(frozen=True)
class Viewer:
    """Somebody signed in. ``sites``: of their associations; ``partner``: whose people they are, for a partner's.

    ``has_more``: their account may do more than what their association's provider opened. ``needs_factor``: they have a role of the
    network, which opens nothing by a password alone (ASVS 4.0.3, V4.3.1).
    """

    session: UUID
    id: int
    code: str
    name: str
    language: Language | None
    roles: frozenset[Role]
    associations: tuple[int, ...] = ()
    sites: tuple[int, ...] = ()
    association: str = ""
    partner: int | None = None
    mediator: int | None = None
    has_factor: bool = False
    has_more: bool = False
    needs_factor: bool = False

    @property
    def role(self) -> str:
        """The role that their screens open with."""
        return next((role.value for role in FIRST if role in self.roles), "")

    @property
    def in_network(self) -> bool:
        """Whether they look after the network as a whole."""
        return bool(self.roles & OF_THE_NETWORK)

    def may(self, *roles: Role | str) -> bool:
        """Whether they hold one of these roles."""
        return any(role in self.roles for role in roles)


FIRST = (Role.MANAGER, Role.MEDIATOR, Role.PARTNER, Role.ADMINISTRATOR, Role.OFFICER, Role.AUDITOR)


def viewer_of(row: Any) -> Viewer:
    """The viewer of a row of ``SIGNED_IN``."""
    held = frozenset(Role(role) for role in row.roles or ())
    # By the session's own proof: what the account has gained since does not vouch for who came in before.
    proved_twice = row.proof == "demo" or (row.proof == "second_factor" and row.has_factor)
    return Viewer(
        session=row.session, id=row.id, code=row.code, name=row.name, language=row.language,
        roles=held if proved_twice else held - OF_THE_NETWORK, associations=tuple(row.associations or ()),
        sites=tuple(site for site in row.sites or () if site is not None), association=" · ".join(row.names or ()),
        partner=row.partner, mediator=row.mediator_id, has_factor=row.has_factor, has_more=row.has_more,
        needs_factor=not proved_twice and bool(held & OF_THE_NETWORK),
    )  # fmt: skip


def find(session: Session, sha256: str, now: Any) -> Any:
    """The row of a session in force; ``None`` when there is none."""
    return kept(session, SIGNED_IN, {"sha256": sha256, "now": now}).first()
