"""What the engine has to reproduce, what it may not claim, and what it hands on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from multipolar.engines import Outcome, Registry
from multipolar.engines.money import engine
from multipolar.engines.money.calibrate import MECHANISMS, MOMENTS
from multipolar.engines.money.data import CURRENCIES
from multipolar.engines.money.metrics import BASES, EXPORTS, FITTED
from multipolar.errors import EngineError
from multipolar.pipeline.scenarios import solve as solve_scenario
from multipolar.policy import Scenario
from multipolar.world import World

WORLD = World.load()
REGISTRY = Registry(WORLD, {"money": engine})
VALUES = {p.name: p.value for p in engine.parameters(WORLD)}
WEST = "Russia sanctions coalition"
BLOCK = {"measure": "payment_block", "senders": WEST, "targets": "Russia", "channel": "SWIFT"}
THREAT = {
    "measure": "secondary_sanction_threat",
    "senders": "USA",
    "third_parties": "China",
    "targets": "Russia",
    "consequence": "payment_block",
}


def outcome(*measures: dict[str, Any], **changed: float) -> Outcome:
    scenario = Scenario.model_validate({"name": "s", "measures": list(measures)})
    return engine.solve(engine.prepare(WORLD, scenario), {**VALUES, **changed})


def read(of: Outcome, name: str, **where: Any) -> float:
    metric = REGISTRY.find(f"money.{name}")[1]
    value = of.read(metric.name, REGISTRY.resolve(metric, where, complete=True)).value
    assert isinstance(value, float)
    return value


BASE = outcome()
WAR = outcome(BLOCK)


@pytest.mark.parametrize("beta", [0.0, 2.0, 3.5])
def test_the_null_is_exact(beta: float) -> None:
    of = outcome(beta=beta)
    for basis in BASES:
        for k in CURRENCIES:
            assert abs(read(of, "world_share_change", currency=k, basis=basis)) < 1e-12
    assert not np.nan_to_num(of.array("money.payment_cost", {}).values).any()


@pytest.mark.parametrize("beta", [0.0, 1.0, 2.0, 3.0])
def test_two_figures_give_the_pattern_across_sources_of_imports(beta: float) -> None:
    of = outcome(beta=beta)
    for moment in MOMENTS[:2]:
        assert abs(read(of, "error", moment=moment)) < 1e-5
    assert abs(read(of, "error", moment="imports-yuan-china-2022")) < 10
    assert abs(read(of, "error", moment="imports-yuan-third-2022")) < 3
    assert abs(read(of, "error", moment="swap-effect-2022")) < 3


def test_every_moment_is_computed_with_every_mechanism() -> None:
    for mechanism in MECHANISMS:
        for moment in MOMENTS:
            fit = read(BASE, "fit", moment=moment, mechanism=mechanism)
            error = read(BASE, "error", moment=moment, mechanism=mechanism)
            target = BASE.read("money.fit", {"moment": moment, "mechanism": mechanism}).evidence[0]
            assert error == pytest.approx(fit - float(target.value or 0))
            assert -5 <= fit <= 100


def test_with_a_balance_as_many_yuan_come_in_as_go_out() -> None:
    exports, imports = (
        read(BASE, "fit", moment=f"{flow}-yuan-2023", mechanism="balance")
        for flow in ("exports", "imports")
    )
    assert exports * 425.1 == pytest.approx(imports * 285.1, rel=1e-6)


def test_a_block_alone_leaves_rouble_and_yuan_as_they_were_on_each_flow() -> None:
    # parameter-free: holds for any loss
    for delta in (0.5, 2.0):
        of = outcome(BLOCK, delta=delta, eta=0.0, beta=0.0)
        for partner in ("CHN", "IND", "DEU"):
            rouble, yuan = (
                read(of, "share", currency=k, flow="exports", country="RUS", partner=partner)
                / read(
                    of, "baseline_share", currency=k, flow="exports", country="RUS", partner=partner
                )
                for k in ("RUB", "CNY")
            )
            assert rouble == pytest.approx(yuan, rel=1e-9)
    assert read(BASE, "rouble_yuan_ratio", variant="before") == pytest.approx(12.3 / 0.4)
    assert read(BASE, "rouble_yuan_ratio", variant="reported") == pytest.approx(34 / 16)


def test_beta_is_not_identified_and_bounded_by_stability_alone() -> None:
    low, high = ([read(outcome(beta=b), "fit", moment=m) for m in MOMENTS] for b in (0.0, 3.0))
    assert np.abs(np.subtract(low, high)).max() < 3
    bound = read(BASE, "stability_bound", basis="invoicing")
    assert 3.5 < bound < 4.3
    # just above, the shares before are still a fixed point but one that a small shock leaves
    push = {"measure": "payment_block", "senders": "USA", "targets": "Cyprus", "share": 0.01}
    moved = [
        abs(read(outcome(push, beta=b), "world_share_change", currency="USD", basis="invoicing"))
        for b in (bound - 0.7, bound + 0.7)
    ]
    assert moved[0] < 0.1 < moved[1]


def test_one_equilibrium_up_to_beta_3_and_at_4_worlds_of_dollar_and_euro_not_of_the_yuan() -> None:
    assert [read(outcome(beta=b), "equilibria", basis="invoicing") for b in (0.0, 2.0, 3.0)] == [
        1.0,
        1.0,
        1.0,
    ]
    many = outcome(beta=4.0).read("money.equilibria", {"basis": "invoicing"})
    assert many.value == 3
    worlds = [list(map(int, w.split())) for w in many.note.partition(";")[0].split(",")]
    assert max(w[0] for w in worlds) > 85
    assert max(w[1] for w in worlds) > 75
    assert max(w[2] for w in worlds) < 5
    assert read(BASE, "equilibria", basis="settlement") == 1


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"beta": 0.0},
        {"beta": 3.0},
        {"delta": 2.2, "eta": 1.6},
        {"from_china": 24.0, "third": 1.5},
    ],
)
def test_russia_alone_adds_at_most_a_point_to_the_yuans_share_of_the_world(
    changed: dict[str, float],
) -> None:
    of = outcome(BLOCK, **changed)
    for basis in BASES:
        assert 0 < read(of, "world_share_change", currency="CNY", basis=basis) < 1


def test_shares_sum_to_100() -> None:
    for flow in ("exports", "imports"):
        for trade in ("table", "2023"):
            total = sum(
                read(WAR, "share", currency=k, flow=flow, country="Russia", trade=trade)
                for k in CURRENCIES
            )
            assert total == pytest.approx(100)


def test_official_figures_clash_and_each_names_the_others() -> None:
    pboc = BASE.read("money.official_yuan_share", {"source": "pboc-2023"})
    assert 5.4 < float(pboc.value) < 5.9
    assert {round(float(s.value or 0), 2) for s in pboc.alternatives} >= {2.0, 4.14}
    world = BASE.read("money.world_share", {"currency": "CNY", "basis": "invoicing"})
    assert len(world.alternatives) == 4


def test_what_a_challenge_to_the_dollar_needs() -> None:
    shares = {
        g: read(BASE, "conversion_share", group=g)
        for g in ("china-nonwest", "nonwest-nonwest", "china-all")
    }
    assert shares["china-nonwest"] < 12 < shares["nonwest-nonwest"] < shares["china-all"] < 24
    # beta 0: nobody else follows, so that the yuan gains what is converted and no more
    of = outcome(beta=0.0)
    yuan = read(of, "scenario_world_share", group="china-nonwest", currency="CNY")
    assert shares["china-nonwest"] < yuan < shares["china-nonwest"] + 1.7
    dollars = [
        read(outcome(beta=b), "scenario_world_share", group="china-nonwest", currency="USD")
        for b in (0.0, 2.0, 3.0)
    ]
    assert dollars == sorted(dollars, reverse=True)
    assert dollars[2] > 35


def test_the_tipping_value_is_where_the_goal_is_reached() -> None:
    # beta 0, one share p in the world would need log(25/75) - log(p/(1-p)); shares differ by flow
    bonus = {
        b: read(outcome(beta=b), "tipping_value", currency="CNY", goal="quarter")
        for b in (0.0, 3.0)
    }
    assert 2.5 < bonus[3.0] + 0.5 < bonus[0.0] < 4.2
    assert read(BASE, "tipping_value", currency="EUR", goal="quarter") == 0.0
    note = (
        outcome(beta=0.0).read("money.tipping_value", {"currency": "CNY", "goal": "quarter"}).note
    )
    assert "CNY 25" in note


def test_payment_costs_bear_on_the_flows_touched_alone() -> None:
    cost = WAR.array("money.payment_cost", {})
    assert cost.dims == ("exporter", "importer")
    assert cost.attrs["unit"] == "share"
    assert "commission of 5.0%" in cost.attrs["note"]
    russian = (cost.exporter == "RUS") | (cost.importer == "RUS")
    apart = cost.exporter != cost.importer  # a state does not pay itself
    assert (cost.where(~russian & apart, 0.0) == 0.0).all()
    assert (cost.where(russian & apart, 1.0) > 0).all()
    assert np.isnan(cost.sel(exporter="RUS", importer="RUS").item())


def test_the_cost_scale_is_the_commission_outside_the_west() -> None:
    cost = np.log1p(np.nan_to_num(WAR.array("money.payment_cost", {}).values))
    from multipolar.engines.money.data import read_facts

    facts = read_facts(WORLD)
    r, out, v = facts.russia, ~facts.west, facts.value
    mean = (v[r, out] @ cost[r, out] + v[out, r] @ cost[out, r]) / (
        v[r, out].sum() + v[out, r].sum()
    )
    assert mean == pytest.approx(VALUES["commission"])
    dear = np.log1p(
        np.nan_to_num(outcome(BLOCK, commission=0.1).array("money.payment_cost", {}).values)
    )
    np.testing.assert_allclose(dear, 2 * cost, atol=1e-12)


def test_a_threat_costs_and_drives_out_the_yuan_with_its_probability() -> None:
    pair = {"exporter": "CHN", "importer": "RUS"}
    yuan = {"currency": "CNY", "flow": "imports", "country": "RUS", "partner": "CHN"}
    runs = [outcome(BLOCK, {**THREAT, "probability": p}) for p in (0.0, 0.4, 0.9)]
    costs = [read(r, "payment_cost", **pair) for r in runs]
    assert costs == sorted(costs)
    assert costs[2] > costs[0] + 0.01
    shares = [read(r, "share", **yuan) for r in runs]
    assert shares == sorted(shares, reverse=True)
    assert read(runs[0], "payment_cost", **pair) == pytest.approx(read(WAR, "payment_cost", **pair))


def test_blocks_of_the_yuan_add_up_in_any_order_and_none_changes_nothing() -> None:
    yuan = {"currency": "CNY", "flow": "imports", "country": "RUS", "partner": "CHN"}

    def refused(share: float) -> dict[str, Any]:
        return {
            "measure": "payment_block",
            "senders": "China",
            "targets": "Russia",
            "channel": "CNY",
            "share": share,
        }

    shares = [read(outcome(BLOCK, refused(x)), "share", **yuan) for x in (0.0, 0.01, 0.5, 1.0)]
    assert shares[0] == pytest.approx(read(WAR, "share", **yuan))
    assert 0 < shares[0] - shares[1] < 2  # no jump from a block of next to nothing
    assert shares == sorted(shares, reverse=True)
    for x in (0.5, 1.0):
        turned = read(outcome(refused(x), BLOCK), "share", **yuan)
        assert turned == pytest.approx(read(outcome(BLOCK, refused(x)), "share", **yuan))


def test_a_threat_for_sure_hits_the_yuan_as_a_block_does() -> None:
    yuan = {"currency": "CNY", "flow": "imports", "country": "RUS", "partner": "CHN"}
    refused = {
        "measure": "payment_block",
        "senders": "China",
        "targets": "Russia",
        "channel": "CNY",
    }
    sure = read(outcome(BLOCK, {**THREAT, "probability": 1.0}), "share", **yuan)
    assert sure == pytest.approx(read(outcome(BLOCK, refused), "share", **yuan), abs=0.5)


def test_a_swap_line_brings_the_yuan_to_its_borrower() -> None:
    of = outcome({"measure": "swap_line", "lender": "China", "borrower": "India"}, beta=0.0)
    where = {"currency": "CNY", "flow": "imports", "country": "IND", "partner": "CHN"}
    before, after = read(of, "baseline_share", **where), read(of, "share", **where)
    odds = after / (100 - after) / (before / (100 - before))
    assert odds == pytest.approx(4.0)


def test_figures_of_before_2022_do_not_predict_the_yuan_in_exports() -> None:
    low, high = (
        read(BASE, "prior_predictive", moment="imports-yuan-2022", quantile=q) for q in ("5", "95")
    )
    assert low < 23 < high
    assert read(BASE, "prior_exceeds", moment="exports-yuan-2022") < 10


def test_parameters_out_of_range_are_refused() -> None:
    for name in VALUES:
        with pytest.raises(EngineError, match=name):
            outcome(**{name: -50.0})
    with pytest.raises(EngineError, match="embargo"):
        outcome({"measure": "embargo", "senders": "USA", "targets": "Russia"})


def test_the_basis_is_said_to_be_ours() -> None:
    assert engine.basis == "ours"
    text = " ".join(r.text for r in engine.references)
    assert all(name in text for name in ("Bahaj", "Mukhin", "Chupilkin"))


def test_what_payments_do_not_tell_apart_is_said() -> None:
    scenario = Scenario.model_validate(
        {
            "name": "some",
            "measures": [
                {"measure": "payment_block", "senders": "EU", "targets": "Russia", "scope": "coal"},
                {
                    "measure": "swap_line",
                    "lender": "China",
                    "borrower": "Saudi Arabia",
                    "amount": 7,
                },
            ],
        }
    )
    message = solve_scenario(scenario, engine="money")["money"].message
    assert "Measure 1 (payment_block) counts for all payments" in message
    assert "Measure 2 (swap_line) counts as a line without a limit" in message


def test_what_a_share_is_marked_unproven_by_is_in_the_facts() -> None:
    facts = World.load().table("facts")
    facts = facts[facts["entity"] == "RUS"]
    for series, date, figure in (
        ("settlement.unfriendly_share_exports", "2025-04", EXPORTS),
        ("settlement.dollar_euro_share_exports", "2022-12", FITTED),
    ):
        said = facts[(facts["series"] == series) & (facts["date"] == date)]["value"]
        assert figure in set(said.astype(float))
