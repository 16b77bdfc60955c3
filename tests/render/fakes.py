"""A tested case made by hand: every verdict, every kind of part, and text meant to do harm."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from multipolar.claims.schema import Case, Leaf
from multipolar.engines.api import views
from multipolar.engines.api.contract import Source
from multipolar.errors import EngineMissing
from multipolar.pipeline.framings import Framing, Framings
from multipolar.pipeline.grading import Mark, verdict_of
from multipolar.pipeline.reasons import Code, Reason, of_fault
from multipolar.pipeline.result import (
    CaseResult,
    ClaimVerdict,
    Family,
    Figure,
    Part,
    Pivot,
    Ranking,
    Reconciliation,
)
from multipolar.world import World

HOSTILE = (
    "<script>window.hurt = 1</script>",
    '"><img src=x onerror=alert(1)>',
    "</style></script><b>out</b>",
    "{{ 7 * 7 }} {% raw %}",
    "טענה מימין לשמאל \u202e hidden \u202c",
    "W" * 400,
    "javascript:alert(1) & \x00 ' \" <!-- ]]>",
)
GRADES = (
    *("holds", "fails", "split", "unresolved", "untestable"),
    *("mostly holds", "mostly fails", "too close to call", "by assumption"),
)
EVIL = Source(
    "<i>The</i> Times & co",
    "2023-03",
    "javascript:alert(1)",
    4.0,
    "Mt",
    "read",
    note=HOSTILE[1],
    known="2023-05-02",
    grade="second-hand",
    interested=True,
)
GOOD = Source(
    "A yearbook", "2022", 'https://example.org/a?b="c"&d=<e>', 12.5, "Mt", grade="official"
)


def part(k: int = 0, leaf: Leaf | None = None, **more: Any) -> Part:
    """One comparison of trade in crude oil."""
    where = {"exporter": "RUS", "importer": "CHN", "commodity": "crude", "year": 2022}
    base: dict[str, Any] = {
        "leaf": leaf or Leaf(metric="energy.trade_quantity", where=where, at_least=12),
        "label": f"quantity {k}",
        "value": 10.0 + k,
        "unit": "Mt",
        "threshold": 12.0,
        "margin": k - 2.0,
        "passed": k >= 2,
        "where": where,
        "engine": "record",
        "evidence": (GOOD, EVIL),
        "values": (10.0 + k,),
    }
    return Part(**(base | more))


def reader(part: Part, left_open: tuple[str, ...]) -> xr.DataArray | None:
    """Answer for the two metrics of the fake engine."""
    attrs = {"unit": "Mt", "source": "A table <b>of</b> trade"}
    exporters, years = ["SAU", "RUS", "IRQ", "AGO", "OMN", "USA"], np.arange(2013, 2023)
    grid = np.outer([88.0, 86.0, 50.0, 30.0, 20.0, 1.0], np.linspace(0.4, 1.0, years.size))
    cells = xr.DataArray(
        grid, dims=("exporter", "year"), coords={"exporter": exporters, "year": years}, attrs=attrs
    )
    if part.metric == "votes.choice" and left_open == ("country",):
        cast = {"CHN": "abstain", "RUS": "no", "USA": "yes", "TUV": "yes", "IND": "absent"}
        return xr.DataArray(
            list(cast.values()), dims=("country",), coords={"country": list(cast)}, attrs=attrs
        )
    if part.metric != "energy.trade_quantity" or set(left_open) - {"exporter", "year"}:
        return None
    closed = {d: part.where[d] for d in ("exporter", "year") if d not in left_open}
    missing = [d for d in closed if closed[d] not in cells[d].values]
    return None if missing else cells.sel(closed)


def _claims(n: int, sources: list[str], *, hostile: bool) -> list[dict[str, Any]]:
    rows = []
    for k in range(n):
        text = HOSTILE[k % len(HOSTILE)].replace("\x00", "") if hostile else "Something is so"
        rows.append(
            {
                "id": f"C-{k:03}",
                "source": sources[k % len(sources)],
                "paragraph": k + 1,
                "speaker": text[:200] if hostile else "the author",
                "kind": "record",
                "topic": text[:200] if hostile else ("energy", "votes")[k % 2],
                "says": f"{text} ({k})",
                "test": {"untestable": "made by hand"},
                "chosen": f"To test it. {text}",
                "horizon": "2030" if k % 7 == 0 else None,
                "against": [f"C-{(k + 1) % n:03}"] if k % 3 == 0 and n > 1 else [],
                "quote": text[:200] if hostile else "the very words",
                "untested": [f"why it is so {text}"] if k % 4 == 1 else [],
                "instead": f"a near thing {text}" if k % 4 == 3 else None,
                "assumes": f"it is so made {text}" if k % 5 == 3 else None,
            }
        )
    return rows


def _parts_of(grade: str, k: int, why: str) -> tuple[Part, ...]:
    """The parts of a verdict of some grade."""
    word = Leaf(evidence="presence", equals="present")
    said: dict[str, Any] = {"value": why, "unit": "word", "threshold": "present"}
    match grade:
        case "holds":
            other = part(2, word, margin=None, where={}, **said)
            return (part(3),) if k % 2 else (part(3), other)
        case "fails":
            rank = Leaf(metric="energy.trade_quantity", rank={"of": "exporter"})
            place: dict[str, Any] = {"value": 2, "unit": "rank", "threshold": 1, "margin": -1.0}
            ranking = Ranking("Russia", 86.0, "Mt", 6, False, "Saudi Arabia", 88.0)
            return (part(0, rank, ranking=ranking, **place),)
        case "mostly holds" | "mostly fails":
            up, kinds = grade == "mostly holds", (f"trade {why}", f"votes {why}", f"arms {why}")
            counted = [part(3 if (j < 3) == up else 1, family=kinds[min(j, 2)]) for j in range(4)]
            return (*counted, part(3, needed=True, label=f"nobody else {why}"))
        case "too close to call" | "by assumption":
            near: dict[str, Any] = {"close": True, "error": 0.5, "error_of": (why, "rounding")}
            return (part(2, margin=0.1, near=1, **near),)
        case "unresolved":
            gap = of_fault(EngineMissing("engine toy is not installed"))
            return (part(0, value=None, passed=None, margin=None, gap=gap, values=()),)
    return ()


def _decide(claim: Any, k: int, grade: str, *, hostile: bool) -> ClaimVerdict:
    why = HOSTILE[(k + 1) % len(HOSTILE)] if hostile else f"Because of {k}."
    parts = _parts_of(grade, k, why)
    own: Any = {"too close to call": "split", "by assumption": "holds"}.get(grade, grade)
    count = Reason(Code.STATED, {"text": "A count"})
    found = ClaimVerdict(
        claim=claim,
        verdict=verdict_of(own),
        grade=own,
        parts=parts,
        main=0,
        share={"holds": 1.0, "fails": 0.0}.get(own),
        draws=0,
        pivot=None,
        basis="record" if parts else None,
        engine="record" if parts else None,
        scenario=None,
        reasons=(Reason(Code.STATED, {"text": why}),),
        settles=(count,) if grade == "unresolved" else (),
        evidence=(GOOD, EVIL) if parts else (),
        close=grade == "too close to call",
        by_assumption=grade == "by assumption",
        as_of="2024-06-30",
    )
    if grade.startswith("mostly"):
        kinds: dict[str, list[bool]] = {}
        for p in parts[:-1]:
            kinds.setdefault(p.family, []).append(bool(p.passed))
        families = tuple(
            Family(f, sum(ok), len(ok), ok[0] if len({*ok}) == 1 else None)
            for f, ok in kinds.items()
        )
        nearest = Framing(0, (("group", why), ("threshold", 9.0)), Mark.FAIL)
        found = replace(
            found,
            families=families,
            framings=Framings(9, 12, nearest),
            standing="second-hand",
            through="2022",
            stale=True,
            draws=64,
            failed=k % 5,
            then=replace(_decide(claim, k, "unresolved", hostile=hostile), as_of="2023-03-20"),
        )
    return _drawn(found, why) if grade == "split" else found


def _drawn(found: ClaimVerdict, why: str) -> ClaimVerdict:
    x = np.linspace(0, 1, 64)
    passes = tuple(bool(b) for b in x > 0.4)
    return replace(
        found,
        passes=passes,
        draws=len(passes),
        parameters={"toy.slope": tuple(map(float, x)), "toy.shift": tuple(map(float, 1 - x))},
        parts=(part(2, values=tuple(map(float, 10 + 5 * x)), engine="toy"),),
        pivot=Pivot("toy.slope", 0.4, "above", 0.97, "", f"slope {why}"),
        share=float(np.mean(passes)),
        basis="record",
        engine="record",
        evidence=(GOOD, EVIL),
    )


def result(
    n: int = 20, sources: int = 2, *, hostile: bool = False, grades: tuple[str, ...] = GRADES
) -> CaseResult:
    """Return a tested case with ``n`` claims, whose verdicts take turns."""
    keys = [f"{chr(65 + k)}" for k in range(sources)]
    evil = HOSTILE[1] if hostile else ""
    rows = _claims(n, keys, hostile=hostile)
    case = Case.model_validate(
        {
            "schema": 1,
            "case": "made-by-hand",
            "title": f"A case {evil}",
            "deck": f"Deck {evil}",
            "as_of": "2024-06-30",
            "engines": ["record", "toy"],
            "sources": {
                k: {
                    "title": f"Text {k} {evil}",
                    "author": f"Author {k} {evil}",
                    "stance": f"Says {k} {evil}",
                    "published": "2023-03-20",
                    "url": "https://example.org/x?a=1&b=2",
                }
                for k in keys
            },
            "claims": rows,
            "story": [
                {
                    "claim": rows[k]["id"],
                    "chart": c,
                    "heading": {
                        v: f"{{value}} {evil}".replace("1", "") for v in ("holds", "fails")
                    },
                }
                for k, c in ((0, "series"), (1, "ranking"), (2, "draws"), (1, "flows"))
                if k < n
            ],
            "pairs": [{"claims": [rows[0]["id"], rows[1]["id"]], "question": f"Which? {evil}"}]
            if n > 1
            else [],
        }
    )
    words = [grades[k % len(grades)] for k in range(n)]
    found = [
        _decide(c, k, w, hostile=hostile)
        for k, (c, w) in enumerate(zip(case.claims, words, strict=True))
    ]
    whole = Figure(98.0, "bcm", f"all of it {evil}", "gas", "2023-03", rows[0]["id"], "Text A")
    half = [
        Figure(x, "bcm", f"{x} of it", "gas", "2022", None, "Facts", "javascript:1")
        for x in (38.0, 10.0, 50.0)
    ]
    return CaseResult(
        case=case,
        world=World.load(),
        verdicts=tuple(found),
        reconciliations=(
            Reconciliation(
                "adds up", "gas", (rows[0]["id"],), whole, tuple(half), (whole, *half), 0.0
            ),
            Reconciliation(
                "clash", "gas", (rows[0]["id"], rows[-1]["id"]), None, (), (whole, half[0]), 60.0
            ),
        ),
        manifest={
            "world": {"name": "shipped", "sha256": "0" * 64},
            "seed": 1,
            "draws": 64,
            "versions": {"multipolar": "0"},
            "scenarios": {"baseline": {}},
            "engines": {
                "record": {
                    "title": f"The record {evil}",
                    "basis": "record",
                    "references": [{"text": "A book", "url": "javascript:1"}],
                }
            },
        },
        reader=reader,
    )


def section(*, hostile: bool = False) -> views.Section:
    """Return a section with a figure of every kind but those of flows, and rows."""
    evil = HOSTILE[0] if hostile else ""
    years = (2018, 2019, 2021, 2022, 2023)
    lines = {
        name: tuple(
            views.Dot(y, v + k / 10, 0.2, 3.0 if y == 2023 else 40.0) for k, y in enumerate(years)
        )
        for name, v in (("China", -1.0), (f"United States {evil}", 2.0))
    }
    places = views.ScaleMap(
        {"CHN": -1.6, "RUS": -2.8, "USA": 0.8, "TUV": 0.1},
        {"CHN": 0.25},
        f"Places {evil}",
        f"sd {evil}",
        (0.25, 0.75, 1.5),
        (f"far {evil}", f"near {evil}"),
        ("state", "sd", "error"),
        f"unknown {evil}",
        f"Votes {evil}",
    )
    strip = views.Whiskers(
        (views.Estimate(f"China {evil}", -1.6, 0.25),),
        "Strip",
        f"sd {evil}",
        "state",
        (f"far {evil}", "near"),
    )
    blocs = views.GroupMap(
        (
            views.Group(f"bloc 1 {evil}", f"2 states {evil}", ("CHN", "RUS")),
            views.Group("alone", "alone", ("TUV",), alone=True),
        ),
        f"Blocs {evil}",
        f"By hand {evil}",
        ("bloc", "states"),
        f"no vote {evil}",
        source=evil,
    )
    table = views.Grid(
        f"By index {evil}",
        f"newest {evil}",
        ("index", f"poles {evil}"),
        (
            (f"GDP {evil}", (views.Cell("at most 13.5"),)),
            ("Arms", (views.Cell("", f"no figure of CAN {evil}"),)),
        ),
        f"Not shown {evil}",
    )
    poles = views.Lines(
        {f"GDP {evil}": (("2021", 14.0), ("2022", 13.5))}, "Poles", f"number {evil}"
    )
    pact = views.Exposure(
        (views.Change(f"Russia {evil}", 30.0, 3.0, remark=f"led {evil}"),),
        "Exposed",
        f"ratio {evil}",
        (f"as it is {evil}", "with it"),
    )
    return views.Section(
        "standing",
        f"Who stands where {evil}",
        f"Votes {evil}",
        (
            views.Beside((places, strip)),
            views.Beside((blocs, table)),
            views.Panels(
                lines, {f"United States {evil}": {2022: 2.7, 2023: 2.9}}, "Years", "sd", thin=25
            ),
            views.Text(f"The record is missing: `multipolar data fetch unga` brings it {evil}."),
            views.Beside((poles,), even=True),
            views.Part(f"A pact {evil}", f"To see. {evil}", (pact,)),
        ),
        ({"metric": "position", "country": "CHN", "value": -1.6, "source": f"Votes {evil}"},),
    )


def routes(*, hostile: bool = False) -> views.Section:
    """Return a section of flows: a map, two sides, a change, and a part in which nothing changes."""
    evil = HOSTILE[0] if hostile else ""
    flow = views.Flow("RUS", "DEU", f"pipe {evil}", 55.0, start=(74.0, 64.0))
    chart = views.FlowMap(
        (flow,),
        f"Gas {evil}",
        f"bcm {evil}",
        (f"pipe {evil}",),
        {"DEU": f"Central Europe {evil}"},
        f"Tables {evil}",
    )
    pairs = views.SideBySide(
        (views.Pair(f"gain {evil}", "USD", {f"as it is {evil}": (1.0, 2.0)}),),
        "At the table",
        (f"Russia {evil}", "China"),
    )
    change = views.BeforeAfter(
        (views.Change(f"Russia to Germany {evil}", 55.0, 0.0),), "Changed", "bcm"
    )
    return views.Section(
        "routes",
        f"Gas {evil}",
        "Who sends what",
        (
            chart,
            pairs,
            views.Part(f"Cut {evil}", evil, (change,), folded=True),
            views.Part("Same", folded=True, without=f"No route changes. {evil}"),
        ),
        short="Routes",
    )
