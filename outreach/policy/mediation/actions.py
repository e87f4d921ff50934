"""What a mediation set up, each with its typed details: one table, from which forms, checks and sums are all made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from outreach.core.errors import OutreachError
from outreach.core.i18n import N_, _
from outreach.policy.mediation.vocabulary import REFERRALS


class Type(StrEnum):
    """What a detail holds. ``money``: euros and cents; ``choice``: one of its ``choices``."""

    MONEY = "money"
    COUNT = "count"
    DAY = "day"
    YES_NO = "yes_no"
    CHOICE = "choice"


@dataclass(frozen=True)
class Detail:
    """One detail of an action. Only those without which it says nothing are required: a door is no office."""

    code: str
    type: Type
    label: str
    required: bool = False
    choices: Mapping[str, str] | None = None
    least: int = 0
    most: int = 1_000_000


@dataclass(frozen=True)
class Action:
    """One thing that a mediation can set up."""

    code: str
    label: str
    details: tuple[Detail, ...] = ()


_AMOUNT = Detail("amount", Type.MONEY, N_("montant en euros"))

TABLE: tuple[Action, ...] = (
    Action("payment_plan", N_("Paiement en plusieurs fois"), (
        _AMOUNT, Detail("instalments", Type.COUNT, N_("nombre d'échéances"), least=2, most=60),
    )),
    Action("extension", N_("Délai de paiement"), (Detail("until", Type.DAY, N_("jusqu'au")),)),
    Action("debt_settled", N_("Dette réglée"), (_AMOUNT,)),
    Action("monthly_payments", N_("Mensualisation")),
    Action("voucher_found", N_("Chèque énergie retrouvé ou demandé")),
    Action("voucher_used", N_("Chèque énergie utilisé"), (_AMOUNT,)),
    Action("voucher_certificate", N_("Attestation du chèque énergie envoyée")),
    Action("fsl_filed", N_("Demande au Fonds de solidarité logement")),
    Action("fsl_decided", N_("Décision du Fonds de solidarité logement"), (
        Detail("granted", Type.YES_NO, N_("accordée"), required=True), _AMOUNT,
    )),
    Action("supply_restored", N_("Fourniture rétablie, ou limitation levée")),
    Action("referral", N_("Orientation vers un autre service"), (
        Detail("to", Type.CHOICE, N_("vers qui"), required=True, choices=REFERRALS),
    )),
    Action("appointment", N_("Rendez-vous pris"), (Detail("on", Type.DAY, N_("le")),)),
    Action("complaint", N_("Réclamation ouverte")),
    Action("saving_advice", N_("Conseils d'économie")),
)  # fmt: skip
ACTIONS = {action.code: action for action in TABLE}


def checked(actions: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The actions with their details as they are stored: money as text with two decimals, days in ISO form.

    Raises ``OutreachError`` naming the action and the detail that is wrong.
    """
    return {code: _details(code, written) for code, written in actions.items()}


def read_action(written: str) -> tuple[str, dict[str, Any]]:
    """An action as it is typed, ``payment_plan:amount=120,instalments=3``, as its code and details (still to be ``checked``)."""
    code, _colon, rest = written.partition(":")
    details = dict(part.partition("=")[::2] for part in rest.split(",") if part.strip())
    flags = {"oui": True, "non": False, "yes": True, "no": False}
    return code.strip(), {name.strip(): flags.get(value.strip().lower(), value.strip()) for name, value in details.items()}


def _details(code: str, written: Mapping[str, Any]) -> dict[str, Any]:
    action = ACTIONS.get(code)
    if action is None:
        mend = _("Choisissez parmi : {known}.").format(known=", ".join(ACTIONS))
        raise OutreachError(_("cette action n'existe pas"), place=code, mend=mend)
    known = {detail.code: detail for detail in action.details}
    stranger = next((name for name in written if name not in known), None)
    if stranger is not None:
        raise OutreachError(_("cette action n'a pas ce détail"), place=f"{code}.{stranger}")
    missing = next((name for name, detail in known.items() if detail.required and written.get(name) is None), None)
    if missing is not None:
        raise OutreachError(_("il manque : {what}").format(what=_(known[missing].label)), place=f"{code}.{missing}")
    return {name: _value(f"{code}.{name}", known[name], value) for name, value in written.items() if value is not None}


def _value(place: str, detail: Detail, value: Any) -> Any:
    try:
        return _CHECKS[detail.type](detail, value)
    except (ValueError, TypeError, InvalidOperation):
        raise OutreachError(_("valeur impossible : {what}").format(what=_(detail.label)), place=place) from None


def _money(detail: Detail, value: Any) -> str:
    amount = Decimal(str(value).replace(",", "."))
    if not amount.is_finite() or not detail.least <= amount <= detail.most:
        raise ValueError
    return f"{amount:.2f}"


def _count(detail: Detail, value: Any) -> int:
    number = int(str(value))
    if not detail.least <= number <= detail.most:
        raise ValueError
    return number


def _day(_detail: Detail, value: Any) -> str:
    return (value if isinstance(value, date) else date.fromisoformat(str(value))).isoformat()


def _yes_no(_detail: Detail, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _choice(detail: Detail, value: Any) -> str:
    if str(value) not in (detail.choices or {}):
        raise ValueError
    return str(value)


_CHECKS = {Type.MONEY: _money, Type.COUNT: _count, Type.DAY: _day, Type.YES_NO: _yes_no, Type.CHOICE: _choice}
