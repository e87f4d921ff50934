"""Files made to hurt, and children that die: each is one sentence, in bounded time, and nothing stays behind."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from outreach.core.errors import ListRefusedError
from outreach.core.i18n import speaking
from outreach.intake.files import Choices, Limits, open_source
from tests.intake.make_files import FOLDER, HEADER, plain
from tests.intake.test_files import read, refused, score

ODS = FOLDER / "repeated.ods"
BOOK = FOLDER / "far.xlsx"
ZEROS = 40 << 20


@pytest.fixture(autouse=True)
def _in_time():
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < 60


@pytest.fixture
def path(tmp_path):
    return tmp_path / "liste.csv"


def repack(source, target, member, change):
    """An archive with one member changed."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            content = old.read(item)
            new.writestr(item.filename, change(content) if item.filename == member else content)
    return target


def parquet(path, rows=400_000):
    """Enough rows not to fit into the pipe."""
    pq.write_table(pa.table({"Nom": pa.array(np.arange(rows)), "Commune": pa.nulls(rows)}), path)
    return path


def test_a_line_without_end(path):
    path.write_bytes(b"Nom;Commune\n" + b"x" * ZEROS)
    assert "la ligne 2 dépasse 16 Mo" in refused(path)
    path.write_bytes(b"x" * ZEROS)
    assert "la ligne 1 dépasse" in refused(path)


def test_a_quoted_cell_without_end(path):
    path.write_bytes(b'Nom;Commune\nA;"' + b"x;y\n" * 500_000)
    source, numbers, rows = read(path)
    assert (len(numbers), rows[0]) == (500_000, ["A", '"x'])
    assert [said.code for said in source.notices] == ["stray_quotes", "long_rows"]
    path.write_bytes(b'Nom;Commune\nA;"' + b"x" * ZEROS)
    assert "la ligne 2 dépasse 16 Mo" in refused(path)


def test_nothing_but_quotes(path):
    for content in (
        b'"' * 1_000_000,
        b';"' * 300_000,
        b'";"\n' * 100_000,
        b'"\n' * 100_000,
        b';"""' * 200_000 + b"\n;x\n" * 50_000,
    ):
        path.write_bytes(b"Nom;Commune\n" + content)
        try:
            read(path)
        except ListRefusedError as error:
            assert "dépasse" in str(error)


def test_a_long_cell(path):
    path.write_text(f"Nom;Commune\nA;B\n\n{'é' * 32_767};B\n")
    assert len(read(path)[2][1][0]) == 32_767
    for text in (f"Nom;Commune\nA;B\n\n{'é' * 32_768};B\n", f"Nom;Commune\nA;B\n\n{'x' * 200_000};B;C;D\n"):
        path.write_text(text)
        assert "une cellule de la ligne 4 dépasse 32767 caractères" in refused(path)


def test_a_million_columns(path):
    for mark in (b";", b"a;", b"Nom;Commune;"):
        path.write_bytes(mark * 300_000 + b"\n" + mark * 300_000)
        with pytest.raises(ListRefusedError, match="500 colonnes"):
            read(path)
    path.write_bytes(b"Nom;Commune" + b";" * 5_000 + b"\nA;B\nC;D" + b";" * 5_000 + b"x\n")
    source, numbers, _rows = read(path)
    assert (source.headers, numbers, source.notices[0].values["cells"]) == (["Nom", "Commune"], [2, 3], 1)


def test_too_many_rows_or_bytes(path):
    path.write_text("Nom;Commune\n" + "A;B\n" * 1000)
    assert "999 lignes" in refused(path, limits=Limits(rows=999))
    assert "dépasse 0 Mo" in refused(path, limits=Limits(file=1000))
    assert "999 lignes" in refused(parquet(path), limits=Limits(rows=999))
    assert "lignes" in refused(FOLDER / "types.xlsx", limits=Limits(rows=1))


def test_archives_that_unfold_without_end(tmp_path):
    bomb = tmp_path / "bombe.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("liste.csv", b"Nom;Commune\n" + b"\n" * ZEROS)
    assert "plus de 200 fois" in refused(bomb)
    assert "10 Mo une fois dépliée" in refused(bomb, limits=Limits(expansion=10 << 20))
    target = repack(BOOK, tmp_path / "bombe.xlsx", "xl/worksheets/sheet1.xml", lambda xml: xml + b" " * ZEROS)
    assert "plus de 200 fois" in refused(target)
    inside = tmp_path / "dedans.zip"
    with zipfile.ZipFile(inside, "w") as archive:
        archive.write(target, "liste.xlsx")
    assert "plus de 200 fois" in refused(inside)


def test_an_archive_that_lies_about_its_size(tmp_path):
    bomb = tmp_path / "bombe.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("liste.csv", b"Nom;Commune\n" + b"\n" * ZEROS)
    size = (ZEROS + 12).to_bytes(4, "little")
    bomb.write_bytes(bomb.read_bytes().replace(size, (100).to_bytes(4, "little")))
    assert "abîmé" in refused(bomb)


def test_a_member_is_unpacked_for_its_owner_only_and_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with open_source(FOLDER / "one.zip", score):
        found = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert [stat.S_IMODE(path.stat().st_mode) for path in found] == [0o600]
        assert stat.S_IMODE(found[0].parent.stat().st_mode) == 0o700
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ZeroDivisionError), open_source(FOLDER / "one.zip", score):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_sheet_as_large_as_the_format_allows(tmp_path):
    book = tmp_path / "liste.xlsx"
    with xlsxwriter.Workbook(str(book)) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write(1_048_575, 16_383, "loin")
    assert "de mémoire" in refused(book)
    with xlsxwriter.Workbook(str(book)) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ["A1"])
        sheet.write(3, 16_383, "loin")
    source, numbers, _rows = read(book)
    assert (source.headers[:6], len(source.headers), numbers) == (HEADER, 500, [2, 4])
    assert source.notices[-1].values == {"count": 1, "cells": 1, "rows": "4"}
    with xlsxwriter.Workbook(str(book)) as workbook:
        workbook.add_worksheet().write_row(0, 0, HEADER * 100)
    assert "500 colonnes" in refused(book)


def test_rows_and_columns_repeated_without_end(tmp_path):
    row = b'table:number-rows-repeated="2"'
    many = repack(
        ODS, tmp_path / "liste.ods", "content.xml", lambda xml: xml.replace(row, b'table:number-rows-repeated="90000000"')
    )
    with pytest.raises(ListRefusedError, match="mémoire|lignes|abîmé"):
        read(many, limits=Limits(child_memory=500_000_000))


def test_a_nested_entity_does_not_unfold(tmp_path):
    entities = b'<!DOCTYPE x [<!ENTITY a "lol">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + level, b"&%c;" % (97 + level) * 20) for level in range(12)
    )
    for source, member in ((BOOK, "xl/workbook.xml"), (BOOK, "xl/sharedStrings.xml"), (ODS, "content.xml")):
        changed = repack(
            source,
            tmp_path / source.name,
            member,
            lambda xml: xml.replace(b"?>", b"?>" + entities + b"]>", 1).replace(b">Nom<", b">&m;<"),
        )
        try:
            read(changed, limits=Limits(child_memory=500_000_000))
        except ListRefusedError as error:
            assert "abîmé" in str(error)


def test_a_parquet_of_a_thousand_million_rows(tmp_path):
    path = tmp_path / "liste.parquet"
    schema = pa.schema({"Nom": pa.null(), "Commune": pa.null()})
    with pq.ParquetWriter(path, schema) as writer:
        rows = pa.table([pa.nulls(10_000_000)] * 2, schema=schema)
        for _ in range(100):
            writer.write_table(rows)
    assert path.stat().st_size < 10_000_000
    assert "2000000 lignes" in refused(path)


def process_of(source):
    return source._feed.process


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_child_ends_with_the_block(tmp_path):
    for fails in (False, True):
        with pytest.raises(ZeroDivisionError), open_source(parquet(tmp_path / "liste.parquet"), score) as source:
            assert is_running(process_of(source).pid)
            if not fails:
                next(source.chunks(10))
            raise ZeroDivisionError
        assert not is_running(process_of(source).pid)


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (signal.SIGKILL, "demande plus de 1300 Mo de mémoire"),
        (signal.SIGABRT, "demande plus de 1300 Mo de mémoire"),
        (signal.SIGSEGV, "sa lecture s'est interrompue"),
        (signal.SIGXCPU, "ne répond plus depuis 300 secondes"),
    ],
)
def test_a_child_that_dies_is_one_sentence(tmp_path, number, sentence):
    with open_source(parquet(tmp_path / "liste.parquet"), score) as source:
        process_of(source).send_signal(number)
        with pytest.raises(ListRefusedError, match=sentence):
            list(source.chunks())


def test_a_child_that_hangs_is_one_sentence(tmp_path):
    with open_source(parquet(tmp_path / "liste.parquet"), score, limits=Limits(child_seconds=5)) as source:
        process_of(source).send_signal(signal.SIGSTOP)
        with pytest.raises(ListRefusedError, match="depuis 5 secondes"):
            list(source.chunks())
    assert not is_running(process_of(source).pid)


def test_a_child_is_held_to_its_memory(tmp_path):
    path = tmp_path / "liste.parquet"
    big = pa.array(["x" * 1_000_000] * 300)
    pq.write_table(pa.table({"Nom": big, "Commune": big}), path, use_dictionary=False)
    with pytest.raises(ListRefusedError, match="plus de 200 Mo de mémoire"):
        read(path, limits=Limits(child_memory=200_000_000))


def test_a_child_dies_with_its_parent(tmp_path):
    path = parquet(tmp_path / "liste.parquet")
    script = (
        "import os, sys, time; from pathlib import Path; from outreach.intake.files import open_source\n"
        f"with open_source(Path({str(path)!r}), len) as source:\n"
        "    print(source._feed.process.pid, flush=True); os.kill(source._feed.process.pid, 19); time.sleep(0.2); os.kill(os.getpid(), 9)\n"
    )
    said = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=False, text=True)
    until = time.monotonic() + 5
    while is_running(int(said.stdout)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_running(int(said.stdout))


def test_sentences_follow_the_language(path):
    path.write_bytes(b"")
    with speaking("en"):
        assert refused(path) == "liste.csv: this file is empty. Ask for it again, as CSV or XLSX."
    assert "n'existe pas" in refused(path.parent)
    assert "n'existe pas" in refused(path.parent / "absent.csv")


def test_names_with_braces_are_only_names(path):
    path = path.with_name("{0} {x} %s.csv")
    path.write_text(plain())
    assert "{0} {x} %s.csv : « {y} » ne peut" in refused(path, choices=Choices(delimiter="{y}"))


def test_a_file_that_may_not_be_read_is_refused(path, monkeypatch):
    path.write_text(plain())

    def refuse(*_args, **_named):
        raise PermissionError

    monkeypatch.setattr(Path, "open", refuse)
    assert "ne peut pas être ouvert" in refused(path)


def test_an_archive_for_which_there_is_no_room(monkeypatch):
    class Full:
        def __init__(self, descriptor, _mode):
            self.descriptor = descriptor

        def __enter__(self):
            return self

        def __exit__(self, *_raised):
            os.close(self.descriptor)

        def write(self, _piece):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdopen", Full)
    assert "la place manque" in refused(FOLDER / "one.zip")
