"""The picture of a preview: who is on the list, who is contacted and why, who is not, and the waves; an SVG for any screen.

Words stand at what they name, no legend; segments and reasons share one scale, waves have their own. Colours are the house's
tokens with their own values for light and dark, so that the picture stands alone in a file as well as in a page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from textwrap import wrap
from typing import Literal

from outreach.core.i18n import _, language, number
from outreach.segments.preview import Preview
from outreach.segments.wording import points, share, units_of

WIDTH, PAD, LINE, BAR, GAP, CHARACTERS = 420, 14, 18, 16, 12, 50
STYLE = """
.pv{--ink:#1b2430;--paper:#fff;--soft:#f4f6f8;--line:#d9dfe5;--accent:#0b6e4f;--faint:#b9d9cd;--warn:#8a5a00;--tint:#f0d9a8;
font-family:system-ui,-apple-system,"Segoe UI",sans-serif;background:var(--paper)}
@media (prefers-color-scheme:dark){.pv{--ink:#e8edf2;--paper:#141a21;--soft:#1e2630;--line:#36414d;--accent:#4fc197;--faint:#24503f;
--warn:#e5b75c;--tint:#574316}}
.pv text{fill:var(--ink);font-size:13.5px}.pv .big{font-size:21px;font-weight:650}.pv .head{font-size:14.5px;font-weight:650}
.pv .small{font-size:12.5px}.pv .figure{font-weight:600;font-variant-numeric:tabular-nums}.pv .soft{fill:var(--soft)}
.pv .yes{fill:var(--accent)}.pv .also{fill:var(--faint)}.pv .no{fill:var(--warn)}.pv .alsono{fill:var(--tint)}
.pv .line{stroke:var(--line);stroke-width:1}
"""


@dataclass(frozen=True)
class Bar:
    """One bar: ``value`` in full colour, up to ``whole`` in its tint (who would be here but for what comes first)."""

    label: str
    value: float
    whole: float
    note: str = ""


@dataclass
class _Sheet:
    """What is drawn so far, and how far down."""

    y: float = PAD
    parts: list[str] = field(default_factory=list)

    def text(self, words: str, style: str = "", *, x: float = PAD, end: bool = False, down: float = LINE) -> None:
        anchor = ' text-anchor="end"' if end else ""
        self.parts.append(f'<text class="{style}" x="{x:g}" y="{self.y + 13:g}"{anchor}>{escape(words)}</text>')
        self.y += down

    def lines(self, words: str, style: str = "", characters: int = CHARACTERS) -> None:
        for line in wrap(words, characters):
            self.text(line, style)

    def rule(self) -> None:
        self.y += GAP
        self.parts.append(f'<line class="line" x1="{PAD}" x2="{WIDTH - PAD}" y1="{self.y:g}" y2="{self.y:g}"/>')
        self.y += GAP


def svg(seen: Preview) -> str:
    """The picture of a preview as an SVG element of its own."""
    sheet = _Sheet()
    _head(sheet, seen)
    segments = [Bar(_(group.label), group.first, group.any, _taken(group.any - group.first)) for group in seen.segments]
    excluded = [
        Bar(_(group.label), group.first, group.any, _twice(group.any - group.first)) for group in seen.excluded if group.any
    ]
    longest = max((bar.whole for bar in [*segments, *excluded]), default=0)
    _panel(sheet, _("Contactés, par segment"), segments, "yes", longest)
    if excluded:
        _panel(sheet, _("Laissés de côté, par première raison"), excluded, "no", longest)
    _waves(sheet, seen)
    title = escape(_("{campaign} : {targeted} contactés sur {units}").format(
        campaign=seen.name, targeted=number(seen.targeted, language()), units=number(seen.units, language())
    ))  # fmt: skip
    height = sheet.y + PAD
    return (
        f'<svg class="pv" role="img" aria-label="{title}" viewBox="0 0 {WIDTH} {height:g}" xmlns="http://www.w3.org/2000/svg">'
        f'<title>{title}</title><style>{STYLE}</style><rect width="100%" height="100%" style="fill:var(--paper)"/>'
        f"{''.join(sheet.parts)}</svg>"
    )


def _head(sheet: _Sheet, seen: Preview) -> None:
    here = language()
    sheet.text(_("{number} contactés").format(number=units_of(seen.unit, seen.targeted)), "big", down=26)
    left = _("sur {units} de la liste ; {left} laissés de côté").format(
        units=number(seen.units, here), left=number(seen.units - seen.targeted, here)
    )
    sheet.lines(left)
    room = WIDTH - 2 * PAD
    reached = room * seen.targeted / seen.units if seen.units else 0
    sheet.parts.append(f'<rect class="alsono" x="{PAD}" y="{sheet.y + 4:g}" width="{room}" height="{BAR}" rx="4"/>')
    sheet.parts.append(f'<rect class="yes" x="{PAD}" y="{sheet.y + 4:g}" width="{reached:.1f}" height="{BAR}" rx="4"/>')
    sheet.y += BAR + 6
    sheet.rule()


def _panel(sheet: _Sheet, title: str, bars: list[Bar], style: Literal["yes", "no"], longest: float) -> None:
    sheet.text(title, "head", down=LINE + 6)
    room = WIDTH - 2 * PAD
    for bar in bars:
        words = wrap(bar.label, CHARACTERS - 9)
        for at, line in enumerate(words):
            if at == len(words) - 1:
                figure = number(round(bar.value), language())
                sheet.text(figure, "figure", x=WIDTH - PAD, end=True, down=0)
            sheet.text(line)
        for width, kind in ((bar.whole, "also" if style == "yes" else "alsono"), (bar.value, style)):
            if width:
                size = max(room * width / (longest or 1), 2)
                sheet.parts.append(
                    f'<rect class="{kind}" x="{PAD}" y="{sheet.y + 1:g}" width="{size:.1f}" height="{BAR - 5}" rx="3"/>'
                )
        sheet.y += BAR - 2
        if bar.note:
            sheet.text(bar.note, "small")
        sheet.y += 6
    sheet.y -= 6
    sheet.rule()


def _waves(sheet: _Sheet, seen: Preview) -> None:
    title = _("Une seule vague") if len(seen.waves) == 1 else _("{number} vagues, tirées au sort").format(number=len(seen.waves))
    bars = []
    for at, cases in enumerate(seen.waves):
        begins = _("dès le début") if at == 0 else _("{days} jours plus tard").format(days=at * seen.days_apart)
        urgent = round(cases - seen.dealt[at])
        note = _("dont {number} urgents, qui n'attendent jamais").format(number=number(urgent, language())) if urgent else ""
        bars.append(Bar(f"{at + 1} · {begins}", cases, cases, note))
    _panel(sheet, title, bars, "yes", max(seen.waves, default=0))
    best = seen.detectable.best
    if best is not None:
        sheet.lines(_("Ce plan ne pourra pas mesurer un effet plus petit que {points}.").format(points=points(best)), "head", 46)
        assumed = _("On suppose que {share} règlent leur problème sans nous.").format(share=share(seen.detectable.baseline))
        sheet.lines(assumed, "small", 56)
    else:
        sheet.lines(_("Sans vague qui attend, ce plan ne peut mesurer aucun effet."), "head", 46)


def _taken(count: int) -> str:
    return _("+ {number} pris par un segment plus haut, ou exclus").format(number=number(count, language())) if count > 0 else ""


def _twice(count: int) -> str:
    return _("+ {number} déjà écartés par une raison plus haut").format(number=number(count, language())) if count > 0 else ""


PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>{title}</title><style>
:root{{color-scheme:light dark;--ink:#1b2430;--paper:#fff;--line:#d9dfe5}}
@media (prefers-color-scheme:dark){{:root{{--ink:#e8edf2;--paper:#141a21;--line:#36414d}}}}
body{{margin:0;background:var(--paper);color:var(--ink);font:17px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}}
main{{max-width:560px;margin:0 auto;padding:16px}}h1{{font-size:1.3rem;margin:8px 16px 0}}svg{{width:100%;height:auto;display:block}}
.seal{{font-size:.8rem}}p{{margin:8px 16px;overflow-wrap:anywhere}}summary{{margin:0 16px;padding:11px 0;cursor:pointer}}
table{{border-collapse:collapse;margin:0 16px 16px;font-size:.9rem}}td,th{{text-align:left;padding:6px 12px 6px 0;border-bottom:1px solid var(--line)}}
td:not(:first-child),th:not(:first-child){{text-align:right;font-variant-numeric:tabular-nums}}
</style></head><body><main><h1>{title}</h1><p>{state}</p>{svg}{tables}<p class="seal">{seal}</p></main></body></html>
"""


def page(seen: Preview, tables: list[tuple[str, list[str], list[list[str]]]]) -> str:
    """A page around the picture, with the tables behind one tap: (title, heads, rows)."""
    state = _("Aperçu. Rien n'est enregistré.") if not seen.opened else _("{number} dossiers sont déjà ouverts.").format(
        number=number(seen.opened, language())
    )  # fmt: skip
    seal = _("Empreinte du tirage au sort : {commitment}").format(commitment=seen.commitment) if seen.commitment else ""
    told = "".join(_table(*table) for table in tables)
    return PAGE.format(
        lang=language(), title=escape(seen.name), state=escape(state), svg=svg(seen), tables=told, seal=escape(seal)
    )


def _table(title: str, heads: list[str], rows: list[list[str]]) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<details><summary>{escape(title)}</summary><table><tr>{head}</tr>{body}</table></details>"
