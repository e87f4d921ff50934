"""What others wrote and we ship: each file with its version, its licence and its hash, and nothing beside."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

from outreach.web.look import assets
from outreach.web.look.pages import environment

SHIPPED = assets.STATIC / "vendor"
OF_TESTS = Path(__file__).parent / "vendor"
OWN_STYLES = ("tokens", "base", "desk", "phone", "print")
HEAVIEST_STYLES = 12_000
TEMPLATES = assets.STATIC.parent / "templates"


@pytest.mark.parametrize("folder", [SHIPPED, OF_TESTS], ids=["shipped", "of tests"])
def test_every_file_of_others_is_listed_with_its_licence_and_unchanged(folder):
    listed = json.loads((folder / "vendor.json").read_text())
    for entry in listed:
        assert set(entry) == {"name", "version", "licence", "licence_file", "file", "sha256"}
        assert hashlib.sha256((folder / entry["file"]).read_bytes()).hexdigest() == entry["sha256"], entry["file"]
        assert len((folder / entry["licence_file"]).read_text()) > 300
    there = {path.name for path in folder.iterdir()}
    assert there == {"vendor.json"} | {
        entry[key] for entry in listed for key in ("file", "licence_file") if "/" not in entry[key]
    }


def test_nothing_points_to_a_map_that_is_not_there():
    assert [path.name for path in SHIPPED.glob("*.[jc]s*") if b"sourceMappingURL" in path.read_bytes()] == []


def test_a_file_is_kept_for_ever_under_the_hash_of_its_content():
    assert re.fullmatch(r"/static/base\.css\?v=[0-9a-f]{12}", assets.asset("base.css"))
    with pytest.raises(FileNotFoundError):
        assets.asset("not-there.css")


def test_an_icon_is_silent_and_must_exist():
    assert 'aria-hidden="true"' in assets.icon("phone")
    assert assets.icon("phone").endswith('#phone"/></svg>')
    with pytest.raises(KeyError):
        assets.icon("unicorn")


def test_every_icon_named_in_a_template_is_in_the_sprite():
    named = {name for path in TEMPLATES.rglob("*.html") for name in re.findall(r"icon\(\"([\w-]+)\"\)", path.read_text())}
    assert named
    assert named <= assets.icons()


def test_a_link_to_a_place_of_a_page_leads_to_one_that_is_there():
    pages = "".join(path.read_text() for path in TEMPLATES.rglob("*.html"))
    named = set(re.findall(r"#([a-z][\w-]*\w)[\"']", pages))
    assert named
    assert named <= set(re.findall(r"\bid=\"([\w-]+)\"", pages))


def test_our_styles_are_light():
    together = b"".join((assets.STATIC / f"{name}.css").read_bytes() for name in OWN_STYLES)
    assert len(gzip.compress(together)) <= HEAVIEST_STYLES


def test_no_template_carries_what_the_policy_forbids():
    forbidden = re.compile(r"\sstyle=|\son[a-z]+=\"|<style|javascript:", re.IGNORECASE)
    assert [path.name for path in TEMPLATES.rglob("*.html") if forbidden.search(path.read_text())] == []


def test_every_template_can_be_read():
    for name in environment.list_templates(extensions=["html"]):
        environment.get_template(name)
