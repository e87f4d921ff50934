"""``outreach status``, ``metrics`` and ``doctor --watch``: what they say, and what they end with."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
import typer
from prometheus_client.parser import text_string_to_metric_families

from outreach.cli import watch
from outreach.core.errors import DatabaseError


@pytest.fixture
def home():
    """An empty installation."""
    home = Path(tempfile.mkdtemp(prefix="outreach-watch-"))
    home.chmod(0o711)
    yield home
    shutil.rmtree(home)


def command(home, *arguments, **options):
    environment = os.environ | {"OUTREACH_HOME": str(home), "OUTREACH_LOG": "json"}
    return {"args": [sys.executable, "-m", "outreach.cli", *arguments], "env": environment, "text": True} | options


def interruptible():
    """Tests that were started in the background ignore interruptions, and so would what they start."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def watching_at(home):
    options = {"stdout": subprocess.PIPE, "preexec_fn": interruptible}
    return subprocess.Popen(**command(home, "doctor", "--watch", "--every", "1", **options))


def done(home, *arguments):
    return subprocess.run(**command(home, *arguments), check=False, capture_output=True)


def test_a_watch_tells_what_begins_and_what_ends(home):
    done(home, "db", "upgrade")
    assert done(home, "doctor", "--once").returncode == 0
    watching = watching_at(home)
    assert "tout va bien" in watching.stdout.readline()
    time.sleep(2.5)  # looks at which nothing has changed are not told
    done(home, "db", "lock", "essai")
    assert "‼" in watching.stdout.readline()
    once = done(home, "doctor", "--once")
    assert once.returncode == 2
    assert "confirm-live" in once.stdout
    done(home, "db", "confirm-live", "Nadia")
    assert "c'est réglé" in watching.stdout.readline()
    done(home, "db", "lock", "encore")
    assert "‼" in watching.stdout.readline()
    watching.send_signal(signal.SIGINT)
    watching.stdout.close()
    assert watching.wait(20) == 2


def test_the_page_and_the_measures_on_the_command_line(home):
    done(home, "db", "upgrade")
    told = json.loads(done(home, "status", "--json").stdout)
    assert told["alerts"] == []
    assert told["measures"]["live"] is True
    assert "Tout va bien" in done(home, "status").stdout
    families = {family.name for family in text_string_to_metric_families(done(home, "metrics").stdout)}
    assert "outreach_live_copy" in families


def test_a_database_that_is_gone_is_an_alert_and_the_watch_goes_on(home):
    done(home, "db", "upgrade")
    watching = watching_at(home)
    assert "tout va bien" in watching.stdout.readline()
    done(home, "db", "stop")
    assert "base ne répond pas" in watching.stdout.readline()
    assert watching.poll() is None
    watching.send_signal(signal.SIGINT)
    watching.stdout.close()
    assert watching.wait(20) == 2


def test_a_database_that_is_behind_is_said_to_be(monkeypatch, capsys):
    def behind():
        raise DatabaseError("la base n'est pas à jour", mend="Faites « outreach db upgrade ».")

    monkeypatch.setattr(watch, "database", behind)
    with pytest.raises(typer.Exit) as ended:
        watch.watch(60, once=True)
    assert ended.value.exit_code == 2
    assert "la base n'est pas à jour. Faites « outreach db upgrade »." in capsys.readouterr().out


def test_what_needs_another_deed_now_is_told_again(monkeypatch, capsys):
    """A database that did not answer, and then answers but is behind, is the same alert with another mend."""
    gone, behind = (
        DatabaseError("la base ne répond pas", mend="Lancez-la."),
        DatabaseError("pas à jour", mend="Mettez-la à jour."),
    )
    reasons = iter([gone, gone, behind, behind])

    def broken():
        try:
            raise next(reasons)
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr(watch, "_opened", broken)
    monkeypatch.setattr(watch.time, "sleep", lambda _seconds: None)
    with pytest.raises(typer.Exit):
        watch.watch(60, once=False)
    told = capsys.readouterr().out
    assert told.count("Lancez-la.") == 1
    assert told.count("Mettez-la à jour.") == 1
