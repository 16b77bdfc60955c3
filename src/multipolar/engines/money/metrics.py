"""What can be read from a solved scenario.

To add a metric, write what reads one value of it and list it in :data:`METRICS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from multipolar.engines.api import Declared, Dimension, Metric, Place, Source, Unproven, Value
from multipolar.engines.api.contract import FROM_ZERO, UNBOUNDED
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.halfwidth import SOLVER, Width, with_width
from multipolar.engines.api.reader import grade_of, joined, some, through_of
from multipolar.engines.money.baseline import BASES
from multipolar.engines.money.calibrate import MECHANISMS, MOMENTS, prior_moments, targets
from multipolar.engines.money.data import CNY, CURRENCIES, REST, RUB, Facts
from multipolar.engines.money.kernel import Flows
from multipolar.engines.money.solved import GROUPS, Solved
from multipolar.errors import DataMissing
from multipolar.numerics.arrays import Floats

if TYPE_CHECKING:
    import xarray as xr


def positions(facts: Facts, word: Any) -> list[int]:
    """Return where a country, several or everybody stands.

    Raises:
        DataMissing: the table does not tell any of them apart.
    """
    codes = tuple(map(str, word)) if isinstance(word, tuple) else (str(word),)
    if EVERYBODY in codes:
        return list(range(len(facts.countries)))
    found = [n for n, c in enumerate(facts.countries) if c in codes]
    if len(found) == len(facts.countries) - 1 and len(codes) > len(found):
        found.append(facts.place(REST))
    if not found:
        raise DataMissing(
            f"{some(codes)}: not told apart in the table", hint="it has 80 countries and the rest"
        )
    return found


def _currency(at: Place) -> int:
    return CURRENCIES.index(at["currency"])


def _share(solved: Solved, at: Place, flows: Flows, s: Floats) -> Value:
    mine = positions(solved.facts, at["country"])
    others = positions(solved.facts, at.get("partner", EVERYBODY))
    cells = np.ix_(mine, others) if at["flow"] == "exports" else np.ix_(others, mine)
    w = flows.value[cells]
    if w.sum() == 0:
        return Value(float("nan"), note="there is no trade")
    return Value(float(100 * (w * s[cells][..., _currency(at)]).sum() / w.sum()))


def _after(solved: Solved, at: Place) -> Value:
    flows, after = solved.with_trade(at["trade"])
    last = f"{at['trade']}-12-31" if at["trade"] != "table" else solved.through
    return replace(_share(solved, at, flows, after.s), through=last)


def _before(solved: Solved, at: Place) -> Value:
    return _share(solved, at, solved.flows, solved.flows.s0)


def _world(solved: Solved, at: Place) -> Value:
    _, after = solved.on(at["basis"])
    rows = official(solved) if at["currency"] == "CNY" else {}
    return Value(float(solved.world(after.s)[_currency(at)]), alternatives=tuple(rows.values()))


def _world_change(solved: Solved, at: Place) -> float:
    flows, after = solved.on(at["basis"])
    return float((solved.world(after.s) - solved.world(flows.s0))[_currency(at)])


def official(solved: Solved) -> dict[str, Source]:
    """Return the published figures for the yuan's share of the world, which do not agree."""
    facts, v = solved.facts, solved.flows.value
    china = 100 * (v[facts.china].sum() + v[:, facts.china].sum()) / v.sum()
    out = {}
    for row in facts.of_kind("official"):
        found = _reported(row)
        name = "swift" if row["flow"] == "swift" else "ecb"
        if row["place"] == "CHN":
            name = f"pboc-{found.date[:4]}" + ("-9m" if found.date == "2023-09" else "")
            found = _reported(
                row,
                value=float(row["value"]) * (china / 100),
                note=f"{found.note}: {found.value:g} percent, times China's {china:.1f} percent of "
                "world trade.",
            )
        out[name] = found
    return out


def _reported(row: dict[str, str | float], **changed: Any) -> Source:
    """Return a row of the table as a source of its figure."""
    own = {k: str(row[k]) for k in ("source", "date", "url", "reading", "note")}
    grade = grade_of(own["reading"])
    value = float(row["value"])
    return Source(**{"value": value, "unit": "percent", "grade": grade, **own, **changed})


def _official(solved: Solved, at: Place) -> Value:
    found = official(solved)
    source = found.pop(at["source"])
    value, rest = float(source.value or 0), tuple(found.values())
    return Value(value, (source,), rest, source.note, through=through_of(source))


def _cost(solved: Solved, at: Place) -> Value:
    cells = np.ix_(positions(solved.facts, at["exporter"]), positions(solved.facts, at["importer"]))
    cost, w = solved.cost[cells], solved.flows.value[cells]
    mean = (cost * w).sum() / w.sum() if w.sum() > 0 else cost.mean()
    return Value(float(mean), note=_scale(solved))


def _costs(solved: Solved, at: Place) -> xr.DataArray | None:
    """Return the costs of all pairs, which are quick to have at once."""
    if "exporter" in at or "importer" in at:
        return None
    import xarray as xr

    codes = list(solved.countries)
    return xr.DataArray(
        solved.cost,
        {"exporter": codes, "importer": codes},
        ("exporter", "importer"),
        attrs={"note": joined(_scale(solved), solved.note)},
    )


def _scale(solved: Solved) -> str:
    return (
        f"Scale of payment costs, ours: a commission of {solved.values.commission:.1%} of the "
        f"invoice under a full block, lambda {solved.lam:.1f}."
    )


def _cost_scale(solved: Solved, at: Place) -> Value:
    value = solved.values.commission if at["parameter"] == "commission" else solved.lam
    return Value(float(value), note=_scale(solved))


def _tipping(solved: Solved, at: Place) -> Value:
    value = solved.tipping(_currency(at), at["goal"])
    if not np.isfinite(value):
        return Value(value, note="no bonus below e^12 in odds reaches it")
    then = solved.with_bonus(_currency(at), value)
    shares = ", ".join(f"{k} {x:.0f}" for k, x in zip(CURRENCIES, then, strict=True))
    return Value(
        value,
        note=f"Odds times {np.exp(value):.0f}, at beta {solved.values.beta:.2f}; percent of world "
        f"trade there: {shares}.",
    )


def _equilibria(solved: Solved, at: Place) -> Value:
    found = solved.equilibria(at["basis"])
    each = [" ".join(f"{x:.0f}" for x in solved.world(e.s)[: CNY + 1]) for e in found]
    return Value(
        float(len(found)),
        note=f"{', '.join(each)}; percent of world trade in dollar, euro and yuan, at beta "
        f"{solved.values.beta:.2f}.",
    )


def _stability(solved: Solved, at: Place) -> Value:
    return Value(solved.stability_bound(at["basis"]), note="Data set no other bound on beta.")


def _converted(solved: Solved, at: Place) -> Value:
    share, _ = solved.converted(at["group"])
    return Value(share, note="The West is who has sanctions on Russia.")


def _converted_world(solved: Solved, at: Place) -> Value:
    _, world = solved.converted(at["group"])
    before = solved.world(solved.flows.s0)[_currency(at)]
    note = f"{before:.1f} percent before, at beta {solved.values.beta:.2f}."
    return Value(float(world[_currency(at)]), note=note)


def reported(solved: Solved, moment: str) -> list[Source]:
    """Return what was reported for a moment, the figure that is used first."""
    rows = solved.facts.of_kind("fit", "held-out", "alternative")
    return [_reported(row) for row in rows if row["place"] == moment]


def _fit(solved: Solved, at: Place) -> Value:
    fitted = solved.fitted(at["mechanism"])
    first, *others = reported(solved, at["moment"])
    note = (
        f"Reported: {first.value:g}. Fitted to the end of 2022: delta {fitted.delta:.2f}, "
        f"eta {fitted.eta:.2f}; beta {solved.values.beta:.2f} is not identified."
    )
    value, last = fitted.moments[at["moment"]], max(solved.through, through_of(first))
    return Value(value, (first,), tuple(others), note, through=last)


def _error(solved: Solved, at: Place) -> Value:
    found = _fit(solved, at)
    return replace(found, value=float(found.value) - targets(solved.facts)[at["moment"]])


def _prior_quantile(solved: Solved, at: Place) -> Value:
    draws = prior_moments(solved.pattern)[at["moment"]]
    first, *others = reported(solved, at["moment"])
    note = f"Reported: {first.value:g}. From figures of before 2022 and ranges of ours alone."
    return Value(float(np.percentile(draws, float(at["quantile"]))), (first,), tuple(others), note)


def _prior_exceeds(solved: Solved, at: Place) -> Value:
    draws = prior_moments(solved.pattern)[at["moment"]]
    first, *others = reported(solved, at["moment"])
    share = float(100 * (draws >= targets(solved.facts)[at["moment"]]).mean())
    note, last = f"Reported: {first.value:g}.", max(solved.through, through_of(first))
    return Value(share, (first,), tuple(others), note, through=last)


def _parameter(solved: Solved, at: Place) -> float:
    return float(getattr(solved.fitted(at["mechanism"]), at["parameter"]))


def _ratio(solved: Solved, at: Place) -> Value:
    """Read roubles for each yuan in Russian exports."""
    case, facts = at["variant"], solved.facts
    if case == "reported":
        aim, source = targets(facts), reported(solved, "exports-rouble-2022")[0]
        return Value(aim["exports-rouble-2022"] / aim["exports-yuan-2022"], (source,))
    if case == "before":
        total = facts.shares("before", "RUS", "WLD", "exports")
        return Value(float(total[RUB] / total[CNY]))
    found = solved.fitted("block-only" if case == "block-only" else "logit").moments
    return Value(found["exports-rouble-2022"] / found["exports-yuan-2022"])


# how far currencies of Russian trade were missed where nothing was fitted: the 80th percentile, in
# points of a share (docs/errors.md); Russia's flows are some 3.5 percent of the world's
MISSED, RUSSIAN = 27.0, 0.035
PART = 0.8  # the same as a share of what was reported
HINDCAST = "error of the hindcast"
WORLD = Width(HINDCAST, MISSED * RUSSIAN)
PRINTED = Width("rounding of the source", 0.5)  # published in whole percent
SOLVED = Width(SOLVER, 1e-6)  # shares are solved to 1e-10
EXACT = ("equilibria",)
# what a reading can be where its unit does not say it
BOUNDS = {
    **dict.fromkeys(("fit", "prior_predictive"), UNBOUNDED),  # some moments are changes
    **dict.fromkeys(("payment_cost", "rouble_yuan_ratio", "equilibria"), FROM_ZERO),
}
WIDTHS = {
    "share": Width(HINDCAST, MISSED),
    "baseline_share": PRINTED,
    "official_yuan_share": Width("rounding of the source", 0.05),
    **dict.fromkeys(("world_share", "scenario_world_share"), WORLD),
    "world_share_change": Width(HINDCAST, 1e-6, PART),
}
# facts of the Bank of Russia on payments for Russian exports, percent: currencies of states that
# had set sanctions in April 2025, dollar and euro in December 2022
EXPORTS, FITTED = 14.1, 48.0
UNPROVEN = {
    "share": (
        Unproven(
            f"Not proven: in April 2025 {EXPORTS:g} percent of Russian exports were paid in "
            f"currencies of states that had set sanctions; the engine, fitted to the end of 2022, "
            f"when it was {FITTED:g}, has more than three times as much under the block.",
            where={"country": "RUS", "flow": "exports"},
        ),
    )
}


def _metric(
    name: str,
    dims: tuple[Dimension, ...],
    unit: str,
    text: str,
    value: Callable[[Solved, Place], float | Value],
    aggregate: Literal["mean", "none"] = "none",
    grid: Callable[[Solved, Place], xr.DataArray | None] | None = None,
) -> Declared[Solved]:
    metric = Metric(
        f"money.{name}", dims, unit, text, aggregate, "2022-12-31", bounds=BOUNDS.get(name)
    )
    metric = replace(metric, unproven=UNPROVEN.get(name, ()))
    metric = with_width(metric, None if name in EXACT else WIDTHS.get(name, SOLVED))
    return Declared(metric, value, grid=grid, many=aggregate == "mean")


CURRENCY = dimension("currency", "of payment; own is another one of the two countries", CURRENCIES)
FLOW = dimension("flow", "of the country", ("exports", "imports"))
WHOSE = dimension("country", "whose trade; several are weighted by value")
PARTNER = dimension("partner", "with whom; everybody if left out", required=False)
TRADE = dimension(
    "trade",
    "how Russian trade is spread over partners: as in the input-output table, which is near 2021, "
    "or a year",
    ("table", "2022", "2023"),
    required=False,
)
BASIS = dimension("basis", "by invoice, or by payment with China as its central bank says", BASES)
MOMENT = dimension("moment", "what was reported", MOMENTS)
MECHANISM = dimension("mechanism", "as the engine, or another one", MECHANISMS, required=False)
GROUP = dimension("group", "whose trade with each other", GROUPS)

METRICS: tuple[Declared[Solved], ...] = (
    _metric(
        "share",
        (CURRENCY, FLOW, WHOSE, PARTNER, TRADE),
        "percent",
        "Share of a currency in payments after the measures",
        _after,
        aggregate="mean",
    ),
    _metric(
        "baseline_share",
        (CURRENCY, FLOW, WHOSE, PARTNER),
        "percent",
        "Share of a currency in payments before 2022",
        _before,
        aggregate="mean",
    ),
    _metric(
        "world_share",
        (CURRENCY, BASIS),
        "percent",
        "Share of a currency in payments for world trade, after",
        _world,
    ),
    _metric(
        "world_share_change",
        (CURRENCY, BASIS),
        "percentage points",
        "The same, after less before",
        _world_change,
    ),
    _metric(
        "official_yuan_share",
        (dimension("source", "whose figure", ("pboc-2023", "pboc-2023-9m", "ecb", "swift")),),
        "percent",
        "Published figures for the yuan in world trade, two of which do not agree",
        _official,
    ),
    _metric(
        "payment_cost",
        (
            dimension("exporter", "who sells", formerly=("origin",)),
            dimension("importer", "who buys", formerly=("destination",)),
        ),
        "share",
        "Ad valorem cost that measures on payments put on trade of a pair, 0.05 is 5 percent; "
        "exactly 0 where they do not bear",
        _cost,
        aggregate="mean",
        grid=_costs,
    ),
    _metric(
        "cost_scale",
        (dimension("parameter", "which", ("commission", "lambda"), formerly=("of",)),),
        "1",
        "What the scale of payment costs is set by: the mean commission under a full block, a "
        "share of the value; and lambda, the log odds that a cost of the whole value is worth",
        _cost_scale,
    ),
    _metric(
        "tipping_value",
        (
            dimension("currency", "which gains", ("CNY", "EUR", "RUB")),
            dimension("goal", "what it reaches", ("quarter", "overtake-dollar")),
        ),
        "log odds",
        "Bonus on all flows of the world with which a currency reaches a quarter of trade, or "
        "overtakes the dollar",
        _tipping,
    ),
    _metric(
        "conversion_share",
        (GROUP,),
        "percent",
        "Share of world trade that a group's trade makes",
        _converted,
    ),
    _metric(
        "scenario_world_share",
        (GROUP, CURRENCY),
        "percent",
        "Share of a currency in world trade if all of a group's trade is paid in yuan",
        _converted_world,
    ),
    _metric(
        "equilibria",
        (BASIS,),
        "number",
        "Distinct fixed points found from six starts: the baseline, and each currency everywhere",
        _equilibria,
    ),
    _metric(
        "stability_bound",
        (BASIS,),
        "1",
        "Beta above which the shares of before 2022 would not be stable",
        _stability,
    ),
    _metric(
        "fit",
        (MOMENT, MECHANISM),
        "percent",
        "Moment of Russian trade as the model has it, two of them fitted",
        _fit,
    ),
    _metric(
        "error",
        (MOMENT, MECHANISM),
        "percentage points",
        "Moment as the model has it, less what was reported",
        _error,
    ),
    _metric(
        "fitted",
        (
            dimension(
                "parameter",
                "loss of a blocked currency, gain of the yuan, premium on the yuan",
                ("delta", "eta", "nu"),
            ),
            MECHANISM,
        ),
        "log odds",
        "What the two figures of end 2022 give for a parameter",
        _parameter,
    ),
    _metric(
        "rouble_yuan_ratio",
        (
            dimension(
                "variant",
                "when",
                ("before", "block-only", "fitted", "reported"),
                formerly=("case",),
            ),
        ),
        "ratio",
        "Roubles for each yuan in payments for Russian exports",
        _ratio,
    ),
    _metric(
        "prior_predictive",
        (MOMENT, dimension("quantile", "percent", ("5", "25", "50", "75", "95"))),
        "percent",
        "Quantile of a moment over draws from ranges, with no figure from after 2021",
        _prior_quantile,
    ),
    _metric(
        "prior_exceeds",
        (MOMENT,),
        "percent",
        "Share of the same draws at or above what was reported",
        _prior_exceeds,
    ),
)
