"""The page for whoever was contacted: open to all, in several languages, and about nobody."""

from __future__ import annotations

from outreach.web.why import OTHERS
from tests.web.server import serving


def test_anybody_may_read_why_and_it_asks_nothing(database):
    with serving(database) as client:
        answer = client.get("/pourquoi")
        asked = client.get("/o/AAAAAA").text
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<form" not in answer.text
    for part in ("gratuit", "CNIL", "dire non", "ne réclamons pas d'argent"):
        assert part in answer.text.replace("’", "'"), part
    assert {code for code, _way, _words in OTHERS} >= {"en", "ar", "tr", "pt", "es"}
    assert all(f'lang="{code}" dir="{way}"' in answer.text for code, way, _words in OTHERS)
    assert 'href="/pourquoi"' in asked
