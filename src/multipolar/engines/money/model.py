"""The engine ``money``: scenarios in, labelled outcomes out.

Example:
    >>> from multipolar.policy import Scenario
    >>> from multipolar.world import World
    >>> ban = Scenario.model_validate({"name": "ban", "measures": [
    ...     {"measure": "payment_block", "senders": "Russia sanctions coalition",
    ...      "targets": "Russia", "channel": "SWIFT"}]})
    >>> world = World.load()
    >>> outcome = engine.solve(engine.prepare(world, ban),
    ...                        {p.name: p.value for p in engine.parameters(world)})
    >>> where = {"currency": "CNY", "flow": "imports", "country": "RUS", "partner": "CHN"}
    >>> 50 < outcome.read("money.share", where).value < 80
    True
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from multipolar.engines.api import Model, Parameter, Prior, Reference
from multipolar.engines.api.coverage import by_table, of_accounts
from multipolar.engines.api.memo import per_world
from multipolar.engines.money import kernel
from multipolar.engines.money.baseline import Before, Pattern, baseline, read_pattern
from multipolar.engines.money.calibrate import bench, fit
from multipolar.engines.money.data import TABLE, TABLES, Facts, flows_between, read_facts
from multipolar.engines.money.measures import SUPPORTS, change, shock_of
from multipolar.engines.money.metrics import METRICS
from multipolar.engines.money.solved import Prepared, Solved, Values
from multipolar.errors import EngineError, NotConverged
from multipolar.policy import Scenario, resolve

if TYPE_CHECKING:
    from multipolar.world import World

BAHAJ_REIS = Reference(
    "Bahaj and Reis (forthcoming), Jumpstarting an International Currency, Review of Economic "
    "Studies",
    "https://doi.org/10.1093/restud/rdag011",
)
MUKHIN = Reference(
    "Mukhin (2022), An Equilibrium Model of the International Price System, American Economic "
    "Review 112(2)",
    "https://doi.org/10.1257/aer.20181550",
)
CHUPILKIN = Reference(
    "Chupilkin, Javorcik, Peeva and Plekhanov, Exorbitant Privilege and Economic Sanctions, EBRD "
    "Working Paper 281 (2023), and CEPR Discussion Paper 20471",
    "https://www.ebrd.com/home/news-and-events/publications/economics/working-papers/"
    "exorbitant-privilege-and-economic-sanctions.html",
)
COMMISSIONS = Reference(
    "Commissions of payment agents: 12 percent early in 2024, 2 to 3 in 2025 (Reuters, in Harici), "
    "usually up to 8 in autumn 2024 (The Bell); table settlement. That they measure the model's "
    "loss is ours",
    "https://www.russiamatters.org/analysis/rise-russias-foreign-trade-middlemen",
)
FIGURES_2022 = Reference(
    "Fitted to the shares the Bank of Russia reported for the end of 2022 (table settlement), at "
    "the central values; the range around it is ours"
)
BETA = Parameter(
    "beta",
    2.0,
    "log odds",
    "pull of the currencies used around a flow; not identified by the data, bounded by the "
    "stability of the shares of 2021 alone",
    Reference(f"An assumed range; the mechanism is that of {MUKHIN.text}", MUKHIN.url),
    Prior("uniform", (0.0, 3.5)),
    label="the pull of the currencies used around a flow",
    identified=False,
)
FROM_CHINA = Parameter(
    "from_china",
    17.0,
    "percent",
    "yuan in Russia's imports from China before 2022: 17 is what 4 percent of all imports implies, "
    "customs records say nearly a quarter",
    Reference(f"An assumed range; upper end: {CHUPILKIN.text}", CHUPILKIN.url),
    Prior("triangular", (12.0, 17.0, 24.0)),
    label="the yuan's share of Russia's imports from China before 2022",
)
THIRD = Parameter(
    "third",
    1.0,
    "percent",
    "yuan in Russia's imports from other countries without sanctions before 2022",
    Reference(f"{CHUPILKIN.text}, in the Financial Times; the range is ours"),
    Prior("triangular", (0.5, 1.0, 1.5)),
    label="the yuan's share of Russia's imports from third countries before 2022",
)
SWAP_ODDS = Parameter(
    "swap_odds",
    4.0,
    "ratio",
    "odds of a currency with a swap line over those without; an association, and of values, not "
    "odds",
    BAHAJ_REIS,
    Prior("triangular", (2.0, 4.0, 6.0)),
    label="the odds of a currency with a swap line, over those without,",
)
COMMISSION = Parameter(
    "commission",
    0.05,
    "share of the invoice",
    "cost of paying for trade with a country under a full block; sets lambda, the log odds that a "
    "cost is worth",
    COMMISSIONS,
    Prior("loguniform", (0.02, 0.12)),
    label="the commission on payments under a full block",
)
RANGES = {
    "beta": (0.0, 20.0),
    "delta": (0.05, 20.0),
    "eta": (-20.0, 20.0),
    "from_china": (0.1, 99.0),
    "third": (0.01, 50.0),
    "swap_odds": (0.05, 100.0),
    "settled": (1.0, 99.0),
    "commission": (1e-4, 1.0),
}


def parameters(world: World) -> tuple[Parameter, ...]:
    """Return strength of the network, losses and gains, and what is uncertain before 2022.

    ``delta`` and ``eta`` are what the two figures of the end of 2022 give at the central values of
    the others: computed from the shipped tables.
    """
    delta, eta = _central(world)
    low, high = _settled_range(_facts(world))
    settled = Parameter(
        "settled",
        (low + high) / 2,
        "percent",
        "yuan in the payments for China's trade before 2022; for the settlement basis",
        Reference("HSBC note in Central Banking (2024): range of 2017 to 2021"),
        Prior("uniform", (low, high)),
        label="the yuan's share of payments for China's trade before 2022",
    )
    return (
        BETA,
        _fitted(
            "delta",
            delta,
            "loss of a currency whose payments are blocked: probability times loss, one number",
            "the loss of a currency whose payments are blocked",
        ),
        _fitted(
            "eta",
            eta,
            "gain of the yuan alone where the dollar or the euro is blocked; what it stands for is "
            "not identified",
            "the gain of the yuan alone where dollar and euro are blocked",
        ),
        FROM_CHINA,
        THIRD,
        SWAP_ODDS,
        settled,
        COMMISSION,
    )


def _fitted(name: str, value: float, text: str, label: str) -> Parameter:
    """Fitted given ``beta`` alone, which the data do not identify: nor do they this."""
    prior = Prior("triangular", (0.5 * value, value, 1.6 * value))
    return Parameter(
        name, value, "log odds", text, FIGURES_2022, prior, label=label, identified=False
    )


def _values(parameters: Mapping[str, float]) -> Values:
    for name, (low, high) in RANGES.items():
        if not low <= parameters[name] <= high:
            raise EngineError(
                f"{name} is {parameters[name]:g}", hint=f"give a number from {low:g} to {high:g}"
            )
    p = parameters
    before = Before(p["from_china"], p["third"], p["swap_odds"], p["settled"])
    return Values(p["beta"], p["delta"], p["eta"], before, p["commission"])


@per_world
def _facts(world: World) -> Facts:
    return read_facts(world)


@per_world
def _pattern(world: World) -> Pattern:
    return read_pattern(_facts(world))


@per_world
def _central(world: World) -> tuple[float, float]:
    """Return delta and eta as fitted at the central values of the other parameters."""
    settled = float(np.mean(_settled_range(_facts(world))))
    before = Before(FROM_CHINA.value, THIRD.value, SWAP_ODDS.value, settled)
    found = fit(bench(_facts(world), baseline(_pattern(world), before), BETA.value))
    return found.delta, found.eta


def _settled_range(facts: Facts) -> tuple[float, float]:
    (low,), (high,) = facts.of_kind("settled-low"), facts.of_kind("settled-high")
    return float(low["value"]), float(high["value"])


def prepare(world: World, scenario: Scenario) -> Prepared:
    """Read the tables, and turn the measures into blocked payments and swap lines.

    Raises:
        EngineError: a measure names no known network.
        ScenarioError: a name in it is unknown.
    """
    pattern = _pattern(world)
    shock, notes = shock_of(resolve(scenario, world), pattern.facts)
    return Prepared(pattern, shock, " ".join(notes))


def solve(prepared: Prepared, parameters: Mapping[str, float], inputs: object = None) -> Solved:
    """Solve one parameter point.

    Raises:
        EngineError: a parameter is out of its range.
        NotConverged: shares do not settle.
    """
    values, pattern = _values(parameters), prepared.pattern
    flows = flows_between(baseline(pattern, values.before), pattern.facts.value)
    dU = change(prepared.shock, values.delta, values.eta, values.mu)
    after = kernel.solve(flows, dU, values.beta)
    if not after.converged:
        raise NotConverged(
            f"shares still move by {after.residual:.2g} after {after.iterations} steps",
            hint="take a smaller beta",
        )
    return Solved(pattern, prepared.shock, values, flows, after, prepared.note)


# Which currency each flow of world trade is paid in, and what blocked payments cost: the equation
# is ours; its mechanisms are each published.
engine = Model(
    name="money",
    title="Money: currency of payment by flow, and the cost of blocked payments",
    basis="ours",
    references=(BAHAJ_REIS, MUKHIN, CHUPILKIN),
    supports=SUPPORTS,
    tables=TABLES,
    parameters=parameters,
    prepare=prepare,
    solve=solve,
    metrics=METRICS,
    covers=lambda world, metric, dim, place: of_accounts(world, dim),
    lacks=by_table(TABLE),
    headlines=(
        ("money.share", {"flow": "exports", "country": "Russia"}),
        ("money.share", {"flow": "imports", "country": "Russia"}),
        ("money.world_share", {"basis": "invoicing"}),
        ("money.world_share_change", {"currency": "CNY"}),
        ("money.stability_bound", {}),
    ),
)
