"""What texts cost, and which of their letters are rewritten: of the text itself, not of the names of its placeholders."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from outreach.channels.sms.preview import text_costs
from outreach.definitions.loader import read_folder
from outreach.policy.language import Readers


def costs(readers=(), **sms):
    folder = read_folder(Path("campaigns/energy-arrears"))
    texts = folder.messages.model_copy(update={"sms": sms})
    return {cost.language: cost for cost in text_costs(replace(folder, messages=texts), readers, Decimal("0.07"))}


@pytest.mark.parametrize(
    ("written", "rewritten", "alphabet"),
    [
        ("{association} : appelez le {site_phone}", "", "GSM-7"), ("Peut-être, œuvre à {site_phone}", "êœ", "GSM-7"),
        ("été, où, à", "", "GSM-7"), ("Şimdi arayın", "", "UCS-2"),
    ],
)  # fmt: skip
def test_only_letters_that_are_written_otherwise_are_named(written, rewritten, alphabet):
    found = costs(fr=written)["fr"]
    assert (found.rewritten, found.alphabet) == (rewritten, alphabet)


def test_people_are_counted_in_the_language_they_get_and_a_long_name_may_take_a_part_more():
    text = "{name}, " + "a" * 140
    readers = [Readers("tr", None, 10, 7), Readers("wo", None, 5, 4), Readers(None, None, 30, 20, longest=40)]
    found = costs(readers, fr=text, tr="Merhaba")
    assert (found["fr"].people, found["tr"].people) == (24, 7)
    assert (found["fr"].parts, found["fr"].most_parts) == (1, 2)
    assert found["fr"].cost == Decimal("0.07") * 24 * found["fr"].parts
