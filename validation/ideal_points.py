"""How near ideal points come to the published series, and to positions that are known.

For the tests, the page and the benchmark alike. The series and the ballots it was estimated from
are validation data: see :func:`present`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from multipolar.engines.alignment.ballots import RollCalls
from multipolar.engines.alignment.ideal_points import IdealPoints, Settings, estimate
from multipolar.world.title_links import title_links
from validation import DATA

FOLDER = DATA / "alignment"
BALLOTS, SERIES = FOLDER / "bsv_estimation_input.parquet", FOLDER / "ideal_points_bsv.parquet"
TITLES = FOLDER / "unga_rollcalls.parquet"
FILES = (BALLOTS, SERIES, TITLES)
ANCHORS: Mapping[str, float] = {  # those of the published chain, by Correlates of War code
    "2": 3.0,
    "20": 3.0,
    "200": 3.0,
    "666": 3.0,
    "365": -2.0,
    "265": -2.0,
}
NAMED = (11, 12, 16, 26, 33, 34, 38, 40)  # sessions in which simpler methods fail
COMPARABLE = 10  # session from which locations and scales are well identified
WIDTH = 3.29  # standard deviations between the 5% and the 95% point of a normal distribution
Links: TypeAlias = Literal["published", "none", "title"]


def present() -> bool:
    """Whether the validation data is here."""
    return all(f.exists() for f in FILES)


def by_code(settings: Settings) -> Settings:
    """Return settings with the anchors named as the ballots name members."""
    return replace(settings, anchors=ANCHORS)


@cache
def published() -> pd.DataFrame:
    """The published series: code, session, estimate and quantiles; not to be changed."""
    return pd.read_parquet(SERIES, columns=["ccode", "session", "estimate", "q5", "q95", "n_votes"])


@cache
def ballots(links: Links = "published") -> RollCalls:
    """The ballots the series was estimated from.

    Args:
        links: which resolutions share an item: those the published list says, none, or those of
            one title in neighbouring sessions.
    """
    frame = pd.read_parquet(BALLOTS)
    item = frame["bsv_link_rcid" if links == "published" else "rcid"]
    if links == "title":
        known = pd.read_parquet(TITLES).sort_values(["session", "rcid"])
        title = known["short"].fillna("").str.strip()
        title = title.where(title != "", known["descr"].fillna("").str.strip())
        found = title_links(known["rcid"].tolist(), known["session"].tolist(), title.tolist())
        item = item.map(dict(zip(known["rcid"], found, strict=True)))
    return RollCalls.build(
        frame["ccode"].astype(str).to_numpy(),
        frame["session"].to_numpy(),
        item.to_numpy(),
        frame["cat"].to_numpy() - 1,
    )


@cache
def _fit(settings: tuple[object, ...], links: Links) -> IdealPoints:
    prior, clip, ridge, tolerance, most, least = settings
    asked = Settings(prior, clip, ridge, ANCHORS, tolerance, most, least)  # type: ignore[arg-type]
    return estimate(ballots(links), asked)


def fit(settings: Settings | None = None, links: Links = "published") -> IdealPoints:
    """Estimate from those ballots, once for each settings."""
    s = settings or Settings.published()
    return _fit((s.prior, s.clip, s.ridge, s.tolerance, s.most, s.least), links)


def units(points: IdealPoints) -> pd.DataFrame:
    """Lay positions out beside the published ones, one row a unit, by code and session."""
    frame = pd.DataFrame(
        {
            "ccode": np.array(points.members, dtype=int)[points.member],
            "session": np.array(points.periods)[points.period],
            "position": points.position,
            "se": points.se,
            "ballots": points.ballots,
        }
    )
    beside = frame.merge(published(), on=["ccode", "session"], validate="one_to_one")
    return beside.sort_values(["ccode", "session"], ignore_index=True)


@dataclass(frozen=True)
class Score:
    """Agreement of positions with the published ones.

    Attributes:
        r: correlation over all units.
        by_session: correlation within each session.
        r_change: correlation of a member's changes from one session to its next.
        spread: standard deviation of positions over that of the published, by session.
        offset: mean less the published mean, by session.
        error_ratio: median of standard errors over those of the published quantiles.
        units: number of units.
    """

    r: float
    by_session: pd.Series[float]
    r_change: float
    spread: pd.Series[float]
    offset: pd.Series[float]
    error_ratio: float
    units: int


def score(points: IdealPoints) -> Score:
    """Compare with the published series."""
    d = units(points)
    sessions = d.groupby("session")
    same = d["ccode"].diff().eq(0)
    return Score(
        r=float(d["position"].corr(d["estimate"])),
        by_session=sessions[["position", "estimate"]].apply(
            lambda s: s["position"].corr(s["estimate"])
        ),
        r_change=float(d["position"].diff()[same].corr(d["estimate"].diff()[same])),
        spread=sessions["position"].std() / sessions["estimate"].std(),
        offset=sessions["position"].mean() - sessions["estimate"].mean(),
        error_ratio=float((d["se"] / ((d["q95"] - d["q5"]) / WIDTH)).median()),
        units=len(d),
    )


def simulated(points: IdealPoints, missing: float, seed: int) -> RollCalls:
    """Draw votes of members at the published positions on the estimated items.

    Who votes on what is as it was, but for a share of ballots left out at random.
    """
    rng = np.random.default_rng(seed)
    calls = ballots()
    truth = points.table(units_in_order(points))[calls.member, calls.period]
    z = points.beta[calls.item] * truth + rng.normal(size=truth.size)
    vote = np.where(z < points.g1[calls.item], 0, np.where(z < points.g2[calls.item], 1, 2))
    kept = rng.random(truth.size) >= missing
    member, period, item = (
        np.array(labels)[index[kept]]
        for labels, index in (
            (calls.members, calls.member),
            (calls.periods, calls.period),
            (calls.items, calls.item),
        )
    )
    return RollCalls.build(member, period, item, vote[kept])


def units_in_order(points: IdealPoints) -> np.ndarray:
    """Return the published position of each unit, in the order of the estimate's units."""
    truth = published().set_index(["ccode", "session"])["estimate"]
    codes = np.array(points.members, dtype=int)[points.member]
    asked = pd.MultiIndex.from_arrays([codes, np.array(points.periods)[points.period]])
    return truth.reindex(asked).to_numpy(float)


@dataclass(frozen=True)
class Recovery:
    """How well known positions are found again.

    Attributes:
        r: correlation over all units.
        session_median: median of correlations within sessions.
        covered: share of units within their 90% interval.
        covered_centred: the same after the mean error of each session is taken off.
        spread_low, spread_high: least and greatest ratio of a session's standard deviations.
    """

    r: float
    session_median: float
    covered: float
    covered_centred: float
    spread_low: float
    spread_high: float


def recovery(points: IdealPoints) -> Recovery:
    """Compare positions estimated from :func:`simulated` votes with the true ones."""
    d = units(points)
    error = d["position"] - d["estimate"]
    centred = error - error.groupby(d["session"]).transform("mean")
    half = WIDTH / 2 * d["se"]
    found = score(points)
    return Recovery(
        found.r,
        float(found.by_session.median()),
        float((error.abs() < half).mean()),
        float((centred.abs() < half).mean()),
        float(found.spread.min()),
        float(found.spread.max()),
    )
