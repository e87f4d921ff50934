"""Charts: as long as their figures say, readable at their extremes, and a sentence where there is nothing to draw."""

from __future__ import annotations

import re
from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest

from outreach.core.i18n import speaking
from outreach.web.look.charts.bars import Bar, bars
from outreach.web.look.charts.chart import NARROW, WIDTH, cut, length
from outreach.web.look.charts.dots import Place, dots, walk
from outreach.web.look.charts.funnel import funnel
from outreach.web.look.charts.interval import interval
from outreach.web.look.charts.load_calendar import Load, calendar
from outreach.web.look.charts.pace import Day, pace
from outreach.web.look.charts.share import share
from outreach.web.look.pages import environment
from tests.web.gallery import sample

MONDAY = date(2026, 11, 23)
NAMES = ("Site", "Nombre", "Avant")


def drawings(chart):
    """The drawings of a chart, wide then narrow, as trees."""
    return [ET.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", str(chart.svg))]  # noqa: S314 - drawn by us


def shapes(chart, kind, name="rect", which=0):
    return [shape for shape in drawings(chart)[which].iter(name) if kind in shape.get("class", "").split()]


def widths(chart, kind="bar", which=0):
    return [float(shape.get("width")) for shape in shapes(chart, kind, which=which)]


@pytest.mark.parametrize("which", [0, 1])
def test_a_funnel_is_as_wide_as_its_counts(which):
    one, half, least, none = widths(funnel("t", [("a", 1000), ("b", 500), ("c", 1), ("d", 0)]), which=which)
    assert half == pytest.approx(one / 2, abs=0.1)
    assert 0 < least < one / 100
    assert none == 0


def test_a_funnel_says_rates_of_the_start_and_of_the_step_before():
    chart = funnel("t", [("a", 1000), ("b", 500), ("c", 250), ("d", 0), ("e", 0)])
    assert [row[1:] for row in chart.rows] == [
        (1000, "100\u00a0%", ""), (500, "50\u00a0%", "50\u00a0%"), (250, "25\u00a0%", "50\u00a0%"), (0, "0\u00a0%", "0\u00a0%"), (0, "0\u00a0%", "–"),
    ]  # fmt: skip


def test_a_funnel_may_widen():
    assert max(widths(funnel("t", [("personnes", 10), ("contacts", 40)]))) <= WIDTH


EMPTY = {
    "funnel": funnel("t", []), "funnel of none": funnel("t", [("a", 0), ("b", 0)]), "bars": bars("t", [], names=NAMES),
    "pace": pace("t", [Day(MONDAY)], MONDAY), "calendar": calendar("t", [Load(MONDAY, 0, 0)]), "dots": dots("t", [], names=("a", "b")),
    "walk": walk("t", []), "share": share("t", [("a", 0)]), "interval": interval("t", None, None, None),
}  # fmt: skip


@pytest.mark.parametrize("name", list(EMPTY))
def test_nothing_to_draw_is_a_sentence(name):
    chart = EMPTY[name]
    assert chart.empty.endswith(".")
    assert not chart.svg
    page = environment.from_string('{% import "ui.html" as ui %}{{ ui.chart(c) }}').render(c=chart)
    assert chart.empty.replace("'", "&#39;") in page
    assert '<svg class="drawing' not in page


SINGLE = {
    "funnel": funnel("t", [("a", 1)]), "bars": bars("t", [Bar("a", 0)], names=NAMES), "pace": pace("t", [Day(MONDAY, 1, None, None)], MONDAY),
    "calendar": calendar("t", [Load(MONDAY, 3, 0)]), "dots": dots("t", [Place(45.7, 4.9, "a", 0)], names=("a", "b")),
    "walk": walk("t", [Place(45.7, 4.9, "a")]), "share": share("t", [("a", 1)]), "interval": interval("t", 0.0, 0.0, 0.0, zero=(0.0, "rien")),
}  # fmt: skip
HUGE = {
    "funnel": funnel("t", [("a" * 90, 10**12), ("b", 1)]), "bars": bars("t", [Bar("a" * 90, 1e12), Bar("b", 1)], names=NAMES),
    "pace": pace("t", [Day(MONDAY, 10**12, None, 1)], MONDAY), "calendar": calendar("t", [Load(MONDAY, 10**9, 1)]),
    "share": share("t", [("a" * 90, 10**12)] + [("b", 1)] * 12), "interval": interval("t", 1e9, -1e9, 1e12, zero=(0.0, "z" * 40)),
}  # fmt: skip


@pytest.mark.parametrize("chart", [*SINGLE.values(), *HUGE.values(), *sample.charts().values()])
def test_every_drawing_is_sound_and_stays_inside(chart):
    for drawing, width in zip(drawings(chart), (WIDTH, NARROW), strict=False):
        assert drawing.get("viewBox").split()[2] == str(width)
        assert drawing.get("aria-label").startswith(chart.title)
        for shape in drawing.iter():
            assert shape.get("style") is None
            if shape.tag == "rect" and float(shape.get("width")) > 0:
                assert -1 <= float(shape.get("x")) <= float(shape.get("x")) + float(shape.get("width")) <= width + 1
            if shape.tag == "circle":
                assert 0 <= float(shape.get("cx")) <= width
    assert "nan" not in str(chart.svg).lower().replace("nantes", "")


def test_bars_share_one_scale_with_the_second_and_the_line():
    chart = bars("t", [Bar("a", 50, 100), Bar("b", 25, None)], names=NAMES, reference=("Ensemble", 50))
    (first, other), (second,) = widths(chart)[1:], widths(chart, "second")[1:]
    assert first == pytest.approx(second / 2, abs=0.1)
    assert other == pytest.approx(first / 2, abs=0.1)
    (line,) = shapes(chart, "mark-line", "line")
    assert float(line.get("x1")) == pytest.approx(float(shapes(chart, "bar")[1].get("x")) + first, abs=0.1)
    assert [row[2] for row in chart.rows] == ["100", None]


def test_the_pace_tells_done_from_planned_and_too_much():
    days = [
        Day(MONDAY, 100, None, 120),
        Day(MONDAY + timedelta(days=1), None, 60, 120),
        Day(MONDAY + timedelta(days=2), None, 130, 120),
    ]
    chart = pace("t", days, MONDAY + timedelta(days=1))
    high = [float(shapes(chart, kind)[-1].get("height")) for kind in ("bar", "planned", "over")]
    assert high[0] / high[2] == pytest.approx(100 / 130, abs=0.01)
    assert high[1] / high[2] == pytest.approx(60 / 130, abs=0.01)
    assert [row[1:] for row in chart.rows] == [(100, None, 120), (None, 60, 120), (None, 130, 120)]


def test_the_calendar_warms_with_the_load():
    assert [Load(MONDAY, planned, 100).heat for planned in (0, 1, 25, 26, 50, 75, 100, 101)] == [0, 1, 1, 2, 2, 3, 4, 5]
    assert Load(MONDAY, 1, 0).heat == 5


def test_the_calendar_leaves_out_days_that_nobody_works():
    chart = calendar(
        "t",
        [Load(MONDAY + timedelta(days=offset), 5 if offset % 7 < 5 else 0, 9 if offset % 7 < 5 else 0) for offset in range(14)],
    )
    heads = [text.text for text in drawings(chart)[0].iter("text")][:5]
    assert heads == ["lun.", "mar.", "mer.", "jeu.", "ven."]
    assert len(shapes(chart, "heat-3")) == 10


def test_parts_of_a_whole_fill_it_and_the_last_are_put_together():
    chart = share("t", [("a", 600), ("b", 300), ("c", 50), ("d", 30), ("e", 10), ("f", 6), ("g", 4)])
    line = [shape for shape in drawings(chart)[0].iter("rect") if shape.get("height") == "36"]
    assert len(line) == 6
    assert sum(float(shape.get("width")) for shape in line) == pytest.approx(WIDTH - 10, abs=0.5)
    assert float(line[0].get("width")) / float(line[1].get("width")) == pytest.approx(2, abs=0.01)
    assert len(chart.rows) == 7, "the table has them all"


def test_circles_grow_with_the_square_root():
    big, small = shapes(dots("t", [Place(45.7, 4.8, "a", 400), Place(45.8, 4.9, "b", 100)], names=("a", "b")), "point", "circle")
    assert float(big.get("r")) == pytest.approx(2 * float(small.get("r")), abs=0.1)


def test_the_north_is_up_and_a_mile_is_a_mile_both_ways():
    # A square of one kilometre at 45.7° north.
    north, east = 1 / 111.2, 1 / (111.2 * 0.6984)
    places = [Place(45.7, 4.8, "sw"), Place(45.7 + north, 4.8, "nw"), Place(45.7, 4.8 + east, "se")]
    south_west, north_west, south_east = shapes(dots("t", places, names=("a", "b")), "point", "circle")
    up = float(south_west.get("cy")) - float(north_west.get("cy"))
    across = float(south_east.get("cx")) - float(south_west.get("cx"))
    assert up == pytest.approx(across, rel=0.01)


def test_names_on_the_map_cover_no_other():
    texts = [(float(t.get("x")), float(t.get("y")), t.text) for t in drawings(sample.charts()["dots"])[0].iter("text")]
    assert len(texts) >= 8
    assert len({(round(x), round(y)) for x, y, _text in texts}) == len(texts)


def test_stops_at_one_door_share_a_circle():
    chart = walk("t", [Place(45.70, 4.8, "a"), Place(45.7001, 4.8, "b"), Place(45.71, 4.82, "c")])
    assert [text.text for text in drawings(chart)[0].iter("text")] == ["1–2", "3"]
    assert [row[0] for row in chart.rows] == [1, 2, 3]


def test_an_interval_stands_where_its_ends_do():
    chart = interval("t", 5, 0, 10)
    (band,), (point,) = shapes(chart, "planned"), shapes(chart, "bar", "circle")
    assert float(point.get("cx")) == pytest.approx(float(band.get("x")) + float(band.get("width")) / 2, abs=0.2)


def test_charts_speak_english():
    with speaking("en"):
        chart = funnel("Funnel", [("all", 1000), ("helped", 600)])
    assert chart.columns[0] == "Step"
    assert "1,000" in chart.svg


def test_names_are_escaped():
    assert "<script>" not in str(bars("<script>", [Bar("<script>", 1)], names=NAMES).svg)


def test_small_things():
    assert length(0, 10, 100, 2) == 0
    assert length(0.001, 10, 100, 2) == 2
    assert length(5, 0, 100) == 0
    assert cut("Saint-Denis", 40, 14) == "Sain…"
    assert cut("Givors", 400, 14) == "Givors"
