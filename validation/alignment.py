"""Ideal points beside the published series, and votes on the war by every index.

The estimates take some five minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from multipolar.engines.alignment import ideal_points, kernel
from multipolar.engines.alignment.data import THIN, Record
from multipolar.engines.alignment.ideal_points import IdealPoints, Settings, estimate
from multipolar.engines.alignment.similarity import SIMILARITIES
from multipolar.engines.alignment.solved import Solved
from multipolar.world.title_links import title_links
from validation import ideal_points as scores
from validation import unga_record
from validation.page import grid, number, table
from validation.runs import world

PUBLISHED, SMOOTHED = Settings.published(), Settings.smoothed()
VARIANTS: Mapping[str, tuple[Settings, scores.Links]] = {
    "published": (PUBLISHED, "published"),
    "published, without the clip": (Settings(clip=None), "published"),
    "smoothed": (SMOOTHED, "published"),
    "published, uniform pull": (Settings(ridge="uniform"), "published"),
    "published, nothing linked": (PUBLISHED, "none"),
    "published, links by title": (PUBLISHED, "title"),
}
SHOWN = {"RUS": "Russia", "IND": "India", "BRA": "Brazil", "USA": "United States", "UKR": "Ukraine"}
LATE = (  # name, links to 2019, variant
    ("published", "published", "published"),
    ("smoothed", "published", "smoothed"),
    ("published, nothing linked", "none", "published"),
    ("published, links by title to 2019", "title", "published"),
)
EARLY = 10  # iterations at which naive standardising still looks good
TIMES = 5  # as many iterations as it stopped at
SEED = 1  # of simulated votes


@cache
def found(variant: str) -> IdealPoints:
    return scores.fit(*VARIANTS[variant])


def series_row(variant: str) -> list[str]:
    """Agreement of a variant with the published series."""
    points = found(variant)
    s = scores.score(points)
    r, late = s.by_session, s.spread[s.spread.index >= scores.COMPARABLE]
    numbers = (s.r, r.median(), r.min(), r[r.index >= 3].min())
    return [
        variant,
        *(number(v, 4) for v in numbers),
        number(s.r_change, 3),
        f"{late.min():.2f} to {late.max():.2f}",
        f"{s.error_ratio:.2f}",
        str(points.iterations),
    ]


@table(*scores.FILES, slow=True)
def series() -> str:
    """Every variant beside the published series."""
    head = (
        "variant",
        "r, all",
        "r within sessions, median",
        "least",
        "least from session 3",
        "r of changes",
        "spread over published, from session 10",
        "error over published",
        "iterations",
    )
    return grid(head, [series_row(v) for v in VARIANTS])


@table(*scores.FILES, slow=True)
def stability() -> str:
    """The answer at five times the iterations it stopped at, and that of naive standardising."""
    first = found("published")
    times = TIMES * first.iterations
    later = scores.fit(Settings(least=times, most=times))
    runs = [("by the multiplier", p) for p in (first, later)]
    runs += [("after each step", p) for p in standardised((EARLY, first.iterations, times))]
    rows = []
    for how, points in runs:
        s = scores.score(points)
        off = np.abs(points.position - first.position)
        rows.append(
            [
                how,
                str(points.iterations),
                f"{points.change:.4f}",
                number(s.r, 4),
                number(s.by_session.median(), 4),
                number(s.by_session.min(), 3),
                number(s.r_change, 3),
                f"{off.mean():.3f}",
            ]
        )
    head = (
        "scale set",
        "iterations",
        "largest change in the last",
        "r, all",
        "r within sessions, median",
        "least",
        "r of changes",
        "mean distance from where it stopped",
    )
    return grid(head, rows)


def standardised(at: tuple[int, ...]) -> list[IdealPoints]:
    """Positions after some iterations without the multiplier, standardised after each instead."""
    calls, clip = scores.ballots(), 9.0
    layout = ideal_points._layout(calls)
    s = ideal_points._start(layout, scores.by_code(PUBLISHED))
    free = np.zeros_like(s.m)
    snapshots = []
    for done in range(1, max(at) + 1):
        items = (s.m, s.s2, s.beta, s.g1, s.g2, s.C, clip)
        rounds = 3 if done <= ideal_points.FIRST_ROUNDS else 1
        kernel.item_step(layout.by_item, layout.item_unit, calls.vote, *items, rounds)
        G, H, B, new, new2 = (np.empty_like(s.m) for _ in range(5))
        kernel.unit_step(layout.by_unit, layout.unit_item, layout.unit_vote, *items, G, H, B)
        kernel.forward_pass(layout.chain, layout.v, G, H, s.m, s.s2, free, new, new2)
        mean, sd = float(new.mean()), float(np.sqrt(new.var() + new2.mean()))
        old = s.m
        s.m, s.s2 = (new - mean) / sd, new2 / sd**2
        s.g1, s.g2, s.beta = s.g1 - s.beta * mean, s.g2 - s.beta * mean, s.beta * sd
        ideal_points._move_covariance(s.C, mean, sd)
        if done in at:
            change = float(np.abs(s.m - old).max())
            snapshots.append(
                replace(
                    found("published"),
                    position=s.m,
                    se=np.sqrt(s.s2),
                    beta=s.beta,
                    g1=s.g1,
                    g2=s.g2,
                    pull=0.0,
                    iterations=done,
                    change=change,
                )
            )
    return snapshots


@table(*scores.FILES, slow=True)
def sessions() -> str:
    """Sessions in which simpler methods fail."""
    r = scores.score(found("published")).by_session
    return grid(
        ("session", *map(str, scores.NAMED)),
        [["r with the published", *(number(r[s], 4) for s in scores.NAMED)]],
    )


@table(*scores.FILES, slow=True)
def early() -> str:
    """Mean positions of the first sessions."""
    asked = (1, 2, 3, 5, 7, 9, 10, 20, 50)
    published = scores.published().groupby("session")["estimate"].mean()
    rows = [["published", *(number(published[s], 2) for s in asked)]]
    for variant in ("published", "smoothed"):
        mean = scores.units(found(variant)).groupby("session")["position"].mean()
        rows.append([f"here, {variant}", *(number(mean[s], 2) for s in asked)])
    return grid(("mean position, session", *map(str, asked)), rows)


@table(*scores.FILES, slow=True)
def clip() -> str:
    """The United States with and without the clip."""
    years = {1995: 50, 2005: 60, 2015: 70}
    series = scores.published().set_index(["ccode", "session"])["estimate"]
    rows = [["published series", *(number(series[2, s], 2) for s in years.values())]]
    for variant in list(VARIANTS)[:3]:
        place = scores.units(found(variant)).set_index(["ccode", "session"])["position"]
        rows.append([f"here, {variant}", *(number(place[2, s], 2) for s in years.values())])
    return grid(("United States", *map(str, years)), rows)


def recovered(variant: str, missing: float) -> list[str]:
    votes = scores.simulated(found("published"), missing, SEED)
    r = scores.recovery(estimate(votes, scores.by_code(VARIANTS[variant][0])))
    return [
        variant,
        f"{100 * missing:.0f}%",
        number(r.r, 3),
        number(r.session_median, 3),
        f"{r.covered:.2f}",
        f"{r.covered_centred:.2f}",
        f"{r.spread_low:.2f} to {r.spread_high:.2f}",
    ]


@table(*scores.FILES, slow=True)
def recovery() -> str:
    """Positions that are known, found again from simulated votes."""
    head = (
        "variant",
        "ballots missing",
        "r, all",
        "r within sessions, median",
        "in the 90% interval",
        "the same, less the session's mean error",
        "spread of sessions over true",
    )
    pairs = [(v, m) for v in ("published", "smoothed") for m in (0.0, 0.3, 0.5)]
    return grid(head, [recovered(*pair) for pair in pairs])


class _Assembly:
    """A world whose table of votes is the full record from the validation data."""

    names = ("unga",)

    def __init__(self, links: str) -> None:
        self.frame = unga_record.record()
        if links != "published":
            calls = self.frame.drop_duplicates("rollcall").sort_values(["session", "rollcall"])
            ids = calls["rollcall"]
            link = ids.to_numpy()
            if links == "title":
                titles = calls["title"].astype(str).tolist()
                link = title_links(ids.tolist(), calls["session"].tolist(), titles)
            by_call = dict(zip(ids, link, strict=True))
            self.frame = self.frame.assign(link=self.frame["rollcall"].map(by_call))

    def table(self, name: str) -> pd.DataFrame:
        return self.frame


@table(*unga_record.FILES, slow=True)
def late() -> str:
    """Positions of four states in the latest years."""
    years = range(2019, 2026)
    rows = []
    count: Mapping[int, int] = {}
    for name, links, variant in LATE:
        record = Record(_Assembly(links))  # type: ignore[arg-type]
        count = record.count
        points = Solved(record).points("all", variant)
        place, error = points.table(), points.table(points.se)
        for code in ("USA", "UKR", "RUS", "CHN"):
            row = points.members.index(code)
            at = [(row, points.periods.index(y)) for y in years]
            rows.append([code, name, *(f"{number(place[k], 2)} ({error[k]:.2f})" for k in at)])
    rows.insert(0, ["contested roll calls", "", *(str(count[y]) for y in years)])
    heads = [f"{y}{' (thin)' if count[y] < THIN else ''}" for y in years]
    return grid(("position (standard error)", "variant", *heads), rows)


def ballots(column: np.ndarray) -> str:
    """Write a state's votes as letters: yes, abstain, no, or none."""
    return "".join({1.0: "Y", 0.0: "A", -1.0: "N"}.get(float(v), "·") for v in column)


@table()
def war() -> str:
    """China and others on the shipped resolutions, by every index."""
    votes = Record(world()).war()
    china = votes.states.index("CHN")
    rows = []
    for code, name in SHOWN.items():
        other = votes.states.index(code)
        cells = [SIMILARITIES[n](votes.matrix)[china, other] for n in SIMILARITIES]
        rows.append([name, ballots(votes.matrix[:, other]), *(number(float(v), 3) for v in cells)])
    head = (f"China ({ballots(votes.matrix[:, china])}) with", "votes", *SIMILARITIES)
    return grid(head, rows)


BESIDE = range(2014, 2025)  # years shown beside the shipped series


def nearness(shipped: pd.Series[float], other: pd.Series[float], year: int, of: int) -> list[str]:
    """Correlation within a year of a series with another's positions in a year, and how far off."""
    years = (set(s.index.get_level_values("year")) for s in (shipped, other))
    if not all(y in have for y, have in zip((year, of), years, strict=True)):
        return ["", ""]
    at = shipped.xs(year, level="year"), other.xs(of, level="year")
    pair = pd.concat(at, axis=1, join="inner").to_numpy()
    off = np.sqrt(np.mean((pair[:, 0] - pair[:, 1]) ** 2))
    return [f"{np.corrcoef(pair.T)[0, 1]:.3f}", f"{off:.2f}"]


@table(*unga_record.FILES, slow=True)
def beside() -> str:
    """Positions estimated here beside the series of July 2025 that is shipped, by year."""
    record = Record(_Assembly("published"))  # type: ignore[arg-type]
    points = Solved(record).points("all", "published")
    index = pd.MultiIndex.from_product([points.members, points.periods], names=["country", "year"])
    ours = pd.Series(points.table().ravel(), index).dropna()
    rows = []
    for votes in ("final", "all"):
        frame = world().table("ideal_points")
        frame = frame[frame["votes"] == votes].astype({"year": int})
        shipped = frame.set_index(["country", "year"])["point"].astype(float)
        for name, other, back in (("here", ours, 0), ("the year before", shipped, 1)):
            cells = [nearness(shipped, other, y, y - back) for y in BESIDE]
            rows += [
                [votes, f"{what}, {name}", *(c[k] for c in cells)]
                for k, what in enumerate(("r", "off"))
            ]
    return grid(("votes", "measure", *map(str, BESIDE)), rows)
