"""Campaigns in force, and small files as partners write them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from outreach.core import clock
from outreach.definitions.loader import read_folder
from outreach.definitions.registry import find_campaign, launch_campaign
from outreach.intake import Request, commit_list, discard_list, import_list, preview_list, undo_list
from tests.opened import in_clear

DAY = clock.at(date(2026, 10, 6), "08:00")
HEADER = "Réf client;Nom;Prénom;Date de naissance;Adresse;CP;Commune;Tél portable;Montant dû;Stade"


def person(reference, name="DUPONT;Léa;01/02/1984", amount="300,00", street="12 R DES LILAS", phone="06 39 98 00 01"):
    """One line of a list."""
    return f"{reference};{name};{street};69008;LYON;{phone};{amount};relance 1"


@pytest.fixture
def lists(session, tmp_path):
    """The energy campaign, and functions that take lines as a file through a stage of intake."""
    numbers = iter(range(1000))
    with clock.travel(DAY):
        launch_campaign(session, read_folder(Path("campaigns") / "energy-arrears"), actor="test")

        def loaded():
            return find_campaign(session, "energy-arrears")

        def write(*lines, header=HEADER):
            path = tmp_path / f"list-{next(numbers)}.csv"
            path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
            return path

        def go(function, *lines, header=HEADER, path=None, accept_removals=None, **request):
            options = {} if accept_removals is None else {"accept_removals": accept_removals}
            return function(
                session,
                loaded(),
                path or write(*lines, header=header),
                actor="test",
                request=Request(**request),
                **options,
            )

        def in_force():
            rows = session.execute(in_clear("SELECT reference, amount_due FROM current_row ORDER BY id"))
            return sorted(((row.reference, float(row.amount_due)) for row in rows), key=lambda row: row[0])

        yield SimpleNamespace(
            session=session, loaded=loaded, write=write, in_force=in_force,
            take=lambda *lines, **more: go(import_list, *lines, **more),
            preview=lambda *lines, **more: go(preview_list, *lines, **more),
            commit=lambda number, **more: commit_list(session, loaded(), number, actor="test", **more),
            discard=lambda number: discard_list(session, loaded(), number, actor="test"),
            undo=lambda number: undo_list(session, loaded(), number, actor="test"),
        )  # fmt: skip
