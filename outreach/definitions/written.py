"""A definition written back as its three files, and files checked as those of a campaign folder are.

There is one form for screens and folders.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from outreach.core.errors import DefinitionError
from outreach.core.i18n import _
from outreach.definitions.loader import FILES, TEMPLATE, Folder, Mistake, check_folder
from outreach.definitions.rules import Rule

WIDTH = 120
LARGEST = 400_000
"""Characters of one file; the largest that anybody wrote has twenty thousand."""
Written = dict[str, Any]


def as_written(folder: Folder) -> Written:
    """A definition as people write it: what is as usual left out, rules as mappings.

    Its keys are ``campaign``, ``agreement``, ``messages``.
    """
    written: Written = {
        name.removesuffix(".yaml"): getattr(folder, name.removesuffix(".yaml")).model_dump(mode="json", exclude_defaults=True)
        for name in FILES
    }
    for part in ("exclusions", "segments"):
        rules = getattr(folder.campaign, part)
        for data, known in zip(written["campaign"].get(part, []), rules, strict=True):
            data["when"] = rule_as_written(known.when)
    if folder.letter_template is not None:
        written["letter_template"] = folder.letter_template
    return written


def rule_as_written(rule: Rule, values: Mapping[int, Any] | None = None) -> Written:
    """A rule as it stands in campaign.yaml.

    ``values``: other values for some of its comparisons, by their place among all of them.
    """
    return _rule(rule, values or {}, count())


def _rule(rule: Rule, values: Mapping[int, Any], places: Iterator[int]) -> Written:
    if rule.all is not None:
        return {"all": [_rule(part, values, places) for part in rule.all]}
    if rule.any is not None:
        return {"any": [_rule(part, values, places) for part in rule.any]}
    if rule.negated is not None:
        return {"not": _rule(rule.negated, values, places)}
    if rule.comparison is None:
        raise AssertionError
    one, place = rule.comparison, next(places)
    return comparison_as_written(one.fact, one.operator, values.get(place, one.value))


def comparison_as_written(fact: str, operator: str, value: Any) -> Written:
    """A comparison as it stands in campaign.yaml."""
    return {fact: value if operator == "is" and not isinstance(value, dict) else {operator: value}}


def files_of(written: Written) -> dict[str, str]:
    """The files of a definition by their names; read again they give the same content, hash included."""
    files = {name: _yaml(written[name.removesuffix(".yaml")]) for name in FILES}
    template = written.get("letter_template")
    return files | ({TEMPLATE: template} if template is not None else {})


def check_files(files: Mapping[str, str]) -> tuple[Folder | None, list[Mistake]]:
    """The definition in these files as far as it can be read, and every mistake with its file and line."""
    for name, text in files.items():
        if len(text) > LARGEST:
            raise DefinitionError(_("ce fichier est trop grand pour une définition"), place=name)
    with tempfile.TemporaryDirectory(prefix="definition-") as place:
        folder = Path(place)
        for name in (*FILES, TEMPLATE):
            if name in files:
                (folder / name).write_text(files[name], encoding="utf-8")
        found, mistakes = check_folder(folder)
    return found, [replace(mistake, file=Path(mistake.file).name) for mistake in mistakes]


def check_written(written: Written) -> tuple[Folder | None, list[Mistake]]:
    """The same of data."""
    return check_files(files_of(written))


def _yaml(data: Any) -> str:
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=WIDTH)


class _Dumper(yaml.SafeDumper):
    """Without anchors: a file is read by people."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        """Never."""
        return True
