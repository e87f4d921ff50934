"""docs/operations can be followed: verbs exist, settings exist, units listen on loopback alone and hold no secret, links lead somewhere."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest
from typer.main import get_command

from outreach.cli.main import app
from outreach.core.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
SYSTEMD = ROOT / "docs" / "operations" / "systemd"
UNITS = sorted([*SYSTEMD.glob("*.service"), *SYSTEMD.glob("*.timer")])
VERB = re.compile(r"(?:^|(?<=[\s(])|(?<=bin/))outreach ((?:--demo )?[a-z][a-z-]*(?: [a-z][a-z-]*)*)", re.MULTILINE)
FOREIGN = ("OUTREACH_OIDC_SECRET_",)


def commands():
    """Every verb, with the verbs below it."""
    found = {}
    for name, command in get_command(app).commands.items():
        found[name] = set(getattr(command, "commands", {}))
    return found


def code_of(page):
    """What stands as code in a page: blocks and spans, without the system's user of that name."""
    return re.sub(
        r"-[gu] outreach", "", "\n".join(re.findall(r"```[a-z]*\n(.*?)```", page, re.DOTALL) + re.findall(r"`([^`\n]+)`", page))
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_verb_exists(page):
    known, wrong = commands(), []
    for said in VERB.findall(code_of(page.read_text(encoding="utf-8"))):
        words = said.removeprefix("--demo ").split()
        if words[0] not in known or (known[words[0]] and len(words) > 1 and words[1] not in known[words[0]]):
            wrong.append(said)
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", [*PAGES, SYSTEMD / "outreach.env"], ids=lambda page: page.name)
def test_every_setting_exists(page):
    named = set(re.findall(r"\bOUTREACH_[A-Z_]+[A-Z]\b", page.read_text(encoding="utf-8")))
    known = {f"OUTREACH_{name.upper()}" for name in Settings.model_fields}
    assert {name for name in named - known if not name.startswith(FOREIGN)} == set()


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.name)
def test_a_unit_is_one_runs_as_nobody_special_and_listens_here_alone(file):
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(file)
    assert unit["Unit"]["Description"].startswith("Outreach: ")
    if file.suffix == ".timer":
        assert unit["Timer"]["OnCalendar"].endswith("Europe/Paris")
        assert file.with_suffix(".service") in UNITS
        return
    service = unit["Service"]
    assert service["User"] == "outreach"
    assert (service["NoNewPrivileges"], service["ProtectSystem"]) == ("true", "strict")
    assert service["ExecStart"].startswith("/opt/outreach/bin/")
    if "--host" in service["ExecStart"]:
        assert "--host 127.0.0.1" in service["ExecStart"]
    assert not re.search(r"(?i)(password|secret|token|key)=\S", file.read_text())


def test_the_environment_holds_no_secret_and_prefect_tells_nobody():
    written = dict(
        line.split("=", 1) for line in (SYSTEMD / "outreach.env").read_text().splitlines() if line and not line.startswith("#")
    )
    secret = {f"OUTREACH_{name.upper()}" for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation)}
    assert secret & written.keys() == set()
    assert (written["PREFECT_SERVER_ANALYTICS_ENABLED"], written["DO_NOT_TRACK"]) == ("false", "1")
    assert written["PREFECT_API_URL"].startswith("http://127.0.0.1")


def test_the_proxy_speaks_no_old_encryption_and_tells_nothing_of_itself():
    servers = (SYSTEMD / "nginx.conf").read_text().split("server {")[1:]
    assert [("return 301 https://" in one, "ssl_protocols TLSv1.2 TLSv1.3;" in one) for one in servers] == [
        (True, False),
        (False, True),
    ]
    assert all("server_tokens off;" in one and "access_log off;" in one for one in servers)


def test_a_database_elsewhere_is_reached_encrypted():
    """What the drivers do by themselves (``prefer``) goes on in the clear where the server, or whoever stands between, says so."""
    page = (ROOT / "docs" / "operations" / "install.md").read_text()
    assert "sslmode=verify-full" in page
    assert "sslrootcert=" in page


def test_the_proxy_takes_what_the_application_takes():
    from outreach.intake.files import Limits

    [most] = re.findall(r"client_max_body_size (\d+)m;", (SYSTEMD / "nginx.conf").read_text())
    assert int(most) << 20 > Limits().file
