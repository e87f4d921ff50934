"""Makes the corpus of ``tests/intake/files``: small files, each with one trap, of invented people only.

``python tests/intake/make_files.py`` writes the files; with ``--expect`` also what reading gives now, for files that
have no expectation yet: to be read with care before it is kept. ``.xls`` and some ``.ods`` need LibreOffice.
"""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

FOLDER = Path(__file__).parent / "files"
HEADER = ["Réf client", "Nom", "Prénom", "Commune", "Tél portable", "Montant dû"]
ROWS = [
    ["A1", "BRAMONDON", "Léa", "LYON", "06 39 98 00 01", "1234,56"],
    ["A2", "VABILLEY", "Zoé", "VÉNISSIEUX", "06 39 98 00 02", "80"],
    ["A3", "CORVANEL", "Noël", "BRON", "", "0,5"],
]
NAMES = dict(zip("abcdef", HEADER, strict=True))


def lines(*rows, mark=";", end="\r\n"):
    return "".join(mark.join(row) + end for row in rows)


def plain(mark=";", end="\r\n"):
    return lines(HEADER, *ROWS, mark=mark, end=end)


def texts():
    """Delimited texts, by name: bytes."""
    head = ";".join(HEADER) + "\n"
    yield "utf8.csv", plain().encode()
    yield "bom.csv", plain().encode("utf-8-sig")
    yield "cp1252.csv", plain().replace("0,5", "0,5 €").encode("cp1252")
    yield "utf16_le_bom.txt", plain("\t").encode("utf-16")
    yield "utf16_be_bom.csv", b"\xfe\xff" + plain().encode("utf-16-be")
    yield "utf16_le.csv", plain().encode("utf-16-le")
    yield "utf16_be.csv", plain().encode("utf-16-be")
    yield "mac_roman.csv", plain(end="\r").encode("mac-roman")
    yield "cp850.csv", plain().encode("cp850")
    yield "mixed_encoding.csv", (plain() * 6).encode() + "A9;ÉCHAPPÉ;Éloïse;LYON;;3\r\n".encode("cp1252")
    quoted = lines(*([f'"{cell}"' for cell in row] for row in [HEADER, *ROWS]), mark=",")
    yield "comma_quoted.csv", quoted.encode()
    yield "tab.tsv", plain("\t").encode()
    yield "pipe.txt", plain("|").encode()
    yield "tilde.dat", plain("~").encode()
    yield "unit_separator.txt", plain("\x1f").encode()
    yield "sep_line.csv", ("sep=|\r\n" + plain("|")).encode()
    yield "commas_in_cells.csv", (head + "A1;A, B, C, D, E, F;x, y, z;1, 2, 3;a, b;c, d\n" * 3).encode()
    yield "quoted_breaks.csv", (head + 'A1;"BRAMON\nDON";"Lé""a";"LYON\r\n3e";;1\nA2;VABILLEY;Zoé;BRON;;2\n').encode()
    yield "quoted_delimiter.csv", (head + 'A1;"BRAMONDON; née VABILLEY";Léa;LYON;;1\nA2;"";"";"";"";""\n').encode()
    yield "stray_quote.csv", (head + 'A1;"BRAMONDON;Léa;LYON;;1\nA2;VABILLEY;"Zoé";BRON;;2\nA3;"X";Y;Z;;3\n').encode()
    yield "stray_quote_pair.csv", (head + 'A1;"BRAMONDON;Léa;LYON;;1\nA2;VABILLEY";Zoé;BRON;;2\nA3;X;Y;Z;;3\n').encode()
    yield "stray_quote_at_end.csv", (head + 'A1;BRAMONDON;Léa;LYON;;1\nA2;VABILLEY;Zoé;"BRON;;2').encode()
    yield "inch.csv", (head + 'A1;TUBE 5";Léa;LYON;;1\nA2;14" écran;Zoé;BRON;;2\n').encode()
    yield (
        "titles.csv",
        ("Liste des impayés\n;;;;;\nÉdition du 05/10/2026;;;;;\n" + plain(end="\n") + ";;;;;\nTOTAL;;;;;1315,06\n").encode(),
    )
    yield "subtotals.csv", (
        head + lines(ROWS[0], end="\n") + "Sous-total : 1;;;;;\n" + head + lines(*ROWS[1:], end="\n")
        + "\nNombre de lignes : 3;;;;;\nÉdité le 05/10/2026;;;;;\n*** FIN DE FICHIER ***\n"
    ).encode()  # fmt: skip
    yield "called_total.csv", (head + "TOTALENERGIES;;;;;\nTotal;TOTAL;Léa;LYON;06 39 98 00 03;5\nTotally;;;;;\n").encode()
    yield "ragged.csv", (head + "A1;B;C;D;E;1;encore;\nA2;B\nA3;B;C;D;E;3\n\nA4;B;C;D;E;4;;;x;y\n").encode()
    yield "wider_body.csv", (head + "A1;B;C;D;E;1;\nA2;B;C;D;E;2;\nA3;B;C;D;E;3;perdu\nA4;B\n").encode()
    yield "narrower_body.csv", (head + "A1;B;C;D\nA2;B;C;D\nA3;B;C;D;E;3\nA4;B;C;D\n").encode()
    yield "mixed_breaks.csv", (head + "A1;B;C;D;E;1\r\nA2;B;C;D;E;2\rA3;B;C;D;E;3\n").encode()
    yield "no_last_break.csv", plain().rstrip().encode()
    yield "blank_rows.csv", ("\n" + head + "\n\nA1;B;C;D;E;1\n  ;\u00a0; ;;;\n \nA2;B;C;D;E;2\n\n\n").encode()
    yield "zeros.csv", (head + "A1;B\0\0;C;D;E;1\nA2;B;C;\0;E;2\n").encode()
    yield "controls.csv", (head + "A1;B\x0bB;C\x07;D\u0085;E\u009f;1\nA2;B\tB;C;D;E\x7f;2\n").encode()


def odd_texts():
    """Texts that are no list, or hardly."""
    head = ";".join(HEADER) + "\n"
    yield "same_names.csv", b"Nom;Nom;;Commune;\nA;B;C;D;E\n"
    yield "unknown_names.csv", "Identifiant;Libellé;Ville\nZ1;truc;LYON\nZ2;machin;BRON\n".encode()
    yield "one_column.txt", b"0639980001\n0639980002\n"
    yield "no_names.csv", b"1;0639980001;12\n2;0639980002;13\n"
    yield "header_only.csv", head.encode()
    yield "empty.csv", b""
    yield "only_blank.csv", b"\n \n\t\n\r\n"
    yield "page.xls", b"<html><body><table><tr><td>Nom</td></tr></table></body></html>"
    yield "spreadsheet_2003.xls", b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
    yield "letter.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"
    yield "records.csv", b'[{"nom": "BRAMONDON", "commune": "LYON"}]'
    yield "noise.csv", bytes((index * index * 7919 >> 3) % 256 for index in range(1500))
    yield "text_called.xlsx", plain().encode()
    yield "packed.csv.gz", gzip.compress(plain().encode(), mtime=0)
    yield "locked.xlsx", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(480)


def book(name, fill, **options):
    """A workbook; dates keep the files the same at every making."""
    workbook = xlsxwriter.Workbook(str(FOLDER / name), options)
    workbook.set_properties({"created": datetime(2026, 10, 5, tzinfo=UTC)})
    fill(workbook)
    workbook.close()


def table(sheet, row=0, column=0):
    for number, cells in enumerate([HEADER, *ROWS]):
        sheet.write_row(row + number, column, cells)


def types(workbook):
    sheet = workbook.add_worksheet("Liste")
    day, hour = workbook.add_format({"num_format": "dd/mm/yyyy"}), workbook.add_format({"num_format": "hh:mm"})
    both = workbook.add_format({"num_format": "dd/mm/yyyy hh:mm"})
    sheet.write_row(0, 0, ["Nom", "Naissance", "Montant dû", "Tél portable", "Oui", "Heure", "Vu", "Commune"])
    sheet.write_row(1, 0, ["BRAMONDON"])
    sheet.write_datetime(1, 1, datetime(1980, 2, 29), day)  # noqa: DTZ001  (spreadsheets know no zones)
    sheet.write_row(1, 2, [1234.56, 639980001, True])
    sheet.write_datetime(1, 5, time(8, 30), hour)
    sheet.write_datetime(1, 6, datetime(2026, 10, 5, 14, 15), both)  # noqa: DTZ001
    sheet.write_string(1, 7, "LYON\n3e_x000D_\t")
    sheet.write_row(2, 0, ["VABILLEY", "29/02/1980", 0.1 + 0.2, "06 39 98 00 02", False])
    sheet.write_row(3, 0, ["CORVANEL", 29280, 12.0, 123456789012345, "non"])


def merged(workbook):
    sheet = workbook.add_worksheet()
    sheet.merge_range(0, 0, 0, 5, "Liste des impayés")
    sheet.merge_range(1, 0, 1, 2, "Identité")
    sheet.merge_range(1, 3, 1, 5, "Dette")
    table(sheet, 3)
    sheet.write_row(9, 0, ["A4", "ZORBEL", "Ana", "BRON"])
    sheet.merge_range(11, 0, 11, 4, "Total général")
    sheet.write(11, 5, 1315.06)


def hidden(workbook):
    sheet = workbook.add_worksheet("Liste")
    table(sheet)
    sheet.set_row(2, None, None, {"hidden": True})
    sheet.set_row(9, None, None, {"hidden": True})
    sheet.set_column("C:D", 10, None, {"hidden": True})
    sheet.set_column("F:F", 10, None, {"hidden": True})
    other = workbook.add_worksheet("Archives & co")
    table(other)
    other.hide()


def sheets(workbook):
    workbook.add_worksheet("Vide")
    secret = workbook.add_worksheet("Masquée")
    table(secret)
    secret.hide()
    table(workbook.add_worksheet("Octobre"))
    table(workbook.add_worksheet("Novembre"))
    workbook.get_worksheet_by_name("Octobre").activate()


def cover(workbook):
    sheet = workbook.add_worksheet("Lisez-moi")
    sheet.write_column(0, 0, ["Liste des impayés", "", "Contact : le service client"])
    sheet.write_row(4, 0, ["Champ", "Sens"])
    sheet.write_row(5, 0, ["Nom", "nom de naissance"])
    workbook.add_worksheet("Vide")
    table(workbook.add_worksheet("Données"), 1)


def formulas(workbook):
    sheet = workbook.add_worksheet()
    table(sheet)
    sheet.write_formula(1, 5, "=1000+234.56", None, 1234.56)
    sheet.write_formula(2, 5, "=F99", None, "")
    sheet.write_formula(3, 3, '="BR"&"ON"', None, "BRON")
    sheet.write_formula(3, 4, "=VLOOKUP(A4,Z:Z,1,0)", None, "#REF!")
    sheet.write_formula(3, 5, "=1/0", None, "#DIV/0!")


def far(workbook):
    sheet = workbook.add_worksheet()
    table(sheet, 4, 2)
    sheet.write_blank(1_048_575, 16_383, None, workbook.add_format({"bold": True}))


def workbooks():
    book("types.xlsx", types)
    book("types_1904.xlsx", types, date_1904=True)
    book("merged.xlsx", merged)
    book("hidden.xlsx", hidden)
    book("sheets.xlsx", sheets)
    book("formulas.xlsx", formulas)
    book("far.xlsx", far)
    book("cover.xlsx", cover)
    book("no_rows.xlsx", lambda workbook: workbook.add_worksheet("Vide"))
    shutil.copy(FOLDER / "merged.xlsx", FOLDER / "macros.xlsm")
    shutil.copy(FOLDER / "merged.xlsx", FOLDER / "book_called.csv")
    content = (FOLDER / "types.xlsx").read_bytes()
    (FOLDER / "cut.xlsx").write_bytes(content[: len(content) // 2])
    (FOLDER / "prefixed.xlsx").write_bytes(b"")
    prefixed("prefixed.xlsx")


def prefixed(name):
    """As some programs write: prefixed names, no references, texts in place, rich texts."""
    space = 'xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    cell = '<x:c t="inlineStr"><x:is><x:r><x:t>{}</x:t></x:r><x:r><x:t>{}</x:t></x:r></x:is></x:c>'
    rows = ["<x:row>" + "".join(cell.format(text[:1], text[1:]) for text in row) + "</x:row>" for row in [HEADER, *ROWS]]
    rows[2] = rows[2].replace("<x:row>", '<x:row hidden="true">')
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/><Override PartName="/xl/one.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<x:workbook {space} xmlns:r="{relations}"><x:sheets><x:sheet name="L&amp;R" sheetId="1" r:id="r1"/></x:sheets></x:workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{relations}/worksheet" Target="/xl/one.xml"/></Relationships>',
        "xl/one.xml": f"<x:worksheet {space}><x:sheetData>{''.join(rows)}</x:sheetData></x:worksheet>",
    }
    archive(name, {part: ('<?xml version="1.0" encoding="UTF-8"?>' + text).encode() for part, text in parts.items()})


def archive(name, members, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(FOLDER / name, "w", method) as packed:
        for member, content in members.items():
            packed.writestr(zipfile.ZipInfo(member, (2026, 10, 5, 0, 0, 0)), content, method)


def archives():
    text, workbook = plain().encode("cp1252"), (FOLDER / "merged.xlsx").read_bytes()
    archive("one.zip", {"Export/": b"", "Export/liste.csv": text})
    archive("from_a_mac.zip", {"liste.csv": text, "__MACOSX/._liste.csv": b"\0\5\x16\7", ".DS_Store": b"x"})
    archive("book_inside.zip", {"dossier/Impayés octobre.xlsx": workbook})
    archive("several.zip", {"a.csv": text, "b.csv": text})
    archive("nested.zip", {"dedans.zip": (FOLDER / "one.zip").read_bytes()})
    archive("no_member.zip", {"__MACOSX/._x": b""})
    archive("xlsb.xlsb", {"[Content_Types].xml": b"<Types/>", "xl/workbook.bin": b"x"})
    archive("document.docx", {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<x/>"})
    content = bytearray((FOLDER / "one.zip").read_bytes())
    for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        position = content.rfind(mark)
        content[position + place] |= 1
    (FOLDER / "locked.zip").write_bytes(content)
    content = bytearray((FOLDER / "one.zip").read_bytes())
    content[content.find(b"liste.csv") + 40] ^= 0xFF
    (FOLDER / "spoilt.zip").write_bytes(content)


def ods(name, body, columns=""):
    """An ODS written by hand: what LibreOffice would not write."""
    names = (
        " ".join(
            f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "table", "text", "of")
        )
        + ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names} office:version="1.3"><office:body>'
        f'<office:spreadsheet><table:table table:name="L&amp;R">{columns}{body}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    archive(name, {"mimetype": kind.encode(), "content.xml": content.encode(), "META-INF/manifest.xml": manifest.encode()})


def ods_row(cells, attributes=""):
    def cell(text):
        return (
            f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
            if text
            else "<table:table-cell/>"
        )

    return f"<table:table-row {attributes}>{''.join(map(cell, cells))}</table:table-row>"


def open_documents():
    rest = '<table:table-row table:number-rows-repeated="1048560"><table:table-cell table:number-columns-repeated="1024"/></table:table-row>'
    twice = 'table:number-rows-repeated="2"'
    blank = f'<table:table-row {twice}><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    columns = '<table:table-column table:number-columns-repeated="2"/><table:table-column table:visibility="collapse"/>'
    body = ods_row(HEADER) + ods_row(ROWS[0], twice) + blank + ods_row(ROWS[1], 'table:visibility="filter"') + ods_row(ROWS[2])
    ods("repeated.ods", body + rest, columns)
    formula = (
        '<table:table-row><table:table-cell table:formula="of:=1+1" office:value-type="float" office:value="2"><text:p>2</text:p>'
        '</table:table-cell><table:table-cell table:formula="of:=A1"/><table:table-cell table:formula="of:=#REF!" '
        'office:value-type="string" office:string-value="" calcext:value-type="error"><text:p>#REF!</text:p></table:table-cell>'
        '<table:table-cell office:value-type="date" office:date-value="2026-10-05"><text:p>05/10/26</text:p></table:table-cell>'
        '<table:table-cell office:value-type="boolean" office:boolean-value="true"><text:p>VRAI</text:p></table:table-cell>'
        '<table:table-cell office:value-type="currency" office:value="12.5"><text:p>12,50 €</text:p></table:table-cell>'
        "</table:table-row>"
    )
    ods("formulas.ods", ods_row(HEADER) + formula)


def converted():
    """What only LibreOffice writes for us."""
    if not shutil.which("soffice"):
        return
    for source, kind, target in (
        ("hidden.xlsx", "xls:MS Excel 97", "hidden.xls"),
        ("types.xlsx", "xls:MS Excel 97", "types.xls"),
        ("formulas.xlsx", "xls:MS Excel 97", "formulas.xls"),
        ("hidden.xlsx", "ods", "hidden.ods"),
        ("types.xlsx", "ods", "types.ods"),
    ):
        out = FOLDER / "out"
        subprocess.run(["soffice", "--headless", "--convert-to", kind, "--outdir", out, FOLDER / source], check=True)
        shutil.move(next(out.iterdir()), FOLDER / target)
        out.rmdir()


def parquets():
    columns = {
        "Nom": pa.array(["BRAMONDON", None, "VABILLEY"]),
        "Naissance": pa.array([date(1980, 2, 29), None, date(2001, 1, 1)]),
        "Vu": pa.array([datetime(2026, 10, 5, 14, 15), datetime(2026, 10, 5), None], pa.timestamp("us")),  # noqa: DTZ001
        "Montant dû": pa.array([1234.56, 12.0, None]),
        "Dette": pa.array([Decimal("12.50"), None, Decimal("0.10")]),
        "Oui": pa.array([True, False, None]),
        "Nombre": pa.array([1, 2, None], pa.int16()),
        "Commune": pa.array(["LYON", "LYON", "BRON"]).dictionary_encode(),
        "Octets": pa.array(["é".encode(), b"\xff", None]),
        "Rien": pa.nulls(3),
    }
    pq.write_table(pa.table(columns), FOLDER / "types.parquet", compression="zstd")
    pq.write_table(pa.table({"Nom": ["A"], "Commune": [["x"]]}), FOLDER / "nested.parquet")
    content = (FOLDER / "types.parquet").read_bytes()
    (FOLDER / "cut.parquet").write_bytes(content[:-200])


def main():
    FOLDER.mkdir(exist_ok=True)
    for name, content in [*texts(), *odd_texts()]:
        (FOLDER / name).write_bytes(content)
    workbooks()
    archives()
    open_documents()
    parquets()
    converted()
    if "--expect" in sys.argv:
        sys.path.insert(0, str(Path(__file__).parents[2]))
        from tests.intake.test_files import outcome

        for path in sorted(FOLDER.iterdir()):
            expected = path.with_name(path.name + ".expected.json")
            if path.suffix != ".json" and not expected.exists():
                expected.write_text(json.dumps(outcome(path), ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
