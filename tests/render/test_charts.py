"""Charts draw any data they are given: finite coordinates, inside the frame, text escaped."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multipolar.pipeline.result import Pivot
from multipolar.render import choose
from multipolar.render.charts import bars, lines, maps, spread, timeline
from multipolar.render.charts.svg import WIDE, Chart
from multipolar.render.charts.svg import spread as apart
from render import fakes

numbers = st.one_of(
    st.floats(-1e12, 1e12, allow_nan=False),
    st.just(0.0),
    st.floats(-1e-9, 1e-9),
    st.integers(-5, 5).map(float),
)
PASSED = st.sampled_from([True, False, None])
names = st.one_of(st.text(max_size=30), st.sampled_from(fakes.HOSTILE))
years = st.integers(1900, 2100).map(str)
NUMERIC = {"x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "stroke-width"}


def drawings(markup: str) -> list[ElementTree.Element]:
    """The svg elements, parsed strictly: anything unescaped fails here."""
    clean = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", markup)
    return list(ElementTree.fromstring(f"<div>{clean}</div>").iter("svg"))


def check(chart: Chart, *, inside: bool = True) -> None:
    found = drawings(chart.wide + chart.narrow)
    assert found
    assert chart.mapped == ("#m-" in chart.wide + chart.narrow)
    for svg in found:
        assert svg.get("role") == "img"
        assert svg.get("aria-label")
        _, _, width, height = map(float, (svg.get("viewBox") or "").split())
        assert width > 0 and height > 0
        for node in svg.iter():
            for key, value in node.attrib.items():
                if key in NUMERIC:
                    x = float(value)
                    assert abs(x) < 1e5, (node.tag, key, value)
                    if key in ("width", "height", "r"):
                        assert x >= 0
                assert "nan" not in value.split() and "inf" not in value.split()
            if node.tag == "path":
                assert not re.search("nan|inf", node.get("d") or "")
            if inside and node.tag == "text" and node.text:
                assert -2 <= float(node.get("x", 0)) <= width + 2
                assert 0 <= float(node.get("y", 0)) <= height + 2
            assert node.tag in {
                "svg",
                "g",
                "rect",
                "line",
                "circle",
                "path",
                "text",
                "tspan",
                "use",
                "title",
            }
    assert chart.title and chart.source


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        names, st.dictionaries(years, numbers, min_size=1, max_size=20), min_size=1, max_size=5
    ),
    st.none() | numbers,
    st.none() | years,
)
def test_series(data: dict[str, dict[str, float]], threshold: float | None, at: str | None) -> None:
    points = {n: sorted(line.items()) for n, line in data.items()}
    rival = list(points)[1] if len(points) > 1 else None
    check(
        lines.series(
            points, title="t", unit="<u>", source="s", threshold=threshold, at=at, rival=rival
        )
    )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(names, numbers), min_size=1, max_size=30, unique_by=lambda r: r[0]),
    st.lists(st.tuples(years, names), max_size=15),
)
def test_ranking(rows: list[tuple[str, float]], firsts: list[tuple[str, str]]) -> None:
    rows.sort(key=lambda r: -r[1])
    check(bars.ranking(rows, rows[-1][0], title="t", unit="u", source="s", firsts=firsts))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(names, st.floats(0, 1e9), st.floats(1e-6, 1e9), st.just("Mt"), PASSED),
        min_size=2,
        max_size=8,
    )
)
def test_measures(rows: list[tuple[str, float, float, str, bool | None]]) -> None:
    check(bars.measures(rows, title="t", source="s"))


pieces = st.builds(bars.Piece, names, st.floats(1e-3, 1e6), st.booleans())
nested = st.builds(
    bars.Piece, names, st.floats(1, 1e6), st.booleans(), st.lists(pieces, max_size=3).map(tuple)
)


@settings(max_examples=60, deadline=None)
@given(st.lists(nested, min_size=2, max_size=3).map(tuple), st.floats(1, 1e6), names)
def test_total(parts: tuple[bars.Piece, ...], whole: float, name: str) -> None:
    check(bars.total(bars.Piece(name, whole, True, parts), title="t", unit="bcm", source="s"))


def test_a_part_of_a_sum_is_drawn_over_its_own_parts() -> None:
    below = (bars.Piece("old", 38.0), bars.Piece("far", 10.0))
    parts = (bars.Piece("new", 50.0, True), bars.Piece("agreed", 48.0, True, below))
    chart = bars.total(bars.Piece("all", 98.0, True, parts), title="t", unit="bcm", source="s")
    boxes = {float(r.get("y", 0)): [] for r in drawings(chart.wide)[0].iter("rect")}
    for r in drawings(chart.wide)[0].iter("rect"):
        boxes[float(r.get("y", 0))].append((float(r.get("x", 0)), float(r.get("width", 0))))
    top, middle, bottom = (boxes[y] for y in sorted(boxes))
    assert len(top) == 1 and len(middle) == len(bottom) == 2
    assert bottom[0][0] == middle[1][0]  # 38 starts where 48 does
    assert chart.summary == "98 bcm = 50 + 48. 48 bcm = 38 + 10."


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(names, numbers), min_size=1, max_size=60, unique_by=lambda r: r[0]),
    st.none() | numbers,
)
def test_field(rows: list[tuple[str, float]], threshold: float | None) -> None:
    chart = bars.field(
        rows,
        rows[0][0],
        title="t",
        unit="u",
        source="s",
        threshold=threshold,
        needs="more",
        also=[rows[-1][0]],
    )
    check(chart)
    assert len(chart.rows) == len(rows)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(numbers, numbers, st.booleans()), min_size=8, max_size=40),
    st.none() | numbers,
    st.booleans(),
)
def test_draws(rows: list[tuple[float, float, bool]], threshold: float | None, cut: bool) -> None:
    values, slope, passes = zip(*rows, strict=True)
    pivot = Pivot("a.slope", slope[0], "above", 0.9) if cut else None
    parameters = {"a.slope": slope, "a.shift": values}
    check(
        spread.draws(
            values, passes, parameters, pivot, title="t", unit="u", threshold=threshold, source="s"
        ),
        inside=False,
    )


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(sorted(maps.shapes()["points"])),
        st.floats(0.001, 1e6),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from(sorted(maps.shapes()["points"])),
)
def test_flows(rows: dict[str, float], target: str) -> None:
    ordered = sorted(rows.items(), key=lambda r: -r[1])
    check(
        maps.flows(
            ordered,
            target,
            {"RUS": "<Russia>"},
            subject=ordered[-1][0],
            title="t",
            unit="u",
            source="s",
        ),
        inside=False,
    )


@settings(max_examples=20, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(sorted(maps.shapes()["points"])),
        st.sampled_from(sorted(maps.CHOICES)),
        min_size=1,
    )
)
def test_votes(cast: dict[str, str]) -> None:
    chart = maps.votes(cast, {"RUS": "<b>"}, title="t", source="s", subject="RUS")
    check(chart)
    for word in maps.CHOICES:
        n = sum(v == word for v in cast.values())
        assert f"<b>{n}</b>" in chart.wide + chart.narrow
    assert sum(len(cell.split(", ")) for _, cell in chart.rows) == len(cast)


@given(numbers, numbers, st.booleans())
def test_strip(value: float, threshold: float, above: bool) -> None:
    (svg,) = drawings(spread.strip(value, threshold, above))
    for node in svg.iter():
        for key, cell in node.attrib.items():
            if key in NUMERIC:
                assert -1 <= float(cell) <= 140


@given(st.lists(st.floats(0, 300), min_size=1, max_size=12))
def test_labels_never_meet(ys: list[float]) -> None:
    placed = sorted(apart(ys, 15, 0, 300))
    assert all(b - a >= 15 - 1e-6 for a, b in itertools.pairwise(placed))
    order = sorted(range(len(ys)), key=lambda k: ys[k])
    assert [apart(ys, 15, 0, 300)[k] for k in order] == placed


def test_a_value_above_the_threshold_is_drawn_to_the_right_of_it() -> None:
    (svg,) = drawings(spread.strip(12.0, 10.0, True))
    dot = float(next(svg.iter("circle")).get("cx", 0))
    tick = next(n.get("d", "") for n in svg.iter("path") if n.get("class") == "bt")
    assert dot > float(tick[1:].split()[0])


def test_bars_are_in_proportion() -> None:
    chart = bars.ranking([("a", 80.0), ("b", 40.0)], "b", title="t", unit="u", source="s")
    widths = [float(r.get("width", 0)) for r in drawings(chart.wide)[0].iter("rect")]
    assert widths[1] == pytest.approx(widths[0] / 2, rel=0.01)


@pytest.mark.parametrize(
    ("claim", "kind", "title"),
    [("C-000", "series", "quantity"), ("C-001", "auto", "quantity"), ("C-002", "auto", "quantity")],
)
def test_the_chart_follows_from_the_test(claim: str, kind: str, title: str) -> None:
    result = fakes.result(10)
    chart = choose.chart_for(result, result.verdict(claim), kind)
    assert chart is not None
    assert title in chart.title.lower()
    check(chart, inside=False)


def test_a_chart_of_a_card_is_drawn_once_for_phones() -> None:
    result = fakes.result(10)
    for claim in ("C-000", "C-001", "C-002"):
        full = choose.chart_for(result, result.verdict(claim), wide=WIDE)
        card = choose.chart_for(result, result.verdict(claim))
        assert full is not None and card is not None and full.narrow
        assert card.narrow == ""
        head, _, body = card.wide.partition(">")
        assert body == full.narrow.partition(">")[2]
        assert 'class="o"' in head and "max-width:430px" in head


def test_a_ranking_marks_its_subject() -> None:
    result = fakes.result(10)
    chart = choose.chart_for(result, result.verdict("C-001"), "ranking")
    assert chart is not None
    assert "Russia" in chart.summary
    assert ("2", "Russia", "86") in chart.rows


def test_nothing_to_show_is_no_chart() -> None:
    result = fakes.result(10)
    assert choose.chart_for(result, result.verdict("C-004")) is None
    assert choose.chart_for(result, result.verdict("C-000"), "none") is None


dates = st.one_of(
    st.dates().map(lambda d: f"{max(d.year, 1000)}-{d.month:02d}"),
    st.integers(1000, 9000).map(str),
    st.dates(min_value=dt.date(1000, 1, 1), max_value=dt.date(9000, 1, 1)).map(str),
)
events = st.builds(timeline.Event, label=names, date=dates, found=names, passed=st.booleans())


@given(st.lists(events, min_size=1, max_size=8), st.one_of(st.just(""), dates))
@settings(max_examples=40, deadline=None)
def test_timelines_are_sound(rows: list[timeline.Event], mark: str) -> None:
    chart = timeline.timeline(rows, title="t", source="s", mark=mark, mark_name="mark" * bool(mark))
    check(chart, inside=False)
    assert len(chart.rows) == len(rows)


def test_a_timeline_is_in_order_and_its_words_stay_inside() -> None:
    rows = [
        timeline.Event("later", "2023-12", "none found", True),
        timeline.Event("earlier", "2022-03-03", "on hold", False),
        timeline.Event("last", "2024", "half", None),
    ]
    chart = timeline.timeline(rows, title="t", source="s", mark="2023-02-04", mark_name="article")
    assert [r[0] for r in chart.rows] == ["earlier", "later", "last"]
    assert [r[3] for r in chart.rows] == ["does not pass", "passes", "too close to call"]
    assert "pale ones are too close to call" in chart.subtitle
    assert chart.narrow.count('class="near"') == 1
    (narrow,) = drawings(chart.narrow)
    width = float((narrow.get("viewBox") or "").split()[2])
    for node in narrow.iter("text"):
        x, size = float(node.get("x", 0)), 6 * len(node.text or "")
        right = "ae" in (node.get("class") or "").split()
        assert (x - size if right else x) > -5 or "am" in (node.get("class") or "")
        assert (x if right else x + size) < width + 5 or "am" in (node.get("class") or "")
