"""Rows that say themselves that their customer is to be left alone: who objects, is dead, is no person, or has a guardian.

A partner knows these things and writes them where there is room: in a column of their own, as a stage or a movement, or in the middle of
a name (« SUCCESSION DUPONT », « DUPONT (DCD) »). Who objects (GDPR, article 21) or is dead leaves the campaign, as by a movement. A row of
an organisation, or of somebody under guardianship, is sent back: only the partner knows whom to write to.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from outreach.core.i18n import N_
from outreach.core.words import LeaveReason
from outreach.definitions.fields import ListField
from outreach.intake.distinct import attempt, split_faults
from outreach.intake.text import fold
from outreach.intake.values import NO, YES, clean_date

if TYPE_CHECKING:
    from outreach.intake.distinct import Distinct

OBJECTING = YES | {
    "opposition",
    "oppose",
    "opposee",
    "opposant",
    "refus",
    "refuse",
    "stop",
    "ne pas contacter",
    "ne plus contacter",
}
AGREEING, DECLINING = YES | {"accord", "ok"}, NO | {"refus", "refuse", "stop", "opposition"}
DEAD, LIVING = YES | {"dcd", "decede", "decedee", "deces"}, NO | {"vivant", "vivante"}
NO_DAY = re.compile(r"[0/. \-]+|.*(?:9999|1900|0001).*")
"""What systems write where there is no day."""
UNREADABLE = N_("on ne sait pas ce que dit cette cellule ; écrivez O ou N")


def _objects(text: str) -> bool:
    return _answer(text, OBJECTING, NO)


def _agrees(text: str) -> bool:
    return _answer(text, AGREEING, DECLINING)


def _is_dead(text: str) -> bool:
    return _answer(text, DEAD, LIVING)


def _answer(text: str, yes: frozenset[str], no: frozenset[str]) -> bool:
    """Yes, no, or since when. Raises ``ValueError`` for any other word: it may be a yes."""
    word = fold(text)
    if word in yes:
        return True
    if word in no or NO_DAY.fullmatch(word):
        return False
    try:
        clean_date(text)
    except ValueError as error:
        raise ValueError(UNREADABLE) from error
    return True


ANSWERS: dict[ListField, tuple[Callable[[str], bool], bool, LeaveReason]] = {
    ListField.OBJECTION: (_objects, True, LeaveReason.PARTNER_OBJECTION),
    ListField.CONSENT: (_agrees, False, LeaveReason.PARTNER_OBJECTION),
    ListField.DECEASED: (_is_dead, True, LeaveReason.DECEASED),
}
"""Columns that answer: how a cell is read, the answer that takes the customer off, and why; an empty cell says nothing."""

_OF_THE_DEAD = frozenset(
    {"succession", "hoirie", "hoirs", "heritiers", "dcd", "decede", "decedee", "decedes", "deces", "defunt", "defunte"}
)
_OF_GUARDIANS = frozenset({"tutelle", "curatelle", "tuteur", "tutrice", "curateur", "curatrice", "udaf", "mjpm"})
_OF_ORGANISATIONS = frozenset({
    "sci", "sarl", "eurl", "sasu", "snc", "selarl", "scop", "gaec", "societe", "ets", "etablissements", "entreprise", "association", "assoc",
    "syndicat", "sdc", "copropriete", "coproprietaires", "copro", "indivision", "mairie", "ccas", "cias", "ehpad",
})  # fmt: skip
_LATE = re.compile(r"(?:feue?) (?:m|mr|mme|monsieur|madame|melle|mlle)\b|succ\b.+")
"""« feu M. Dupont », « SUCC DUPONT »: at the beginning alone, for Feu is a name too."""
_A_TOWN = re.compile(r"(?:commune|ville) (?:de|d|du|des)\b.*")
_TITLES_OF_ORGANISATIONS = frozenset({"ste", "soc", "sa", "sas", "asso"})
"""Abbreviations that stand under « civilité »; as names they are somebody's."""
_WORD = re.compile(r"[^\W\d_]+")
_SPELT = re.compile(r"\b(?:[a-z]\.){2,}[a-z]?\b")
"""S.C.I., d.c.d: letter by letter."""
_E = ".{1,2}"  # An accented letter, written as one character or as two.
SUSPECT = (
    rf"(?i)†|succ|hoir|h{_E}ritiers|dcd|d{_E}c{_E}[ds]|d{_E}funt|feu|tute|tutr|curat|udaf|mjpm|sci|sarl|eurl|sasu|snc|s{_E}larl|scop|gaec"
    rf"|soci{_E}t|ets|tablissements|entreprise|assoc|syndicat|sdc|copro|indivision|mairie|ccas|cias|ehpad|commune|ville|\b\pL\.\pL\.\pL|^\s*(?:st{_E}|soc|sas?|asso)\W*$"
)
"""Cells that are worth a closer look; all others are passed over at once."""
NAMES = (ListField.FULL_NAME, ListField.FAMILY_NAME, ListField.GIVEN_NAME, ListField.TITLE)
TOLD = {
    "deceased": N_(
        "ce nom est celui d'une personne décédée : personne n'est contacté ; donnez le nom de qui vit là, s'il y a lieu"
    ),
    "no_person": N_("c'est le nom d'un organisme, pas d'une personne ; donnez le nom de la personne, ou retirez la ligne"),
    "guardian": N_("cette personne a un tuteur ou un curateur ; convenez avec lui de ce qui se fait, ou retirez la ligne"),
}


def told_by_name(text: str, *, title: bool = False) -> str | None:
    """What a cell of a name, or of a title, says beside it (a key of ``TOLD``); ``None`` for a living person's."""
    words = _WORD.findall(_SPELT.sub(lambda spelt: spelt[0].replace(".", ""), fold(text)))
    together, each = " ".join(words), set(words)
    if each & _OF_GUARDIANS:
        return "guardian"
    if "†" in text or each & _OF_THE_DEAD or _LATE.match(together):
        return "deceased"
    if each & _OF_ORGANISATIONS or _A_TOWN.fullmatch(together) or (title and together in _TITLES_OF_ORGANISATIONS):
        return "no_person"
    return None


class Row:
    """What a chunk's rows say. ``cells``: of each field its columns by header; ``distinct``: the cleaners of the file.

    ``blame(position, field, value, code, reason, rejects=…, header=…)`` tells of a cell.
    """

    def __init__(
        self,
        cells: dict[ListField, list[tuple[str, pa.StringArray]]],
        distinct: Callable[..., Distinct],
        blame: Callable[..., None],
        size: int,
    ) -> None:
        self.cells, self.distinct, self.blame = cells, distinct, blame
        self.reasons: list[pa.Array] = [pa.nulls(size, pa.string())]

    def leaving(self) -> pa.Array:
        """Why each row's customer leaves, or null. Death goes before an objection."""
        for name, (read, off, reason) in ANSWERS.items():
            for header, cells in self.cells.get(name, []):
                self._answered(name, header, cells, read, off, reason)
        for name in NAMES:
            for header, cells in self.cells.get(name, []):
                self._named(name, header, cells)
        first = [pc.if_else(pc.equal(part, str(LeaveReason.DECEASED)), part, None) for part in self.reasons]
        return pc.coalesce(*first, *self.reasons)

    def _answered(self, name: ListField, header: str, cells: pa.StringArray, read: Any, off: Any, reason: LeaveReason) -> None:
        said, faults = split_faults(cells, self.distinct(name, attempt(read), pa.bool_()))
        for position, fault in faults:
            self.blame(position, name, cells[position].as_py(), f"bad_{name}", fault.reason, rejects=True, header=header)
        self.reasons.append(pc.if_else(pc.equal(said, off), str(reason), None))

    def _named(self, name: ListField, header: str, cells: pa.StringArray) -> None:
        suspects = np.flatnonzero(pc.match_substring_regex(cells, SUSPECT).to_numpy(zero_copy_only=False))
        dead = []
        for position in suspects.tolist():
            told = told_by_name(value := cells[position].as_py(), title=name is ListField.TITLE)
            if told is not None:
                self.blame(position, name, value, told, TOLD[told], rejects=told != "deceased", header=header)
                dead += [position] if told == "deceased" else []
        if dead:
            marks = np.zeros(len(cells), dtype=bool)
            marks[dead] = True
            self.reasons.append(pc.if_else(pa.array(marks), str(LeaveReason.DECEASED), None))
