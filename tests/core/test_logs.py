"""What is logged holds nobody's data, and can be read by programs."""

from __future__ import annotations

import io
import json
import logging

import pytest

from outreach.core.logs import set_up_logs, without_people
from outreach.core.settings import settings


@pytest.fixture
def logged(monkeypatch):
    """Sets logging up on a stream; what is there afterwards is as it was."""
    root = logging.getLogger()
    before = root.handlers[:], root.level

    def begin(form):
        monkeypatch.setenv("OUTREACH_LOG", form)
        settings.cache_clear()
        stream = io.StringIO()
        set_up_logs(stream)
        return stream

    yield begin
    root.handlers, root.level = before
    monkeypatch.undo()
    settings.cache_clear()


def fail():
    raise ValueError("Awa Diallo, 06 39 98 00 01")


def test_a_line_is_json_with_its_place(logged):
    stream = logged("json")
    logging.getLogger("outreach.test").warning("%s rows", 12)
    [line] = stream.getvalue().splitlines()
    told = json.loads(line)
    assert {key: told[key] for key in ("level", "logger", "message")} == {
        "level": "warning",
        "logger": "outreach.test",
        "message": "12 rows",
    }
    assert told["at"].endswith("+00:00")


@pytest.mark.parametrize("form", ["json", "text"])
def test_an_error_is_its_kind_and_place_alone(logged, form):
    stream = logged(form)
    try:
        fail()
    except ValueError:
        logging.getLogger("outreach.test").exception("a list failed")
    said = stream.getvalue()
    assert "ValueError" in said
    assert "test_logs.py" in said
    assert "Diallo" not in said
    assert "98 00 01" not in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("call 06 39 98 00 01 back", "call [phone] back"),
        ("to +33639980001.", "to [phone]."),
        ("0639980001", "[phone]"),
        ("0033 6 39 98 00 01", "[phone]"),
        ("awa.diallo@example.org wrote", "[address] wrote"),
        ("code K7M2QX", "code [code]"),
        ("GET /o/K7M2QX-4FJ3WWPA and /o/k7m2qx-4fj3wwpa", "GET /o/[pass] and /o/[pass]"),
    ],
)
def test_what_looks_like_somebodys_is_taken_out(said, kept):
    assert without_people(said) == kept


@pytest.mark.parametrize(
    "said",
    ["batch 1234567 took 12.5 s", "revision 0023", "UPDATED 500 rows", "2026-11-24 10:00:00", "port 8600", "SM" + "1" * 32],
)
def test_what_is_nobodys_stays(said):
    assert without_people(said) == said


def test_nobody_writes_a_line_of_their_own(logged):
    stream = logged("text")
    logging.getLogger("outreach.test").warning("a file %s", "x.csv\nerror outreach.web: gone\x1b[2J\u2028y\x9b1m")
    assert stream.getvalue().splitlines() == ["warning outreach.test: a file x.csv error outreach.web: gone [2J y 1m"]


def test_libraries_that_speak_of_values_are_quiet(logged):
    logged("json")
    assert not logging.getLogger("sqlalchemy.engine.Engine").isEnabledFor(logging.INFO)
    assert not logging.getLogger("twilio.http_client").isEnabledFor(logging.INFO)
