"""To the print house: whole files in order, the server's key checked, never twice on a guess; copies that are the same bytes."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from hashlib import sha256
from pathlib import Path

import asyncssh
import pytest
from sqlalchemy import text

from outreach.channels.letters.copies import checked_file, letter_again
from outreach.channels.letters.delivery import chosen_runs, deliver, runs_of
from outreach.channels.letters.dispatch import dispatch_letters
from outreach.channels.letters.targets import FolderTarget, HandOverError, SftpTarget, chosen_target
from outreach.core.errors import OutreachError, PolicyError, ProviderError
from outreach.core.references import reference_of
from outreach.core.settings import settings
from outreach.models import MailBatch
from tests.channels.test_letters_runs import prepared, town

__all__ = ["prepared", "town"]


class Server:
    """An SFTP server on loopback, in a thread of its own, that serves one folder; it may refuse to finish the last file."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.fail_rename = folder, False
        self.host_key, self.user_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.acceptor = asyncio.run_coroutine_threadsafe(self._listen(), self.loop).result(10)
        self.port = self.acceptor.get_port()

    async def _listen(self):
        server = self

        class Login(asyncssh.SSHServer):
            def begin_auth(self, _username):
                return True

            def password_auth_supported(self):
                return True

            def validate_password(self, username, password):
                return (username, password) == ("imprimeur", "secret")

            def public_key_auth_supported(self):
                return True

            def validate_public_key(self, _username, key):
                return key == server.user_key.convert_to_public()

        class Files(asyncssh.SFTPServer):
            def __init__(self, channel):
                super().__init__(channel, chroot=str(server.folder))

            def rename(self, oldpath, newpath):
                if server.fail_rename and newpath.endswith(b".json"):
                    raise asyncssh.SFTPFailure("disk full")
                return super().rename(oldpath, newpath)

        return await asyncssh.listen("127.0.0.1", 0, server_host_keys=[self.host_key], server_factory=Login, sftp_factory=Files)

    def target(self, **changes) -> SftpTarget:
        values = {
            "host": "127.0.0.1", "port": self.port, "user": "imprimeur", "folder": "/depot", "password": "secret",
            "host_key": self.host_key.export_public_key().decode(),
        }  # fmt: skip
        return SftpTarget(**(values | changes))

    def close(self):
        async def stop():
            self.acceptor.close()
            await self.acceptor.wait_closed()

        asyncio.run_coroutine_threadsafe(stop(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@pytest.fixture
def server(tmp_path):
    (tmp_path / "imprimeur" / "depot").mkdir(parents=True)
    server = Server(tmp_path / "imprimeur")
    yield server
    server.close()


@pytest.fixture
def run(town):
    """A town whose letters are printed, and the first of its runs."""
    dispatch_letters(town.database, town.loaded, town.out, worker="test")
    return town, chosen_runs_of(town)[0]


def chosen_runs_of(town):
    with town.database.session() as session:
        return chosen_runs(session, town.loaded.campaign.code)


def handed_over(town, batch, target, **more):
    return deliver(town.database, [batch], town.out, target, actor="test", **more)


def printings(town):
    with town.database.session() as session:
        return session.execute(text("SELECT number, target, reason FROM mail_printing ORDER BY id")).all()


@pytest.fixture
def house(tmp_path):
    (tmp_path / "maison").mkdir()
    return FolderTarget(tmp_path / "maison")


def test_a_run_is_dropped_whole_and_is_known_to_be(run, house):
    town, batch = run
    [done] = handed_over(town, batch, house)
    names = sorted(path.name for path in house.folder.iterdir())
    assert names == [done.file.replace(".pdf", ".json"), done.file]
    described = json.loads((house.folder / names[0]).read_text())
    assert described["sha256"] == sha256((house.folder / done.file).read_bytes()).hexdigest()
    assert described["printing"] == 1
    with town.database.session() as session:
        [shown] = [line for line in runs_of(session, town.loaded.campaign.code) if line.batch == batch]
    assert (shown.printings, shown.file) == (1, done.file)
    assert batch not in chosen_runs_of(town)


def test_a_second_printing_needs_a_reason(run, house):
    town, batch = run
    handed_over(town, batch, house)
    for nothing in (None, "", "  "):
        with pytest.raises(PolicyError, match="déjà"):
            handed_over(town, batch, house, again=nothing)
    [done] = handed_over(town, batch, house, again="tirage illisible")
    assert done.printing == 2
    assert [(row.number, row.reason) for row in printings(town)] == [(1, None), (2, "tirage illisible")]
    assert len(list(house.folder.glob("*-tirage-2.*"))) == 2
    with town.database.session() as session:
        told = session.execute(text("SELECT count(*) FROM audit_entry WHERE action = 'letters.delivered'")).scalar_one()
    assert told == 2


def test_an_altered_file_is_refused_and_a_lost_one_is_made_again(run, house):
    town, batch = run
    with town.database.session() as session:
        kept = session.get_one(MailBatch, batch)
        path = checked_file(session, kept, town.out)
        content = path.read_bytes()
        path.write_bytes(content + b"\n")
        with pytest.raises(OutreachError, match="scellé"):
            checked_file(session, kept, town.out)
    with pytest.raises(OutreachError, match="scellé"):
        handed_over(town, batch, house)
    assert not list(house.folder.iterdir())
    path.unlink()
    handed_over(town, batch, house)
    assert path.read_bytes() == content


@pytest.mark.parametrize("by_key", [False, True])
def test_a_run_leaves_by_sftp(run, server, tmp_path, by_key):
    town, batch = run
    server.user_key.write_private_key(str(tmp_path / "key"))
    target = server.target(key=tmp_path / "key", password=None) if by_key else server.target()
    [done] = handed_over(town, batch, target)
    there = {path.name: path.read_bytes() for path in (server.folder / "depot").iterdir()}
    assert set(there) == {done.file, done.file.replace(".pdf", ".json")}
    assert there[done.file] == (town.out / done.file).read_bytes()
    assert "secret" not in str(printings(town))


def test_a_server_with_another_key_gets_nothing(run, server):
    town, batch = run
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with pytest.raises(HandOverError, match="clé attendue"):
        handed_over(town, batch, server.target(host_key=other))
    assert not list((server.folder / "depot").iterdir())
    handed_over(town, batch, server.target(host_key=f"[127.0.0.1]:{server.port} {server.target().host_key}"))


def test_a_refused_login_can_be_mended_and_tried_again(run, server):
    town, batch = run
    with pytest.raises(HandOverError, match="refuse l'accès"):
        handed_over(town, batch, server.target(password="wrong"))  # noqa: S106
    assert printings(town) == []
    assert handed_over(town, batch, server.target())[0].printing == 1


def test_a_hand_over_of_which_nobody_knows_the_end_is_not_repeated_on_a_guess(run, server):
    town, batch = run
    server.fail_rename = True
    with pytest.raises(HandOverError):
        handed_over(town, batch, server.target())
    server.fail_rename = False
    with pytest.raises(PolicyError, match="restée sans suite"):
        handed_over(town, batch, server.target())
    assert printings(town) == []
    # It had arrived after all: that is seen, written down, and nothing is sent.
    [part] = (server.folder / "depot").glob("*.json.part")
    part.rename(part.with_suffix(""))
    [done] = handed_over(town, batch, server.target())
    assert done.was_there
    assert [row.number for row in printings(town)] == [1]


def test_what_bears_the_name_already_is_not_overwritten(run, house):
    town, batch = run
    with town.database.session() as session:
        name = session.get_one(MailBatch, batch).file_name
    (house.folder / name).write_bytes(b"other")
    with pytest.raises(HandOverError, match="déjà ce nom"):
        handed_over(town, batch, house)
    assert (house.folder / name).read_bytes() == b"other"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "aucun dépôt"),
        ({"FOLDER": "/nowhere"}, "n'existe pas"),
        ({"SFTP": "sftp://x:secret@host/depot"}, "forme attendue"),
        ({"SFTP": "https://host/depot"}, "forme attendue"),
        ({"SFTP": "sftp://x@host/depot"}, "clé du serveur"),
    ],
)
def test_what_is_not_set_right_is_said(monkeypatch, values, said):
    for name, value in values.items():
        monkeypatch.setenv(f"OUTREACH_PRINT_{name}", value)
    settings.cache_clear()
    with pytest.raises(OutreachError, match=said) as caught:
        chosen_target()
    assert "secret" not in str(caught.value)
    settings.cache_clear()


def test_a_letter_can_be_made_again_byte_for_byte(run, tmp_path):
    town, batch = run
    with town.database.session() as session:
        [(contact, code, person)] = session.execute(
            text(
                'SELECT l.contact_id, c.letter_code, k.person_id FROM mail_letter l JOIN contact k ON k.id = l.contact_id JOIN "case" c'
                " ON c.id = k.case_id WHERE l.batch_id = :batch ORDER BY l.page LIMIT 1"
            ),
            {"batch": batch},
        ).all()
        first = letter_again(session, code.lower(), tmp_path / "a.pdf", actor="test")
    with town.database.session() as session:
        values = {"id": person}
        session.execute(text("UPDATE person SET family_name = 'AUTRE', title = NULL WHERE id = :id"), values)
        session.execute(
            text(
                "UPDATE building SET street = 'RUE NOUVELLE' WHERE id = (SELECT building_id FROM household h JOIN person p ON"
                " p.household_id = h.id WHERE p.id = :id)"
            ),
            values,
        )
    with town.database.session() as session:
        second = letter_again(session, reference_of(contact), tmp_path / "b.pdf", actor="test")
        assert first.is_same_design
        assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
        assert first.sha256 == second.sha256
        session.execute(text("UPDATE mail_batch SET design = 'older'"))
        session.expire_all()
        assert not letter_again(session, second.reference, tmp_path / "c.pdf", actor="test").is_same_design
        # Some codes are all digits: a plain number is never taken for a contact's.
        for unknown in ("222222", str(contact), "9" * 40):
            with pytest.raises(OutreachError, match="aucun courrier scellé"):
                letter_again(session, unknown, tmp_path / "d.pdf", actor="test")


def test_letters_to_invented_people_go_to_no_print_house(run, house, server, tmp_path):
    town, batch = run
    with town.database.session() as session:
        session.execute(text("UPDATE person SET simulated = true"))
    for real in (house, server.target(host="imprimeur.invalid")):
        with pytest.raises(ProviderError, match="inventées"):
            handed_over(town, batch, real)
    assert list(house.folder.iterdir()) == []
    assert printings(town) == []
    [done] = handed_over(town, batch, server.target(host="127.0.0.1"))
    assert done.letters > 0


def outreach(town, *words, code=0, **environment):
    result = subprocess.run(
        [sys.executable, "-m", "outreach.cli", "letters", *map(str, words)], capture_output=True, text=True, check=False,
        env=os.environ | {"OUTREACH_DATABASE_NAME": town.database.engine.url.database, **environment},
    )  # fmt: skip
    assert result.returncode == code, result.stderr + result.stdout
    return result


def test_the_verbs(run, house, tmp_path):
    town, batch = run
    code = town.loaded.campaign.code
    there = {"OUTREACH_PRINT_FOLDER": str(house.folder)}
    [first, *_] = json.loads(outreach(town, "runs", code, "--json").stdout)
    assert (first["batch"], first["printings"]) == (batch, 0)
    assert "aucun dépôt" in outreach(town, "deliver", code, "--out", town.out, code=2).stderr
    assert "remis" in outreach(town, "deliver", code, "--out", town.out, **there).stdout
    assert "Rien à remettre" in outreach(town, "deliver", code, "--out", town.out, **there).stdout
    assert "--again" in outreach(town, "deliver", batch, "--out", town.out, code=2, **there).stderr
    outreach(town, "deliver", batch, "--again", "bourrage", "--out", town.out, **there)
    reference = json.loads((house.folder / first["file"]).with_suffix(".json").read_text())["recipients"][0]["reference"]
    outreach(town, "show", reference, "--out", tmp_path / "copie.pdf")
    assert (tmp_path / "copie.pdf").read_bytes().startswith(b"%PDF")
    (tmp_path / "retours.csv").write_text(f"référence;motif\n{reference};NPAI\nillisible;\n", encoding="utf-8")
    told = outreach(town, "returned", tmp_path / "retours.csv", code=2)
    assert "destinataire inconnu" in told.stdout
    assert "illisible" in told.stdout
    assert json.loads(outreach(town, "runs", code, "--json").stdout)[0]["returned"] == 1
