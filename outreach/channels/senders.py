"""Sender identities: from which number or name an association writes and calls, and how fast each may send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from sqlalchemy import text

from outreach.core import audit, clock
from outreach.core.errors import OutreachError, PolicyError, ProviderError
from outreach.core.i18n import _
from outreach.core.settings import settings
from outreach.core.words import Channel, SenderKind
from outreach.policy.senders import FAULTS, fault_of_sender, is_pool, takes_replies

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from outreach.definitions.loader import Folder

OF_ASSOCIATION = """
SELECT s.id, s.kind, s.value, s.per_second FROM sender_identity s LEFT JOIN association a ON a.id = s.association_id
WHERE s.retired_at IS NULL AND s.channel = :channel AND s.provider = :provider
  AND (a.code = :association OR s.association_id IS NULL)
ORDER BY s.association_id NULLS LAST LIMIT 1
"""
# The time of a sender is given away in the order of the claims: two workers never share a second.
RESERVE = """
UPDATE sender_identity SET free_at = greatest(coalesce(free_at, :now), :now) + CAST(:span AS interval) WHERE id = :id
RETURNING free_at - CAST(:span AS interval)
"""
RETIRE = """
UPDATE sender_identity SET retired_at = :now WHERE retired_at IS NULL AND channel = :channel AND provider = :provider
  AND association_id IS NOT DISTINCT FROM (SELECT id FROM association WHERE code = CAST(:association AS text))
"""
ADD = """
INSERT INTO sender_identity (association_id, channel, kind, provider, value, per_second, recorded_at, recorded_by)
VALUES ((SELECT id FROM association WHERE code = CAST(:association AS text)),
        :channel, :kind, :provider, :value, :per_second, :now, :actor)
RETURNING id
"""
LIST = """
SELECT a.code AS association, s.channel, s.kind, s.provider, s.value, s.per_second FROM sender_identity s
  LEFT JOIN association a ON a.id = s.association_id WHERE s.retired_at IS NULL ORDER BY a.code NULLS FIRST, s.channel
"""


@dataclass(frozen=True)
class Sender:
    """Who people see. ``id`` is 0 for the one of the settings, which has no rate of its own."""

    id: int
    kind: SenderKind
    value: str
    per_second: Decimal | None = None

    def most_in(self, seconds: float, most: int) -> int:
        """How many messages it may send in that time: at least one, at most ``most``."""
        return most if self.per_second is None else max(1, min(most, int(float(self.per_second) * seconds)))

    @property
    def spacing(self) -> timedelta:
        """The time between two messages."""
        return timedelta(seconds=1 / float(self.per_second)) if self.per_second else timedelta()


def sender_for(session: Session, folder: Folder, channel: Channel, provider: str) -> Sender:
    """The sender of an association's messages or calls: its own, else the network's, else that of the settings.

    Raises ``ProviderError`` when there is none, and ``PolicyError`` for texts that give who they are sent to no way to object.
    """
    values = {"channel": channel.value, "provider": provider, "association": folder.agreement.association.code}
    row = session.execute(text(OF_ASSOCIATION), values).first()
    if row is not None:
        sender = Sender(row.id, SenderKind(row.kind), row.value, row.per_second)
    elif channel is Channel.SMS and (value := settings().sms_sender):
        sender = Sender(0, _usable(channel, value), value)
    else:
        raise ProviderError(
            _("aucun expéditeur pour « {association} »").format(association=folder.agreement.association.name),
            mend=_("Ajoutez-en un : outreach sending sender --channel {channel} +33937…").format(channel=channel.value),
        )
    if channel is Channel.SMS and not takes_replies(sender.kind):
        _require_another_way(folder)
    return sender


def _require_another_way(folder: Folder) -> None:
    """Nobody can answer a name: the text says whom to call (CNIL: a simple means to object in each message)."""
    for language, words in folder.messages.sms.items():
        if "{site_phone}" not in words:
            raise PolicyError(
                _("on ne répond pas à un nom d'expéditeur, et ce SMS ne dit pas comment s'opposer autrement"),
                place=f"messages.yaml, sms.{language}",
                mend=_("Ajoutez {field}, ou envoyez d'un numéro.").format(field="{site_phone}"),
            )


def kind_of(value: str) -> SenderKind:
    """What kind of sender a written value is."""
    if is_pool(value):
        return SenderKind.SERVICE
    return SenderKind.NUMBER if value.lstrip("+").isdigit() else SenderKind.ALPHANUMERIC


def _usable(channel: Channel, value: str) -> SenderKind:
    """The kind of a sender that may be seen on a channel. Raises ``OutreachError`` that says why it may not."""
    kind = kind_of(value)
    if channel not in {Channel.SMS, Channel.CALL}:
        raise OutreachError(_("seuls les SMS et les appels ont un expéditeur"), place=channel.value)
    if fault := fault_of_sender(channel, kind, value):
        raise OutreachError(_(FAULTS[fault]), place=value)
    return kind


def reserve(session: Session, sender: Sender, count: int) -> datetime:
    """Give away the sender's time for ``count`` messages; returns when the first may leave (each next one a spacing later)."""
    now = clock.now()
    if sender.per_second is None or not sender.id:
        return now
    span = timedelta(seconds=count / float(sender.per_second))
    found: datetime = session.execute(text(RESERVE), {"id": sender.id, "now": now, "span": span}).scalar_one()
    return found


def set_sender(
    session: Session, channel: Channel, value: str, *, actor: str, association: str | None = None, provider: str = "twilio",
    per_second: Decimal | None = None,
) -> None:  # fmt: skip
    """Make ``value`` the sender of an association (or of the whole network); the one before is retired.

    Raises ``OutreachError`` for a range that is not ours to use, an unknown association, or a rate that is no rate.
    """
    kind = _usable(channel, value)
    if per_second is not None and per_second <= 0:
        raise OutreachError(_("un débit est un nombre de messages par seconde, plus grand que zéro"), place=str(per_second))
    if association is not None:
        known = session.execute(text("SELECT 1 FROM association WHERE code = :code"), {"code": association}).first()
        if known is None:
            raise OutreachError(_("association inconnue"), place=association, mend=_("Chargez d'abord une de ses campagnes."))
    values = {
        "channel": channel.value, "kind": kind.value, "value": value, "provider": provider, "association": association,
        "per_second": per_second, "now": clock.now(), "actor": actor,
    }  # fmt: skip
    session.execute(text(RETIRE), values)
    number = session.execute(text(ADD), values).scalar_one()
    audit.record(
        session, actor, "sender.set", f"sender_identity/{number}", {"channel": channel.value, "association": association}
    )


def rate_of(written: str | None) -> Decimal | None:
    """Messages a second as somebody writes them, or none. Raises ``OutreachError`` for what is no number."""
    if not (written or "").strip():
        return None
    try:
        rate = Decimal(str(written).strip().replace(",", "."))
    except InvalidOperation:
        rate = Decimal("NaN")
    if not rate.is_finite():
        raise OutreachError(_("un débit est un nombre de messages par seconde, plus grand que zéro"), place=str(written))
    return rate


def senders(session: Session) -> list[dict[str, object]]:
    """Every sender in use: association (``None``: the network), channel, kind, provider, value, per_second."""
    return [dict(row) for row in session.execute(text(LIST)).mappings()]
