"""How every verb shows its result: a calm table for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any
from unicodedata import category

import typer

from outreach.core.i18n import _, language, number
from outreach.core.labels import label
from outreach.core.progress import listening

if TYPE_CHECKING:
    from outreach.core.database import Database
    from outreach.core.errors import OutreachError
    from outreach.reporting import Funnel

AsJson = Annotated[bool, typer.Option("--json", help=_("Écrire le résultat en JSON."))]
CampaignCode = Annotated[str, typer.Argument(help=_("Le code de la campagne, par exemple energy-arrears."))]


def emit(result: Any, as_json: bool, title: str, rows: Iterable[Sequence[Any]], columns: Sequence[str] = ()) -> None:
    """Show ``rows`` under a title, or the whole result as JSON."""
    if as_json:
        from outreach.core.plain import as_data

        typer.echo(json.dumps(as_data(result), ensure_ascii=False, indent=2))
        return
    table(title, rows, columns)


def table(title: str, rows: Iterable[Sequence[Any]], columns: Sequence[str] = ()) -> None:
    """A table without boxes; numbers to the right."""
    from rich.console import Console
    from rich.table import Table

    # What people wrote is shown as it is: « [/b] » in a message is no style of ours.
    console = Console(markup=False, emoji=False)
    rows = [list(row) for row in rows]
    # Printed by itself: as the table's own title it would be broken to the width of the numbers.
    console.print(title, style="bold")
    if not rows:
        return
    width = max([len(columns), *(len(row) for row in rows)], default=1)
    view = Table(box=None, pad_edge=False, show_header=bool(columns))
    for index in range(width):
        is_number = index > 0 and any(isinstance(row[index], int | float) for row in rows if index < len(row))
        view.add_column(columns[index] if index < len(columns) else "", justify="right" if is_number else "left")
    here = language()
    for row in rows:
        view.add_row(
            *(
                number(cell, here) if isinstance(cell, int | float) and not isinstance(cell, bool) else _shown(cell)
                for cell in row
            )
        )
    console.print(view)


def _shown(cell: object) -> str:
    """A cell as text that cannot steer the terminal: what a message or a partner's file brings has no control characters here."""
    return "".join("\ufffd" if category(sign) == "Cc" and sign not in "\n\t" else sign for sign in str(cell))


def counted(table: Mapping[str, str], counts: Mapping[str, int]) -> list[list[Any]]:
    """Counts by code as rows in words; codes that read alike are one row."""
    rows: dict[str, int] = {}
    for code, count in counts.items():
        rows[label(table, code)] = rows.get(label(table, code), 0) + count
    return [[words, count] for words, count in rows.items()]


def funnel_rows(funnel: Funnel) -> list[list[Any]]:
    """The funnel as people read it: steps, kinds of mediation, outcomes of the solicited, the rate beside the network's."""
    rows: list[list[Any]] = [[_(step.label), step.count] for step in funnel.steps]
    rows += [[f"  {_(kind.label)}", kind.count] for kind in funnel.kinds]
    rows += [[_("Ce que deviennent les sollicités :"), ""]]
    rows += [[f"  {_(outcome.label)}", outcome.count] for outcome in funnel.outcomes]
    if funnel.conversion is not None:
        rate = _("{percent} %").format(percent=number(round(100 * funnel.conversion, 1), language()))
        rows += [[_("Médiations / sollicités (réseau, année pleine : 60 %)"), rate]]
    return rows


def fail_for(errors: Sequence[OutreachError]) -> None:
    """Say each fault in a line and end with code 2: the rest of the work is done all the same."""
    for error in errors:
        typer.echo(str(error), err=True)
    if errors:
        raise typer.Exit(2)


@contextmanager
def progress_shown(*, quiet: bool) -> Iterator[None]:
    """Show the steps of the work inside: rows done, rows per second, time. Nothing with ``quiet`` (JSON)."""
    if quiet:
        yield
        return
    from outreach.cli.bars import Bars

    with Bars() as bars, listening(bars):
        yield


def database() -> Database:
    """The database to work in, with its schema up to date and its secrets at hand.

    Raises ``DatabaseError`` that says what is missing.
    """
    from outreach.cli.state import DEMO_DATABASE, state
    from outreach.core.database import open_database
    from outreach.core.errors import DatabaseError
    from outreach.core.marks import require_own_secret
    from outreach.migrations.state import newest_revision, present_revision

    opened = open_database(state.database_name)
    present = present_revision(opened)
    if present is None and opened.cluster is not None:
        from outreach.migrations import run as migrations

        migrations.upgrade(opened)
    elif present != newest_revision():
        demo = "--demo " if state.database_name == DEMO_DATABASE else ""
        raise DatabaseError(_("la base n'est pas à jour"), mend=_("Faites « outreach {demo}db upgrade ».").format(demo=demo))
    with opened.session() as session:
        require_own_secret(session)
    return opened
