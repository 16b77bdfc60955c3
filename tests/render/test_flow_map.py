"""The flow map and the paired charts draw any data: finite, inside, escaped, in proportion."""

from __future__ import annotations

import itertools
import json
import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multipolar.engines.api.views import BeforeAfter, Change, Flow, Pair, SideBySide
from multipolar.render.charts import flows, maps, pairs
from multipolar.render.charts.flows import flow_map
from multipolar.render.charts.pairs import before_and_after, measures_side_by_side
from multipolar.render.charts.svg import Chart
from render import fakes

CODES = sorted(maps.shapes()["points"])
INSIDE = [
    k
    for k, (x, y) in maps.shapes()["points"].items()
    if flows.FRAME[0] <= x <= flows.FRAME[2] and flows.FRAME[1] <= y <= flows.FRAME[3]
]
NUMERIC = {"x", "y", "cx", "cy", "r", "width", "height", "stroke-width"}
TAGS = {"svg", "g", "rect", "circle", "path", "text", "use", "title", "desc"}
numbers = st.one_of(
    st.floats(-1e9, 1e9, allow_nan=False),
    st.integers(-5, 5).map(float),
    st.sampled_from([math.nan, math.inf, 0.0, 1e-9]),
)
texts = st.one_of(st.text(max_size=30), st.sampled_from(fakes.HOSTILE))
carriers = st.sampled_from(["pipeline", "LNG"])
GAS = [
    Flow("RUS", "DEU", "pipeline", 55.0),
    Flow("RUS", "TUR", "pipeline", 25.0),
    Flow("RUS", "CHN", "pipeline", 10.0),
    Flow("TKM", "CHN", "pipeline", 31.0),
    Flow("NOR", "DEU", "pipeline", 45.0),
    Flow("NOR", "GBR", "pipeline", 30.0),
    Flow("DZA", "ITA", "pipeline", 20.0),
    Flow("USA", "JPN", "LNG", 9.0),
    Flow("QAT", "CHN", "LNG", 12.0),
    Flow("AUS", "CHN", "LNG", 43.0),
    Flow("AUS", "JPN", "LNG", 36.0),
    Flow("QAT", "IND", "LNG", 14.0),
    Flow("USA", "ESP", "LNG", 6.0),
]


def drawings(chart: Chart) -> list[ElementTree.Element]:
    """The two svg elements, parsed strictly: anything unescaped fails here."""
    markup = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", chart.wide + chart.narrow)
    found = list(ElementTree.fromstring(f"<div>{markup}</div>"))
    assert [n.get("class") for n in found] == ["w", "n"]
    return found


def check(chart: Chart | None) -> Chart:
    assert chart is not None
    for svg in drawings(chart):
        assert svg.get("role") == "img"
        assert svg.get("aria-label")
        assert [n.tag for n in svg][:2] == ["title", "desc"]
        _, _, width, height = map(float, (svg.get("viewBox") or "").split())
        assert width > 0 and height > 0
        for node in svg.iter():
            assert node.tag in TAGS
            for key, value in node.attrib.items():
                if key in NUMERIC:
                    assert abs(float(value)) < 1e5, (node.tag, key, value)
                assert not re.search(r"\b(nan|inf)\b", value) or key == "aria-label"
            if node.tag == "text":
                assert -2 <= float(node.get("x", 0)) <= width + 2
                assert 0 <= float(node.get("y", 0)) <= height + 2
    return chart


def strokes(chart: Chart, nth: int = 0) -> dict[str, ElementTree.Element]:
    """The lines of the drawing by what their title says."""
    out = {}
    for g in drawings(chart)[nth].iter("g"):
        title = g.findtext("title") or ""
        out[title] = next(n for n in g.iter("path") if "--s" in (n.get("style") or ""))
    return out


def steps(path: ElementTree.Element) -> list[float]:
    return [float(v) for v in re.findall(r"-?[\d.]+", path.get("d") or "")]


def words(chart: Chart, nth: int = 0) -> list[str]:
    return [n.text or "" for n in drawings(chart)[nth].iter("text")]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            Flow, st.sampled_from([*CODES, "XXX", "<b>"]), st.sampled_from(CODES), carriers, numbers
        ),
        max_size=25,
    ),
    st.none() | st.floats(0, 100),
)
def test_any_flows(rows: list[Flow], least: float | None) -> None:
    chart = flow_map(rows, title="t", unit="<u>", names={"RUS": "<Russia>"}, least=least)
    if chart is not None:
        check(chart)
        assert chart.rows
        counts = [len(strokes(chart, k)) for k in (0, 1)]
        assert counts == [len(chart.rows)] * 2


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.builds(Change, texts, numbers, numbers, st.none() | numbers, st.none() | numbers))
)
def test_any_routes(rows: list[Change]) -> None:
    chart = before_and_after(BeforeAfter(tuple(rows), "t", "<u>", ("<a>", "b")))
    kept = [r for r in rows if math.isfinite(r.before) and math.isfinite(r.after)]
    assert (chart is None) == (not kept)
    if chart is not None:
        assert len(check(chart).rows) == len(kept)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            Pair, texts, texts, st.dictionaries(texts, st.tuples(numbers, numbers), max_size=4)
        ),
        max_size=6,
    )
)
def test_any_measures(rows: list[Pair]) -> None:
    chart = measures_side_by_side(SideBySide(tuple(rows), "t", ("<a>", "b")))
    if chart is not None:
        check(chart)


def test_nothing_to_show_is_no_chart() -> None:
    void = [Flow("RUS", "DEU", "pipeline", v) for v in (0.0, math.nan, -3.0, math.inf)]
    assert flow_map([], title="t", unit="bcm") is None
    assert flow_map(void, title="t", unit="bcm") is None
    assert flow_map([Flow("RUS", "RUS", "LNG", 1.0)], title="t", unit="bcm") is None
    assert before_and_after(BeforeAfter((), "t", "bcm")) is None
    assert measures_side_by_side(SideBySide((), "t", ("a", "b"))) is None


def test_widths_are_in_proportion_and_the_key_says_so() -> None:
    chart = check(flow_map(GAS, title="t", unit="bcm"))
    for nth in (0, 1):
        lines = strokes(chart, nth)
        width = {k: float(n.get("stroke-width", 0)) for k, n in lines.items()}
        full = width["RUS → DEU 55, pipeline"]
        assert width["RUS → TUR 25, pipeline"] == pytest.approx(full * 25 / 55, abs=0.1)
        assert width["AUS → CHN 43, LNG"] == pytest.approx(full * 43 / 55, abs=0.1)
        key = [n for n in drawings(chart)[nth].iter("path") if "--mut" in (n.get("style") or "")]
        sizes = [float(n.get("stroke-width", 0)) for n in key]
        assert sizes == pytest.approx([full * v / 55 for v in (5, 20, 50)], abs=0.1)
        assert {"5", "20", "50 bcm", "pipeline", "LNG"} <= set(words(chart, nth))


def test_maps_that_share_a_full_width_can_be_compared() -> None:
    one = check(flow_map(GAS[:1], title="t", unit="bcm", full=110.0))
    other = check(flow_map(GAS[:1], title="t", unit="bcm"))
    a, b = (float(next(iter(strokes(c).values())).get("stroke-width", 0)) for c in (one, other))
    assert a == pytest.approx(b / 2, abs=0.1)


def test_only_ships_are_dashed_and_they_have_a_colour_of_their_own() -> None:
    for title, line in strokes(check(flow_map(GAS, title="t", unit="bcm"))).items():
        assert ("LNG" in title) == (line.get("stroke-dasharray") is not None)
        assert ("var(--s2)" if "LNG" in title else "var(--s1)") in line.get("style", "")


def test_a_line_runs_from_the_exporter_to_the_importer() -> None:
    lines = strokes(check(flow_map(GAS, title="t", unit="bcm")))
    start_x, *_, end_x, _ = steps(lines["RUS → DEU 55, pipeline"])
    assert start_x > end_x  # westward
    start_x, *_, end_x, _ = steps(lines["TKM → CHN 31, pipeline"])
    assert start_x < end_x


def test_a_line_starts_and_ends_where_it_is_said_to() -> None:
    rows = [Flow("RUS", "CHN", "pipeline", 10.0, start=(118.0, 58.0), end=(120.0, 30.0)), GAS[0]]
    lines = strokes(
        check(flow_map(rows, title="t", unit="bcm", wide=flows.FRAME[2] - flows.FRAME[0]))
    )
    x, y, *_ = steps(lines["RUS → CHN 10, pipeline"])
    place = maps.projected(118.0, 58.0)
    assert (x, y) == pytest.approx((place[0] - flows.FRAME[0], place[1] - flows.FRAME[1]), abs=0.2)
    *_, end_x, end_y = steps(lines["RUS → CHN 10, pipeline"])
    coast = maps.projected(120.0, 30.0)
    near = math.dist((end_x, end_y), (coast[0] - flows.FRAME[0], coast[1] - flows.FRAME[1]))
    assert near < 30  # its arrowhead lies between


def test_of_two_carriers_the_second_is_dashed_whatever_they_are_called() -> None:
    rows = [Flow("RUS", "DEU", "rail", 5.0), Flow("RUS", "TUR", "<sea>", 5.0)]
    chart = check(flow_map(rows, title="t", unit="Mt", carriers=("rail", "<sea>")))
    dashed = {k: n.get("stroke-dasharray") is not None for k, n in strokes(chart).items()}
    assert dashed == {"RUS → DEU 5, rail": False, "RUS → TUR 5, <sea>": True}
    assert {"rail", "<sea>"} <= set(words(chart))


def test_far_flows_enter_from_the_edge_they_would_come_from() -> None:
    chart = check(flow_map(GAS, title="t", unit="bcm", wide=740.0))
    lines = strokes(chart)
    height = float(next(drawings(chart)[0].iter("svg")).find("svg").get("height", 0))  # type: ignore[union-attr]
    assert steps(lines["USA → JPN 9, LNG"])[0] == 740  # over the Pacific
    assert steps(lines["USA → ESP 6, LNG"])[0] == 0  # over the Atlantic
    assert steps(lines["AUS → JPN 36, LNG"])[1] == height
    assert "USA" in words(chart)
    away = strokes(check(flow_map([Flow("RUS", "USA", "LNG", 5.0)], title="t", unit="bcm")))
    assert steps(away["RUS → USA 5, LNG"])[0] > 0


def test_small_flows_are_dropped_and_the_caption_says_how_many() -> None:
    rows = [*GAS, Flow("KAZ", "UZB", "pipeline", 1.0), Flow("IRN", "ARM", "pipeline", 0.5)]
    chart = check(flow_map(rows, title="t", unit="bcm"))
    assert "Not drawn: 2 flows under 2.2 bcm, less than 1% of the total." in chart.source
    assert len(chart.rows) == len(GAS)
    chart = check(flow_map(rows, title="t", unit="bcm", least=0.7))
    assert "Not drawn: 1 flow under 0.7 bcm" in chart.source
    chart = check(flow_map(rows, title="t", unit="bcm", most=4))
    assert [r[-1] for r in chart.rows] == ["55", "45", "43", "36"]
    assert "of 31 bcm or less" in chart.source


def test_equal_flows_are_drawn_even_if_they_are_many() -> None:
    rows = [Flow(a, b, "LNG", 1.0) for a, b in itertools.permutations(INSIDE[:9], 2)]
    chart = check(flow_map(rows, title="t", unit="bcm", most=20))
    assert len(chart.rows) == 20


def test_unknown_codes_are_counted() -> None:
    rows = [
        *GAS,
        Flow("XXX", "DEU", "LNG", 5.0),
        Flow("RUS", "<i>", "LNG", 5.0),
        Flow("USA", "MEX", "pipeline", 60.0),
    ]
    chart = check(flow_map(rows, title="t", unit="bcm"))
    assert "2 with an unknown country left out (<i> and XXX)." in chart.source
    assert "1 between countries off the map left out." in chart.source


def test_flows_of_one_pair_are_added_up() -> None:
    chart = check(flow_map([GAS[0], GAS[0]], title="t", unit="bcm"))
    assert chart.rows == (("RUS", "DEU", "pipeline", "110"),)


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_three_hundred_flows(random: object) -> None:
    shuffle = random.sample  # type: ignore[attr-defined]
    rows = [
        Flow(*shuffle(CODES, 2), c, float(k + 1))
        for k, c in enumerate(["pipeline", "LNG"] * 150)  # type: ignore[misc]
    ]
    chart = check(flow_map(rows, title="t", unit="bcm"))
    assert 0 < len(chart.rows) <= 50
    assert len(chart.wide + chart.narrow) < 90_000


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.builds(
            Flow, st.sampled_from(INSIDE), st.sampled_from(INSIDE), carriers, st.floats(1, 100)
        ),
        min_size=2,
        max_size=20,
    )
)
def test_no_label_is_over_another(rows: list[Flow]) -> None:
    chart = flow_map(rows, title="t", unit="bcm")
    if chart is None:
        return
    for svg in drawings(chart):
        for panel in svg.findall("svg"):
            boxes = []
            for n in panel.iter("text"):
                wide = len(n.text or "") * 7.2
                x, y = float(n.get("x", 0)), float(n.get("y", 0))
                x -= wide / 2 if " am" in (n.get("class") or "") else 0
                boxes.append((x, y - 11, x + wide * 0.93, y + 2))
            for a, b in itertools.combinations(boxes, 2):
                assert not (a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(INSIDE), min_size=1, max_size=12, unique=True))
def test_heads_at_one_country_stand_apart(exporters: list[str]) -> None:
    rows = [Flow(k, "DEU", "pipeline", 5.0) for k in exporters if k != "DEU"]
    lines = [flows._line(f, False, flows.FRAME, 2.5, (1100.0, 500.0), 0.5) for f in rows]
    flows._dock(lines)
    far = [n for n in lines if math.dist(n.start, n.node) > 60]
    for a, b in itertools.combinations(far, 2):
        assert math.dist(a.base, b.base) > 0.8 * min(a.head[1], b.head[1])


@pytest.mark.parametrize(
    ("code", "longitude", "latitude"),
    [("LUX", 6.1, 49.7), ("QAT", 51.2, 25.3), ("URY", -56.0, -32.8), ("SGP", 103.8, 1.35)],
)
def test_a_place_lies_in_the_country_it_is_in(code: str, longitude: float, latitude: float) -> None:
    assert math.dist(maps.projected(longitude, latitude), maps.shapes()["points"][code]) < 2.5


def test_the_halves_of_a_phone_cover_the_frame() -> None:
    (_, west), (_, east) = flows.HALVES
    frame = flows.FRAME
    assert west[0] == frame[0] and east[2] == frame[2] and east[0] < west[2]
    assert west[1::2] == east[1::2] == frame[1::2]


def test_routes_are_sorted_by_change_and_numbers_stand_outside() -> None:
    rows = [
        Change("up", 10.0, 38.0, 34.0, 41.0),
        Change("down", 55.0, 0.0),
        Change("same", 7.0, 7.0),
        Change("lost", math.nan, 1.0),
    ]
    chart = check(before_and_after(BeforeAfter(tuple(rows), "t", "bcm", ("2021", "2023"), "route")))
    assert [r[0] for r in chart.rows] == ["down", "up", "same"]
    assert chart.rows[1] == ("up", "10", "38", "+28", "34 to 41")
    assert "1 route without a value left out." in chart.source
    assert {"−55", "+28", "0"} <= set(words(chart))
    at = {n.text: float(n.get("x", 0)) for n in drawings(chart)[0].iter("text")}
    whisker = next(n for n in drawings(chart)[0].iter("path") if n.get("class") == "whisk")
    start, _, end = steps(whisker)
    assert at["38"] > end > start > at["10"]


def test_each_measure_has_a_scale_of_its_own() -> None:
    rows = [
        Pair("share", "percent", {"a": (60.0, 40.0), "b": (30.0, 70.0)}),
        Pair("price", "USD", {"a": (6000.0, 4000.0), "b": (3000.0, 7000.0)}),
        Pair("gap", "", {"a": (1.0, math.nan)}),
        Pair("lone", "", {"b": (2.0, -2.0)}),
    ]
    chart = check(measures_side_by_side(SideBySide(tuple(rows), "t", ("Russia", "China"))))
    assert [r[0] for r in chart.rows][::2] == ["share (percent)", "price (USD)", "lone"]
    assert words(chart).count("no value") == 1
    dots = [n for n in drawings(chart)[0].iter("circle") if n.get("class") == "d1"][1:]
    at = [float(n.get("cx", 0)) for n in dots]
    assert at[:2] == pytest.approx(at[2:4])  # the same shares of two scales


def test_equal_values_stay_visible() -> None:
    (svg, _) = drawings(
        check(
            measures_side_by_side(SideBySide((Pair("x", "", {"s": (1.0, 1.0)}),), "t", ("a", "b")))
        )
    )
    ring, dot = list(svg.iter("circle"))[-2:]
    assert ring.get("cx") == dot.get("cx")
    assert float(dot.get("r", 0)) < float(ring.get("r", 0)) - 1


def test_the_sample_can_be_read_as_data() -> None:
    chart = check(flow_map(GAS, title="Gas", unit="bcm", names={"RUS": "Russia", "DEU": "Germany"}))
    assert json.loads(json.dumps(chart.rows))[0] == ["Russia", "Germany", "pipeline", "55"]
    assert chart.summary.startswith("Gas: Russia to Germany 55 (pipeline); NOR to Germany 45")
    assert pairs.described("<svg>", "a<b", "c").startswith("<svg><title>a&lt;b</title>")
