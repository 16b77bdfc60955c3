"""A tested case made by hand: every verdict, every kind of part, and text meant to do harm."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from multipolar.claims.schema import Case, Leaf
from multipolar.engines.api.contract import Source
from multipolar.errors import EngineMissing
from multipolar.pipeline.reasons import Code, Reason, of_fault
from multipolar.pipeline.result import (
    CaseResult,
    ClaimVerdict,
    Figure,
    Part,
    Pivot,
    Ranking,
    Reconciliation,
)
from multipolar.pipeline.standing import Pact, Place, Standing, Track, Votes, Weight
from multipolar.policy import Scenario
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
VERDICTS = ("holds", "fails", "depends", "unresolved", "untestable")
EVIL = Source(
    "<i>The</i> Times & co",
    "2023-03",
    "javascript:alert(1)",
    4.0,
    "Mt",
    "read",
    note=HOSTILE[1],
)
GOOD = Source("A yearbook", "2022", 'https://example.org/a?b="c"&d=<e>', 12.5, "Mt")


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
                "id": f"C-{k:03}", "source": sources[k % len(sources)], "paragraph": k + 1,
                "speaker": text[:200] if hostile else "the author", "kind": "record",
                "topic": text[:200] if hostile else ("energy", "votes")[k % 2],
                "says": f"{text} ({k})", "test": {"untestable": "made by hand"},
                "chosen": f"To test it. {text}", "horizon": "2030" if k % 7 == 0 else None,
                "against": [f"C-{(k + 1) % n:03}"] if k % 3 == 0 and n > 1 else [],
            }
        )  # fmt: skip
    return rows


def _decide(claim: Any, k: int, verdict: Any, *, hostile: bool) -> ClaimVerdict:
    why = HOSTILE[(k + 1) % len(HOSTILE)] if hostile else f"Because of {k}."
    parts: tuple[Part, ...] = ()
    pivot, parameters, passes, share = None, {}, (), None
    match verdict:
        case "holds":
            word = Leaf(evidence="presence", equals="present")
            said: dict[str, Any] = {"value": why, "unit": "word", "threshold": "present"}
            other = part(2, word, margin=None, where={}, **said)
            parts = (part(3),) if k % 2 else (part(3), other)
            share = 1.0
        case "fails":
            rank = Leaf(metric="energy.trade_quantity", rank={"of": "exporter"})
            place: dict[str, Any] = {"value": 2, "unit": "rank", "threshold": 1, "margin": -1.0}
            ranking = Ranking("Russia", 86.0, "Mt", 6, False, "Saudi Arabia", 88.0)
            parts = (part(0, rank, ranking=ranking, **place),)
            share = 0.0
        case "depends":
            x = np.linspace(0, 1, 64)
            passes = tuple(bool(b) for b in x > 0.4)
            parameters = {"toy.slope": tuple(map(float, x)), "toy.shift": tuple(map(float, 1 - x))}
            parts = (part(2, values=tuple(map(float, 10 + 5 * x)), engine="toy"),)
            pivot = Pivot("toy.slope", 0.4, "above", 0.97, "", f"slope {why}")
            share = float(np.mean(passes))
        case "unresolved":
            gap = of_fault(EngineMissing("engine toy is not installed"))
            parts = (part(0, value=None, passed=None, margin=None, gap=gap, values=()),)
    stated = Reason(Code.STATED, {"text": why})
    count = Reason(Code.STATED, {"text": "A count"})
    return ClaimVerdict(
        claim=claim,
        verdict=verdict,
        parts=parts,
        main=0,
        share=share,
        draws=len(passes),
        pivot=pivot,
        basis="record" if parts else None,
        engine="record" if parts else None,
        scenario=None,
        reasons=(stated,),
        settles=(count,) if verdict == "unresolved" else (),
        evidence=(GOOD, EVIL) if parts else (),
        parameters=parameters,
        passes=passes,
    )


def result(
    n: int = 20, sources: int = 2, *, hostile: bool = False, verdicts: tuple[str, ...] = VERDICTS
) -> CaseResult:
    """Return a tested case with ``n`` claims, whose verdicts take turns."""
    keys = [f"{chr(65 + k)}" for k in range(sources)]
    evil = HOSTILE[1] if hostile else ""
    rows = _claims(n, keys, hostile=hostile)
    case = Case.model_validate(
        {
            "schema": 1, "case": "made-by-hand", "title": f"A case {evil}", "deck": f"Deck {evil}",
            "as_of": "2024-06-30", "engines": ["record", "toy"],
            "sources": {k: {"title": f"Text {k} {evil}", "author": f"Author {k} {evil}",
                            "stance": f"Says {k} {evil}", "published": "2023-03-20",
                            "url": "https://example.org/x?a=1&b=2"} for k in keys},
            "claims": rows,
            "story": [{"claim": rows[k]["id"], "chart": c, "heading": {v: f"{{value}} {evil}".replace("1", "") for v in
                      ("holds", "fails")}} for k, c in
                      ((0, "series"), (1, "ranking"), (2, "draws"), (1, "flows")) if k < n],
            "pairs": [{"claims": [rows[0]["id"], rows[1]["id"]], "question": f"Which? {evil}"}]
                     if n > 1 else [],
        }
    )  # fmt: skip
    words = [verdicts[k % len(verdicts)] for k in range(n)]
    found = [
        _decide(c, k, w, hostile=hostile)
        for k, (c, w) in enumerate(zip(case.claims, words, strict=True))
    ]
    whole = Figure(98.0, "bcm", f"all of it {evil}", "gas", "2023-03", rows[0]["id"], "Text A")
    half = [Figure(x, "bcm", f"{x} of it", "gas", "2022", None, "Facts", "javascript:1") for x in
            (38.0, 10.0, 50.0)]  # fmt: skip
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
            "world": {"name": "shipped", "sha256": "0" * 64}, "seed": 1, "draws": 64,
            "versions": {"multipolar": "0"}, "scenarios": {"baseline": {}},
            "engines": {"record": {"title": f"The record {evil}", "basis": "record",
                                   "references": [{"text": "A book", "url": "javascript:1"}]}},
        },
        reader=reader,
    )  # fmt: skip


def standing(*, hostile: bool = False) -> Standing:
    """Return a case's standing: three states, two indices, one pact, five years with a gap."""
    evil = HOSTILE[0] if hostile else ""
    positions = {"CHN": (-1.6, 0.25), "RUS": (-2.8, 0.3), "USA": (0.8, 0.4), "TUV": (0.1, 0.2)}
    years = (2018, 2019, 2021, 2022, 2023)
    lines = {
        code: tuple(Place(y, v + k / 10, 0.2, 3.0 if y == 2023 else 40.0)
                    for k, y in enumerate(years))
        for code, v in (("CHN", -1.0), ("USA", 2.0))
    }  # fmt: skip
    pact = Scenario.model_validate(
        {"name": "pact", "title": f"A pact {evil}", "reason": f"To see. {evil}",
         "measures": [{"measure": "ally", "members": ["China", "Russia"]}]}
    )  # fmt: skip
    return Standing(
        named=("CHN", "RUS", "USA"),
        votes=Votes(
            f"Ukraine{evil}",
            positions, f"sd{evil}", f"Votes {evil}", {"CHN": 1, "RUS": 1, "USA": 2, "TUV": 0},
            {("CHN", "RUS"): 1.0, ("CHN", "USA"): 0.25}, f"Over 9 runs. {evil}", {"USA": 9.0},
        ),
        track=Track(lines, {"USA": {2022: 2.7, 2023: 2.9}}, "sd", f"Record {evil}"),
        gap="",
        weights=(
            Weight("gdp", f"GDP {evil}", "USD bn", 2022, {2021: 14.0, 2022: 13.5}, True, 0.4,
                   {"China and Russia": 22.8, "G7": 28.5}, (f"A bank {evil}",), ""),
            Weight("arms", "Arms", "count", 2023, {2023: 2.5}, False, None,
                   {"China and Russia": 50.0, "G7": f"no figure of CAN {evil}"}, ("A list",), ""),
        ),
        groups={"China and Russia": ("CHN", "RUS"), "G7": ("CAN", "USA")},
        pacts=(
            Pact(pact, ("CHN", "RUS"), {"CHN": 3.0, "RUS": 30.0}, {"CHN": 3.0, "RUS": 3.0},
                 {"CHN": ("USA", "USA"), "RUS": ("USA", "CHN")}, "", (f"Treaties {evil}",), ""),
        ),
    )  # fmt: skip
