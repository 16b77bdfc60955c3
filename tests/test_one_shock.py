"""One shock followed through every engine: a threat to Chinese banks over payments for Russia."""

from __future__ import annotations

import numpy as np
import pytest

from multipolar.engines import Registry
from multipolar.engines.coupling import trace
from multipolar.pipeline import Ask
from multipolar.pipeline.scenarios import Pass, solve_pass
from multipolar.policy import Scenario
from multipolar.world import World
from sampled import sample_steps

BLOCK = {
    "measure": "payment_block",
    "senders": ["G7", "EU"],
    "targets": "Russia",
    "channel": "SWIFT",
}
THREAT = {
    "measure": "secondary_sanction_threat",
    "senders": "United States",
    "third_parties": "China",
    "targets": "Russia",
    "probability": 0.5,
    "consequence": "payment_block",
}
OTHERS = [
    {
        "measure": "cut_link",
        "origin": "China",
        "destination": "Netherlands",
        "commodity": "sea",
        "name": "Suez",
    },
    {
        "measure": "build_link",
        "origin": "Russia",
        "destination": "China",
        "name": "a new line",
        "commodity": "pipeline_gas",
        "capacity": 20,
        "unit": "bcm/yr",
        "since": "2028",
    },
    {"measure": "supply_arms", "senders": "United States", "recipient": "Ukraine", "value": 20},
]
WEIGHT = {"country": "RUS", "partner": "USA", "index": "value-added"}


def scenario(*measures: object) -> Scenario:
    return Scenario.model_validate({"name": "shock", "year": 2030, "measures": measures})


@pytest.fixture(scope="module")
def before() -> Pass:
    return solve_pass(scenario(BLOCK))


@pytest.fixture(scope="module")
def after() -> Pass:
    return solve_pass(scenario(BLOCK, THREAT))


def number(found: Pass, engine: str, metric: str, **where: str) -> float:
    return float(found.outcomes[engine].read(metric, where).value)


def income(found: Pass, country: str) -> float:
    return number(found, "trade", "trade.real_income", country=country)


def test_paying_costs_more_between_china_and_russia_and_nowhere_else(
    before: Pass, after: Pass
) -> None:
    costs = [p.outcomes["money"].array("money.payment_cost", {}) for p in (before, after)]
    more = costs[1] - costs[0]
    pairs = {("CHN", "RUS"), ("RUS", "CHN")}
    for o, d in pairs:
        assert float(more.sel(exporter=o, importer=d)) > 0.0005
        more.loc[{"exporter": o, "importer": d}] = 0.0
    assert float(abs(more).max()) < 1e-12
    assert float(costs[1].sel(exporter="CHN", importer="USA")) == 0.0


def test_trade_is_solved_at_just_that_cost(before: Pass, after: Pass) -> None:
    (line,) = [p for p in after.passed if p.metric == "money.payment_cost"]
    cost = after.outcomes["money"].array("money.payment_cost", {})
    assert (line.giver, line.taker) == ("money", "trade")
    assert line.high == pytest.approx(float(cost.max()))
    assert line.size == cost.size
    for country in ("CHN", "RUS"):
        assert income(after, country) < income(before, country)
    # a cost on two flows alone leaves others nearly as they were
    assert abs(income(after, "USA") - income(before, "USA")) < 0.01


def test_weights_follow_incomes(before: Pass, after: Pass) -> None:
    ratio = [number(p, "power", "power.ratio", **WEIGHT) for p in (before, after)]
    incomes = [(1 + income(p, "RUS") / 100) / (1 + income(p, "USA") / 100) for p in (before, after)]
    assert ratio[1] / ratio[0] == pytest.approx(incomes[1] / incomes[0], rel=1e-9)
    assert ratio[1] < ratio[0]


def test_the_game_is_played_with_the_losses_of_the_threat(after: Pass) -> None:
    loss = number(after, "strategy", "strategy.loss", country="CHN", scope="scenario")
    none = number(after, "strategy", "strategy.concession_probability", scope="none")
    threat = number(after, "strategy", "strategy.concession_probability", scope="scenario")
    west = number(after, "strategy", "strategy.concession_probability", scope="west")
    assert 0 < loss < number(after, "strategy", "strategy.loss", country="CHN", scope="west")
    assert none < threat < west
    taken = {p.scenario for p in after.passed if p.taker == "strategy" and p.giver == "trade"}
    assert "strategy.threat.shock" in taken


def test_one_pass_runs_through_all() -> None:
    found = solve_pass(scenario(BLOCK, THREAT, *OTHERS))
    links = list(dict.fromkeys((p.giver, p.taker) for p in found.passed))
    assert set(links) == {
        ("corridors", "trade"),
        ("gas", "trade"),
        ("money", "trade"),
        ("trade", "power"),
        ("trade", "strategy"),
        ("power", "strategy"),
        ("money", "strategy"),
    }
    order = ["corridors", "gas", "money", "trade", "power", "strategy"]
    assert all(order.index(giver) < order.index(taker) for giver, taker in links)
    assert set(found.outcomes) >= set(order)
    # Suez closed costs China more than what the threat does
    assert income(found, "DEU") < -0.05
    assert (
        "engine corridors"
        in found.outcomes["trade"].read("trade.real_income", {"country": "DEU"}).note
    )


def test_draws_belong_together_across_engines() -> None:
    registry = Registry.default(World.load())
    step = trace(registry, "strategy", scenario(BLOCK, THREAT))
    worlds = {
        (need.scenario or step.scenario).name: s
        for need, s in step.inputs
        if need.metric == "trade.real_income"
    }
    loss = Ask("strategy.loss", (("country", "CHN"), ("scope", "west")))
    china = Ask("trade.real_income", (("country", "CHN"),))
    asked = [(step, [loss]), (worlds["strategy.base"], [china]), (worlds["strategy.west"], [china])]
    found = sample_steps(registry, asked, draws=8, seed=5)
    base, west = (np.array(found.answer(s, china).values, float) for s, _ in asked[1:])
    expected = -100 * ((1 + west / 100) / (1 + base / 100) - 1)
    measured = np.array(found.answer(step, loss).values, float)
    assert np.ptp(measured) > 0.3
    assert measured == pytest.approx(expected, rel=1e-9)
    # what payments cost is drawn once, in the engine money, and reaches trade and the game alike
    money = next(s for need, s in step.inputs if need.metric == "money.cost_scale")
    cost = Ask("money.cost_scale", (("of", "commission"),))
    paid = Ask("strategy.loss", (("country", "CHN"), ("scope", "payment")))
    trade = trace(registry, "trade", scenario(BLOCK))
    russia = Ask("trade.real_income", (("country", "RUS"),))
    found = sample_steps(
        registry, [(money, [cost]), (step, [paid]), (trade, [russia])], draws=8, seed=5
    )
    rank = [
        np.argsort(np.argsort(np.array(found.answer(s, a).values, float) * sign))
        for s, a, sign in ((money, cost, 1), (step, paid, 1), (trade, russia, -1))
    ]
    assert np.corrcoef(rank[0], rank[1])[0, 1] > 0.9
    assert np.corrcoef(rank[0], rank[2])[0, 1] > 0.9
