"""Reads a campaign folder; every mistake comes back with its file, line and mend."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from outreach.core.errors import DefinitionError
from outreach.definitions.agreement import Agreement
from outreach.definitions.base import Definition
from outreach.definitions.campaign import Campaign
from outreach.definitions.messages import Messages, missing_messages

FILES: dict[str, type[Definition]] = {"agreement.yaml": Agreement, "campaign.yaml": Campaign, "messages.yaml": Messages}
T = TypeVar("T", bound=Definition)

# pydantic's own wording, for the mistakes that people make most; the rest keeps its English text.
FRENCH = {
    "missing": "manque ; ajoutez-le",
    "extra_forbidden": "clé inconnue ; retirez-la ou corrigez son nom",
    "enum": "valeur inconnue ; possibles : {expected}",
    "literal_error": "valeur inconnue ; possibles : {expected}",
    "date_from_datetime_parsing": "date attendue, écrite 2026-10-05",
    "string_pattern_mismatch": "forme attendue : {pattern}",
    "too_short": "trop court ; au moins {min_length} élément(s)",
    "string_too_short": "trop court ; au moins {min_length} caractères",
    "greater_than_equal": "trop petit ; au moins {ge}",
    "less_than_equal": "trop grand ; au plus {le}",
    "int_parsing": "nombre entier attendu",
    "list_type": "liste attendue",
    "model_type": "bloc de clés attendu",
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
        return (
            f"{self.file}:{self.line}  {self.where} : {self.message}"
            if self.where
            else f"{self.file}:{self.line}  {self.message}"
        )


@dataclass(frozen=True)
class Folder:
    """A campaign as written: what it is, under which agreement, with which words."""

    campaign: Campaign
    agreement: Agreement
    messages: Messages

    def definition(self) -> dict[str, Any]:
        """The whole as JSON-ready data, the form that is frozen at launch."""
        return {
            "campaign": self.campaign.model_dump(mode="json"),
            "agreement": self.agreement.model_dump(mode="json"),
            "messages": self.messages.model_dump(mode="json"),
        }

    @staticmethod
    def thaw(definition: dict[str, Any]) -> Folder:
        """The folder that was frozen."""
        return Folder(
            campaign=Campaign.model_validate(definition["campaign"]),
            agreement=Agreement.model_validate(definition["agreement"]),
            messages=Messages.model_validate(definition["messages"]),
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
            "\n".join(str(mistake) for mistake in mistakes), mend="Corrigez, puis relancez « outreach campaign check »."
        )
    return folder


def check_folder(path: Path) -> tuple[Folder | None, list[Mistake]]:
    """The campaign in ``path`` as far as it can be read, and all mistakes."""
    if not path.is_dir():
        raise DefinitionError("ce dossier de campagne n'existe pas", place=str(path), mend="Indiquez un dossier de campaigns/.")
    mistakes: list[Mistake] = []
    parts = {name: _read(path / name, model, mistakes) for name, model in FILES.items()}
    agreement, campaign, messages = (parts[name] for name in FILES)
    if not (isinstance(agreement, Agreement) and isinstance(campaign, Campaign) and isinstance(messages, Messages)):
        return None, mistakes
    folder = Folder(campaign, agreement, messages)
    return folder, mistakes + _across(path, folder)


def _across(path: Path, folder: Folder) -> list[Mistake]:
    """Mistakes that only show when the files are read together."""
    campaign, agreement = folder.campaign, folder.agreement
    name = str(path / "campaign.yaml")
    found = [Mistake(str(path / "messages.yaml"), 1, "", text) for text in missing_messages(campaign, agreement, folder.messages)]
    found += [
        Mistake(name, 1, "cadence", f"la convention ne permet pas le canal « {channel} »")
        for channel in sorted(campaign.channels - set(agreement.allowed_channels))
    ]
    found += [
        Mistake(name, 1, f"lists.{part.code}", f"la convention ne permet pas la donnée « {field} »")
        for part in campaign.lists
        for field in sorted(set(part.columns) - set(agreement.allowed_fields) - {"movement"})
    ]
    if not agreement.valid_from <= campaign.starts_on <= campaign.ends_on <= agreement.valid_to:
        found.append(Mistake(name, 1, "starts_on", "la campagne sort des dates de la convention"))
    return found


def _read(path: Path, model: type[T], mistakes: list[Mistake]) -> T | None:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        mistakes.append(Mistake(str(path), 1, "", "le fichier manque ; créez-le"))
        return None
    except UnicodeDecodeError:
        mistakes.append(Mistake(str(path), 1, "", "le fichier n'est pas en UTF-8 ; enregistrez-le en UTF-8"))
        return None
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        mistakes.append(Mistake(str(path), line, "", f"YAML illisible ({getattr(error, 'problem', error)})"))
        return None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for detail in error.errors():
            place = tuple(part for part in detail["loc"] if not str(part).startswith("function-"))
            where = ".".join(str(part) for part in place)
            mistakes.append(Mistake(str(path), _line_of(tree, place), where, _in_french(detail)))
        return None


def _in_french(detail: Any) -> str:
    if detail["type"] == "value_error":
        return str(detail["ctx"]["error"])
    template = FRENCH.get(detail["type"])
    return template.format_map(detail.get("ctx", {})) if template else str(detail["msg"])


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
