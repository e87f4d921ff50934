"""What can be printed, and how numbers and spaces behave in French and in Arabic."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from datetime import date
from importlib.metadata import version

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.core import typesetter, typesetting
from outreach.core.typesetting import (
    TypesettingError,
    compile_pdf,
    drawable,
    is_right_to_left,
    isolate_numbers,
    typographic,
    undrawable,
)


def test_arabic_turkish_and_vietnamese_names_can_be_printed_without_any_font_of_the_machine():
    assert undrawable("هل تحتاج إلى مساعدة بلغتك؟") == ""
    assert undrawable("Ayşe Yıldırım, Şırnak") == ""


def test_a_sign_without_glyph_is_named_and_left_out():
    assert undrawable("Appelez 你") == "你"
    assert drawable("Appelez 你") == "Appelez "


@given(st.text(max_size=20))
def test_what_is_drawable_has_no_missing_glyph(text):
    assert undrawable(drawable(text)) == ""


def test_a_phone_inside_arabic_stays_whole_and_in_order():
    text = isolate_numbers("اتصل بنا مجانا: 04 65 71 00 08")
    assert is_right_to_left(text)
    assert "\u206604\u00a065\u00a071\u00a000\u00a008\u2069" in text


@given(st.text(max_size=30))
def test_a_text_runs_from_right_to_left_by_any_letter_that_does(text):
    assert is_right_to_left(text) == any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text)


def test_numbers_of_a_left_to_right_text_are_left_alone():
    assert isolate_numbers("Call 04 65 71 00 08") == "Call 04 65 71 00 08"


def test_a_date_and_a_time_are_one_number_inside_right_to_left_text():
    assert isolate_numbers("قبل 24/11/2026، 14:30 أو 2026-11-24.") == (
        "قبل \u206624/11/2026\u2069، \u206614:30\u2069 أو \u20662026-11-24\u2069."
    )


def test_french_spaces_do_not_break():
    assert typographic("Appelez : 04 65 71 00 08 !") == "Appelez\u00a0: 04\u00a065\u00a071\u00a000\u00a008\u00a0!"
    assert typographic("l'aide « gratuite »") == "l’aide «\u00a0gratuite\u00a0»"


@pytest.fixture
def setting(tmp_path, monkeypatch):
    """Sets a template of somebody who means no good; beside its folder lies a secret, and packages on the machine."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "data"))
    for space in ("local", "preview"):
        package = tmp_path / "data" / "typst" / "packages" / space / "theirs" / "0.1.0"
        package.mkdir(parents=True)
        (package / "typst.toml").write_text('[package]\nname = "theirs"\nversion = "0.1.0"\nentrypoint = "lib.typ"\n')
        (package / "lib.typ").write_text("#let x = 1")
    (tmp_path / "secret.txt").write_text("DIALLO")
    folder = tmp_path / "in"
    folder.mkdir()

    def attempt(words):
        (folder / "letter.typ").write_text(words)
        return compile_pdf(folder / "letter.typ", {}, tmp_path / "out.pdf", day=date(2026, 10, 6))

    return attempt


@pytest.mark.parametrize(
    "words",
    [
        '#read("/etc/passwd")', '#read("../secret.txt")', '#read("/../secret.txt")', '#read("in/../../secret.txt")', '#read("file:///etc/passwd")',
        '#include "../secret.txt"', '#csv("../secret.txt")', '#json("/proc/self/environ")', '#image("/etc/passwd")', '#plugin("/etc/passwd")',
        '#read("/dev/stdin")', '#bibliography("../secret.txt")', '#read("http://127.0.0.1/")',
        '#import "@local/theirs:0.1.0": x', '#import "@preview/theirs:0.1.0": x', '#import "@preview/cetz:0.3.0": *',
    ],
)  # fmt: skip
def test_a_template_reads_nothing_but_its_own_folder(setting, words):
    assert setting("#sys.inputs.data").pages == 1
    with pytest.raises(TypesettingError) as caught:
        setting(words)
    assert "DIALLO" not in str(caught.value)


def test_nothing_is_fetched_even_where_the_machine_reaches_hosts_directly(setting, monkeypatch):
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "*")
    with pytest.raises(TypesettingError, match="Connection refused|Connection Failed"):
        setting('#import "@preview/cetz:0.3.0": *')


@pytest.mark.parametrize("words", ['#("a" * 20000000000).len()', "#range(400000000).len()"])
def test_a_template_that_wants_all_memory_is_ended(setting, words):
    with pytest.raises(TypesettingError, match="memory"):
        setting(words)


def test_a_template_that_never_ends_is_ended(setting, monkeypatch):
    monkeypatch.setattr(typesetting, "LONGEST", 1.0)
    with pytest.raises(TypesettingError, match="not set after 1 seconds"):
        setting("#for a in range(9999) { for b in range(9999) { for c in range(9999) { } } }")


def test_pages_are_counted_and_neither_their_list_nor_anything_named_alike():
    assert (
        typesetter._pages(b"<</Type/Pages/Count 2>><</Type/Page/Parent 1 0 R>><</Type/Page>><</Type/PageLabel>>/Type/Page") == 3
    )


def test_the_process_that_sets_does_without_what_takes_longer_to_load_than_a_letter_to_set():
    program = typesetting.TYPESETTER.read_text(encoding="utf-8").replace("__main__", "__here__")
    asked = "print(*{'json', 're', 'pathlib', 'typing'}.intersection(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-S", "-P", "-"], input=f"{program}\n{asked}", capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_what_is_installed_is_told_as_its_package_tells_it():
    assert typesetting._version("typst") == version("typst")
    assert typesetting._version("matplotlib") == version("matplotlib")
