"""Which column of a return file says what: by the headers of the definition, and by nothing else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from outreach.core.errors import ListRefusedError
from outreach.core.i18n import N_, _
from outreach.core.words import OutcomeKind
from outreach.definitions.outcomes import ReturnColumn, Returns
from outreach.intake.columns import header_key, refuse_forbidden
from outreach.intake.text import fold
from outreach.intake.values import clean_flag


@dataclass(frozen=True)
class ReturnColumns:
    """Where a file says what: positions of its columns. ``missing``: outcomes of the definition that are not read from it."""

    reference: int
    outcomes: dict[OutcomeKind, int]
    observed_on: int | None
    amount: int | None
    missing: tuple[OutcomeKind, ...]

    def is_dated(self) -> bool:
        """Whether its rows have days of their own."""
        return self.observed_on is not None


def known_headers(definitions: Sequence[Returns]) -> Callable[[list[str]], int]:
    """What finds the row of headers of a file: how many of its cells are headers of these definitions."""
    known = {key for part in definitions for key in _keys_of(part)}
    return lambda cells: len({header_key(cell) for cell in cells if cell.strip()} & known)


def choose_returns(definitions: Sequence[Returns], headers: Sequence[str], asked: str | None, place: str) -> Returns:
    """The definition that a person names, else the one that explains most columns. Raises ``ListRefusedError``."""
    if not definitions:
        raise ListRefusedError(
            _("cette campagne n'attend aucun fichier de retour"),
            place=place,
            mend=_("Décrivez-le sous « returns » dans campaign.yaml, puis relancez la campagne."),
        )
    if asked is not None:
        for part in definitions:
            if part.code == asked:
                return part
        known = ", ".join(part.code for part in definitions)
        raise ListRefusedError(
            _("cette campagne n'a pas de tel fichier de retour"), place=asked, mend=_("Retours : {known}.").format(known=known)
        )
    present = {header_key(header) for header in headers}
    return max(definitions, key=lambda part: len(present & _keys_of(part)))


def recognise(
    definition: Returns, allowed: Collection[OutcomeKind], headers: Sequence[str], sample: Sequence[Sequence[str]], place: str
) -> ReturnColumns:
    """Where the columns stand. The agreement's ``allowed`` outcomes alone are looked for.

    Raises ``ListRefusedError`` when the reference is missing, when no outcome is told that the agreement allows, and for
    social security numbers.
    """
    cells = [[row[position] for row in sample if position < len(row)] for position in range(len(headers))]
    refuse_forbidden(headers, cells, place)
    keys = [header_key(header) for header in headers]
    reference = _find(keys, definition.reference)
    if reference is None:
        raise _missing(definition.reference, place)
    wanted = {kind: part for kind, part in definition.outcomes.items() if kind in allowed}
    if not wanted:
        raise ListRefusedError(
            _("la convention ne permet aucun des résultats de ce fichier"),
            place=place,
            mend=_("Ajoutez-les à « allowed_outcomes » de la convention, si le partenaire l'a signé."),
        )
    found = {kind: _find(keys, part.headers) for kind, part in wanted.items()}
    outcomes = {kind: position for kind, position in found.items() if position is not None}
    if not outcomes:
        raise _missing([part.headers[0] for part in wanted.values()], place)
    return ReturnColumns(
        reference, outcomes, _find(keys, definition.observed_on), _find(keys, definition.amount),
        tuple(kind for kind in definition.outcomes if kind not in outcomes),
    )  # fmt: skip


def word_reader(column: ReturnColumn) -> Callable[[str], bool]:
    """What reads yes or no in a column: the partner's own words, and where it has none the usual ones.

    The function raises ``ValueError`` for any other word: « oui » may be the bad news of a column called « coupure ».
    """
    if not column.yes and not column.no:
        return clean_flag
    words = {fold(word): True for word in column.yes} | {fold(word): False for word in column.no}
    return lambda text: _word(words, text)


def _word(words: dict[str, bool], text: str) -> bool:
    found = words.get(fold(text))
    if found is None:
        raise ValueError(N_("mot inconnu ; écrivez-le comme convenu, ou ajoutez-le à « returns » de la campagne"))
    return found


def _keys_of(part: Returns) -> set[str]:
    written = [part.reference, part.observed_on, part.amount, *(column.headers for column in part.outcomes.values())]
    return {header_key(header) for headers in written for header in headers}


def _find(keys: Sequence[str], headers: Sequence[str]) -> int | None:
    """The leftmost column under one of these headers."""
    wanted = {header_key(header) for header in headers}
    return next((position for position, key in enumerate(keys) if key in wanted), None)


def _missing(headers: Sequence[str], place: str) -> ListRefusedError:
    expected = _(" ou ").join(headers)
    message = _("la colonne « {column} » manque").format(column=expected)
    return ListRefusedError(message, place=place, mend=_("Demandez le fichier au partenaire avec cette colonne."))
