"""What can be read from a solved scenario. To add a metric, write a reader and list it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

import numpy as np

from multipolar.engines.api.contract import Dimension, Metric, Reading, Source
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.reader import some, without
from multipolar.engines.money.baseline import Basis
from multipolar.engines.money.calibrate import (
    MECHANISMS,
    MOMENTS,
    Mechanism,
    prior_moments,
    targets,
)
from multipolar.engines.money.data import CNY, CURRENCIES, REST, RUB, Facts
from multipolar.engines.money.kernel import Floats, Flows
from multipolar.engines.money.solved import GROUPS, Solved
from multipolar.errors import DataMissing

if TYPE_CHECKING:
    import xarray as xr

Place: TypeAlias = Mapping[str, Any]
BASES: tuple[Basis, ...] = ("invoicing", "settlement")


@dataclass(frozen=True)
class Answer:
    """A value, what stands behind it besides the tables, and what a reader should know of it."""

    value: float
    evidence: tuple[Source, ...] = ()
    alternatives: tuple[Source, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class MoneyReader:
    """A metric, how one value of it is read, and, where that is quicker, all at once."""

    metric: Metric
    answer: Callable[[Solved, Place], Answer]
    whole: Callable[[Solved], Floats] | None = None
    about: Callable[[Solved], str] = lambda solved: solved.note

    def scalar(self, solved: Solved, place: Place) -> Reading:
        """Read one number."""
        found = self.answer(solved, self._filled(place))
        if not np.isfinite(found.value):
            raise DataMissing(f"{self.metric.name} has no finite value here", hint=found.note)
        gone = without(self.metric, place, solved.facts.countries)
        notes = " ".join(n for n in (found.note, gone, solved.note) if n)
        return Reading(
            found.value, self.metric.unit, (*found.evidence, *solved.sources), found.alternatives,
            notes,
        )  # fmt: skip

    def labelled(self, solved: Solved, place: Place) -> xr.DataArray:
        """Read an array over the dimensions that are required and left open."""
        import xarray as xr

        left = [d for d in self.metric.dims if d.required and d.name not in place]
        coords = {
            d.name: list(d.values if d.kind == "choice" else solved.facts.countries) for d in left
        }
        shape = [len(c) for c in coords.values()]
        if self.whole is not None and len(left) == len(self.metric.dims):
            values = self.whole(solved)
        else:
            values = np.full(shape, np.nan)
            given = self._filled(place)
            for at in np.ndindex(*shape):
                here = {d.name: coords[d.name][k] for d, k in zip(left, at, strict=True)}
                values[at] = self.answer(solved, {**given, **here}).value
        return xr.DataArray(
            values, coords=coords, dims=list(coords), name=self.metric.name,
            attrs={"unit": self.metric.unit, "note": self.about(solved),
                   "source": "; ".join(s.source for s in solved.sources),
                   "long_name": self.metric.description},
        )  # fmt: skip

    def _filled(self, place: Place) -> dict[str, Any]:
        """Return a place with the first word of each choice that was left out."""
        optional = {d.name: d.values[0] for d in self.metric.dims if not d.required and d.values}
        return {**optional, **place}


def positions(facts: Facts, value: Any) -> list[int]:
    """Return where a country, several or everybody stands.

    Raises:
        DataMissing: the table does not tell any of them apart.
    """
    codes = tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)
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


def _share(solved: Solved, place: Place, flows: Flows, s: Floats) -> Answer:
    facts, v = solved.facts, flows.value
    mine = positions(facts, place["country"])
    others = positions(facts, place.get("partner", EVERYBODY))
    at = np.ix_(mine, others) if place["flow"] == "exports" else np.ix_(others, mine)
    w = v[at]
    if w.sum() == 0:
        return Answer(float("nan"), note="there is no trade")
    return Answer(float(100 * (w * s[at][..., _currency(place)]).sum() / w.sum()))


def _after(solved: Solved, place: Place) -> Answer:
    flows, after = solved.with_trade(place["trade"])
    return _share(solved, place, flows, after.s)


def _currency(place: Place) -> int:
    return CURRENCIES.index(place["currency"])


def _on(place: Place) -> Basis:
    return cast("Basis", place["basis"])


def _world(solved: Solved, place: Place) -> Answer:
    _, after = solved.on(_on(place))
    rows = official(solved) if place["currency"] == "CNY" else {}
    return Answer(float(solved.world(after.s)[_currency(place)]), alternatives=tuple(rows.values()))


def _world_change(solved: Solved, place: Place) -> Answer:
    flows, after = solved.on(_on(place))
    change = solved.world(after.s) - solved.world(flows.s0)
    return Answer(float(change[_currency(place)]))


def official(solved: Solved) -> dict[str, Source]:
    """Return the published figures for the yuan's share of the world, which do not agree."""
    facts, v = solved.facts, solved.flows.value
    china = 100 * (v[facts.china].sum() + v[:, facts.china].sum()) / v.sum()
    rows = facts.of_kind("official")
    out = {}
    for row in rows:
        value, note = float(row["value"]), str(row["note"])
        if row["place"] == "CHN":
            note = f"{note}: {value:g} percent, times China's {china:.1f} percent of world trade."
            value *= china / 100
            name = f"pboc-{str(row['date'])[:4]}" + ("-9m" if row["date"] == "2023-09" else "")
        else:
            name = "swift" if row["flow"] == "swift" else "ecb"
        out[name] = Source(
            str(row["source"]), str(row["date"]), str(row["url"]), value, "percent",
            str(row["reading"]), note,
        )  # fmt: skip
    return out


def _official(solved: Solved, place: Place) -> Answer:
    found = official(solved)
    source = found[place["source"]]
    others = tuple(s for name, s in found.items() if name != place["source"])
    return Answer(float(cast("float", source.value)), (source,), others, source.note)


def _cost(solved: Solved, place: Place) -> Answer:
    at = np.ix_(
        positions(solved.facts, place["origin"]), positions(solved.facts, place["destination"])
    )
    cost, w = solved.cost[at], solved.flows.value[at]
    mean = (cost * w).sum() / w.sum() if w.sum() > 0 else cost.mean()
    return Answer(float(mean), note=_scale(solved))


def _scale(solved: Solved) -> str:
    return (
        f"Scale of payment costs, ours: a commission of {solved.values.commission:.1%} of the "
        f"invoice under a full block, lambda {solved.lam:.1f}."
    )


def _cost_scale(solved: Solved, place: Place) -> Answer:
    value = solved.values.commission if place["of"] == "commission" else solved.lam
    return Answer(float(value), note=_scale(solved))


def _tipping(solved: Solved, place: Place) -> Answer:
    value = solved.tipping(_currency(place), place["goal"])
    if not np.isfinite(value):
        return Answer(value, note="no bonus below e^12 in odds reaches it")
    then = solved.with_bonus(_currency(place), value)
    shares = ", ".join(f"{k} {x:.0f}" for k, x in zip(CURRENCIES, then, strict=True))
    return Answer(
        value,
        note=f"Odds times {np.exp(value):.0f}, at beta {solved.values.beta:.2f}; percent of world "
        f"trade there: {shares}.",
    )


def _equilibria(solved: Solved, place: Place) -> Answer:
    found = solved.equilibria(_on(place))
    each = [" ".join(f"{x:.0f}" for x in solved.world(e.s)[: CNY + 1]) for e in found]
    return Answer(
        float(len(found)),
        note=f"{', '.join(each)}; percent of world trade in dollar, euro and yuan, at beta "
        f"{solved.values.beta:.2f}.",
    )


def _converted(solved: Solved, place: Place) -> Answer:
    share, _ = solved.converted(place["group"])
    return Answer(share, note="The West is who has sanctions on Russia.")


def _converted_world(solved: Solved, place: Place) -> Answer:
    _, world = solved.converted(place["group"])
    before = solved.world(solved.flows.s0)[_currency(place)]
    return Answer(
        float(world[_currency(place)]),
        note=f"{before:.1f} percent before, at beta {solved.values.beta:.2f}.",
    )


def _mechanism(place: Place) -> Mechanism:
    return cast("Mechanism", place["mechanism"])


def reported(solved: Solved, moment: str) -> list[Source]:
    """Return what was reported for a moment, the figure that is used first."""
    rows = solved.facts.of_kind("fit", "held-out", "alternative")
    return [
        Source(str(r["source"]), str(r["date"]), str(r["url"]), float(r["value"]), "percent",
               str(r["reading"]), str(r["note"]))
        for r in rows
        if r["place"] == moment
    ]  # fmt: skip


def _fit(solved: Solved, place: Place) -> Answer:
    moment = place["moment"]
    fitted = solved.fitted(_mechanism(place))
    first, *others = reported(solved, moment)
    return Answer(
        fitted.moments[moment], (first,), tuple(others),
        f"Reported: {first.value:g}. Fitted to the end of 2022: delta {fitted.delta:.2f}, "
        f"eta {fitted.eta:.2f}; beta {solved.values.beta:.2f} is not identified.",
    )  # fmt: skip


def _error(solved: Solved, place: Place) -> Answer:
    found = _fit(solved, place)
    aim = targets(solved.facts)[place["moment"]]
    return Answer(found.value - aim, found.evidence, found.alternatives, found.note)


def _prior_quantile(solved: Solved, place: Place) -> Answer:
    draws = prior_moments(solved.pattern)[place["moment"]]
    first, *others = reported(solved, place["moment"])
    return Answer(
        float(np.percentile(draws, float(place["quantile"]))), (first,), tuple(others),
        f"Reported: {first.value:g}. From figures of before 2022 and ranges of ours alone.",
    )  # fmt: skip


def _prior_exceeds(solved: Solved, place: Place) -> Answer:
    draws = prior_moments(solved.pattern)[place["moment"]]
    first, *others = reported(solved, place["moment"])
    return Answer(
        float(100 * (draws >= cast("float", first.value)).mean()), (first,), tuple(others),
        f"Reported: {first.value:g}.",
    )  # fmt: skip


def _parameter(solved: Solved, place: Place) -> Answer:
    return Answer(float(getattr(solved.fitted(_mechanism(place)), place["parameter"])))


def _ratio(solved: Solved, place: Place) -> Answer:
    """Read roubles for each yuan in Russian exports."""
    case, facts = place["case"], solved.facts
    if case == "reported":
        aim, source = targets(facts), reported(solved, "exports-rouble-2022")[0]
        return Answer(aim["exports-rouble-2022"] / aim["exports-yuan-2022"], (source,))
    if case == "before":
        total = facts.shares("before", "RUS", "WLD", "exports")
        return Answer(float(total[RUB] / total[CNY]))
    found = solved.fitted("block-only" if case == "block-only" else "logit").moments
    return Answer(found["exports-rouble-2022"] / found["exports-yuan-2022"])


def _choice(name: str, values: tuple[str, ...], text: str, *, required: bool = True) -> Dimension:
    return Dimension(name, "choice", values, required, text)


def _country(name: str, text: str, *, required: bool = True) -> Dimension:
    return Dimension(name, "country", (), required, text)


def _metric(
    name: str,
    unit: str,
    text: str,
    *dims: Dimension,
    aggregate: Literal["sum", "mean", "none"] = "none",
) -> Metric:
    return Metric(f"money.{name}", dims, unit, text, aggregate, "2022-12-31")


CURRENCY = _choice("currency", CURRENCIES, "of payment; own is another one of the two countries")
FLOW = _choice("flow", ("exports", "imports"), "of the country")
WHOSE = _country("country", "whose trade; several are weighted by value")
PARTNER = _country("partner", "with whom; everybody if left out", required=False)
TRADE = _choice(
    "trade",
    ("table", "2022", "2023"),
    "how Russian trade is spread over partners: "
    "as in the input-output table, which is near 2021, or a year",
    required=False,
)
BASIS = _choice("basis", BASES, "by invoice, or by payment with China as its central bank says")
MOMENT = _choice("moment", MOMENTS, "what was reported")
MECHANISM = _choice("mechanism", MECHANISMS, "as the engine, or another one", required=False)
GROUP = _choice("group", GROUPS, "whose trade with each other")

READERS: tuple[MoneyReader, ...] = (
    MoneyReader(
        _metric("share", "percent", "Share of a currency in payments after the measures",
                CURRENCY, FLOW, WHOSE, PARTNER, TRADE, aggregate="mean"),
        _after,
    ),
    MoneyReader(
        _metric("baseline_share", "percent", "Share of a currency in payments before 2022",
                CURRENCY, FLOW, WHOSE, PARTNER, aggregate="mean"),
        lambda s, p: _share(s, p, s.flows, s.flows.s0),
    ),
    MoneyReader(
        _metric("world_share", "percent", "Share of a currency in payments for world trade, after",
                CURRENCY, BASIS),
        _world,
    ),
    MoneyReader(
        _metric("world_share_change", "percentage points", "The same, after less before",
                CURRENCY, BASIS),
        _world_change,
    ),
    MoneyReader(
        _metric("official_yuan_share", "percent", "Published figures for the yuan in world trade, "
                "two of which do not agree",
                _choice("source", ("pboc-2023", "pboc-2023-9m", "ecb", "swift"), "whose figure")),
        _official,
    ),
    MoneyReader(
        _metric("payment_cost", "share", "Ad valorem cost that measures on payments put on trade "
                "of a pair, 0.05 is 5 percent; exactly 0 where they do not bear",
                _country("origin", "who sells"), _country("destination", "who buys"),
                aggregate="mean"),
        _cost,
        lambda s: s.cost,
        lambda s: f"{_scale(s)} {s.note}".strip(),
    ),
    MoneyReader(
        _metric("cost_scale", "1", "What the scale of payment costs is set by: the mean commission "
                "under a full block, a share of the value; and lambda, the log odds that a cost "
                "of the whole value is worth",
                _choice("of", ("commission", "lambda"), "which")),
        _cost_scale,
    ),
    MoneyReader(
        _metric("tipping_value", "log odds", "Bonus on all flows of the world with which a "
                "currency reaches a quarter of trade, or overtakes the dollar",
                _choice("currency", ("CNY", "EUR", "RUB"), "which gains"),
                _choice("goal", ("quarter", "overtake-dollar"), "what it reaches")),
        _tipping,
    ),
    MoneyReader(
        _metric("conversion_share", "percent", "Share of world trade that a group's trade makes",
                GROUP),
        _converted,
    ),
    MoneyReader(
        _metric("scenario_world_share", "percent", "Share of a currency in world trade if all of a "
                "group's trade is paid in yuan", GROUP, CURRENCY),
        _converted_world,
    ),
    MoneyReader(
        _metric("equilibria", "number", "Distinct fixed points found from six starts: the "
                "baseline, and each currency everywhere", BASIS),
        _equilibria,
    ),
    MoneyReader(
        _metric("stability_bound", "1", "Beta above which the shares of before 2022 would not be "
                "stable", BASIS),
        lambda s, p: Answer(s.stability_bound(_on(p)), note="Data set no other bound on beta."),
    ),
    MoneyReader(
        _metric("fit", "percent", "Moment of Russian trade as the model has it, two of them fitted",
                MOMENT, MECHANISM),
        _fit,
    ),
    MoneyReader(
        _metric("error", "percentage points", "Moment as the model has it, less what was reported",
                MOMENT, MECHANISM),
        _error,
    ),
    MoneyReader(
        _metric("fitted", "log odds", "What the two figures of end 2022 give for a parameter",
                _choice("parameter", ("delta", "eta", "nu"), "loss of a blocked currency, gain of "
                        "the yuan, premium on the yuan"), MECHANISM),
        _parameter,
    ),
    MoneyReader(
        _metric("rouble_yuan_ratio", "ratio", "Roubles for each yuan in payments for Russian "
                "exports", _choice("case", ("before", "block-only", "fitted", "reported"), "when")),
        _ratio,
    ),
    MoneyReader(
        _metric("prior_predictive", "percent", "Quantile of a moment over draws from ranges, with "
                "no figure from after 2021",
                MOMENT, _choice("quantile", ("5", "25", "50", "75", "95"), "percent")),
        _prior_quantile,
    ),
    MoneyReader(
        _metric("prior_exceeds", "percent", "Share of the same draws at or above what was reported",
                MOMENT),
        _prior_exceeds,
    ),
)  # fmt: skip
BY_NAME = {r.metric.name: r for r in READERS}
