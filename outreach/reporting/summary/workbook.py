"""The summary as a workbook: three tabs, native charts. Texts are always written as texts, never as formulas."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import xlsxwriter

from outreach.core.i18n import french_day
from outreach.reporting.summary.sentences import HIDDEN

ACCENT, SOFT, QUIET = "#0b6e4f", "#e6f1ed", "#4a5563"
WIDTHS = (46, 14, 14, 12, 60)


class Tab:
    """One sheet written from top to bottom; remembers where each table's lines stand for the charts."""

    def __init__(self, book: xlsxwriter.Workbook, name: str) -> None:
        """Start the sheet, set for printing on one A4 page wide."""
        self.book = book
        self.name = name
        self.sheet = book.add_worksheet(name)
        self.sheet.set_paper(9)
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.hide_gridlines(2)
        for column, width in enumerate(WIDTHS):
            self.sheet.set_column(column, column, width)
        self.line = 0
        self.styles = {
            "title": book.add_format({"bold": True, "font_size": 16, "font_color": ACCENT}),
            "heading": book.add_format({"bold": True, "font_size": 12, "font_color": ACCENT}),
            "head": book.add_format({"bold": True, "bg_color": SOFT, "bottom": 1, "text_wrap": True}),
            "head of numbers": book.add_format(
                {"bold": True, "bg_color": SOFT, "bottom": 1, "text_wrap": True, "align": "right"}
            ),
            "head beside": book.add_format({"bold": True, "bg_color": SOFT, "bottom": 1, "align": "left", "indent": 1}),
            "text": book.add_format({"text_wrap": True, "valign": "top"}),
            "beside": book.add_format({"valign": "top", "align": "left", "indent": 1}),
            "quiet": book.add_format({"text_wrap": True, "valign": "top", "font_color": QUIET, "font_size": 9}),
            "count": book.add_format({"num_format": "#,##0", "valign": "top"}),
            "rate": book.add_format({"num_format": '0.0" %"', "valign": "top"}),
            "hidden": book.add_format({"align": "right", "font_color": QUIET, "valign": "top"}),
        }

    def say(self, text: str, style: str = "text") -> None:
        """One line of text across the page."""
        if style == "title":
            self.sheet.write_string(self.line, 0, text, self.styles[style])
        else:
            self.sheet.merge_range(self.line, 0, self.line, len(WIDTHS) - 1, "", self.styles[style])
            self.sheet.write_string(self.line, 0, text, self.styles[style])
            self.sheet.set_row(self.line, 15 * (1 + len(text) // 130))
        self.line += 1

    def table(self, title: str, heads: list[str], rows: list[list[Any]], kinds: str) -> tuple[int, int]:
        """A heading and a table; ``kinds``: a letter a column, t(ext) c(ount) r(ate) q(uiet text).

        Returns the first and last line of the rows.
        """
        self.line += 1
        self.sheet.write_string(self.line, 0, title, self.styles["heading"])
        for column, (head, kind) in enumerate(zip(heads, kinds, strict=True)):
            style = "head of numbers" if kind in "cr" else "head beside" if column and kind == "t" else "head"
            self.sheet.write_string(self.line + 1, column, head, self.styles[style])
        first = self.line + 2
        for offset, row in enumerate(rows):
            for column, (value, kind) in enumerate(zip(row, kinds, strict=True)):
                self._cell(first + offset, column, value, kind)
        self.line = first + len(rows)
        return first, self.line - 1

    def bars(self, title: str, lines: tuple[int, int], column: int, at: str) -> None:
        """A native bar chart of one column of a table, first line on top."""
        first, last = lines
        if last < first:
            return
        chart = self.book.add_chart({"type": "bar"})
        chart.add_series(
            {
                "categories": [self.name, first, 0, last, 0],
                "values": [self.name, first, column, last, column],
                "fill": {"color": ACCENT},
                "gap": 40,
                "data_labels": {"value": True},
            }
        )
        chart.set_title({"name": title, "name_font": {"size": 11}})
        chart.set_legend({"none": True})
        chart.set_y_axis({"reverse": True})
        chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}, "min": 0})
        chart.set_size({"width": 560, "height": 120 + 24 * (last - first + 1)})
        self.sheet.insert_chart(at, chart, {"description": title})

    def _cell(self, line: int, column: int, value: Any, kind: str) -> None:
        if kind in "tq":
            style = "quiet" if kind == "q" else "beside" if column else "text"
            self.sheet.write_string(line, column, str(value), self.styles[style])
        elif value is None:
            self.sheet.write_string(line, column, HIDDEN, self.styles["hidden"])
        else:
            self.sheet.write_number(line, column, value, self.styles["count" if kind == "c" else "rate"])


def write_workbook(content: dict[str, Any], path: Path, *, version: int) -> Path:
    """Write the three tabs from a stored content; the same content gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(str(path), options)
    produced = datetime.combine(date.fromisoformat(content["end"]), time(12))
    title = f"Bilan : {content['campaign']}"
    book.set_properties({"title": title, "author": content["association"], "created": produced})
    _synthesis(Tab(book, "Synthèse"), content, title, version)
    _breakdowns(Tab(book, "Répartitions"), content)
    _quality(Tab(book, "Qualité de la liste"), content["quality"])
    book.close()
    return path


def _synthesis(tab: Tab, content: dict[str, Any], title: str, version: int) -> None:
    tab.say(title, "title")
    tab.say(
        f"{content['association']} pour {content['partner']}, du {_day(content['start'])} au {_day(content['end'])}, version {version}",
        "quiet",
    )
    for sentence in content["sentences"]:
        tab.say(sentence)
    steps = [[step["label"], step["count"], step["unit"], step["definition"]] for step in content["funnel"]]
    funnel = tab.table(
        "De la liste à la médiation",
        ["Étape", "Nombre", "Unité", "", "Définition"],
        [[*row[:3], "", row[3]] for row in steps],
        "tcttq",
    )
    rates = [["Médiations sur sollicités", content["conversion"]], ["Moyenne du réseau", content["network_conversion"]]]
    rates += [[rate["label"], rate["rate"]] for rate in content["rates"] if rate["id"] != "conversion"]
    tab.table("Taux", ["", "%"], rates, "tr")
    if content["comparison"]:
        before = [
            [f"{_day(part['start'])} – {_day(part['end'])}", part["solicited"], part["mediated"], part["conversion"]]
            for part in content["comparison"]
        ]
        tab.table("Bilans précédents", ["Période", "Sollicités", "Médiations", "Taux"], before, "tccr")
    tab.table(
        "Délais", ["Moitié des cas en moins de", "Jours"], [[part["label"], part["days"]] for part in content["delays"]], "tc"
    )
    held = [[part["label"], part["rate"]] for part in content["lasting"]["held"]]
    if held:
        tab.table("L'aide a-t-elle tenu ? (à 5 % près)", ["D'après vos fichiers de retour", "%"], held, "tr")
    if content["lasting"]["uplift"]:
        tab.say(content["lasting"]["uplift"])
    kinds = [[kind["label"], kind["count"]] for kind in content["kinds"]]
    tab.table("Médiations par nature", ["Nature", "Nombre"], kinds, "tc")
    outcomes = [[part["label"], part["count"], "", "", part["definition"]] for part in content["outcomes"]]
    fate = tab.table("Ce que sont devenus les sollicités", ["Résultat", "Nombre", "", "", "Définition"], outcomes, "tcttq")
    tab.table("Sollicités en tout", ["", "Nombre"], [["Total", content["solicited"]]], "tc")
    tab.table("Contacts, par canal", ["Canal", "Nombre"], [[part["label"], part["count"]] for part in content["attempts"]], "tc")
    tab.line += 1
    for note in content["notes"]:
        tab.say(note, "quiet")
    tab.bars("De la liste à la médiation", funnel, 1, "G2")
    tab.bars("Ce que sont devenus les sollicités", fate, 1, "G20")


def _day(written: str) -> str:
    return french_day(date.fromisoformat(written))


def _breakdowns(tab: Tab, content: dict[str, Any]) -> None:
    tab.say("Répartitions", "title")
    place = 2
    for table in content["breakdowns"]:
        rows = [[row["label"], row["solicited"], row["mediated"], row["rate"]] for row in table["rows"]]
        total = [["Ensemble", content["solicited"], content["mediated"], content["conversion"]]]
        first, last = tab.table(table["title"], ["Groupe", "Sollicités", "Médiations", "Taux"], rows + total, "tccr")
        if all(row["rate"] is None for row in table["rows"]):
            continue
        place = max(place, first)
        tab.bars(f"Taux de médiation, {table['title'].lower()} (%)", (first, last - 1), 3, f"E{place}")
        place += 8 + 3 * len(rows) // 2
    for table in content["answers"]:
        rows = [[row["label"], row["count"]] for row in table["rows"]]
        if rows:
            tab.table(f"{table['title']} (plusieurs possibles)", ["", "Médiations"], rows, "tc")
    for words in content["learning"]["wordings"]:
        if words["texts"]:
            tab.table(f"{words['title']}, relues", [""], [[said] for said in words["texts"]], "t")
    if content["learning"]["points"]:
        tab.table("À porter au comité de pilotage", [""], [[point] for point in content["learning"]["points"]], "t")


def _quality(tab: Tab, quality: dict[str, Any]) -> None:
    tab.say("Qualité de la liste", "title")
    states = [[state["label"], state["count"]] for state in quality["states"]]
    rows = [*states, ["Lignes reçues", quality["received"]]]
    first, last = tab.table("Ce que sont devenues les lignes", ["Lignes", "Nombre"], rows, "tc")
    filled = [[part["label"], part["count"], part["of"], part["rate"]] for part in quality["filled"]]
    tab.table("Lignes exploitables qui ont…", ["", "Nombre", "Sur", "Part"], filled, "tccr")
    reasons = [[row["reason"], row["count"], row["column"], "", row["effect"]] for row in quality["reasons"]]
    tab.table("À corriger à la source", ["Raison", "Nombre", "Colonne", "", "Effet"], reasons, "tcttq")
    if quality["advice"]:
        tab.table("Pour une meilleure liste", [""], [[sentence] for sentence in quality["advice"]], "t")
    tab.bars("Ce que sont devenues les lignes", (first, last - 1), 1, "E2")
