"""``outreach campaign preview`` and ``why``: what a campaign would do, and why it did."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outreach.cli.output import AsJson, database, emit, progress_shown, table
from outreach.core.i18n import _, language, number
from outreach.core.plain import as_data

if TYPE_CHECKING:
    from outreach.core.database import Database
    from outreach.definitions.registry import Loaded
    from outreach.segments.preview import Preview

Which = Annotated[str, typer.Argument(help=_("Le code de la campagne, ou son dossier."))]
Out = Annotated[Path, typer.Option(help=_("Dossier où écrire."))]
Case = Annotated[str | None, typer.Argument(help=_("Numéro du dossier, ou code de sa lettre."))]
Code = Annotated[str | None, typer.Option("--campaign", help=_("La campagne, pour qui n'a pas de dossier."))]
Reference = Annotated[str | None, typer.Option(help=_("La référence du client chez le partenaire."))]


def register(app: typer.Typer) -> None:
    """Add the verbs to ``outreach campaign``."""
    app.command("preview", help=_("Voir d'avance qui serait contacté, qui ne le serait pas, et pourquoi. N'écrit rien en base."))(
        preview
    )
    app.command("why", help=_("Pourquoi cette personne est contactée, ou ne l'est pas : à lire à qui le demande."))(why)


def preview(which: Which, out: Out = Path("out"), as_json: AsJson = False) -> None:
    """Preview a campaign."""
    from outreach.flows.segments import preview as look
    from outreach.segments.effect import effect_lines
    from outreach.segments.picture import page, svg

    opened = database()
    loaded = _loaded(opened, which)
    with progress_shown(quiet=as_json):
        seen = look(opened, loaded)
    folder = out / seen.campaign
    folder.mkdir(parents=True, exist_ok=True)
    tables = list(_tables(seen))
    files = [folder / "preview.svg", folder / "preview.html"]
    files[0].write_text(svg(seen), encoding="utf-8")
    files[1].write_text(
        page(seen, [(title, heads, [[_cell(cell) for cell in row] for row in rows]) for title, heads, rows in tables]),
        encoding="utf-8",
    )
    if as_json:
        emit(as_data(seen) | {"files": [str(path) for path in files]}, as_json, "", [])
        return
    for title, heads, rows in tables:
        table(title, rows, heads)
        typer.echo()
    for line in effect_lines(seen):
        typer.echo(line)
    typer.echo(_("Image : {path}").format(path=files[1]))


def why(case: Case = None, campaign: Code = None, reference: Reference = None, as_json: AsJson = False) -> None:
    """Say why."""
    from outreach.core.errors import OutreachError
    from outreach.core.settings import settings
    from outreach.segments.letter import paragraph
    from outreach.segments.why import why_case, why_reference

    with database().session() as session:
        if case is not None:
            told = why_case(session, case, actor=settings().user)
        elif campaign is not None and reference is not None:
            told = why_reference(session, campaign, reference, actor=settings().user)
        else:
            mend = _("Donnez le numéro d'un dossier ou le code d'une lettre, ou bien --campaign et --reference.")
            raise OutreachError(_("de qui s'agit-il ?"), mend=mend)
    if as_json:
        emit(as_data(told) | {"paragraph": paragraph(told)}, as_json, "", [])
        return
    typer.echo(paragraph(told))
    typer.echo()
    rows = []
    for rule in told.rules:
        kind = _("exclut") if rule.excludes else _("choisit")
        mark = (_("oui, et décide") if rule.decided else _("oui")) if rule.held else _("non")
        rows.append([rule.label, kind, mark])
        rows += [["  " + _("{fact} : {value} ; demandé : {wanted}").format(fact=one.label, value=one.value, wanted=one.wanted), "",
                  _("oui") if one.held else _("non")] for one in rule.conditions]  # fmt: skip
    table(_("Les règles, dans leur ordre"), rows, [_("règle"), "", _("vraie ?")])
    same = (
        _("Rejouée à partir des valeurs gardées, la décision est la même.")
        if told.same
        else _("ATTENTION : rejouée, la décision n'est pas la même.")
    )
    typer.echo(same)
    typer.echo(_("Version {version} de la campagne, empreinte {hash}.").format(version=told.version, hash=told.version_hash))
    for source in told.dated_rules.values():
        typer.echo(_("Règle de droit : {source}").format(source=source))
    for when, verdict in told.earlier:
        typer.echo(_("Décidé auparavant, le {day} : {verdict}").format(day=f"{when:%d/%m/%Y}", verdict=verdict))
    if not told.same:
        raise typer.Exit(1)


def _loaded(opened: Database, which: str) -> Loaded:
    """A campaign by code (the frozen version, or the draft), or a folder as it is written now."""
    from outreach.definitions.loader import read_folder
    from outreach.definitions.registry import Loaded, find_campaign

    folder = read_folder(Path(which)) if Path(which).is_dir() else None
    with opened.session() as session:
        known = find_campaign(session, folder.campaign.code if folder else which, drafts=True)
    return Loaded(known.campaign, folder, known.version) if folder else known


def _tables(seen: Preview) -> Any:
    """(Title, heads, rows) of each table."""
    total = [[_("sur la liste"), seen.units, ""], [_("contactés"), seen.targeted, _percent(seen.targeted, seen.units)],
             [_("laissés de côté"), seen.units - seen.targeted, _percent(seen.units - seen.targeted, seen.units)],
             [_("ont déjà un dossier"), seen.opened, ""]]  # fmt: skip
    yield _("En tout"), [], total
    segments = [[group.label, group.priority, group.first, group.any] for group in seen.segments]
    yield _("Segments"), ["", _("priorité"), _("contactés"), _("répondent à la règle")], segments
    labels = {group.code: group.label for group in seen.segments}
    overlaps = [[" + ".join(labels[code] for code in pair.split("+")), count] for pair, count in seen.overlaps.items()]
    if overlaps:
        yield _("Répondent à deux segments (le premier l'emporte)"), [], overlaps
    excluded = [[_(group.label), group.first, group.any] for group in seen.excluded]
    yield _("Laissés de côté"), ["", _("première raison"), _("ont cette raison")], excluded
    unknown = [[_fact_label(name), count, _percent(count, seen.units)] for name, count in seen.unknown.items() if count]
    if unknown:
        yield _("Ce qu'on ne sait pas"), [], unknown
    sites: dict[str, int] = {}
    for group in seen.segments:
        for site, count in (group.by_site or {}).items():
            sites[site] = sites.get(site, 0) + count
    yield _("Par site"), [], [[site, count] for site, count in sorted(sites.items(), key=lambda item: -item[1])]
    heads = ["", _("dossiers"), _("dont tirés au sort")]
    yield _("Vagues"), heads, [[f"{at}", round(cases), round(seen.dealt[at - 1])] for at, cases in enumerate(seen.waves, 1)]


def _fact_label(name: str) -> str:
    from outreach.definitions.facts import FACTS

    fact = FACTS.get(name)
    return _(fact.label) if fact else name


def _percent(part: float, whole: float) -> str:
    from outreach.segments.wording import share

    return share(part / whole) if whole else ""


def _cell(cell: Any) -> str:
    return number(cell, language()) if isinstance(cell, int | float) else str(cell)
