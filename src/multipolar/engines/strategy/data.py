"""What the engine reads: the setting of the crisis, the published estimates, and other engines."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from multipolar.engines.strategy.estimates import Estimates
from multipolar.errors import DataError, EngineError
from multipolar.world.boundary import read_file

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.world import World

SHIPPED = Path(__file__).with_name("setting.toml")
TABLE = "crisis_estimates"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Actor(_Frozen):
    """A state in the crisis: its code, its name, a word of choices, and its name in a sentence."""

    code: str
    name: str
    word: str
    called: str = ""

    @property
    def text(self) -> str:
        """Its name in a sentence."""
        return self.called or self.name


class Senders(_Frozen):
    """Those who threaten together: names of states and groups, and codes of those measured."""

    name: str
    word: str
    called: str
    adjective: str
    members: tuple[str, ...]
    measured: tuple[str, ...]


class Covariate(_Frozen):
    """A covariate of the published form that no engine computes: its value, and what it may be."""

    name: str
    value: float
    range: tuple[float, float]
    reason: str


class Setting(_Frozen):
    """The crisis that is asked about: who stands in it, and what no engine computes about it.

    Attributes:
        year: of capabilities and of the table of trade.
        industry: the code that the narrowest of the sanctions cuts off.
        payment: costs of payments at which trade is solved, shares of the value.
        arms: further arms to either side, USD bn a year.
        target: who is threatened, arms the partner, may ally with it, and has a plan for peace.
        partner: who fights the defender, under an embargo by the senders.
        defender: whom the partner fights.
        leader: first of the senders, whom a pact of target and partner would stand against.
        senders: who threaten together.
        covariates: of target and senders.

    Example:
        >>> setting().scopes
        ('west', 'united-states', 'payment', 'industry', 'none', 'scenario')
    """

    year: int
    industry: str
    payment: tuple[float, float]
    arms: float
    target: Actor
    partner: Actor
    defender: Actor
    leader: Actor
    senders: Senders
    covariates: tuple[Covariate, ...]

    @property
    def as_of(self) -> str:
        """The last day of its year."""
        return f"{self.year}-12-31"

    @property
    def sanctions(self) -> tuple[str, str, str, str]:
        """Words for what the senders may do, from the narrowest to the whole."""
        return "industry", "payment", self.leader.word, self.senders.word

    @property
    def scopes(self) -> tuple[str, ...]:
        """Words for what may be threatened."""
        return self.senders.word, self.leader.word, "payment", "industry", "none", "scenario"

    @property
    def stated(self) -> dict[str, float]:
        """Values of the covariates by name."""
        return {c.name: c.value for c in self.covariates}


def setting(path: Path = SHIPPED) -> Setting:
    """Read a setting.

    Raises:
        DataError: it is no TOML, or lacks something.
    """
    try:
        return Setting.model_validate(tomllib.loads(read_file(path).decode("utf-8")))
    except ValidationError as fault:
        first = fault.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise DataError(f"{place}: {first['msg'].lower()}", where=path.name) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise DataError(f"no TOML: {fault}", where=path.name) from None


def published(world: World) -> Estimates:
    """Return the published coefficients, from the table ``crisis_estimates``.

    Raises:
        DataError: the table is missing or its covariance is not symmetric.

    Example:
        >>> from multipolar.world import World
        >>> estimates = published(World.load())
        >>> len(estimates.names), round(float(estimates.values[7]), 6)
        (20, 2.827997)
    """
    frame = world.table(TABLE)
    covariance = np.stack([np.asarray(row, float) for row in frame["covariance"]])
    if covariance.shape != (len(frame),) * 2 or not np.allclose(covariance, covariance.T):
        raise DataError("the covariance is not symmetric", where=TABLE)
    return Estimates(
        names=tuple(f"{u}: {c}" for u, c in zip(frame["utility"], frame["covariate"], strict=True)),
        values=frame["value"].to_numpy(float),
        covariance=covariance,
        source=world.info(TABLE).source,
    )


@dataclass(frozen=True)
class CoupledResults:
    """Results of other engines at one draw.

    Attributes:
        percent: change in real income by country, by variant of the world, in percent.
        income: income of the table's year by country, USD bn.
        exports: what the target sells to each country in the base, USD bn.
        imports: what it buys from each, USD bn.
        odds: the defender's odds by variant, share.
        ratio: capabilities of one side over another's, by pair.
        commission: what paying costs under a full block, share of the value.
        trade_source: who stands behind the trade figures.
        odds_source: who stands behind the odds.
    """

    percent: Mapping[str, Mapping[str, float]]
    income: Mapping[str, float]
    exports: Mapping[str, float]
    imports: Mapping[str, float]
    odds: Mapping[str, float]
    ratio: Mapping[str, float]
    commission: float
    trade_source: str
    odds_source: str

    def change(self, name: str, codes: Sequence[str]) -> float:
        """Return the change in a variant of a group's income, percent."""
        known = [c for c in codes if c in self.income]
        weight = np.array([self.income[c] for c in known])
        return float(weight @ [self.percent[name][c] for c in known] / weight.sum())

    def size(self, codes: Sequence[str]) -> float:
        """Return a group's income, USD bn."""
        return float(sum(self.income.get(c, 0.0) for c in codes))

    def loss(self, name: str, codes: Sequence[str]) -> float:
        """Return what a variant takes from a group on top of the base, percent of its income."""
        base, after = self.change("base", codes), self.change(name, codes)
        return 100.0 * (1.0 - (1.0 + after / 100.0) / (1.0 + base / 100.0))


def coupled_results(
    setting: Setting, inputs: Mapping[str, xr.DataArray], needed: Mapping[str, str]
) -> CoupledResults:
    """Read results of other engines.

    Args:
        setting: of the crisis.
        inputs: by name, those along countries of shape (countries,), all others one number.
        needed: names of those that have to be there, each with its engine.

    Raises:
        EngineError: one is missing; the engine that has it is named.
    """
    gone = {engine for name, engine in needed.items() if name not in inputs}
    if gone:
        raise missing(sorted(gone))
    parts: dict[str, dict[str, xr.DataArray]] = {"percent": {}, "odds": {}, "ratio": {}}
    for name, array in inputs.items():
        kind, _, rest = name.partition(".")
        if kind in parts:
            parts[kind][rest] = array
    percent = {k: _series(v) for k, v in parts["percent"].items()}
    value, whole = inputs["value"], percent[setting.senders.word]
    income = {c: 100.0 * v / whole[c] for c, v in _series(value).items() if whole.get(c)}
    return CoupledResults(
        percent,
        income,
        _series(inputs["exports"]),
        _series(inputs["imports"]),
        odds={k: float(v) for k, v in parts["odds"].items()},
        ratio={k: float(v) for k, v in parts["ratio"].items()},
        commission=float(inputs["commission"]),
        trade_source=str(value.attrs.get("source", "engine trade")),
        odds_source=str(inputs["odds.scenario"].attrs.get("source", "engine power")),
    )


def missing(engines: Sequence[str]) -> EngineError:
    """Return the error for engines whose results were not handed over."""
    return EngineError(
        f"the engine strategy needs results of {' and '.join(engines)}",
        hint="run the scenario through all engines, or hand them over with couple()",
    )


def _series(array: xr.DataArray) -> dict[str, float]:
    (dim,) = array.dims
    pairs = zip(array[dim].values, array.values, strict=True)
    return {str(c): float(v) for c, v in pairs if np.isfinite(v)}
