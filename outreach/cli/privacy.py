"""``outreach privacy``: until when we know people, one person's record or erasure, what the law wants written down."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outreach.cli.output import AsJson, database, emit, progress_shown, table
from outreach.core.i18n import _

if TYPE_CHECKING:
    from outreach.privacy import Due, DueOfAgreement

app = typer.Typer(
    help=_("Conservation, dossier ou effacement d'une personne, registre des traitements, analyse d'impact."),
    no_args_is_help=True,
)
Person = Annotated[int, typer.Argument(help=_("Le numéro de la personne : voyez « find »."))]
Document = Annotated[Path, typer.Argument(help=_("Fichier à écrire, en .pdf ou .json."))]
Request = Annotated[int | None, typer.Option(help=_("Le numéro de sa demande."))]


@app.command(help=_("Ce qui est échu selon chaque convention. Ne change rien sans --wet."))
def retention(
    wet: Annotated[bool, typer.Option("--wet", help=_("Anonymiser ce qui est échu. Ne se défait pas."))] = False,
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help=_("Comme si l'on était ce jour-là ; jamais avec --wet."))
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List what is due, or anonymise it."""
    from outreach.core.errors import PolicyError
    from outreach.privacy import what_is_due

    if wet and day is not None:
        raise PolicyError(_("on n'anonymise pas d'avance"), mend=_("Retirez --day, ou --wet."))
    if wet:
        _anonymise(as_json=as_json)
        return
    with database().session() as session:
        due = what_is_due(session, day.date() if day else None)
    if as_json:
        emit(due, as_json, "", [])
        return
    _show(_("Échu le {day}").format(day=f"{due.day:%d/%m/%Y}"), due.now)
    _show(_("Échu dans un mois"), due.soon)
    if due.files:
        rows = [[one.campaign, one.path.name, _date(one.deleted_on)] for one in due.files]
        table(_("Fichiers de la boîte qui attendent une réponse"), rows, [_("campagne"), _("fichier"), _("effacé le")])
    table("", [[_summary(due)]])


def _anonymise(*, as_json: bool) -> None:
    from outreach.core.settings import settings
    from outreach.flows.forgetting import ask_providers, retain

    opened = database()
    with progress_shown(quiet=as_json):
        done = retain(opened, actor=settings().user)
        asked = ask_providers(opened)
    rows: list[list[object]] = [
        [_("dossiers"), done.cases], [_("lignes de listes"), done.rows], [_("personnes"), done.people],
        [_("avis d'opérateurs et messages d'inconnus"), done.notices], [_("lectures oubliées du journal"), done.reads],
        [_("traces effacées chez l'opérateur"), asked.gone], [_("traces qui attendent l'opérateur"), asked.waiting],
    ]  # fmt: skip
    emit({"anonymised": done, "providers": asked}, as_json, _("Anonymisé"), rows)


def _show(title: str, agreements: list[DueOfAgreement]) -> None:
    rows = [
        [one.agreement, one.partner, one.months, one.cases, one.rows, one.people, one.held, _date(one.next_on)]
        for one in agreements
    ]
    heads = [
        _("convention"),
        _("partenaire"),
        _("mois"),
        _("dossiers"),
        _("lignes"),
        _("personnes"),
        _("encore ouverts"),
        _("puis le"),
    ]
    table(title, rows, heads)


def _summary(due: Due) -> str:
    if not (due.cases or due.rows or due.people):
        return _("Rien n'est échu.")
    return _("Pour anonymiser : outreach privacy retention --wet")


def _date(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""


@app.command(help=_("Retrouver le numéro d'une personne par son nom, son téléphone, sa lettre, sa référence ou son adresse."))
def find(asked: Annotated[str, typer.Argument(help=_("Ce que l'on sait d'elle."))], as_json: AsJson = False) -> None:
    """Find somebody in the whole register."""
    from outreach.core.settings import settings
    from outreach.tracking import identify

    with database().session() as session:
        found = identify(session, asked, actor=settings().user)
    rows = [[one.person_id, one.name, _date(one.birth_date), one.city or "", one.campaign_name] for one in found]
    heads = [_("Numéro"), _("Nom"), _("Naissance"), _("Commune"), _("Campagne")] if rows else []
    emit(found, as_json, _("Personnes") if rows else _("Personne ne répond à cela"), rows, heads)


@app.command(help=_("Écrire tout ce que l'on sait d'une personne, pour elle, en français."))
def record(person: Person, file: Document, request: Request = None, as_json: AsJson = False) -> None:
    """Write one person's record."""
    from outreach.core.settings import settings
    from outreach.flows.records import person_record
    from outreach.privacy.record import write_record

    told = person_record(database(), person, actor=settings().user, request=request)
    path = write_record(told, file)
    emit({"file": str(path)}, as_json, _("Dossier écrit"), [[str(path)]])


@app.command(help=_("Effacer une personne à sa demande. Ne se défait pas ; une marque hachée empêche son retour."))
def erase(
    person: Person,
    request: Request = None,
    yes: Annotated[bool, typer.Option("--yes", help=_("Sans redemander."))] = False,
    as_json: AsJson = False,
) -> None:
    """Erase one person."""
    from outreach.core.settings import settings
    from outreach.flows.forgetting import ask_providers, erase_person

    if not yes:
        typer.confirm(_("Effacer la personne {number}, partout et pour toujours ?").format(number=person), abort=True)
    opened = database()
    erased = erase_person(opened, person, actor=settings().user, request=request)
    asked = ask_providers(opened)
    rows: list[list[object]] = [
        [_("dossiers"), erased.cases], [_("lignes de listes"), erased.rows], [_("marques gardées"), erased.marks],
        [_("traces qui attendent l'opérateur"), asked.waiting],
    ]  # fmt: skip
    emit({"erased": erased, "providers": asked}, as_json, _("Effacée"), rows)


@app.command(help=_("Écrire le registre des activités de traitement (RGPD, article 30), tiré des conventions."))
def register(file: Document, as_json: AsJson = False) -> None:
    """Write the record of processing activities."""
    from outreach.privacy.processing import register_of, write_register

    with database().session() as session:
        told = register_of(session)
    path = write_register(told, file)
    emit({"file": str(path), "entries": len(told["entries"])}, as_json, _("Registre écrit"), [[str(path), len(told["entries"])]])


@app.command(help=_("Écrire la fiche par laquelle commence l'analyse d'impact d'une convention (article 35)."))
def impact(
    agreement: Annotated[str, typer.Argument(help=_("Code de la convention."))], file: Document, as_json: AsJson = False
) -> None:
    """Write the impact sheet of an agreement."""
    from outreach.privacy.processing import impact_of, write_impact

    with database().session() as session:
        told = impact_of(session, agreement)
    path = write_impact(told, file)
    emit({"file": str(path), "needed": told["needed"]}, as_json, _("Fiche écrite"), [[str(path)]])
