"""Forms of choices, sent as they are when nothing was chosen: a browser sends every field, the empty ones too."""

from __future__ import annotations

import re
from html import unescape

import pytest

from outreach.core import clock
from outreach.web.app import create_app
from tests.played import END
from tests.web.server import running
from tests.web.tenants import cookie, settle_accounts


@pytest.mark.parametrize(
    ("page", "who"), [("/audit", "auditor"), ("/board", "manager"), ("/campaigns/energy-arrears/cases", "manager")]
)
def test_a_form_of_choices_may_be_sent_with_nothing_chosen(played, page, who):
    with clock.travel(clock.at(END, "20:00")):
        settle_accounts(played.database)
        with running(create_app(played.database)) as client:
            client.headers.update(cookie(played.database, who))
            form = re.search(r'<form method="get".*?</form>', unescape(client.get(page).text), re.DOTALL)[0]
            fields = re.findall(r'name="([^"]+)"', form)
            assert fields
            assert client.get(page, params=dict.fromkeys(fields, "")).status_code == 200


TOP = r'<div class="top-search">(.*?)</div>'


def test_whoever_may_look_for_somebody_does_so_from_every_page(played):
    with clock.travel(clock.at(END, "20:00")):
        settle_accounts(played.database)
        with running(create_app(played.database)) as client:

            def top(page, who):
                return re.search(TOP, client.get(page, headers=cookie(played.database, who)).text, re.DOTALL)[1]

            for page in ("/campaigns", "/board", "/campaigns/energy-arrears/cases"):
                form = top(page, "manager")
                assert re.search(r'<form role="search" method="post" action="([^"]+)"', form)[1] == "/search"
            found = client.post(
                "/search",
                data={re.search(r'<input [^>]*name="([^"]+)"', form)[1]: "a e"},
                headers=cookie(played.database, "manager") | {"Sec-Fetch-Site": "same-origin"},
            )
            assert "/cases/" in found.text
            # One search on a page is enough; nobody is offered what they may not do.
            assert top("/search", "manager") == ""
            assert top("/audit", "auditor") == ""
