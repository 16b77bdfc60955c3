"""Who sends what to whom under each scenario, and how two sides stand in a bargain over it.

For engines that say how a good moves: those with the metrics ``<engine>.flow`` over exporter,
importer, carrier and year.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from multipolar.claims.load import Loaded
from multipolar.engines.api.contract import Engine, Metric, Outcome
from multipolar.engines.contained import contained
from multipolar.engines.registry import Registry
from multipolar.errors import MultipolarError
from multipolar.policy import BASELINE, Scenario, check_supported, compose, resolve

CARRIED = frozenset({"pipeline_gas", "lng"})
DIMS = ["exporter", "importer", "carrier", "year"]
# metrics of two sides: (metric, where besides the two sides and the year, what it is called)
HANDS: tuple[tuple[str, Mapping[str, str], str], ...] = (
    ("gain", {"index": "shapley"}, "Gain by the whole network, Shapley value"),
    ("gain", {"index": "nucleolus"}, "Gain by the whole network, nucleolus"),
    ("dependence", {"index": "shapley"}, "Part of it that hangs on the other"),
    ("reservation_price", {}, "Price at which the trade stops paying"),
)


@dataclass(frozen=True)
class Routes:
    """Flows of a year under a scenario, at the central parameters.

    Attributes:
        scenario: as written, with its bases composed.
        flow: volume by (exporter, importer, carrier), where there is any.
        source, note: where it is from, and what a reader should know.
        hands: for each measure in ``HANDS`` that has a value, those of the two ``sides``.
    """

    scenario: Scenario
    engine: Engine
    metric: Metric
    year: int
    flow: Mapping[tuple[str, str, str], float]
    source: str
    note: str
    sides: tuple[str, str] | None
    hands: Mapping[str, tuple[float, float]]
    units: Mapping[str, str]


def routes(
    loaded: Loaded, registry: Registry, outcomes: Mapping[tuple[str, str], Outcome]
) -> tuple[Routes, ...]:
    """Return the baseline first, then each scenario that builds, cuts or limits a link.

    All are of one year, the last that a scenario plays in; a scenario that an engine refuses is
    left out.
    """
    found: list[Routes] = []
    for engine in registry.shown.values():
        declared = (m for owner, m in registry.metrics.values() if owner.name == engine.name)
        metric = next((m for m in declared if _moves(m, engine)), None)
        if metric is None:
            continue
        every = (compose(name, loaded.scenarios) for name in loaded.scenarios)
        chosen = [s for s in every if about_links(s, registry) and _answers(engine, s)]
        if not chosen:
            continue
        year = max((s.year or 0 for s in chosen), default=0) or None
        sides = _sides(chosen, registry)
        for scenario in (BASELINE, *chosen):
            outcome = outcomes.get((engine.name, scenario.name))
            try:
                at = outcome or _solved(engine, scenario, registry)
                one = _routes(scenario, engine, metric, at, year or int(metric.as_of[:4]), sides)
            except MultipolarError:
                continue
            found.append(one)
    return tuple(found)


def _moves(metric: Metric, engine: Engine) -> bool:
    return metric.name == f"{engine.name}.flow" and [d.name for d in metric.dims] == DIMS


def about_links(scenario: Scenario, registry: Registry) -> bool:
    """Say whether every measure is on links, or on trade in what moves on them alone."""
    measures = resolve(scenario, registry.world).measures
    return bool(measures) and all(
        "origin" in m or 0 < len(set(m.get("commodities", ())) | CARRIED) <= len(CARRIED)
        for m in measures
    )


def _answers(engine: Engine, scenario: Scenario) -> bool:
    try:
        check_supported(engine.name, engine.supports, scenario)
    except MultipolarError:
        return False
    return True


def _solved(engine: Engine, scenario: Scenario, registry: Registry) -> Outcome:
    with contained(engine.name):
        values = {p.name: p.value for p in engine.parameters(registry.world)}
        outcome = engine.solve(engine.prepare(registry.world, scenario), values)
        outcome.require_converged()
        return outcome


def _sides(scenarios: list[Scenario], registry: Registry) -> tuple[str, str] | None:
    """Return the two ends of the first link that any scenario builds."""
    for scenario in scenarios:
        for m in resolve(scenario, registry.world).measures:
            if m["measure"] == "build_link":
                return m["origin"], m["destination"]
    return None


def _routes(
    scenario: Scenario, engine: Engine, metric: Metric, outcome: Outcome, year: int,
    sides: tuple[str, str] | None,
) -> Routes:  # fmt: skip
    flow: dict[tuple[str, str, str], float] = {}
    source = note = ""
    for carrier in metric.dim("carrier").values[1:]:
        array = outcome.array(metric.name, {"year": year, "carrier": carrier})
        source, note = str(array.attrs.get("source", "")), str(array.attrs.get("note", ""))
        sellers, buyers = (array[d].values for d in DIMS[:2])
        for i, j in np.argwhere(array.values > 0):
            flow[str(sellers[i]), str(buyers[j]), carrier] = float(array.values[i, j])
    hands: dict[str, tuple[float, float]] = {}
    units: dict[str, str] = {}
    for name, where, label in HANDS if sides else ():
        try:
            readings = [outcome.read(f"{engine.name}.{name}", {**w, **where, "year": year})
                        for w in _whose(name, sides)]  # fmt: skip
        except MultipolarError:
            continue
        hands[label] = (float(readings[0].value), float(readings[1].value))
        units[label] = readings[0].unit
    return Routes(scenario, engine, metric, year, flow, source, note, sides, hands, units)


def _whose(name: str, sides: tuple[str, str] | None) -> list[dict[str, Any]]:
    assert sides is not None
    one, other = sides
    if name == "reservation_price":
        return [{"seller": one, "buyer": other, "side": s} for s in ("seller", "buyer")]
    if name == "dependence":
        return [{"country": one, "on": other}, {"country": other, "on": one}]
    return [{"country": one}, {"country": other}]
