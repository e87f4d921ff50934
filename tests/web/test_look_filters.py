"""How values are written on screens, in both languages, and inside text from right to left."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from markupsafe import Markup

from outreach.core import clock
from outreach.core.i18n import speaking
from outreach.web.look import written
from outreach.web.look.direction import direction, isolate
from outreach.web.look.pages import environment, render

NOW = datetime(2026, 11, 24, 14, 5, tzinfo=clock.PARIS)


@pytest.fixture(autouse=True)
def at_that_hour():
    with clock.travel(NOW):
        yield


def both(write, value):
    with speaking("en"):
        english = write(value)
    return write(value), english


@pytest.mark.parametrize(
    ("write", "value", "french", "english"),
    [
        (written.number, 12345, "12\u202f345", "12,345"),
        (written.number, None, "–", "–"),
        (written.percent, 0.6, "60\u00a0%", "60%"),
        (written.percent, 0.034, "3,4\u00a0%", "3.4%"),
        (written.percent, 0.0, "0\u00a0%", "0%"),
        (written.percent, 1.0, "100\u00a0%", "100%"),
        (written.percent, 0.0001, "moins de 0,1\u00a0%", "less than 0.1\u00a0%"),
        (written.percent, 0.9999, "plus de 99,9\u00a0%", "more than 99.9\u00a0%"),
        (written.euros, 1234.5, "1\u202f234,50\u00a0€", "€1,234.50"),
        (written.euros, Decimal(312), "312\u00a0€", "€312"),
        (written.euros, -5, "-5\u00a0€", "-€5"),
        (written.day, date(2026, 11, 24), "mar. 24 nov.", "Tue 24 Nov"),
        (written.day, date(2025, 2, 3), "lun. 3 févr. 2025", "Mon 3 Feb 2025"),
        (written.day, datetime(2026, 11, 23, 23, 30, tzinfo=UTC), "mar. 24 nov.", "Tue 24 Nov"),
        (written.long_day, date(2026, 11, 24), "mardi 24 novembre 2026", "Tuesday 24 November 2026"),
        (written.long_day, date(2026, 12, 1), "mardi 1er décembre 2026", "Tuesday 1 December 2026"),
        (written.moment, NOW, "mar. 24 nov. 14:05", "Tue 24 Nov 14:05"),
        (written.moment, datetime(2026, 7, 1, 10, 0, tzinfo=UTC), "mer. 1 juil. 12:00", "Wed 1 Jul 12:00"),
        (written.clock_time, NOW, "14:05", "14:05"),
        (written.since, NOW - timedelta(seconds=20), "à l'instant", "just now"),
        (written.since, NOW - timedelta(minutes=5), "il y a 5 minutes", "5 minutes ago"),
        (written.since, NOW + timedelta(hours=2), "dans 2 heures", "in 2 hours"),
        (written.since, NOW - timedelta(days=1), "hier", "yesterday"),
        (written.since, date(2026, 11, 25), "demain", "tomorrow"),
        (written.since, date(2026, 11, 24), "aujourd'hui", "today"),
        (written.since, date(2026, 11, 21), "il y a 3 jours", "3 days ago"),
        (written.since, date(2026, 10, 1), "jeu. 1 oct.", "Thu 1 Oct"),
        (written.duration, 0.4, "moins d'une minute", "less than a minute"),
        (written.duration, 12, "12\u00a0min", "12\u00a0min"),
        (written.duration, 125, "2\u00a0h\u00a005", "2\u00a0h\u00a005"),
        (written.cell, None, "–", "–"),
        (written.cell, True, "oui", "yes"),
        (written.cell, 1234, "1\u202f234", "1,234"),
        (written.cell, "Givors", "Givors", "Givors"),
    ],
)
def test_a_value_is_written_as_its_readers_write(write, value, french, english):
    assert both(write, value) == (french, english)


@pytest.mark.parametrize(
    ("count", "french", "english"),
    [
        (0, "0 ligne de A", "0 rows of A"), (1, "1 ligne de A", "1 row of A"), (2, "2 lignes de A", "2 rows of A"),
        (1_000_000, "1\u202f000\u202f000 lignes de A", "1,000,000 rows of A"),
    ],
)  # fmt: skip
def test_a_count_stands_in_the_form_that_its_language_gives_it(count, french, english):
    assert written.counted(count, "{count} ligne de {where}", "{count} lignes de {where}", where="A") == french
    with speaking("en"):
        assert written.counted(count, "{count} row of {where}", "{count} rows of {where}", where="A") == english


@pytest.mark.parametrize(
    ("kind", "one", "several"),
    [
        ("replies", "1 réponse à lire", "2 réponses à lire"), ("summaries", "1 bilan à relire", "2 bilans à relire"),
        ("not_kept", "1 rendez-vous sans personne pour le tenir", "2 rendez-vous sans personne pour les tenir"),
        ("ends", "1 dossier est encore ouvert", "2 dossiers sont encore ouverts"), ("agreement_ends", "dans 0 jour", "dans 2 jours"),
    ],
)  # fmt: skip
def test_an_alert_speaks_of_one_as_of_one(kind, one, several):
    template = environment.from_string(
        '{% import "manager/words.html" as words with context %}{{ words.attention(item, "c", "") }}'
    )
    for count, said in ((0 if "0" in one else 1, one), (2, several)):
        assert said in template.render(item={"kind": kind, "count": count, "detail": ""})


def test_a_cell_of_markup_stays_markup():
    assert isinstance(written.cell(Markup("<b>1</b>")), Markup)


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ("+33639981234", "06\u00a039\u00a098\u00a012\u00a034"), ("0639981234", "06\u00a039\u00a098\u00a012\u00a034"),
        ("+34912345678", "+34\u00a0912\u00a034\u00a056\u00a078"), ("3639", "3639"), ("rappeler", "rappeler"), (None, "–"), ("", "–"),
    ],
)  # fmt: skip
def test_a_phone_number_is_never_broken(kept, shown):
    assert written.phone(kept) == shown


def test_a_number_stands_in_its_order_inside_arabic():
    assert isolate("24/11/2026") == Markup('<bdi dir="ltr">24/11/2026</bdi>')
    text = isolate("اتصلوا بنا على 06 39 98 12 34 <قبل> 24/11/2026")
    assert '<bdi dir="ltr">06\u00a039\u00a098\u00a012\u00a034</bdi>' in text
    assert "&lt;" in text
    assert text.count("<bdi") == text.count("</bdi>") == 2


def test_marks_already_in_a_text_leave_no_tag_open():
    text = isolate("اتصل \u2066 12 ثم 34\u2069\u2069")
    assert text.count("<bdi") == text.count("</bdi>") == 2


def test_what_is_isolated_cannot_be_a_tag():
    assert isolate("<script>") == Markup('<bdi dir="ltr">&lt;script&gt;</bdi>')


@pytest.mark.parametrize(
    ("code", "runs"), [("ar", "rtl"), ("fa-AF", "rtl"), ("ckb", "rtl"), ("fr", "ltr"), ("ku", "ltr"), ("ku-Arab", "rtl")]
)
def test_a_language_runs_its_way(code, runs):
    assert direction(code) == runs


def asked(path="/campaigns", method="GET", **state):
    return SimpleNamespace(url=SimpleNamespace(path=path), method=method, state=SimpleNamespace(**state))


def test_a_page_renders_for_nobody_and_for_somebody():
    for request in (asked(), asked(viewer=SimpleNamespace(name="Awa", role="manager", association="Lyon"), nonce="abc")):
        page = render(request, "shells/desk.html", status=404)
        assert page.status_code == 404
        assert page.body.count(b"<h1>") == 1
        assert b'value="/campaigns"' in page.body
    assert b"Awa" in page.body


def test_an_answer_to_a_form_leads_back_to_the_first_page():
    assert b'name="next" value="/"' in render(asked(method="POST"), "shells/plain.html").body


def test_what_a_page_is_given_is_escaped():
    template = environment.from_string('{% import "ui.html" as ui %}{{ ui.pill(words) }}{{ ui.table("t", ["a"], [[words]]) }}')
    assert "<script>" not in template.render(words="<script>")


def test_a_value_may_not_hide_what_templates_call():
    with pytest.raises(ValueError, match=r"base\.html: a value hides counted"):
        render(None, "base.html", counted=3)
