"""``outreach match``: find who is behind the rows, show why, decide what only people can, take back, learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from outreach.cli.output import AsJson, counted, database, emit, progress_shown, table
from outreach.core.i18n import _, language, number
from outreach.core.labels import LINKS
from outreach.core.words import PairVerdict

if TYPE_CHECKING:
    from outreach.flows.matching import Outcome
    from outreach.matching.register import MatchResult
    from outreach.matching.register.homes import Member
    from outreach.matching.register.pairs import PairView

RUN = "run"
ROWS_SHOWN = 20


class RunByDefault(TyperGroup):
    """``outreach match`` matches; the other words ask about it or decide."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Puts the unwritten word in."""
        if not args or (args[0] not in self.commands and args[0] != "--help"):
            args = [RUN, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=RunByDefault, help=_("2 · Retrouver les personnes et les foyers derrière les lignes."))
Row = Annotated[int, typer.Argument(help=_("Le numéro d'une ligne (voir « outreach match review »)."))]
PersonNumber = Annotated[int, typer.Argument(help=_("Le numéro d'une personne."))]
Note = Annotated[str | None, typer.Option("--note", help=_("Pourquoi : gardé avec la décision."))]


@app.command(RUN, help=_("Rapprocher ce qui est nouveau ; c'est ce que fait « outreach match » sans autre mot."))
def run(
    full: Annotated[bool, typer.Option("--full", help=_("Tout reprendre, et pas seulement ce qui est nouveau."))] = False,
    as_json: AsJson = False,
) -> None:
    """Match the register."""
    from outreach.core.settings import settings
    from outreach.flows import matching

    opened = database()
    with progress_shown(quiet=as_json):
        result = matching.run(opened, actor=settings().user, full=full)
    emit(result, as_json, _("Personnes et foyers"), _found(result))


def _found(result: MatchResult) -> list[list[Any]]:
    rows: list[list[Any]] = [[_("lignes"), result.rows]]
    rows += [[_("dont nouvelles"), result.new]] if result.kind == "increment" else []
    rows += [[_("personnes"), result.persons], [_("foyers"), result.households]]
    return rows + counted(LINKS, result.links)


@app.command(help=_("Montrer pourquoi deux lignes sont, ou ne sont pas, une seule personne."))
def explain(one: Row, other: Row, as_json: AsJson = False) -> None:
    """Explain a pair."""
    from outreach.flows import matching

    view = matching.pair(database(), one, other)
    if as_json:
        emit(view, as_json, "", [])
        return
    _side_by_side(view)
    _waterfall(view)


def _side_by_side(view: PairView) -> None:
    from outreach.matching.explained.cards import lines_of

    left, right = ([*lines_of(card), (_("personne"), str(card.person_id or ""))] for card in (view.left, view.right))
    rows = [
        ["" if mine == theirs else "≠" if mine and theirs else "", words, mine, theirs]
        for (words, mine), (_words, theirs) in zip(left, right, strict=True)
        if mine or theirs
    ]
    columns = ("", "", _("ligne {row}").format(row=view.left.id), _("ligne {row}").format(row=view.right.id))
    table(_("Les deux lignes"), rows, columns)


def _waterfall(view: PairView) -> None:
    from outreach.matching.explained.explain import START
    from outreach.matching.explained.picture import bar, factor, percent, weighed
    from outreach.matching.explained.wording import BARRED, OUTCOMES, VERDICTS, agreement, silent

    rows = [
        [
            agreement(step.field, step.level),
            "" if step.field == START else factor(step.weight),
            bar(weighed(step)),
            percent(step.p_after),
        ]
        for step in view.why.telling
    ]
    table(_("Ce qui a pesé : contre ░ │ █ pour"), rows, ("", _("chances"), "", _("une seule personne ?")))
    typer.echo(_("{verdict} : {same} que ce soit une seule personne, {household} que ce soit un même foyer.").format(
        verdict=_(OUTCOMES[view.decision]), same=percent(view.p_same), household=percent(view.p_household)
    ))  # fmt: skip
    if view.why.silent:
        typer.echo(silent(view.why.silent))
    if view.why.barred:
        typer.echo(_(BARRED[view.why.barred]))
    if view.said:
        typer.echo(_("Décidé par {author} le {day} : {verdict}.").format(
            author=view.said.author, day=f"{view.said.decided_at:%d/%m/%Y}", verdict=_(VERDICTS[view.said.verdict])
        ))  # fmt: skip


@app.command(help=_("Lister les paires qui attendent qu'une personne les regarde, les plus probables d'abord."))
def review(
    most: Annotated[int, typer.Option("--most", min=1, help=_("Combien en montrer."))] = ROWS_SHOWN, as_json: AsJson = False
) -> None:
    """List the queue."""
    from outreach.flows import matching
    from outreach.matching.explained.picture import percent

    queue = matching.queue(database(), most=most)
    rows = [[str(pair.left_row), str(pair.right_row), percent(pair.p_same)] for pair in queue.pairs]
    title = _("Paires à vérifier par une personne : {waiting}").format(waiting=number(queue.waiting, language()))
    emit(queue, as_json, title, rows, (_("ligne"), _("ligne"), _("une seule personne ?")))
    if rows and not as_json:
        typer.echo(_("Voir une paire : « outreach match explain {one} {other} » ; toutes à l'écran : « outreach match screen ».").format(
            one=rows[0][0], other=rows[0][1]
        ))  # fmt: skip


@app.command(help=_("Ouvrir l'écran des paires à vérifier, sur cette machine seule : côte à côte, pourquoi, trois réponses."))
def screen(port: Annotated[int, typer.Option(min=1, max=65535, help=_("Port d'écoute."))] = 8601) -> None:
    """Serve the review screen until stopped."""
    import secrets
    import signal
    import sys

    import uvicorn

    from outreach.core.settings import settings
    from outreach.web.review import create_review_app

    key = secrets.token_urlsafe(18)
    app_of_screen = create_review_app(database(), author=settings().user, key=key)
    typer.echo(_("http://127.0.0.1:{port}/?key={key} — arrêtez avec Ctrl+C").format(port=port, key=key))
    # The server gives SIGTERM back once it has closed; ended by it, this process would leave its PostgreSQL running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(app_of_screen, host="127.0.0.1", port=port, access_log=False, server_header=False, log_level="warning")


@app.command(help=_("Décider de deux lignes : same (une personne), apart (deux), unsure (impossible à dire)."))
def decide(one: Row, other: Row, verdict: PairVerdict, note: Note = None, as_json: AsJson = False) -> None:
    """Decide, and match again what that touches."""
    from outreach.core.settings import settings
    from outreach.flows import matching

    told(matching.decide(database(), one, other, verdict, author=settings().user, note=note), as_json)


@app.command(help=_("Lister les dernières décisions, avec leur auteur et leur date."))
def decisions(
    most: Annotated[int, typer.Option("--most", min=1, help=_("Combien en montrer."))] = 50, as_json: AsJson = False
) -> None:
    """List decisions."""
    from outreach.flows import matching
    from outreach.matching.explained.wording import VERDICTS

    kept = matching.history(database(), most=most)
    rows = [
        [
            str(one.id), f"{one.decided_at:%d/%m/%Y}", one.author, str(one.left_row), str(one.right_row), _(VERDICTS[one.verdict]),
            _("reprise par {author} le {day}").format(author=one.withdrawn_by, day=f"{one.withdrawn_at:%d/%m/%Y}")
            if one.withdrawn_at else "", one.note or "",
        ]
        for one in kept
    ]  # fmt: skip
    plain = [
        {"id": one.id, "verdict": one.verdict, "rows": [one.left_row, one.right_row], "author": one.author, "note": one.note,
         "decided_at": one.decided_at, "withdrawn_at": one.withdrawn_at, "withdrawn_by": one.withdrawn_by}
        for one in kept
    ]  # fmt: skip
    columns = ("", _("date"), _("par"), _("ligne"), _("ligne"), _("décision"), "", _("note"))
    emit(plain, as_json, _("Décisions") if rows else _("Aucune décision."), rows, columns)


@app.command(help=_("Reprendre une décision : le rapprochement juge de nouveau seul."))
def withdraw(
    decision: Annotated[int, typer.Argument(help=_("Son numéro (voir « decisions »)."))], as_json: AsJson = False
) -> None:
    """Withdraw a decision."""
    from outreach.core.settings import settings
    from outreach.flows import matching

    told(matching.withdraw(database(), decision, author=settings().user), as_json)


@app.command(
    help=_("Séparer les lignes d'une personne qui en sont deux ; sans --at, montrer où, le lien le plus faible d'abord.")
)
def split(
    person: PersonNumber,
    at: Annotated[int | None, typer.Option("--at", min=1, help=_("Le rang du lien à couper."))] = None,
    note: Note = None,
    as_json: AsJson = False,
) -> None:
    """Show the bridges of a person, or cut one."""
    from outreach.core.settings import settings
    from outreach.flows import matching
    from outreach.matching.explained.picture import percent

    if at is not None:
        told(matching.split(database(), person, at, author=settings().user, note=note), as_json)
        return
    found = matching.weak_bridges(database(), person)
    rows = [
        [str(rank), _listed(bridge.here), _listed(bridge.there), f"{bridge.left_row} – {bridge.right_row}",
         percent(bridge.p_same) if bridge.p_same is not None else _("par décision ou par le partenaire")]
        for rank, bridge in enumerate(found, 1)
    ]  # fmt: skip
    title = _("Où couper : le lien le plus faible d'abord") if rows else _("Cette personne n'a qu'une ligne.")
    emit(found, as_json, title, rows, ("--at", _("lignes d'un côté"), _("de l'autre"), _("ce qui les tient"), ""))


def _listed(rows: tuple[int, ...]) -> str:
    return " ".join(map(str, rows))


@app.command(help=_("Défaire une fusion : une personne fusionnée dans une autre redevient elle-même."))
def undo(person: PersonNumber, note: Note = None, as_json: AsJson = False) -> None:
    """Undo a merge."""
    from outreach.core.settings import settings
    from outreach.flows import matching

    told(matching.undo_merge(database(), person, author=settings().user, note=note), as_json)


@app.command(help=_("Montrer un foyer : qui y vit et d'après quoi, qui l'a quitté."))
def household(
    number: Annotated[int, typer.Argument(metavar="FOYER", help=_("Le numéro du foyer."))], as_json: AsJson = False
) -> None:
    """Show a household."""
    from outreach.flows import matching

    members = matching.household(database(), number)
    columns = (_("personne"), _("nom"), _("depuis"), _("jusqu'à"), _("avec"), _("d'après"))
    emit(members, as_json, _("Foyer {number}").format(number=number), [_member(member) for member in members], columns)


def _member(member: Member) -> list[str]:
    from outreach.matching.explained.picture import percent
    from outreach.matching.explained.wording import agreement

    name = " ".join(part for part in (member.given_name, member.family_name) if part)
    grounds = ", ".join(agreement(*ground).lower() for ground in member.tie.grounds) if member.tie else ""
    return [
        str(member.person_id), name, f"{member.since:%d/%m/%Y}", f"{member.until:%d/%m/%Y}" if member.until else "",
        str(member.tie.other_id) if member.tie else "", f"{grounds} ({percent(member.tie.together)})" if member.tie else "",
    ]  # fmt: skip


def told(outcome: Outcome, as_json: bool) -> None:
    """What a decision did."""
    rows = [[_("décisions gardées"), outcome.decisions], [_("lignes revues"), outcome.match.settled]]
    emit(outcome, as_json, _("C'est pris en compte"), rows + _found(outcome.match))
