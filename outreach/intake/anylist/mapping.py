"""The mapping file: which columns are compared and as what, in a YAML that a person writes, or corrects."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from outreach.core.errors import ListRefusedError
from outreach.core.i18n import _
from outreach.intake.anylist.meanings import FIELDS, SEVERAL, known_words
from outreach.intake.columns import header_key
from outreach.intake.files import Choices
from outreach.intake.text import fold

IGNORE = "ignore"
ALL = "*"
NAMES = {
    "surname": "family_name", "last name": "family_name", "first name": "given_name", "name": "full_name", "dob": "birth_date",
    "date of birth": "birth_date", "tel": "phone", "telephone": "phone", "e mail": "email", "mail": "email", "ref": "reference",
    "address": "address_line", "address lines": "address_line", "number": "house_number", "street number": "house_number",
    "postcode": "postal_code", "zip": "postal_code", "town": "city", "source": "partner",
}  # fmt: skip
"""What people call the fields beside their own names."""
SETTINGS = ("country", "dates", "read", "columns", IGNORE)
ORDERS = ("dmy", "mdy", "ymd")
READ = ("encoding", "delimiter", "sheet", "header_row")
_POSITION = re.compile(r"#(\d+)")


@dataclass(frozen=True)
class Asked:
    """What a mapping file says. ``columns``: headers (or ``#3``) by field; ``ignored``: headers; ``path``: where it stands."""

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    country: str | None = None
    dates: str | None = None
    choices: Choices = field(default_factory=Choices)
    path: str = ""

    def score(self, cells: Sequence[str]) -> int:
        """How many of these cells are headers that are known or named here."""
        named = {header_key(header) for headers in self.columns.values() for header in headers}
        named |= {header_key(header) for header in self.ignored}
        return sum(header_key(cell) in named or known_words(cell) is not None for cell in set(filter(str.strip, cells)))

    def positions(self, headers: Sequence[str]) -> dict[int, str | None]:
        """The field of each column named here.

        Raises ``ListRefusedError`` for a header that the file has not, or one named twice.
        """
        found: dict[int, str | None] = {}
        for name, written in self.columns.items():
            columns = [position for header in written for position in self._find(header, headers, name)]
            if len(columns) > 1 and name not in SEVERAL and len(written) == 1:
                # Two columns of one header: a person who names it once means the first.
                columns = columns[:1]
            for position in columns:
                if found.setdefault(position, name) != name:
                    raise self._mistake(
                        _("la colonne « {column} » est donnée deux fois").format(column=headers[position]),
                        _("Gardez-la sous « {one} » ou sous « {other} ».").format(one=found[position], other=name),
                    )
        for header in self.ignored:
            for position in range(len(headers)) if header == ALL else self._find(header, headers, IGNORE):
                if header != ALL and position in found:
                    raise self._mistake(
                        _("la colonne « {column} » est donnée deux fois").format(column=headers[position]),
                        _("Gardez-la sous « {one} » ou sous « {other} ».").format(one=found[position], other=IGNORE),
                    )
                found.setdefault(position, None)
        return found

    def _find(self, header: str, headers: Sequence[str], name: str) -> list[int]:
        if match := _POSITION.fullmatch(header):
            position = int(match[1]) - 1
            if 0 <= position < len(headers):
                return [position]
        same = [position for position, known in enumerate(headers) if known.strip() == header.strip()]
        alike = [position for position, known in enumerate(headers) if header_key(known) == header_key(header)]
        if same or alike:
            return same or alike
        near = difflib.get_close_matches(header, headers, 1)
        hint = _("Est-ce « {column} » ? ").format(column=near[0]) if near else ""
        known = ", ".join(f"« {known} »" for known in headers if known.strip())
        raise self._mistake(
            _("le fichier n'a pas de colonne « {column} » ({field})").format(column=header, field=name),
            hint + _("Colonnes du fichier : {columns}.").format(columns=known),
        )

    def _mistake(self, message: str, mend: str) -> ListRefusedError:
        return ListRefusedError(message, place=self.path, mend=mend)


def read_mapping(path: Path) -> Asked:
    """Read a mapping file. Raises ``ListRefusedError`` that names the file, the word and the mend."""
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ListRefusedError(_("ce fichier n'existe pas"), place=str(path), mend=_("Vérifiez le chemin.")) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        place = _("{file}, ligne {line}").format(file=path, line=mark.line + 1) if mark else str(path)
        raise ListRefusedError(
            _("ce fichier n'est pas du YAML"), place=place, mend=_("Écrivez « champ: En-tête », un par ligne.")
        ) from error
    return _Reader(str(path)).read(written)


class _Reader:
    """One mapping file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def read(self, written: Any) -> Asked:
        if not isinstance(written, dict) or not written:
            raise self.mistake(_("ce fichier ne dit aucune colonne"), _("Écrivez « champ: En-tête », un par ligne."))
        columns = written.get("columns")
        if columns is None:
            columns = {key: value for key, value in written.items() if key not in SETTINGS}
        elif unknown := [str(key) for key in written if key not in SETTINGS]:
            raise self.mistake(
                _("le mot « {word} » est inconnu ici").format(word=unknown[0]),
                _("Les champs se mettent sous « columns » ; à côté : {words}.").format(words=", ".join(SETTINGS)),
            )
        if not isinstance(columns, dict):
            raise self.mistake(_("« columns » ne dit aucune colonne"), _("Écrivez « champ: En-tête », un par ligne."))
        fields: dict[str, tuple[str, ...]] = {}
        ignored = self._headers(IGNORE, written.get(IGNORE))
        for key, value in columns.items():
            if key == IGNORE:
                ignored = (*ignored, *self._headers(IGNORE, value))
                continue
            name = self._field(str(key))
            fields[name] = (*fields.get(name, ()), *self._headers(name, value))
        return Asked(
            columns=fields, ignored=ignored, country=self._country(written.get("country")),
            dates=self._dates(written.get("dates")), choices=self._choices(written.get("read")), path=self.path,
        )  # fmt: skip

    def _field(self, word: str) -> str:
        key = fold(word).replace("_", " ").replace("-", " ")
        found = NAMES.get(key) or (key.replace(" ", "_") if key.replace(" ", "_") in FIELDS else None) or known_words(word)
        if found:
            return found
        near = difflib.get_close_matches(word, FIELDS, 1)
        hint = _("Est-ce « {column} » ? ").format(column=near[0]) if near else ""
        raise self.mistake(
            _("le champ « {field} » est inconnu").format(field=word),
            hint + _("Champs : {fields}.").format(fields=", ".join(FIELDS)),
        )

    def _headers(self, name: str, value: Any) -> tuple[str, ...]:
        if value is None:
            return ()
        parts = value if isinstance(value, list) else [value]
        if any(isinstance(part, dict | list) for part in parts):
            raise self.mistake(
                _("« {field} » attend un en-tête, ou une liste d'en-têtes").format(field=name),
                _("Écrivez « {field}: [En-tête 1, En-tête 2] ».").format(field=name),
            )
        return tuple(str(part) for part in parts)

    def _country(self, value: Any) -> str | None:
        # YAML reads NO, the code of Norway, as « no ».
        return None if value is None else "NO" if value is False else str(value)

    def _dates(self, value: Any) -> str | None:
        if value is not None and value not in ORDERS:
            raise self.mistake(
                _("l'ordre des dates « {order} » est inconnu").format(order=value), _("Écrivez dmy, mdy ou ymd, ou rien.")
            )
        return None if value is None else str(value)

    def _choices(self, value: Any) -> Choices:
        given = value or {}
        wrong = [str(key) for key in given if key not in READ] if isinstance(given, dict) else [str(value)]
        if wrong or ("header_row" in given and not isinstance(given["header_row"], int)):
            raise self.mistake(
                _("« read » ne comprend pas « {word} »").format(word=wrong[0] if wrong else "header_row"),
                _("Il prend {words} ; header_row est un nombre.").format(words=", ".join(READ)),
            )
        encoding, delimiter, sheet = (None if given.get(key) is None else str(given[key]) for key in READ[:3])
        return Choices(encoding, delimiter, sheet, given.get("header_row"))

    def mistake(self, message: str, mend: str) -> ListRefusedError:
        return ListRefusedError(message, place=self.path, mend=mend)


def write_mapping(path: Path, used: Sequence[tuple[str, str | None]], country: str, dates: str | None) -> None:
    """Write what was recognised (header, field), to be corrected and given back."""
    repeated = {header_key(header) for header, _field in used}
    fields: dict[str, list[str]] = {}
    ignored = []
    seen: list[str] = []
    for position, (header, name) in enumerate(used, start=1):
        key = header_key(header)
        is_plain = bool(key) and key in repeated and sum(header_key(other) == key for other, _field in used) == 1
        said = header if is_plain else f"#{position}"
        seen.append(said)
        if name:
            fields.setdefault(name, []).append(said)
        else:
            ignored.append(said)
    content: dict[str, Any] = {"country": country} | ({"dates": dates} if dates else {})
    content["columns"] = {name: names[0] if len(names) == 1 else names for name, names in sorted(fields.items(), key=_place)}
    content[IGNORE] = ignored
    told = "\n".join(
        f"# {line}"
        for line in (
            _("Ce que sont les colonnes : champ, puis en-tête (ou #3, la troisième colonne)."),
            _("Champs : {fields}.").format(fields=", ".join(FIELDS)),
            _("« ignore » : colonnes qui ne sont pas comparées ; elles restent dans le résultat."),
        )
    )
    path.write_text(f"{told}\n{yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)}", encoding="utf-8")


def _place(entry: tuple[str, list[str]]) -> int:
    return FIELDS.index(entry[0])
