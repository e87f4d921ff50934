"""What the waves of a campaign can measure, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach.core.i18n import _, language, number
from outreach.segments.wording import points, share, units_of

if TYPE_CHECKING:
    from outreach.segments.preview import Preview


def effect_lines(seen: Preview) -> list[str]:
    """What the waves can measure, with what that supposes, in plain words."""
    able = seen.detectable
    if able.best is None:
        return [_("Sans vague qui attend, ce plan ne peut mesurer aucun effet.")]
    lines = []
    for one in able.comparisons:
        if one.effect is None:
            continue
        text = _(
            "Après la vague {wave}, {contacted} contre {waiting} qui attendent : ce plan ne pourra pas mesurer un effet plus petit que {points}."
        )
        lines.append(text.format(
            wave=one.after_wave, contacted=units_of(seen.unit, one.contacted), waiting=number(round(one.waiting), language()),
            points=points(one.effect),
        ))  # fmt: skip
    text = _(
        "On suppose que {baseline} règlent leur problème sans nous (waves.baseline), qu'on veut voir l'effet 8 fois sur 10, et se tromper au plus 1 fois sur 20."
    )
    lines.append(text.format(baseline=share(able.baseline)))
    text = _(
        "Les voisins d'un immeuble se ressemblent un peu ({icc}, waves.icc) : avec {doors} dossiers par immeuble, {effect} fois plus de monde est nécessaire."
    )
    lines.append(text.format(
        icc=number(able.icc, language()), doors=number(round(able.per_building, 1), language()),
        effect=number(round(able.design_effect, 2), language())
    ))  # fmt: skip
    return lines
