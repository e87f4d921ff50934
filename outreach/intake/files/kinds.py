"""What a file is, by its content: the extension of a partner's file says what somebody hoped."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from outreach.intake.files.words import refusal

HEAD = 8192
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
BIFF = re.compile(rb"\x09[\x00\x02\x04\x08][\x04-\x10]\x00\x00[\x02-\x06]")
"""A workbook of the nineties, without the container of its followers."""
PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x28\xb5\x2f\xfd")
WIDE_NAMES = {
    "is_document": "WordDocument",
    "encrypted": "EncryptedPackage",
    "xls": "Workbook",
}
EXTENSIONS = {
    "csv": {"csv", "txt", "tsv", "tab", "dat", "asc", "prn", "psv", ""},
    "xlsx": {"xlsx", "xlsm", "xltx", "xltm"},
    "xls": {"xls", "xlt"},
    "ods": {"ods", "ots"},
    "parquet": {"parquet", "pq", "parq"},
    "zip": {"zip"},
}
SHOWN_KINDS = {"csv": "CSV", "xlsx": "XLSX", "xls": "XLS", "ods": "ODS", "parquet": "Parquet", "zip": "ZIP"}
TEXT_CONTROLS = 0.02


def sniff(path: Path, name: str) -> str:
    """csv, xlsx, xls, ods, parquet or zip; anything else is refused by its name."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head.strip(b"\0 \t\r\n\xff\xfe\xef\xbb\xbf"):
        raise refusal("empty", name)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _zip_kind(path, name)
    if head.startswith(OLE):
        return _ole_kind(path, name)
    if BIFF.match(head):
        return "xls"
    if head.startswith(PACKED):
        raise refusal("is_packed", name)
    _refuse_other(head, name)
    return "csv"


def _refuse_other(head: bytes, name: str) -> None:
    """Pages, documents and machine formats that begin like a text, and what is no text at all."""
    start = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").replace(b"\0", b"")[:512].lower()
    if start.startswith(b"%pdf"):
        raise refusal("is_pdf", name)
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<body", b"<meta")):
        raise refusal("is_html", name)
    if start.startswith((b"<?xml", b"<workbook")):
        raise refusal("is_html" if b"<html" in start else "is_xml", name)
    if start.startswith(b"{\\rtf"):
        raise refusal("is_document", name)
    if re.match(rb'(\[\s*)?\{\s*("[^"]*"\s*:|\})', start):
        raise refusal("is_json", name)
    if not head.startswith((b"\xff\xfe", b"\xfe\xff")) and not _is_text(head):
        raise refusal("no_text", name)


def _is_text(head: bytes) -> bool:
    """Few control characters, not counting the zeros of UTF-16 or of a sloppy export."""
    zeros = head.count(0)
    if zeros * 2 > len(head) + 2:
        return False
    others = len(head) - len(head.translate(None, bytes([*range(1, 9), *range(14, 27), 28, 29, 30])))
    return others <= len(head) * TEXT_CONTROLS and not (zeros and others and others * 10 > zeros)


def _zip_kind(path: Path, name: str) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            first = archive.infolist()[0] if names else None
            is_ods = (
                first is not None
                and first.filename == "mimetype"
                and not first.flag_bits & 1
                and first.file_size < HEAD
                and b"opendocument.spreadsheet" in archive.read(first)
            )
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError, RuntimeError) as error:
        raise refusal("damaged", name) from error
    except Exception as error:  # zlib.error and struct.error have no common parent
        raise refusal("damaged", name) from error
    lower = {item.lower().replace("\\", "/") for item in names}
    if "xl/workbook.bin" in lower:
        raise refusal("is_xlsb", name)
    if "xl/workbook.xml" in lower or ("[content_types].xml" in lower and any(item.startswith("xl/") for item in lower)):
        return "xlsx"
    if is_ods or {"content.xml", "meta-inf/manifest.xml"} <= lower:
        return "ods"
    if "[content_types].xml" in lower or "mimetype" in lower:
        raise refusal("is_document", name)
    return "zip"


def _ole_kind(path: Path, name: str) -> str:
    """What the old container holds: its directory names it, in UTF-16."""
    with path.open("rb") as file:
        content = file.read(64 << 20)
    for kind, stream in WIDE_NAMES.items():
        if stream.encode("utf-16-le") in content:
            if kind != "xls":
                raise refusal(kind, name)
            return kind
    if "Book".encode("utf-16-le") in content:
        return "xls"
    raise refusal("no_text", name)


def extension(name: str) -> str:
    """Without its dot, in lower case."""
    return Path(name).suffix.lower().lstrip(".")


def fits(kind: str, name: str) -> bool:
    """Whether the extension goes with the content."""
    return extension(name) in EXTENSIONS[kind]
