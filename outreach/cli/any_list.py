"""``outreach lists``: any list of people, without campaign or database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outreach.cli.output import AsJson, emit, progress_shown, table
from outreach.core.i18n import N_, _, language, number
from outreach.core.labels import label

if TYPE_CHECKING:
    from outreach.flows.dedupe import Read

app = typer.Typer(
    no_args_is_help=True, help=_("Chercher les doublons d'une liste, ou les gens communs à deux, sans campagne ni base.")
)
Out = Annotated[Path, typer.Option(help=_("Le fichier à écrire, en .xlsx ou .csv."))]
MappingFile = Annotated[Path | None, typer.Option("--mapping", help=_("Ce que sont les colonnes (YAML)."))]
CountryCode = Annotated[
    str | None, typer.Option("--country", help=_("Pays de la liste, en code ISO : dates, téléphones, codes postaux. FR sinon."))
]
ORDERS = {"dmy": N_("jour, mois, année"), "mdy": N_("mois, jour, année"), "ymd": N_("année, mois, jour")}
MergeFrom = Annotated[
    float | None,
    typer.Option(min=0.2, max=1.0, help=_("Réunir dès cette probabilité, parents compris : pour une liste sans familles.")),
]
FEW_READ = 0.5
"""Under this share of cells that can be read, the list is probably another country's."""


@app.command(help=_("Trouver qui est plusieurs fois dans une liste : « outreach lists dedupe LISTE --out RÉSULTAT.csv »."))
def dedupe(
    file: Annotated[Path, typer.Argument(help=_("La liste : CSV, XLSX, ODS, Parquet ou ZIP."))],
    out: Out,
    mapping: MappingFile = None,
    country: CountryCode = None,
    review: Annotated[Path | None, typer.Option(help=_("Écrire aussi les paires à vérifier dans ce fichier."))] = None,
    merge_from: MergeFrom = None,
    as_json: AsJson = False,
) -> None:
    """Find who is several times in a list."""
    from outreach.flows import dedupe as flow

    with progress_shown(quiet=as_json):
        result = flow.dedupe(file, out, mapping=mapping, country=country, review=review, merge_from=merge_from)
    rows = [
        [_("lignes"), result.rows],
        [_("personnes"), result.persons],
        [_("foyers"), result.households],
        [_("paires à vérifier"), result.review],
    ]
    emit(result, as_json, _("Doublons de {file}").format(file=file.name), rows)
    if as_json:
        return
    _tell(result.read)
    if result.added[0] != "row":
        typer.echo("· " + _("colonnes ajoutées : {columns}").format(columns=", ".join(result.added)))
    typer.echo("· " + _("résultat : {file}").format(file=out))
    if review:
        typer.echo("· " + _("paires à vérifier : {file}").format(file=review))


@app.command(help=_("Trouver qui d'une liste est aussi dans une autre : « outreach lists link A B --out PAIRES.csv »."))
def link(
    file_a: Annotated[Path, typer.Argument(help=_("La première liste."))],
    file_b: Annotated[Path, typer.Argument(help=_("La deuxième liste."))],
    out: Out,
    mapping_a: Annotated[Path | None, typer.Option(help=_("Ce que sont les colonnes de la première (YAML)."))] = None,
    mapping_b: Annotated[Path | None, typer.Option(help=_("Ce que sont les colonnes de la deuxième (YAML)."))] = None,
    country: CountryCode = None,
    merge_from: MergeFrom = None,
    as_json: AsJson = False,
) -> None:
    """Find who of one list is in another."""
    from outreach.flows import dedupe as flow

    with progress_shown(quiet=as_json):
        result = flow.link(file_a, file_b, out, mapping_a=mapping_a, mapping_b=mapping_b, country=country, merge_from=merge_from)
    rows = [
        [_("paires d'une même personne"), result.linked],
        [_("paires à vérifier"), result.review],
        [_("lignes de {file} retrouvées").format(file=file_a.name), result.rows_a],
        [_("lignes de {file} retrouvées").format(file=file_b.name), result.rows_b],
    ]
    emit(result, as_json, _("Gens communs à {one} et {other}").format(one=file_a.name, other=file_b.name), rows)
    if not as_json:
        _tell(result.read_a)
        _tell(result.read_b)
        typer.echo("· " + _("résultat : {file}").format(file=out))


@app.command(help=_("Écrire ce que sont les colonnes d'une liste, à corriger puis à donner par --mapping."))
def mapping(
    file: Annotated[Path, typer.Argument(help=_("La liste : CSV, XLSX, ODS, Parquet ou ZIP."))],
    out: Annotated[Path, typer.Option(help=_("Le YAML à écrire."))],
    start: MappingFile = None,
    country: CountryCode = None,
    as_json: AsJson = False,
) -> None:
    """Write the mapping of a list."""
    from outreach.flows import dedupe as flow

    columns = flow.sketch_mapping(file, out, mapping=start, country=country)
    rows = [[header, _called(name)] for header, name in columns.items()]
    emit({"columns": columns, "file": str(out)}, as_json, _("Colonnes de {file}").format(file=file.name), rows)


def _called(name: str | None) -> str:
    """A field in words."""
    from outreach.matching.explained.wording import FIELD_NAMES

    return label(FIELD_NAMES, name) if name else "—"


def _tell(read: Read) -> None:
    """How the file was understood: in that light the figures are read."""
    rows: list[list[Any]] = [[header, _called(name)] for header, name in read.columns.items()]
    table(_("Colonnes de {file}").format(file=read.file), rows)
    here = language()
    for name, left_out in read.unread.items():
        said = _("{field} : cellules illisibles, laissées hors de la comparaison : {count} (lignes {rows})")
        dots = " …" if left_out["cells"] > len(left_out["first_rows"]) else ""
        first = ", ".join(map(str, left_out["first_rows"])) + dots
        typer.echo("· " + said.format(field=_called(name), count=number(left_out["cells"], here), rows=first))
        if left_out["cells"] > FEW_READ * read.rows:
            typer.echo("· " + _("si la liste vient d'un autre pays, dites lequel : --country"))
    for order in sorted(set(read.dates.values())):
        typer.echo("· " + _("dates lues dans l'ordre {order}").format(order=label(ORDERS, order)))
    if read.blank:
        typer.echo("· " + _("lignes vides : {count}").format(count=number(read.blank, here)))
    for note in read.notes:
        typer.echo(f"· {note}")
