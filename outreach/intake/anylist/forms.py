"""The cells of a chunk in the form that is compared: names, phones, e-mails, addresses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from outreach.definitions.fields import ListField
from outreach.intake import addresses, location, names, values
from outreach.intake.anylist import places
from outreach.intake.anylist.countries import Country
from outreach.intake.anylist.fullnames import split_name
from outreach.intake.anylist.meanings import PARTNER, Used
from outreach.intake.anylist.numbers import Phones
from outreach.intake.distinct import Distinct, attempt, complete, split_faults

COMPARED = (
    PARTNER, "reference", "given_name", "family_name", "mobile", "fixed", "email", "house_number", "repetition", "street",
    "postal_code", "city", "building", "staircase", "floor", "door",
)  # fmt: skip
"""The text columns that come out."""
NOTHING = pa.array(
    [
        "-",
        "--",
        "?",
        "n/a",
        "na",
        "#n/a",
        "#n/d",
        "null",
        "none",
        "nan",
        "<na>",
        "#ref!",
        "#value!",
        "#valeur!",
        "#name?",
        "unknown",
    ]
)
"""What programs write where nothing is known."""
NOBODY = "?"
"""The partner of rows that name none: references are compared among the rows of one partner."""
Blame = Callable[[str, np.ndarray], None]
Cells = list[pa.StringArray]
TEXT = pa.string()


class Forms:
    """Reads the chunks of one file; what it has learnt of distinct values serves the next chunk."""

    def __init__(self, used: Sequence[Used], country: Country, blame: Blame) -> None:
        self.country, self.blame = country, blame
        self.where: dict[str, list[int]] = {}
        for position, column in enumerate(used):
            if column.field:
                self.where.setdefault(column.field, []).append(position)
        self.phones = Phones(country)
        self._distinct: dict[str, Distinct] = {}

    def read(self, cells: Cells, numbers: np.ndarray) -> dict[str, pa.Array]:
        """The compared columns of a chunk; the birth date stays as it is written."""
        return _Chunk(self, cells, numbers).run()

    def distinct(self, name: str, clean: Callable[[str], Any], kind: pa.DataType = TEXT) -> Distinct:
        """The cleaner of that name, the same for every chunk."""
        return self._distinct.setdefault(name, Distinct(clean, kind))


class _Chunk:
    """One chunk."""

    def __init__(self, forms: Forms, cells: Cells, numbers: np.ndarray) -> None:
        self.forms, self.numbers, self.size = forms, numbers, len(numbers)
        self.source = {name: [_said(cells[at]) for at in places] for name, places in forms.where.items()}
        self.nothing = pa.nulls(self.size, TEXT)
        self.out: dict[str, pa.Array] = {}

    def run(self) -> dict[str, pa.Array]:
        self._names()
        self._phones()
        self._email()
        self._fill("reference", _filled(self.text("reference")))
        self._fill(PARTNER, pc.fill_null(self.nothing if PARTNER not in self.source else _filled(self.text(PARTNER)), NOBODY))
        if self.forms.country.is_home:
            self._address_at_home()
        else:
            self._address_abroad()
        births = self.text("birth_date", "-")
        blank = pc.fill_null(self.nothing, "")
        return {name: self.out.get(name, self.nothing) for name in COMPARED} | {"birth_date": blank if births is None else births}

    def text(self, name: str, between: str = " ") -> pa.StringArray | None:
        """The cells of a field; those of several columns joined."""
        found = self.source.get(name, [])
        if len(found) < 2:  # noqa: PLR2004
            return found[0] if found else None
        parts = [pc.if_else(pc.equal(column, ""), None, column) for column in found]
        return pc.fill_null(pc.binary_join_element_wise(*parts, between, null_handling="skip"), "")

    def _fill(self, name: str, found: pa.Array | None) -> None:
        if found is not None:
            self.out[name] = pc.coalesce(self.out[name], found) if name in self.out else found

    def _names(self) -> None:
        for name in ("given_name", "family_name"):
            cells = self.text(name)
            if cells is not None:
                self._fill(name, self.forms.distinct(name, names.clean_name).values(cells))
        full = self.text("full_name")
        if full is not None:
            split = names.split_full_name if self.forms.country.is_home else split_name
            pairs, codes = self.forms.distinct("full_name", split).objects(full)
            for index, name in enumerate(("family_name", "given_name")):
                self._fill(name, pa.array([pair[index] for pair in pairs], TEXT).take(pa.array(codes)))

    def _phones(self) -> None:
        """The number's own kind decides; a second number of one kind stands where the other kind is missing."""
        over: list[tuple[str, pa.Array]] = []
        for field in ("mobile", "fixed", "phone"):
            for cells in self.source.get(field, []):
                e164, is_mobile, bad = self.forms.phones.read(cells)
                is_mobile = pc.fill_null(is_mobile, fill_value=field == "mobile")
                self.forms.blame("phone", self.numbers[bad])
                for kind, other, these in (("mobile", "fixed", is_mobile), ("fixed", "mobile", pc.invert(is_mobile))):
                    found = pc.if_else(these, e164, None)
                    self._fill(kind, found)
                    over.append((other, pc.if_else(pc.equal(self.out[kind], found), None, found)))
        for kind, found in over:
            self._fill(kind, found)

    def _email(self) -> None:
        cells = self.text("email", "")
        if cells is not None:
            checked = self.forms.distinct("email", attempt(values.clean_email))
            self.out["email"], faults = complete(cells, values.usual_emails(cells), checked)
            self._blame("email", faults)

    def _address_at_home(self) -> None:
        cells = self.text("postal_code")
        postal_code = self.nothing
        if cells is not None:
            checked = self.forms.distinct("postal_code", attempt(values.clean_postal_code))
            postal_code, faults = split_faults(cells, checked)
            self._blame("postal_code", faults)
        found = location.locate(
            self.forms.distinct, lambda field: self.text(ListField(field)), postal_code, self.size, lambda *_about: None
        )
        for name in COMPARED:
            self._fill(name, found.get(name))
        for name in ("place", "residence"):
            self._fill("street", found.get(name))
        self.out["postal_code"] = postal_code

    def _address_abroad(self) -> None:
        for name, read in (
            ("house_number", places.read_number), ("address_line", places.read_line), ("street", places.read_line),
            ("address_extra", places.read_extra),
        ):  # fmt: skip
            cells = self.text(name)
            if cells is not None:
                lines, codes = self.forms.distinct(name, read).objects(cells)
                for part in ("house_number", "repetition", "street", "door"):
                    self._fill(part, pa.array([getattr(line, part) for line in lines], TEXT).take(pa.array(codes)))
        for name in ("building", "staircase", "floor", "door"):
            self._fill(name, _filled(self.text(name)))
        for name in ("place", "residence"):
            self._fill("street", _filled(self.text(name)))
        cells = self.text("postal_code")
        if cells is not None:
            self.out["postal_code"] = self.forms.distinct("postal_code", self.forms.country.postal_code).values(cells)
        city = self.text("city")
        if city is not None:
            self.out["city"] = self.forms.distinct("city", lambda text: addresses.capitals(text) or None).values(city)

    def _blame(self, name: str, faults: list[tuple[int, Any]]) -> None:
        self.forms.blame(name, self.numbers[[position for position, _fault in faults]] if faults else self.numbers[:0])


def _said(cells: pa.StringArray) -> pa.StringArray:
    """Without surrounding space and the apostrophe that forces text; empty where a program says that nothing is known."""
    kept = pc.utf8_trim_whitespace(cells)
    if pc.any(pc.starts_with(kept, "'")).as_py():
        kept = pc.replace_substring_regex(kept, r"^'([=@+\-0-9])", r"\1")
    return pc.if_else(pc.is_in(pc.utf8_lower(kept), NOTHING), "", kept)


def _filled(cells: pa.StringArray | None) -> pa.Array | None:
    return None if cells is None else pc.if_else(pc.equal(cells, ""), None, cells)
