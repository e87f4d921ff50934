"""Cleans a mapped table column by column; faults become issues, and nothing of a row is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from outreach.core import clock
from outreach.core.i18n import N_
from outreach.definitions.campaign import ListDefinition
from outreach.definitions.fields import ListField
from outreach.intake import addresses, names, values
from outreach.intake.mapping import Mapped
from outreach.intake.text import by_unique, fold, squeeze

CLEAN_COLUMNS = (
    "reference", "title", "given_name", "family_name", "birth_date", "mobile", "fixed", "email", "house_number",
    "repetition", "street", "building", "staircase", "floor", "door", "postal_code", "city", "address_key",
    "language", "reads_french",
    "amount_due", "debt_since", "stage", "energy_voucher",
)  # fmt: skip
"""The columns of a cleaned row, in the order of the table."""
OLDEST = 115
"""No living person is older (years)."""


@dataclass(frozen=True)
class Issue:
    """One faulty cell. ``rejects``: the row cannot be used; otherwise only the cell is set aside.

    ``reason`` is stored, and sent back to the partner, in French; whoever shows it to us passes it through ``_``.
    """

    position: int
    column: str
    value: str
    code: str
    reason: str
    rejects: bool


@dataclass
class Cleaned:
    """Clean columns beside the issues found."""

    frame: pd.DataFrame
    movement: list[str]
    issues: list[Issue] = field(default_factory=list)

    @property
    def rejected(self) -> set[int]:
        """Positions of the rows that cannot be used."""
        return {issue.position for issue in self.issues if issue.rejects}


def clean_rows(mapped: Mapped, definition: ListDefinition) -> Cleaned:
    """Every field of every row, cleaned by the function that its meaning calls for."""
    return _Cleaning(mapped, definition).run()


class _Cleaning:
    """One pass over a mapped table."""

    def __init__(self, mapped: Mapped, definition: ListDefinition) -> None:
        self.mapped = mapped
        self.definition = definition
        self.size = len(mapped.frame)
        self.out: dict[str, list[Any]] = {name: [None] * self.size for name in CLEAN_COLUMNS}
        self.issues: list[Issue] = []

    def run(self) -> Cleaned:
        self._plain()
        self._names()
        self._phones()
        self._addresses()
        self._checked("email", values.clean_email, rejects=False)
        self._checked("postal_code", values.clean_postal_code, rejects=True)
        self._checked("birth_date", _birth_date, rejects=True)
        self._checked("debt_since", values.clean_date, rejects=True)
        self._checked("amount_due", values.clean_amount, rejects=True)
        self._checked("language", values.clean_language, rejects=False)
        self._checked("reads_french", values.clean_flag, rejects=False)
        self._checked("energy_voucher", values.clean_flag, rejects=False)
        self._key_addresses()
        self._stage()
        self._required()
        movement = self._column("movement")
        words = by_unique(movement, fold) if movement is not None else [""] * self.size
        return Cleaned(pd.DataFrame(self.out, dtype="object"), [word or "" for word in words], self.issues)

    def _column(self, name: str) -> pd.Series[Any] | None:
        return self.mapped.frame.get(name)

    def _set(self, name: str, clean: Callable[[str], Any], source: str | None = None) -> None:
        column = self._column(source or name)
        if column is not None:
            self.out[name] = by_unique(column, clean)

    def _plain(self) -> None:
        self._set("reference", lambda text: squeeze(text) or None)
        self._set("title", names.clean_title)
        self._set("city", lambda text: addresses.capitals(text) or None)

    def _names(self) -> None:
        self._set("family_name", names.clean_name)
        self._set("given_name", names.clean_name)
        column = self._column("full_name")
        if column is not None:
            pairs = by_unique(column, names.split_full_name)
            self.out["family_name"] = [pair[0] if pair else None for pair in pairs]
            self.out["given_name"] = [pair[1] if pair else None for pair in pairs]

    def _checked(self, name: str, clean: Callable[[str], Any], *, rejects: bool) -> None:
        column = self._column(name)
        if column is None:
            return

        def attempt(text: str) -> tuple[Any, str | None]:
            if not text.strip():
                return None, None
            try:
                return clean(text), None
            except ValueError as error:
                return None, str(error)

        results = by_unique(column, attempt)
        self.out[name] = [result[0] for result in results]
        for position, (_, reason) in enumerate(results):
            if reason:
                self._blame(position, name, str(column.iat[position]), f"bad_{name}", reason, rejects=rejects)

    def _phones(self) -> None:
        """The number's own type decides its column: many a mobile stands under « téléphone fixe »."""
        for name in ("fixed", "mobile"):
            if self._column(name) is None:
                continue
            target = self.out[name]
            self._checked(name, values.clean_phone, rejects=False)
            found, self.out[name] = self.out[name], target
            for position, phone in enumerate(found):
                if phone is not None:
                    written, is_mobile = phone
                    kind = "mobile" if is_mobile else "fixed"
                    if self.out[kind][position] is None:
                        self.out[kind][position] = written

    def _addresses(self) -> None:
        line = self._column("address_line")
        if line is not None:
            self._spread(by_unique(line, addresses.clean_street_line), ("number", "repetition", "street"))
        number = self._column("house_number")
        if number is not None:
            self._spread(by_unique(number, addresses.clean_house_number), ("number", "repetition"))
        self._set("street", addresses.clean_street)
        extra = self._column("address_extra")
        if extra is not None:
            self._spread(by_unique(extra, addresses.clean_door_line), ("building", "staircase", "floor", "door"))
        for part in ("building", "staircase", "floor", "door"):
            self._set(part, addresses.clean_door_part)

    def _key_addresses(self) -> None:
        parts = zip(*(self.out[name] for name in ("postal_code", "street", "house_number", "repetition")), strict=True)
        self.out["address_key"] = [addresses.address_key(*part) for part in parts]

    def _spread(self, parts: list[Any], fields: tuple[str, ...]) -> None:
        for name in fields:
            self.out["house_number" if name == "number" else name] = [getattr(part, name) for part in parts]

    def _stage(self) -> None:
        codes = {fold(word): code for code, words in self.definition.stages.items() for word in words}
        column = self._column("stage")
        if column is None:
            return
        self.out["stage"] = by_unique(column, lambda text: codes.get(fold(text)))
        for position, code in enumerate(self.out["stage"]):
            if code is None and str(column.iat[position]).strip():
                self._blame(
                    position, "stage", str(column.iat[position]), "unknown_stage",
                    N_("stade inconnu ; ajoutez ce mot à « stages » de la campagne"), rejects=False,
                )  # fmt: skip

    def _required(self) -> None:
        for position, (family, given) in enumerate(zip(self.out["family_name"], self.out["given_name"], strict=True)):
            if family is None and given is None:
                reason = N_("le nom et le prénom manquent ; complétez-les")
                self._blame(position, "family_name", "", "no_name", reason, rejects=True)
        for position, reference in enumerate(self.out["reference"]):
            if reference is None:
                self._blame(position, "reference", "", "no_reference", N_("la référence manque ; complétez-la"), rejects=True)

    def _blame(self, position: int, name: str, value: str, code: str, reason: str, *, rejects: bool) -> None:
        header = self.mapped.headers.get(ListField(name), name)
        self.issues.append(Issue(position, header, value, code, reason, rejects))


def _birth_date(text: str) -> Any:
    born = values.clean_date(text, pivot=clock.today().year % 100)
    if not 0 <= clock.today().year - born.year <= OLDEST:
        raise ValueError(N_("cette date de naissance est impossible ; vérifiez l'année"))
    return born
