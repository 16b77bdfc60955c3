"""Sections that engines give are drawn as they are: no more, no less, and safely."""

from __future__ import annotations

import csv
import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import get_args
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multipolar.engines.api import views
from multipolar.engines.api.views import Change, Dot, Estimate, Exposure, Panels, Section, Whiskers
from multipolar.engines.discovery import unlike
from multipolar.render import page as pages
from multipolar.render.charts import estimates as charts
from multipolar.render.charts import maps
from multipolar.render.page import page
from multipolar.render.views import sections_drawn, views_csv
from render import fakes
from render.test_charts import check, drawings, names, numbers
from render.test_page import Reader


def html(*sections: Section, hostile: bool = False) -> str:
    return page(replace(fakes.result(6, hostile=hostile), sections=sections))


def part(text: str) -> str:
    start = text.index('id="standing"')
    return text[start : text.index('id="claims"')]


@pytest.fixture(scope="module")
def text() -> str:
    return html(fakes.section(), fakes.routes())


def test_the_page_stays_whole_and_every_link_leads_somewhere(text: str) -> None:
    read = Reader(text)
    assert not read.faults and not read.stack
    assert len(read.ids) == len(set(read.ids))
    links = {v[1:] for _, n, v in read.attributes if n == "href" and v[:1] == "#"}
    assert links - {""} <= set(read.ids)
    assert {"standing", "routes"} <= links
    assert "standing.csv" in {v for _, n, v in read.attributes if n == "href"}
    assert "Who stands where" in read.text("script", "style")


def test_hostile_text_stays_text() -> None:
    evil = fakes.section(hostile=True), fakes.routes(hostile=True)
    text = html(*evil, hostile=True)
    read = Reader(text)
    assert not read.faults and not read.stack
    assert text.count("<script") == 1
    assert "<script>window.hurt = 1</script>" in Reader(part(text)).text("script", "style")


def test_the_fakes_are_of_the_kinds_that_views_may_give() -> None:
    sections = (fakes.section(), fakes.routes())
    assert unlike(sections, tuple[Section, ...], "sections") == ""
    drawn = {type(f) for s in sections for i in s.items for f in getattr(i, "figures", (i,))}
    assert drawn - {views.Text} == set(get_args(views.Figure))


def test_a_section_without_a_figure_is_none() -> None:
    words = Section("words", "Words", "", (views.Text("nothing"),))
    assert 'id="words"' not in html(words)
    assert 'id="words"' in html(replace(words, items=(*words.items, *fakes.section().items)))


def test_only_what_has_rows_can_be_taken_away() -> None:
    assert "standing.csv" not in html(fakes.routes())
    assert html(fakes.section()).count('href="standing.csv"') == 2  # in it, and among the files


def test_what_cannot_be_drawn_is_left_out_and_said() -> None:
    broken = replace(
        fakes.routes(), key="broken", items=(replace(fakes.routes().items[0], carriers=()),)
    )  # type: ignore[arg-type]
    text = html(broken, fakes.section())
    assert 'id="broken"' not in text and 'id="standing"' in text
    assert "cannot be drawn: IndexError" in Reader(text).text("script", "style")


def test_no_section_takes_a_name_of_the_page_s_own() -> None:
    own = set(Reader(html()).ids)
    taken = [k for k in own if re.fullmatch("[a-z]{4,20}", k)]
    assert {"claims", "sources", "list"} <= set(taken)
    text = html(*(replace(fakes.section(), key=k) for k in taken))
    assert sorted(Reader(text).ids) == sorted(Reader(html()).ids)
    assert "the page has a section claims of its own" in text


def test_two_charts_of_years_do_not_share_their_lines() -> None:
    other = replace(fakes.section(), key="again")
    ids = Reader(html(fakes.section(), other)).ids
    assert len(ids) == len(set(ids))
    assert {"pt-0", "pt1-0"} <= set(ids)


def test_commands_in_a_paragraph_are_set_as_such(text: str) -> None:
    assert "<span class=code>multipolar data fetch unga</span>" in part(text)
    assert "`" not in part(text)


def test_every_figure_has_a_title_and_a_label(text: str) -> None:
    figures = re.findall(r"<figure.*?</figure>", part(text), re.S)
    # two maps, the strip, the table, the years, the poles, the pact; flows, two sides, a change
    assert len(figures) == 10
    for figure in figures:
        assert "aria-label=" in figure and "<figcaption>" in figure
    assert "No route changes." in part(text)


def test_what_a_cell_lacks_is_said(text: str) -> None:
    assert "at most 13.5" in part(text)
    assert 'title="no figure of CAN "' in part(text)


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
@given(st.lists(st.builds(Estimate, names, numbers, st.floats(0, 1e6)), min_size=1, max_size=9))
def test_whiskers(rows: list[Estimate]) -> None:
    check(charts.whiskers(Whiskers(tuple(rows), "t", "u", "<w>", ("<a>", "b"), "s")))


def test_a_whisker_is_a_standard_error_either_side() -> None:
    rows = (Estimate("a", 1.0, 0.5), Estimate("b", 0.0, 1.0))
    chart = charts.whiskers(Whiskers(rows, "t", "u"))
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
        st.builds(Change, names, st.floats(1e-3, 1e6), st.floats(1e-3, 1e6), remark=names),
        min_size=1,
        max_size=9,
    )
)
def test_exposure(rows: list[Change]) -> None:
    check(charts.exposure(Exposure(tuple(rows), "t", "u", ("before", "<after>"), source="s")))


def test_equal_ratios_are_equal_distances() -> None:
    rows = (Change("a", 2.0, 20.0), Change("b", 30.0, 300.0))
    svg = drawings(charts.exposure(Exposure(rows, "t", "u", ("x", "y"))).wide)[0]
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
    lines = {n: tuple(Dot(y, *rows[y]) for y in sorted(rows)) for n, rows in data.items()}
    chart = charts.panels(Panels(lines, {}, "t", "u"))
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


def test_thin_years_are_dashed_and_the_other_estimate_is_dotted() -> None:
    panels = fakes.section().items[2]
    assert isinstance(panels, views.Panels)
    chart = charts.panels(panels)
    china, states = drawings(chart.wide)[1:]
    for svg in (china, states):
        dashed = [p.get("d", "") for p in svg.iter("path") if p.get("class") == "s1 dsh"]
        assert [len(run) for run in _points(dashed[0])] == [2]  # 2022 to 2023, a thin year
    dots = [p.get("d", "").count("h0") for p in states.iter("path") if p.get("class") == "q2"]
    assert dots == [2]
    assert not [p for p in china.iter("path") if p.get("class") == "q2"]


def test_all_of_it_can_be_taken_away() -> None:
    more = ({"metric": "size", "country": "USA", "value": 1 / 3, "year": 2022},)
    text = views_csv([fakes.section(), fakes.routes(), replace(fakes.section(), rows=more)])
    rows = list(csv.DictReader(text.splitlines()))
    assert [r["metric"] for r in rows] == ["position", "size"]
    assert rows[0]["value"] == "-1.6"
    assert (rows[1]["value"], rows[1]["year"]) == ("0.333333", "2022")


def test_nothing_in_the_csv_is_a_formula() -> None:
    bad = replace(fakes.section(), rows=({"metric": "size", "source": "=1+1"},))
    for row in csv.DictReader(views_csv([bad]).splitlines()):
        assert row["source"][:1] not in ("=", "@", "+")


@pytest.mark.parametrize("room", [0, 3, 10, 99, 100])
@pytest.mark.parametrize("first", [None, 0, 2, 99])
def test_as_many_charts_are_kept_as_there_is_room_for(
    room: int, first: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def charts() -> Iterator[tuple[str, bool]]:
        for k in range(100):
            asked.append(k)
            yield f"chart{k:02}", k == first

    shapes = "" if first is None else "<shapes>"
    monkeypatch.setattr(pages, "LIMIT", 402 + 7 * room + len(shapes))
    slot = str(pages.SLOT)
    page = f"[{slot}" + "".join(f"{slot}({k:02})" for k in range(100)) + "]"
    found = pages._fitting(page, charts(), shapes, mapped=False)
    shown = len(re.findall("chart", found))
    referred = first is not None and first < shown
    spare = len(shapes) // 7 if not referred else 0
    assert shown == min(room + spare, 100 if first is None or referred else first)
    assert ("<shapes>" in found) == referred
    assert len(found.encode()) <= pages.LIMIT
    assert len(asked) == min(shown + 1, 100)
    assert re.findall(r"chart(..)\((..)\)", found) == [(f"{k:02}",) * 2 for k in range(shown)]
    assert re.findall(r"\((..)\)", found) == [f"{k:02}" for k in range(100)]


def test_a_position_on_the_scale_has_the_sign_of_its_hue() -> None:
    found, _ = sections_drawn(replace(fakes.result(6), sections=(fakes.section(),)))
    drawing = found[0].pieces[0].figures[0].chart
    assert drawing is not None
    (svg,) = drawings(str(drawing.chart.wide))
    seen = style_of(svg)
    assert (seen["RUS"], seen["CHN"], seen["USA"]) == ("wp3", "wp3", "wa2")
    assert seen["BRA"] == "vx"  # no vote, hatched
    assert math.isclose(float(drawing.chart.rows[0][1].replace("−", "-")), -2.8)


def test_of_many_groups_the_first_have_a_colour_each() -> None:
    codes = ("CHN", "RUS", "USA", "BRA", "IND", "ZAF")
    groups = tuple(views.Group(f"g{k}", f"group {k}", (c,)) for k, c in enumerate(codes))
    alone = views.Group("alone", "by itself", ("FRA",), alone=True)
    figure = views.GroupMap((*groups, alone), "t", "s", ("g", "states"), "none", "further ones")
    section = replace(fakes.section(), items=(figure,))
    found, _ = sections_drawn(replace(fakes.result(6), sections=(section,)))
    drawing = found[0].pieces[0].figures[0].chart
    assert drawing is not None
    (svg,) = drawings(str(drawing.chart.wide))
    seen = style_of(svg)
    assert [seen[c] for c in codes] == ["k1", "k2", "k3", "k4", "ko", "ko"]
    assert seen["FRA"] == "k0"
    assert "2 further ones" in drawing.svg
