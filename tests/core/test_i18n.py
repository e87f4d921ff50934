"""French first, English second: no text that people read is left without its translation."""

from __future__ import annotations

import ast
import re
import threading
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from outreach.core import errors
from outreach.core.errors import OutreachError
from outreach.core.i18n import CATALOGUE, N_, _, english, french_day, language, number, speaking
from outreach.policy.dispositions import DISPOSITIONS

ROOT = Path(__file__).parents[2]
MARKS = {"_", "N_"}
SAYING = {name: (0, "message", "mend") for name, kind in vars(errors).items() if isinstance(kind, type)} | {
    "Mistake": (3, "message"),
    "_blame": (4, "reason"),
}
"""Calls that hold a sentence for people: the place of the sentence, and the names of arguments that are one."""
SPOKEN_FAULTS = {"definitions": "_", "intake": "N_"}
"""Rooms whose ValueErrors are read by people: mistakes of a definition, at once; faulty cells, stored in French."""
FRENCH = re.compile(r"[À-ÿŒœ«»]|\b[cdjlmnst]['’]\w")
LETTER = re.compile(r"[^\W\d_]")
WORD = re.compile(r"[^\W\d_]{3}")
NOT_SAID = {
    "recouvrement de créances", "À corriger", "éèàùâêîôûçëïüÉÈÀÊÇœ°€’",
    "translate(lower({0}), 'àâäáãåéèêëîïíìôöóòõùûüúçñ-''’', 'aaaaaaeeeeiiiiooooouuuucn   ')",
}  # fmt: skip
"""French words that are data: what messages may not hold, the header that goes back to partners, letters with accents."""
IN_PAGE = re.compile(r'\b_\("([^"]+)"\)')
"""A text marked in a page's template."""
FIELD = re.compile(r"\{(\w+)[^{}]*\}")


@cache
def trees():
    return {path: ast.parse(path.read_text()) for path in sorted((ROOT / "outreach").rglob("*.py"))}


def shown(path, node):
    return f"{path.relative_to(ROOT) if path.is_absolute() else path}:{node.lineno}"


def name_of(call):
    """The bare name that a call is made by: ``f`` of ``f(…)`` and ``x.f(…)``."""
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def calls(tree):
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def is_mark(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS


def marked_texts():
    in_code = {
        call.args[0].value
        for tree in trees().values()
        for call in calls(tree)
        if is_mark(call) and isinstance(call.args[0], ast.Constant)
    }
    pages = (ROOT / "outreach").rglob("templates/**/*.html")
    return in_code | {text for page in pages for text in IN_PAGE.findall(page.read_text())}


def outside_marks(node):
    """The node and all below it, except docstrings and what stands in ``_(…)`` or ``N_(…)``."""
    if is_mark(node) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from outside_marks(child)


def is_bare(node, function):
    """Whether a sentence has words of its own that are not marked; a variable is followed to what it was given."""
    node = sentence_of(node)
    if isinstance(node, ast.Name):
        given = [
            value
            for assignment in ast.walk(function)
            if isinstance(assignment, ast.Assign)
            for target in assignment.targets
            for name, value in pairs(target, assignment.value)
            if isinstance(name, ast.Name) and name.id == node.id
        ]
        return any(is_bare(value, function) for value in given if not isinstance(value, ast.Name))
    return any(
        isinstance(part, ast.Constant) and isinstance(part.value, str) and LETTER.search(part.value)
        for part in outside_marks(node)
    )


def pairs(target, value):
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return zip(target.elts, value.elts, strict=True)
    return [(target, value)]


def sentence_of(node):
    """What is said, without the values put in: ``template`` of ``template.format(…)``."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"format", "format_map"}:
        return sentence_of(node.func.value)
    return node


def sentences(path, tree):
    """Every sentence that a call holds for people, with the function around it."""
    saying = dict(SAYING)
    room = path.relative_to(ROOT / "outreach").parts[0] if path.is_relative_to(ROOT / "outreach") else ""
    if room in SPOKEN_FAULTS:
        saying["ValueError"] = (0,)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        for call in calls(function):
            place, *names = saying.get(name_of(call), (None,))
            if place is None:
                continue
            said = [keyword.value for keyword in call.keywords if keyword.arg in names]
            for node in [*call.args[place : place + 1], *said]:
                yield node, function


def bare_sentences(path, tree):
    return sorted({shown(path, node) for node, function in sentences(path, tree) if is_bare(node, function)})


def test_the_english_catalogue_is_complete_and_has_nothing_over():
    assert marked_texts() == set(english())
    assert len(english()) > 200, "the sources were found"


def test_no_text_stands_twice_in_the_catalogue():
    written = re.findall(r'^msgid "(.+)"$', CATALOGUE.read_text(encoding="utf-8"), re.MULTILINE)
    assert [text for text in set(written) if written.count(text) > 1] == []


def test_a_translation_takes_the_values_of_its_text():
    different = {french: text for french, text in english().items() if set(FIELD.findall(french)) != set(FIELD.findall(text))}
    assert different == {}


def test_every_sentence_of_an_error_is_translated():
    assert [place for path, tree in trees().items() for place in bare_sentences(path, tree)] == []
    assert sum(1 for path, tree in trees().items() for _sentence in sentences(path, tree)) > 100, "the sentences were found"


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ('raise PolicyError("rien ne va")', True),
        ('raise PolicyError(f"{code} : rien ne va")', True),
        ('raise PolicyError(_("rien ne va"), mend="Partez.")', True),
        ('raise errors.PolicyError("rien " + code)', True),
        ('message = "rien ne va"; raise PolicyError(message)', True),
        ('message = f"{code}, rien"; raise PolicyError(message.format(code=code))', True),
        ('message, mend = _("rien ne va"), "Partez."; raise PolicyError(message, mend=mend)', True),
        ('raise PolicyError("{code} : rien ne va".format(code=code))', True),
        ('raise PolicyError(_("{code} : rien ne va").format(code=code), place="OUTREACH_HOME")', False),
        ('message = _("{code} : rien"); raise PolicyError(message.format(code="a" + code))', False),
        ('raise PolicyError("\\n".join(lines), mend=_("Partez."))', False),
        ('raise ValueError("nothing is right")', False),
    ],
)
def test_a_bare_sentence_would_be_found(line, is_found):
    tree = ast.parse(f"def f(code, lines):\n    {line}")
    assert bool(bare_sentences(Path("example.py"), tree)) == is_found


def test_faults_of_cells_are_marked_and_mistakes_translated():
    """Translated at once, a fault of a cell would be stored in the language of whoever imported the file."""
    wrong = [
        shown(path, call)
        for room, mark in SPOKEN_FAULTS.items()
        for path, tree in trees().items()
        if path.parent == ROOT / "outreach" / room
        for raised in calls(tree)
        if name_of(raised) in {"ValueError", "_blame"}
        for call in calls(raised)
        if is_mark(call) and call.func.id != mark
    ]
    assert wrong == []


def test_marks_hold_plain_texts():
    """No f-string inside a mark: the catalogue could not know it."""
    odd = [
        shown(path, call)
        for path, tree in trees().items()
        for call in calls(tree)
        if is_mark(call)
        if isinstance(call.args[0], ast.JoinedStr | ast.BinOp | ast.Call)
        or (call.func.id == "N_" and not isinstance(call.args[0], ast.Constant))
    ]
    assert odd == []


def test_only_the_command_line_translates_when_it_is_imported():
    """Elsewhere a table of labels would keep the language of whoever imported it first."""
    early = [
        shown(path, node)
        for path, tree in trees().items()
        if path.parent != ROOT / "outreach" / "cli"
        for top in tree.body
        if not isinstance(top, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for node in ast.walk(top)
        if is_mark(node) and node.func.id == "_"
    ]
    assert early == []


def test_nothing_else_is_called_like_the_marks():
    hidden = [
        shown(path, node)
        for path, tree in trees().items()
        if re.search(r"i18n import .*\b_\b", path.read_text())
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id in MARKS and isinstance(node.ctx, ast.Store)
    ]
    assert hidden == []


@pytest.mark.parametrize("room", ["cli", "core", "definitions", "flows", "intake", "segments", "tracking"])
def test_a_room_says_nothing_unmarked(room):
    """No French words stand outside marks; the other rooms also write letters, sheets and summaries, in French."""
    found = {
        node.value
        for path, tree in trees().items()
        if path.relative_to(ROOT / "outreach").parts[0] == room
        for node in outside_marks(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if FRENCH.search(node.value) and WORD.search(node.value)
    }
    assert found - NOT_SAID == set()


def test_texts_follow_the_language(monkeypatch):
    assert _("Bilan") == "Bilan"
    monkeypatch.setenv("OUTREACH_LANGUAGE", "en")
    assert _("Bilan") == "Summary"
    assert N_("Bilan") == "Bilan"
    with speaking("fr"):
        assert _("Bilan") == "Bilan"
    monkeypatch.setenv("OUTREACH_LANGUAGE", "de")
    assert language() == "fr"


def test_a_language_is_chosen_for_one_context():
    heard = []
    other = threading.Thread(target=lambda: heard.append(_("Bilan")))
    with speaking("en"):
        other.start()
        other.join()
        with speaking("fr"):
            heard.append(_("Bilan"))
        heard.append(_("Bilan"))
        with pytest.raises(ZeroDivisionError), speaking("fr"):
            raise ZeroDivisionError
    heard.append(language())
    assert heard == ["Bilan", "Bilan", "Summary", "fr"]


def test_errors_speak_the_language_and_keep_the_braces_of_values():
    def refuse():
        message = _("la colonne « {column} » manque").format(column="{0} {x}")
        raise OutreachError(message, place="{list}.csv", mend=_("Vérifiez le chemin."))

    with pytest.raises(OutreachError) as french:
        refuse()
    assert str(french.value) == "{list}.csv : la colonne « {0} {x} » manque. Vérifiez le chemin."
    with speaking("en"), pytest.raises(OutreachError) as spoken:
        refuse()
    with speaking("en"):
        assert str(spoken.value) == "{list}.csv: the column “{0} {x}” is missing. Check the path."


def test_results_of_attempts_have_both_names():
    assert DISPOSITIONS["not_home"].label == "Personne à la porte, avis laissé"
    with speaking("en"):
        assert DISPOSITIONS["not_home"].label == "Not home, notice left"


def test_numbers_are_written_for_their_readers():
    assert (number(12345), number(1234.5)) == ("12\u202f345", "1\u202f234,5")
    assert (number(12345, "en"), number(1234.5, "en")) == ("12,345", "1,234.5")


def test_the_first_of_a_month_is_written_as_french_says_it():
    assert (french_day(date(2026, 10, 1)), french_day(date(2026, 10, 11))) == ("1er octobre 2026", "11 octobre 2026")
