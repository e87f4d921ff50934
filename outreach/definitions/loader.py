"""Reads a campaign folder; every mistake comes back with its file, line and mend."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from outreach.core.errors import DefinitionError
from outreach.core.i18n import N_, _
from outreach.definitions.agreement import Agreement
from outreach.definitions.base import Definition, Place, PlacedError
from outreach.definitions.campaign import Campaign, two_places
from outreach.definitions.fields import allowed
from outreach.definitions.messages import Messages
from outreach.definitions.needed import missing_texts, unfit_steps, unfit_texts
from outreach.definitions.rule_checks import rule_mistakes

FILES: dict[str, type[Definition]] = {"agreement.yaml": Agreement, "campaign.yaml": Campaign, "messages.yaml": Messages}
TEMPLATE = "letter.typ"
"""A campaign's own template of letters; the house's without it."""
T = TypeVar("T", bound=Definition)

# Instead of pydantic's own wording, for the mistakes that people make most; the rest keeps its English text.
WORDINGS = {
    "missing": N_("manque ; ajoutez-le"),
    "extra_forbidden": N_("clé inconnue ; retirez-la ou corrigez son nom"),
    "enum": N_("valeur inconnue ; possibles : {expected}"),
    "literal_error": N_("valeur inconnue ; possibles : {expected}"),
    "string_type": N_("texte attendu ; mettez-le entre guillemets"),
    "bool_type": N_("true ou false attendu"),
    "bool_parsing": N_("true ou false attendu"),
    "date_type": N_("date attendue, écrite 2026-10-05"),
    "date_from_datetime_parsing": N_("date attendue, écrite 2026-10-05"),
    "time_type": N_('heure attendue, écrite entre guillemets : "09:00"'),
    "time_parsing": N_('heure attendue, écrite entre guillemets : "09:00"'),
    "string_pattern_mismatch": N_("forme attendue : {pattern}"),
    "too_short": N_("trop court ; au moins {min_length} élément(s)"),
    "string_too_short": N_("trop court ; au moins {min_length} caractères"),
    "greater_than_equal": N_("trop petit ; au moins {ge}"),
    "less_than_equal": N_("trop grand ; au plus {le}"),
    "int_type": N_("nombre entier attendu"),
    "int_parsing": N_("nombre entier attendu"),
    "int_from_float": N_("nombre entier attendu"),
    "float_type": N_("nombre attendu"),
    "float_parsing": N_("nombre attendu"),
    "list_type": N_("liste attendue"),
    "tuple_type": N_("liste attendue"),
    "dict_type": N_("bloc de clés attendu"),
    "model_type": N_("bloc de clés attendu"),
}


@dataclass(frozen=True)
class Mistake:
    """One mistake in a definition file."""

    file: str
    line: int
    where: str
    message: str

    def __str__(self) -> str:
        """``file:line  where : message``."""
        told = _("{place} : {message}").format(place=self.where, message=self.message) if self.where else self.message
        return f"{self.file}:{self.line}  {told}"


@dataclass(frozen=True)
class _Source:
    """A file as read: the tree that knows the lines, and the plain data."""

    tree: yaml.Node | None
    data: Any


@dataclass(frozen=True)
class Folder:
    """A campaign as written: what it is, under which agreement, with which words; and its own template of letters, if any."""

    campaign: Campaign
    agreement: Agreement
    messages: Messages
    letter_template: str | None = None

    def definition(self) -> dict[str, Any]:
        """The whole as JSON-ready data, the form that is frozen at launch."""
        definition: dict[str, Any] = {
            "campaign": self.campaign.model_dump(mode="json"),
            "agreement": self.agreement.model_dump(mode="json"),
            "messages": self.messages.model_dump(mode="json"),
        }
        return definition | ({"letter_template": self.letter_template} if self.letter_template is not None else {})

    @staticmethod
    def thaw(definition: dict[str, Any]) -> Folder:
        """The folder that was frozen."""
        return Folder(
            campaign=Campaign.model_validate(definition["campaign"]),
            agreement=Agreement.model_validate(definition["agreement"]),
            messages=Messages.model_validate(definition["messages"]),
            letter_template=definition.get("letter_template"),
        )


def content_hash(data: Any) -> str:
    """The hash that names a content: SHA-256 of its canonical JSON."""
    import json

    return sha256(json.dumps(data, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


def read_folder(path: Path) -> Folder:
    """The checked campaign in ``path``; raises ``DefinitionError`` that lists every mistake found."""
    folder, mistakes = check_folder(path)
    if folder is None or mistakes:
        raise DefinitionError(
            "\n".join(str(mistake) for mistake in mistakes),
            mend=_("Corrigez, puis relancez « outreach campaign check »."),
        )
    return folder


def check_folder(path: Path) -> tuple[Folder | None, list[Mistake]]:
    """The campaign in ``path`` as far as it can be read, and all mistakes."""
    if not path.is_dir():
        message, mend = _("ce dossier de campagne n'existe pas"), _("Indiquez un dossier de campaigns/.")
        raise DefinitionError(message, place=str(path), mend=mend)
    mistakes: list[Mistake] = []
    sources: dict[str, _Source] = {}
    parts = {name: _read(path / name, model, mistakes, sources) for name, model in FILES.items()}
    agreement, campaign, messages = (parts[name] for name in FILES)
    if not (isinstance(agreement, Agreement) and isinstance(campaign, Campaign) and isinstance(messages, Messages)):
        return None, mistakes
    folder = Folder(campaign, agreement, messages, _template(path / TEMPLATE, mistakes))
    return folder, mistakes + _across(path, folder, sources) + _of_rules(path, folder, sources["campaign.yaml"])


def _template(path: Path, mistakes: list[Mistake]) -> str | None:
    """The campaign's own template of letters, where it has one."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        mistakes.append(Mistake(str(path), 1, "", _("le fichier n'est pas en UTF-8 ; enregistrez-le en UTF-8")))
        return None


def _of_rules(path: Path, folder: Folder, source: _Source) -> list[Mistake]:
    """Mistakes of the rules, each on the line of the very condition."""
    return [
        _placed(path / "campaign.yaml", {"campaign.yaml": source}, place, words)
        for place, words in rule_mistakes(folder.campaign, folder.agreement, source.data)
    ]


def _across(path: Path, folder: Folder, sources: dict[str, _Source]) -> list[Mistake]:
    """Mistakes that only show when the files are read together."""
    campaign, agreement = folder.campaign, folder.agreement
    name = str(path / "campaign.yaml")
    texts = [*missing_texts(campaign, folder.messages), *unfit_texts(agreement, folder.messages)]
    found = [_placed(path / "messages.yaml", sources, place, words) for place, words in texts]
    written = [*unfit_steps(campaign, agreement), *two_places(campaign)]
    found += [_placed(path / "campaign.yaml", sources, place, words) for place, words in written]
    found += [
        Mistake(name, 1, f"lists.{part.code}", _("la convention ne permet pas la donnée « {field} »").format(field=field))
        for part in campaign.lists
        for field in sorted(part.columns)
        if not allowed(field, agreement.allowed_fields)
    ]
    found += [
        Mistake(name, 1, f"returns.{part.code}", _("la convention ne permet pas le résultat « {kind} »").format(kind=kind))
        for part in campaign.returns
        for kind in sorted(set(part.outcomes) - set(agreement.allowed_outcomes))
    ]
    if not agreement.valid_from <= campaign.starts_on <= campaign.ends_on <= agreement.valid_to:
        found.append(Mistake(name, 1, "starts_on", _("la campagne sort des dates de la convention")))
    return found


def _placed(file: Path, sources: dict[str, _Source], place: Place, words: str) -> Mistake:
    return Mistake(str(file), _line_of(sources[file.name].tree, place), ".".join(map(str, place)), words)


def _read(path: Path, model: type[T], mistakes: list[Mistake], sources: dict[str, _Source]) -> T | None:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        mistakes.append(Mistake(str(path), 1, "", _("le fichier manque ; créez-le")))
        return None
    except UnicodeDecodeError:
        mistakes.append(Mistake(str(path), 1, "", _("le fichier n'est pas en UTF-8 ; enregistrez-le en UTF-8")))
        return None
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        message = _("YAML illisible ({reason})").format(reason=getattr(error, "problem", error))
        mistakes.append(Mistake(str(path), line, "", message))
        return None
    sources[path.name] = _Source(tree, data)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for detail in error.errors():
            outer = tuple(part for part in detail["loc"] if not str(part).startswith("function-"))
            for inner, said in _said(detail):
                place = (*outer, *inner)
                mistakes.append(Mistake(str(path), _line_of(tree, place), ".".join(map(str, place)), said))
        return None


def _said(detail: Any) -> list[tuple[tuple[str | int, ...], str]]:
    """What one error of pydantic says; some come together, each with its place in the part."""
    cause = detail.get("ctx", {}).get("error")
    return cause.found if isinstance(cause, PlacedError) else [((), _worded(detail))]


def _worded(detail: Any) -> str:
    if detail["type"] == "value_error":
        return str(detail["ctx"]["error"])
    wording = WORDINGS.get(detail["type"])
    if wording is None:
        return str(detail["msg"])
    values = dict(detail.get("ctx", {}))
    if "expected" in values:  # pydantic joins the last two by its own English word
        values["expected"] = str(values["expected"]).replace("' or '", _("' ou '"))
    return _(wording).format_map(values)


def _line_of(node: yaml.Node | None, place: tuple[Any, ...]) -> int:
    """The line of the deepest node on the way to ``place`` that exists in the file."""
    line = node.start_mark.line + 1 if node else 1
    for part in place:
        child: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(part):
                    line, child = key.start_mark.line + 1, value
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            child = node.value[part]
            line = child.start_mark.line + 1
        if child is None:
            return line
        node = child
    return line
