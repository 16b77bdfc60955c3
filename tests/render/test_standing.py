"""The section on who stands where shows what was gathered: no more, no less, and safely."""

from __future__ import annotations

import csv
import itertools
import math
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multipolar.pipeline.standing import Standing
from multipolar.render import page as pages
from multipolar.render.charts import maps
from multipolar.render.charts import standing as charts
from multipolar.render.page import page
from multipolar.render.standing import section, standing_csv
from render import fakes
from render.test_charts import check, drawings, names, numbers
from render.test_page import Reader


def html(standing: Standing | None, *, hostile: bool = False) -> str:
    return page(replace(fakes.result(6, hostile=hostile), standing=standing))


def part(text: str) -> str:
    start = text.index('id="standing"')
    return text[start : text.index('id="claims"')]


@pytest.fixture(scope="module")
def text() -> str:
    return html(fakes.standing())


def test_the_page_stays_whole_and_every_link_leads_somewhere(text: str) -> None:
    read = Reader(text)
    assert not read.faults and not read.stack
    assert len(read.ids) == len(set(read.ids))
    links = {v[1:] for _, n, v in read.attributes if n == "href" and v[:1] == "#"}
    assert links - {""} <= set(read.ids)
    assert "standing.csv" in {v for _, n, v in read.attributes if n == "href"}
    assert "Who stands where" in read.text("script", "style")


def test_hostile_text_stays_text() -> None:
    text = html(fakes.standing(hostile=True), hostile=True)
    read = Reader(text)
    assert not read.faults and not read.stack
    assert text.count("<script") == 1
    assert "<script>window.hurt = 1</script>" in Reader(part(text)).text("script", "style")


def test_a_case_without_it_has_no_section() -> None:
    text = html(None)
    assert 'id="standing"' not in text and "standing.csv" not in text
    assert 'id="standing"' not in html(Standing(("CHN",), gap="nothing"))


def test_the_gap_says_in_one_line_what_brings_the_record() -> None:
    gap = "the record has not been added. Hint: `multipolar data fetch unga` brings it"
    text = part(html(replace(fakes.standing(), track=None, gap=gap)))
    assert '<span class="code">multipolar data fetch unga</span>' in text
    assert "`" not in text
    assert "General Assembly" not in text
    assert "Where states stand" in text  # the shipped votes are shown all the same


def test_every_figure_of_the_section_has_a_title_and_a_label(text: str) -> None:
    figures = re.findall(r"<figure.*?</figure>", part(text), re.S)
    # two maps, the strip, the shares of runs, the years, the poles, the indices, the pact
    assert len(figures) == 8
    for figure in figures:
        assert 'aria-label="' in figure and "<figcaption>" in figure


def test_an_index_is_never_added_to_another(text: str) -> None:
    table = part(text)
    assert "at most 13.5" in table and ">2.5<" in table
    assert "8.0" not in Reader(table).text("script", "style")  # their mean
    assert "no figure of CAN" in table  # why a share is missing


def style_of(svg: ElementTree.Element) -> dict[str, str]:
    """What is seen of each country: the style it is painted in last."""
    seen: dict[str, str] = {}
    frame = next(g for g in svg.iter("g") if g.get("transform"))
    for node in frame:
        if node.get("href") == "#m-all":
            seen |= dict.fromkeys(maps.shapes()["paths"], node.get("class", ""))
        for use in node.iter("use"):
            if node.tag == "g":
                seen[(use.get("href") or "")[3:]] = node.get("class", "")
    return seen


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(sorted(maps.shapes()["paths"])), st.sampled_from(["k1", "k2", "wz"])
    )
)
def test_laying_down_the_commonest_style_changes_no_country(styles: dict[str, str]) -> None:
    chart = maps.grouped(
        styles,
        {},
        title="t",
        subtitle="u",
        source="s",
        key=[("k1", "<one>")],
        rows=(),
        head=(),
        label="l",
    )
    (svg,) = drawings(chart.wide)
    assert style_of(svg) == {c: styles.get(c, "vx") for c in maps.shapes()["paths"]}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(names, numbers, st.floats(0, 1e6)), min_size=1, max_size=9))
def test_whiskers(rows: list[tuple[str, float, float]]) -> None:
    check(charts.whiskers(rows, title="t", unit="u", source="s", ends=("<a>", "b")))


def test_a_whisker_is_a_standard_error_either_side() -> None:
    chart = charts.whiskers([("a", 1.0, 0.5), ("b", 0.0, 1.0)], title="t", unit="u", source="s")
    (svg,) = drawings(chart.wide)
    dots = [float(c.get("cx", 0)) for c in svg.iter("circle")]
    lines = [p.get("d", "") for p in svg.iter("path") if p.get("class") == "whisk"]
    ends = [tuple(map(float, re.findall(r"M(\S+) \S+?H(\S+)", d)[0])) for d in lines]
    one = dots[0] - dots[1]  # pixels of one unit
    for dot, (left, right), error in zip(dots, ends, (0.5, 1.0), strict=True):
        assert dot - left == pytest.approx(error * one, abs=0.2)
        assert right - dot == pytest.approx(error * one, abs=0.2)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(names, st.floats(1e-3, 1e6), st.floats(1e-3, 1e6), names), min_size=1, max_size=9
    )
)
def test_exposure(rows: list[tuple[str, float, float, str]]) -> None:
    check(charts.exposure(rows, title="t", unit="u", source="s", names=("before", "<after>")))


def test_equal_ratios_are_equal_distances() -> None:
    rows = [("a", 2.0, 20.0, ""), ("b", 30.0, 300.0, "")]
    svg = drawings(charts.exposure(rows, title="t", unit="u", source="s", names=("x", "y")).wide)[0]
    at = [float(c.get("cx", 0)) for c in svg.iter("circle")][2:]  # after those of the legend
    assert at[1] - at[0] == pytest.approx(at[3] - at[2], abs=0.2)


def _points(d: str) -> list[list[tuple[int, int]]]:
    """Read lines back from their steps."""
    out = []
    for piece in filter(None, d.split("M")):
        start, _, steps = piece.rstrip("z").partition("l")
        x, y = map(int, start.split())
        line = [(x, y)]
        flat = list(map(int, re.findall(r"-?\d+", steps)))
        for dx, dy in zip(flat[::2], flat[1::2], strict=True):
            x, y = x + dx, y + dy
            line.append((x, y))
        out.append(line)
    return out


places = st.dictionaries(
    st.integers(1946, 2025),
    st.tuples(st.floats(-4, 4), st.floats(0, 1), st.integers(0, 80)),
    min_size=1,
    max_size=30,
)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(names, places, min_size=1, max_size=4))
def test_a_panel_draws_every_year_once_and_breaks_where_one_is_missing(
    data: dict[str, dict[int, tuple[float, float, int]]],
) -> None:
    lines = {n: [charts.Dot(y, *rows[y]) for y in sorted(rows)] for n, rows in data.items()}
    chart = charts.panels(lines, {}, title="t", unit="u", source="s")
    svgs = drawings(chart.wide)
    assert len(svgs) == 1 + len(lines)
    shared = {p.get("id"): p.get("d", "") for p in svgs[0].iter("path")}
    for k, line in enumerate(lines.values()):
        runs = _points(shared[f"pt-{k}"])
        drawn = [
            p for run in runs for p in run[: 1 if len(run) == 2 and run[0] == run[1] else None]
        ]
        assert len(drawn) == len(line)
        gaps = sum(b.year - a.year > 1 for a, b in itertools.pairwise(line))
        assert len(runs) == gaps + 1
        # a higher value is drawn higher, and a later year to the right
        assert [x for x, _ in drawn] == sorted(x for x, _ in drawn)
        by_value = sorted(range(len(line)), key=lambda i: line[i].value)
        heights = [drawn[i][1] for i in by_value]
        assert all(a >= b - 1 for a, b in itertools.pairwise(heights))


def test_thin_years_are_dashed_and_the_other_estimate_is_dotted(text: str) -> None:
    chart = section(replace(fakes.result(6), standing=fakes.standing()))
    assert chart is not None and chart.years is not None
    china, states = drawings(str(chart.years.svg))[1:]
    for svg in (china, states):
        dashed = [p.get("d", "") for p in svg.iter("path") if p.get("class") == "s1 dsh"]
        assert [len(run) for run in _points(dashed[0])] == [2]  # 2022 to 2023, a thin year
    dots = [p.get("d", "").count("h0") for p in states.iter("path") if p.get("class") == "q2"]
    assert dots == [2]
    assert not [p for p in china.iter("path") if p.get("class") == "q2"]


def test_all_of_it_can_be_taken_away() -> None:
    rows = list(csv.DictReader(standing_csv(fakes.standing()).splitlines()))
    counted = {m: sum(r["metric"] == m for r in rows) for m in {r["metric"] for r in rows}}
    assert counted == {
        "position": 4 + 10 + 2,
        "bloc": 4,
        "together": 2,
        "poles": 3,
        "concentration": 1,
        "share": 3,
        "vulnerability": 4,
    }
    after = [r for r in rows if r["scenario"] == "pact" and r["country"] == "RUS"]
    assert [float(r["value"]) for r in after] == [3.0]
    linked = [r for r in rows if r["variant"] == "linked"]
    assert [(r["year"], float(r["value"])) for r in linked] == [("2022", 2.7), ("2023", 2.9)]


def test_nothing_in_the_csv_is_a_formula() -> None:
    bad = replace(
        fakes.standing(), weights=(replace(fakes.standing().weights[0], sources=("=1+1",)),)
    )
    for row in csv.DictReader(standing_csv(bad).splitlines()):
        assert row["source"][:1] not in ("=", "@", "+")


@pytest.mark.parametrize("room", [0, 3, 10, 99, 100])
def test_as_many_charts_are_kept_as_there_is_room_for(
    room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LIMIT", 50 + 7 * room)
    assert len(pages._fitting(lambda n: "x" * (50 + 7 * n), 100)) == 50 + 7 * room


def test_a_position_on_the_scale_has_the_sign_of_its_hue() -> None:
    found = section(replace(fakes.result(6), standing=fakes.standing()))
    assert found is not None and found.positions is not None
    (svg,) = drawings(str(found.positions.chart.wide))
    seen = style_of(svg)
    assert (seen["RUS"], seen["CHN"], seen["USA"]) == ("wp3", "wp3", "wa2")
    assert seen["BRA"] == "vx"  # no vote, hatched
    assert math.isclose(float(found.positions.chart.rows[0][1].replace("−", "-")), -2.8)
