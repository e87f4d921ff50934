"""Cleans a file's columns, chunk by chunk; faults become issues, and nothing of a row is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from outreach.core import clock
from outreach.core.i18n import N_
from outreach.core.words import LeaveReason
from outreach.definitions.agreement import PartnerField
from outreach.definitions.campaign import ListDefinition
from outreach.definitions.fields import ListField
from outreach.intake import leave_alone, location, names, own, phones, values
from outreach.intake.columns import Mapping
from outreach.intake.distinct import DEAR, MOST_REMEMBERED, Distinct, attempt, complete, split_faults
from outreach.intake.synonyms import synonyms
from outreach.intake.text import fold

AMOUNT, DAY, FLAG, TEXT = pa.decimal128(12, 2), pa.date32(), pa.bool_(), pa.string()
CLEAN_COLUMNS: dict[str, pa.DataType] = {
    "reference": TEXT, "title": TEXT, "given_name": TEXT, "family_name": TEXT, "birth_date": DAY, "mobile": TEXT, "fixed": TEXT,
    "email": TEXT, "house_number": TEXT, "repetition": TEXT, "street": TEXT, "residence": TEXT, "building": TEXT,
    "staircase": TEXT, "floor": TEXT, "door": TEXT, "place": TEXT, "po_box": TEXT, "care_of": TEXT, "postal_code": TEXT, "city": TEXT,
    "cedex": TEXT, "country": TEXT, "insee": TEXT, "address_key": TEXT, "language": TEXT, "reads_french": FLAG,
    "amount_due": AMOUNT, "debt_since": DAY, "stage": TEXT, "energy_voucher": FLAG,
}  # fmt: skip
"""The columns of a cleaned row, in the order of the table, with their types."""
OLDEST = 115
"""No living person is older (years)."""


def _usual_births(column: pa.StringArray) -> pa.Array:
    days = values.usual_dates(column)
    age = pc.subtract(clock.today().year, pc.year(days))
    return pc.if_else(pc.and_(pc.greater_equal(age, 0), pc.less_equal(age, OLDEST)), days, None)


USUAL: dict[str, Callable[[pa.StringArray], pa.Array]] = {
    "email": values.usual_emails, "amount_due": values.usual_amounts, "debt_since": values.usual_dates, "birth_date": _usual_births,
}  # fmt: skip
"""Fast paths of whole columns, equal to the cleaner of one cell where they say anything."""
SPREADSHEET_ERROR = r"^#(?:REF!|N/A|NAME\?|VALUE!|DIV/0!|NULL!|NUM!|REF ?!|VALEUR ?!|NOM ?\?|NOMBRE ?!|NUL ?!|N/D)$"
"""What a spreadsheet shows for a formula that failed, in English and French."""
SPOILT_REFERENCE = r"^[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{1,3}$"
"""A number that a spreadsheet shows in short (1,23E+11): its last digits are lost."""
MOST_VALUE = 200
"""Characters of a faulty value that are kept with its issue; the row itself keeps the whole."""


@dataclass(frozen=True)
class Issue:
    """One faulty cell. ``rejects``: the row cannot be used; otherwise only the cell is set aside.

    ``reason`` is a French sentence whose places ``details`` fill: sent back to the partner in French; whoever shows it to us
    passes it through ``_`` first.
    """

    position: int
    column: str
    value: str
    code: str
    reason: str
    rejects: bool
    details: dict[str, Any] = field(default_factory=dict)


@dataclass
class Cleaned:
    """Clean columns of a chunk beside the issues found; ``leaving``: why the partner takes the customer off, or null.

    ``extra``: the partner's own fields as JSON; ``None`` when the file has none.
    """

    columns: dict[str, pa.Array]
    leaving: pa.Array
    issues: list[Issue]
    extra: pa.Array | None = None

    @property
    def rejected(self) -> np.ndarray:
        """Positions of the rows that cannot be used."""
        return np.unique(np.array([issue.position for issue in self.issues if issue.rejects], dtype=np.int64))


class Cleaner:
    """Cleans the chunks of one file; what it has learnt of distinct values serves the next chunk."""

    def __init__(self, mapping: Mapping, definition: ListDefinition, declared: Sequence[PartnerField] = ()) -> None:
        self.mapping = mapping
        self.definition = definition
        self.own = {part.code: own.cleaner_of(part) for part in declared}
        self.words = {fold(word): code for code, words in definition.stages.items() for word in words}
        self.settled = frozenset(fold(word) for word in definition.settled)
        leaving = {fold(word): reason for word, reason in definition.leave_words.items()}
        self.movements = {"": None, **synonyms().movements, **leaving}
        self.against = {word: why for word, why in synonyms().against.items() if word not in self.words.keys() | self.settled}
        self._distinct: dict[str, Distinct] = {}

    def clean(self, cells: list[pa.StringArray]) -> Cleaned:
        """Every field of every row, cleaned by the function that its meaning calls for."""
        return _Chunk(self, cells).run()

    def distinct(self, name: str, clean: Callable[[str], Any], kind: pa.DataType = TEXT) -> Distinct:
        """The cleaner of that name, the same for every chunk."""
        return self._distinct.setdefault(name, Distinct(clean, kind, DEAR.get(name, MOST_REMEMBERED)))


class _Chunk:
    """One pass over one chunk."""

    def __init__(self, cleaner: Cleaner, cells: list[pa.StringArray]) -> None:
        self.cleaner = cleaner
        self.size = len(cells[0]) if cells else 0
        self.issues: list[Issue] = []
        self.out: dict[str, pa.Array] = {}
        self.source: dict[ListField, list[tuple[str, pa.StringArray]]] = {}
        self.cells_of_partner = [(column, cells[column.position]) for column in cleaner.mapping.stored if column.own]
        for column in cleaner.mapping.stored:
            if column.field is not None:
                cell = self._without_errors(column.header, column.field, cells[column.position])
                self.source.setdefault(column.field, []).append((column.header, cell))

    def run(self) -> Cleaned:
        self._reference()
        self._plain("title", names.clean_title)
        self._names()
        self._phones()
        self._checked("email", values.clean_email)
        self._checked("birth_date", _birth_date)
        self._checked("debt_since", values.clean_date, rejects=True)
        self._checked("amount_due", values.clean_amount, rejects=True)
        self._checked("language", values.clean_language)
        self._checked("reads_french", values.clean_flag)
        self._checked("energy_voucher", values.clean_flag)
        self._checked("postal_code", values.clean_postal_code, rejects=True)
        self.out |= location.locate(self.cleaner.distinct, self._texts, self.out.get("postal_code"), self.size, self._warn)
        self._stage()
        columns = {name: self.out.get(name, pa.nulls(self.size, kind)) for name, kind in CLEAN_COLUMNS.items()}
        self._required(columns)
        return Cleaned(columns, self._leaving(columns), self.issues, self._of_partner() if self.cells_of_partner else None)

    def _of_partner(self) -> pa.Array:
        """The partner's own fields; a faulty cell is set aside, and its row stays."""
        members = []
        for column, cells in self.cells_of_partner:
            checked = self.cleaner.distinct(f"own {column.own}", attempt(self.cleaner.own[str(column.own)]))
            found, faults = split_faults(cells, checked)
            members.append(found)
            for position, fault in faults:
                value = cells[position].as_py()
                self._blame(position, column.header, value, f"bad_{column.own}", fault.reason, header=column.header)
        return own.together(members)

    def _texts(self, name: ListField) -> pa.StringArray | None:
        """The cells of a field; several columns of one field are joined by a space."""
        found = [cells for _header, cells in self.source.get(name, [])]
        if len(found) < 2:  # noqa: PLR2004
            return found[0] if found else None
        return pc.utf8_trim_whitespace(pc.binary_join_element_wise(*found, " "))

    def _header(self, name: str) -> str:
        found = self.source.get(ListField(name)) if name in set(ListField) else None
        return found[0][0] if found else name

    def _plain(self, name: str, clean: Callable[[str], Any]) -> None:
        cells = self._texts(ListField(name))
        if cells is not None:
            self.out[name] = self.cleaner.distinct(name, clean).values(cells)

    def _reference(self) -> None:
        cells = self._texts(ListField.REFERENCE)
        if cells is not None:
            squeezed = pc.utf8_trim_whitespace(pc.replace_substring_regex(cells, r"[\s\xa0]+", " "))
            spoilt = pc.match_substring_regex(squeezed, SPOILT_REFERENCE)
            reason = N_(
                "le tableur a abrégé cette référence, d'autres clients auraient la même ; mettez la colonne en texte et redonnez-la"
            )
            for position in np.flatnonzero(spoilt.to_numpy(zero_copy_only=False)):
                self._blame(int(position), "reference", cells[int(position)].as_py(), "spoilt_reference", reason, rejects=True)
            self.out["reference"] = pc.if_else(pc.equal(squeezed, ""), None, squeezed)

    def _names(self) -> None:
        full = self._texts(ListField.FULL_NAME)
        if full is not None:
            pairs, codes = self.cleaner.distinct("full_name", names.split_full_name).objects(full)
            rows = pa.array(codes)
            for index, name in enumerate(("family_name", "given_name")):
                self.out[name] = pa.array([pair[index] for pair in pairs], TEXT).take(rows)
        for name in ("family_name", "given_name"):
            cells = self._texts(ListField(name))
            if cells is not None:
                alone = self.cleaner.distinct(name, names.clean_name).values(cells)
                self.out[name] = pc.coalesce(alone, self.out[name]) if name in self.out else alone

    def _checked(self, name: str, clean: Callable[[str], Any], *, rejects: bool = False) -> None:
        cells = self._texts(ListField(name))
        if cells is None:
            return
        checked = self.cleaner.distinct(name, attempt(clean), CLEAN_COLUMNS[name])
        usual = USUAL.get(name)
        self.out[name], faults = complete(cells, usual(cells), checked) if usual else split_faults(cells, checked)
        for position, fault in faults:
            self._blame(position, name, cells[position].as_py(), f"bad_{name}", fault.reason, rejects=rejects)

    def _phones(self) -> None:
        """The number's own type decides its column: many a mobile stands under « téléphone fixe »."""
        for name in (ListField.MOBILE, ListField.FIXED, ListField.PHONE):
            for header, cells in self.source.get(name, []):
                e164, mobile = phones.usual_phones(cells)
                e164, mobile = self._unusual(name, header, cells, e164, mobile)
                for kind, these in (("mobile", mobile), ("fixed", pc.invert(mobile))):
                    found = pc.if_else(these, e164, None)
                    self.out[kind] = pc.coalesce(self.out[kind], found) if kind in self.out else found

    def _unusual(
        self, name: str, header: str, cells: pa.StringArray, e164: pa.Array, mobile: pa.Array
    ) -> tuple[pa.Array, pa.Array]:
        """The cells that are no plain French number, one by one."""
        left = np.flatnonzero(pc.and_(pc.is_null(e164), pc.greater(pc.utf8_length(cells), 0)).to_numpy(zero_copy_only=False))
        if not left.size:
            return e164, mobile
        made, codes = self.cleaner.distinct("phone", attempt(phones.clean_phone)).objects(cells.take(pa.array(left)))
        numbers: list[str | None] = [None] * self.size
        kinds = np.zeros(self.size, dtype=bool)
        for position, code in zip(left.tolist(), codes.tolist(), strict=True):
            phone = made[code]
            if isinstance(phone, phones.Phone):
                numbers[position], kinds[position] = phone.e164, phone.line is phones.Line.MOBILE
            elif phone is not None:
                self._blame(position, name, cells[position].as_py(), f"bad_{name}", phone.reason, header=header)
        unusual = pa.array(numbers, TEXT)
        return pc.coalesce(e164, unusual), pc.if_else(
            pc.is_valid(unusual), pa.array(kinds), pc.fill_null(mobile, fill_value=False)
        )

    def _stage(self) -> None:
        cells = self._texts(ListField.STAGE)
        if cells is None:
            return
        words, settled, against = self.cleaner.words, self.cleaner.settled, self.cleaner.against
        self.out["stage"] = self.cleaner.distinct("stage", lambda text: words.get(fold(text))).values(cells)
        known = self.cleaner.distinct(
            "stage known",
            lambda text: not text.strip() or (word := fold(text)) in words or word in settled or word in against,
            FLAG,
        )
        for position in np.flatnonzero(~known.values(cells).to_numpy(zero_copy_only=False)):
            reason = N_("stade inconnu ; ajoutez ce mot à « stages » de la campagne")
            self._blame(int(position), "stage", cells[int(position)].as_py(), "unknown_stage", reason)

    def _leaving(self, columns: dict[str, pa.Array]) -> pa.Array:
        """Why the partner takes a customer off: the movement's word, a stage that says « settled », or nothing due any more."""
        leaving = pa.nulls(self.size, TEXT)
        movements = self._texts(ListField.MOVEMENT)
        if movements is not None:
            words = self.cleaner.movements
            leaving = self.cleaner.distinct("movement", lambda text: words.get(fold(text))).values(movements)
            known = self.cleaner.distinct("movement known", lambda text: fold(text) in words, FLAG).values(movements)
            reason = N_("mouvement inconnu ; corrigez-le, ou ajoutez ce mot à « leaving » de la campagne")
            for position in np.flatnonzero(~known.to_numpy(zero_copy_only=False)):
                value = movements[int(position)].as_py()
                self._blame(int(position), "movement", value, "unknown_movement", reason, rejects=True)
        done = pc.less_equal(columns["amount_due"], pa.scalar(0, AMOUNT))
        stages = self._texts(ListField.STAGE)
        told = pa.nulls(self.size, TEXT)
        if stages is not None:
            told = self.cleaner.distinct("stage against", lambda text: self.cleaner.against.get(fold(text))).values(stages)
        if stages is not None and self.cleaner.settled:
            settled = self.cleaner.settled
            done = pc.or_kleene(done, self.cleaner.distinct("settled", lambda text: fold(text) in settled, FLAG).values(stages))
        alone = leave_alone.Row(self.source, self.cleaner.distinct, self._blame, self.size).leaving()
        return pc.coalesce(alone, told, leaving, pc.if_else(done, str(LeaveReason.SETTLED), None))

    def _required(self, columns: dict[str, pa.Array]) -> None:
        nameless = pc.and_(pc.is_null(columns["family_name"]), pc.is_null(columns["given_name"]))
        reason = N_("le nom et le prénom manquent ; complétez-les")
        self._blame_all(nameless, "family_name" if ListField.FAMILY_NAME in self.source else "full_name", "no_name", reason)
        if ListField.REFERENCE in self.cleaner.definition.required:
            reason = N_("la référence manque ; complétez-la")
            self._blame_all(pc.is_null(columns["reference"]), "reference", "no_reference", reason)

    def _blame_all(self, rows: pa.Array, name: str, code: str, reason: str) -> None:
        for position in np.flatnonzero(rows.to_numpy(zero_copy_only=False)):
            self._blame(int(position), name, "", code, reason, rejects=True)

    def _without_errors(self, header: str, name: ListField, cells: pa.StringArray) -> pa.StringArray:
        """A spreadsheet's error is no value: said, and read as empty."""
        if pc.any(pc.starts_with(cells, "'")).as_py():
            # What `spreadsheets.harmless` put in front, and what spreadsheets show of a cell forced to be text.
            cells = pc.replace_substring_regex(cells, r"^'([=@+\-])", r"\1")
        suspect = pc.starts_with(cells, "#")
        if not pc.any(suspect).as_py():
            return cells
        wrong = pc.and_(suspect, pc.match_substring_regex(cells, SPREADSHEET_ERROR))
        reason = N_("le tableur n'a pas su calculer cette cellule ; écrivez sa valeur")
        for position in np.flatnonzero(wrong.to_numpy(zero_copy_only=False)):
            value = cells[int(position)].as_py()
            self._blame(int(position), name, value, "spreadsheet_error", reason, header=header)
        return pc.if_else(wrong, "", cells)

    def _warn(self, position: int, name: str, code: str, reason: str, details: dict[str, Any]) -> None:
        cells = self._texts(ListField(name))
        value = cells[position].as_py() if cells is not None else ""
        self._blame(position, name, value, code, reason, details=details)

    def _blame(
        self, position: int, name: str, value: str, code: str, reason: str,
        *, rejects: bool = False, header: str | None = None, details: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        told = self._header(name) if header is None else header
        self.issues.append(Issue(position, told, value[:MOST_VALUE], code, reason, rejects, details or {}))


def _birth_date(text: str) -> Any:
    born = values.clean_date(text, pivot=clock.today().year % 100)
    if not 0 <= clock.today().year - born.year <= OLDEST:
        raise ValueError(N_("cette date de naissance est impossible ; vérifiez l'année"))
    return born
