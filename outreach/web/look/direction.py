"""Text from right to left: which way a language runs, and numbers kept whole inside it."""

from __future__ import annotations

from markupsafe import Markup, escape

from outreach.core.typesetting import is_right_to_left, isolate_numbers

RIGHT_TO_LEFT = frozenset(
    {"ar", "arc", "ary", "arq", "aeb", "ckb", "dv", "fa", "he", "ku-arab", "prs", "ps", "sd", "ug", "ur", "yi"}
)
ISOLATE, END_ISOLATE = "\u2066", "\u2069"


def direction(code: str) -> str:
    """``rtl`` or ``ltr``: which way the text of a language runs."""
    known = code.lower().replace("_", "-")
    return "rtl" if known in RIGHT_TO_LEFT or known.partition("-")[0] in RIGHT_TO_LEFT else "ltr"


def isolate(value: object) -> Markup:
    """A number, a date or a phone number kept in its order wherever it stands; of a text from right to left, each number in it.

    Without it ``04 65 71 00 08`` inside Arabic is shown group by group from the right (Unicode annex 9).
    """
    text = str(value).replace(ISOLATE, "").replace(END_ISOLATE, "")
    if not is_right_to_left(text):
        return Markup('<bdi dir="ltr">{}</bdi>').format(text)
    isolated = str(escape(isolate_numbers(text)))
    return Markup(isolated.replace(ISOLATE, '<bdi dir="ltr">').replace(END_ISOLATE, "</bdi>"))  # noqa: S704 - escaped above
