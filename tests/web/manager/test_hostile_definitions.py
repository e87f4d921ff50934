"""A definition of somebody who means no good: it is told what is wrong with it, and reads nothing of the machine."""

from __future__ import annotations

import io
import stat
import zipfile

import pytest

from tests.web.manager.test_wizard_files import exported, packed

IMPORT = "/campaigns/new/import"
LOOK = "/campaigns/energy-arrears/way/messages/fr/letter.pdf"


@pytest.mark.parametrize(
    "words",
    [
        '#read("/etc/passwd")',
        '#read("../../../../etc/passwd")',
        '#import "@preview/cetz:0.3.0": *',
        '#import "@local/x:0.1.0": *',
    ],
)
def test_a_letter_of_ones_own_reads_nothing_of_the_machine(desk, words):
    _database, manager, _second, _other = desk
    files = exported(manager, "energy-arrears") | {"letter.typ": words}
    assert manager.post(IMPORT, files={"files": ("campaign.zip", packed(files))}).status_code == 303
    shown = manager.get(LOOK)
    assert shown.status_code == 422
    assert "ne peut pas être composé" in shown.text
    assert "root:" not in shown.text


def damaged():
    """A zip of which a byte is another."""
    whole = bytearray(packed({"campaign.yaml": "code: x\n" * 50}))
    whole[60] ^= 0xFF
    return bytes(whole)


def locked():
    """A zip that says it is under a password."""
    whole = bytearray(packed({"campaign.yaml": "code: x\n"}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        whole[whole.index(mark) + place] |= 1
    return bytes(whole)


def strange():
    """A zip packed in a way that nobody knows."""
    whole = bytearray(packed({"campaign.yaml": "code: x\n"}))
    for mark, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        whole[whole.index(mark) + place] = 99
    return bytes(whole)


@pytest.mark.parametrize("made", [damaged, locked, strange])
def test_a_zip_that_does_not_open_is_told(desk, made):
    _database, manager, _second, _other = desk
    page = manager.post(IMPORT, files={"files": ("campaign.zip", made())})
    assert page.status_code == 422
    assert "ne s&#39;ouvre pas" in page.text.lower()


def test_names_and_links_of_a_zip_lead_nowhere(desk):
    _database, manager, _second, _other = desk
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in ("../../../tmp/evil.typ", "/etc/cron.d/evil", "..\\letter.typ", "C:\\letter.typ"):
            archive.writestr(name, "x")
        link = zipfile.ZipInfo("letter.typ")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        for name, words in exported(manager, "energy-arrears").items():
            if name != "letter.typ":
                archive.writestr(f"../../../{name}", words)
    # A link is the text that it holds: a template that sets a path, and nothing of what lies there.
    assert manager.post(IMPORT, files={"files": ("campaign.zip", made.getvalue())}).status_code == 303
    assert exported(manager, "energy-arrears")["letter.typ"] == "/etc/passwd"
    assert "root:" not in manager.get(LOOK).text
