"""The engine with the trade and power engines behind it, beside what was computed before."""

from __future__ import annotations

import pickle

import pytest

from multipolar.engines import Coupled
from multipolar.engines.strategy import engine
from multipolar.errors import DataMissing, EngineError
from multipolar.policy import BASELINE, Scenario
from strategy_world import WORLD, central, inputs, number, read, solved

FLAT = {"elasticities": 1.0}  # 4 throughout
LOW, HIGH = {"elasticities": 0.0}, {"elasticities": 3.0}
SETS = (LOW, FLAT, {"elasticities": 2.0}, HIGH)
PLAN = Scenario.model_validate(
    {
        "name": "rejected",
        "measures": [
            {
                "measure": "supply_arms",
                "senders": ["United States", "EU"],
                "recipient": "Ukraine",
                "value": 35,
            },
            {
                "measure": "secondary_sanction_threat",
                "senders": "United States",
                "third_parties": "China",
                "targets": "Russia",
                "probability": 0.5,
                "consequence": "payment_block",
            },
        ],
    }
)


def test_it_says_whose_results_are_missing() -> None:
    assert isinstance(engine, Coupled)
    prepared = engine.prepare(WORLD, BASELINE)
    with pytest.raises(EngineError, match="needs results of trade and power"):
        engine.solve(prepared, central(engine))
    given = {k: v for k, v in inputs(BASELINE).items() if not k.startswith("odds")}
    with pytest.raises(EngineError, match="needs results of power"):
        engine.couple(prepared, given)
    assert prepared.taken is None  # coupling leaves what was prepared as it is


def test_few_solves_shared_between_scenarios() -> None:
    """At most ten worlds of the trade engine; a name stands for the same measures everywhere."""
    worlds: dict[str, str] = {}
    for scenario in (BASELINE, Scenario(name="other", year=2035), PLAN):
        trade = {
            i.scenario.name: i.scenario.model_dump_json()
            for i in engine.takes(WORLD, scenario)
            if i.scenario is not None and i.metric.startswith("trade.")
        }
        assert len(trade) <= 10
        for name, content in trade.items():
            assert worlds.setdefault(name, content) == content
    short = engine.takes(WORLD, Scenario(name="short", horizon="short"))
    names = {i.scenario.name for i in short if i.scenario and i.metric.startswith("trade.")}
    assert not names & set(worlds)


def test_losses_beside_those_computed_before() -> None:
    """At an elasticity of 4: .15, .38, .59 and 2.5 percent to China, .87 to the West."""
    outcome = solved(trade=FLAT)
    for scope, before in (
        ("industry", 0.15),
        ("payment", 0.38),
        ("united-states", 0.59),
        ("west", 2.5),
    ):
        loss = number(outcome, "loss", country="China", scope=scope)
        assert loss == pytest.approx(before, rel=0.15, abs=0.02), scope
    value = number(outcome, "loss_value", country="China", scope="west")
    share = number(outcome, "loss", country="China", scope="west")
    assert 16_000 < 100 * value / share < 19_000  # China's final spending in 2022, USD bn
    assert number(outcome, "loss", country="China", scope="none") == 0
    group = number(outcome, "loss", country=["China", "USA"], scope="west")
    usa = number(outcome, "loss", country="USA", scope="west")
    assert usa < group < share


def test_the_cost_of_payments_is_nearly_linear() -> None:
    """.16, .38 and .70 percent at costs of 2, 5 and 10 percent, whatever the elasticity."""
    for cost, before in ((0.02, 0.16), (0.05, 0.38), (0.10, 0.70)):
        for trade in (LOW, FLAT):
            outcome = solved(trade=trade, money={"commission": cost})
            loss = number(outcome, "loss", country="China", scope="payment")
            assert loss == pytest.approx(before, rel=0.15)


BEFORE = {"none": 0.23, "industry": 0.25, "payment": 0.26, "united-states": 0.32, "west": 0.64}


def test_concession_by_scope_beside_that_computed_before() -> None:
    outcome = solved(trade=FLAT)
    found = {s: number(outcome, "concession_probability", scope=s) for s in BEFORE}
    for scope, before in BEFORE.items():
        assert found[scope] == pytest.approx(before, abs=0.1), scope
    assert list(found.values()) == sorted(found.values())


def test_partial_threats_fail_and_a_whole_cut_hangs_on_the_senders_loss() -> None:
    for trade in SETS:
        for ways in (1.0, 2.0):
            outcome = solved(trade=trade, own={"dependence": ways})
            for scope in ("industry", "payment", "united-states"):
                for sender in ("published", "equal", "none"):
                    p = number(outcome, "concession_probability", scope=scope, own_loss=sender)
                    assert p < 0.5
            assert number(outcome, "concession_probability", scope="west") > 0.5
            assert number(outcome, "deterred", scope="west") == 1
            assert number(outcome, "equilibria", scope="west") % 2 == 1
            equal = number(outcome, "concession_probability", scope="west", own_loss="equal")
            assert equal < number(outcome, "concession_probability", scope="west", own_loss="none")


def test_the_product_of_scale_and_loss_is_pinned_and_the_scale_is_not() -> None:
    scale, product = [], []
    for trade in (LOW, HIGH):
        outcome = solved(trade=trade)
        scale.append(number(outcome, "scale", role="target"))
        product.append(scale[-1] * number(outcome, "loss", country="China", scope="west"))
    assert product[0] == pytest.approx(product[1], rel=0.02)
    assert product[0] == pytest.approx(0.85, abs=0.1)
    assert scale[1] > 2 * scale[0]


def test_break_even_value_of_arming() -> None:
    outcome = solved(trade=FLAT)
    sure = number(outcome, "break_even_share", scope="west", carried_out="sure")
    assert sure == pytest.approx(number(outcome, "loss", country="China", scope="west"))
    model = number(outcome, "break_even_share", scope="west", carried_out="model")
    assert 0 < model < sure
    dollars = number(outcome, "break_even_value", scope="west", carried_out="model")
    assert dollars / model == pytest.approx(
        number(outcome, "break_even_value", scope="west", carried_out="sure") / sure
    )


def test_what_the_scenario_threatens() -> None:
    with pytest.raises(DataMissing, match="threatens China with nothing"):
        read(solved(), "concession_probability", scope="scenario")
    outcome = solved(PLAN)
    loss = number(outcome, "loss", country="China", scope="scenario")
    assert 0 < loss < number(outcome, "loss", country="China", scope="payment")
    more = solved(PLAN, money={"commission": 0.1})
    assert number(more, "loss", country="China", scope="scenario") == pytest.approx(
        2 * loss, rel=0.15
    )
    cut = PLAN.model_copy(
        update={
            "name": "cut",
            "measures": (PLAN.measures[1].model_copy(update={"consequence": "embargo"}),),
        }
    )
    assert number(solved(cut), "loss", country="China", scope="scenario") == pytest.approx(
        number(outcome, "loss", country="China", scope="united-states")
    )


def test_what_became_of_the_plan() -> None:
    """From the scenario, unless it is named: arms or a threat reject it."""
    calm, rejected = solved(), solved(PLAN)
    assert "Plan: as-is" in read(calm, "outcome_probability", outcome="alliance").note
    assert "Plan: rejected" in read(rejected, "outcome_probability", outcome="alliance").note
    for plan in ("rejected", "accepted", "as-is"):
        for outcome in (calm, rejected):
            both = number(outcome, "outcome_probability", outcome="alliance", plan=plan)
            china = number(outcome, "outcome_probability", outcome="china-consents", plan=plan)
            assert 0 <= both <= china < 1
    first, second = (
        number(calm, "outcome_probability", outcome="alliance", plan=p)
        for p in ("rejected", "accepted")
    )
    assert number(calm, "alliance_difference", entrapment="on") == pytest.approx(first - second)


@pytest.mark.parametrize("trade", SETS)
def test_a_bloc_is_not_near_certain(trade: dict[str, float]) -> None:
    """Computed before: .055 after rejection, .26 without entrapment, never .9."""
    for scenario in (BASELINE, PLAN):
        outcome = solved(scenario, trade=trade)
        for entrapment, most in (("on", 0.4), ("off", 0.9)):
            value = number(
                outcome,
                "outcome_probability",
                outcome="alliance",
                plan="rejected",
                entrapment=entrapment,
            )
            assert value < most


def test_wedge_beside_what_was_computed_before() -> None:
    """Russia +2.6 percent if the embargo ends, and China's price USD 26 bn, at 4."""
    outcome = solved(trade=FLAT)
    assert number(outcome, "wedge_gain", country="Russia", offer="embargo-lifted") == pytest.approx(
        2.6, abs=0.4
    )
    assert number(outcome, "wedge_transfer", country="Russia", offer="embargo-lifted") < 0
    assert number(
        outcome, "wedge_transfer", country="China", offer="nothing-else"
    ) == pytest.approx(26, abs=5)
    assert number(outcome, "wedge_gain", country="Russia", offer="nothing-else") == pytest.approx(
        -1.9, abs=0.5
    )
    for trade in SETS:
        assert (
            number(solved(trade=trade), "wedge_transfer", country="Russia", offer="embargo-lifted")
            < 0
        )


@pytest.mark.parametrize(
    ("g", "without", "effect"), [(0.5, 0.511, 1.1), (1.0, 0.522, 2.2), (2.0, 0.544, 4.3)]
)
def test_arms_of_2023_beside_those_computed_before(g: float, without: float, effect: float) -> None:
    outcome = solved(power={"exponent": g})
    assert number(outcome, "odds", side="Russia") == pytest.approx(without, abs=0.001)
    assert number(outcome, "arms_effect", giver="China") == pytest.approx(effect, abs=0.05)
    assert number(outcome, "offset_aid", giver="China") == pytest.approx(9.2, abs=0.05)


def test_the_scenarios_arms_count() -> None:
    outcome = solved(PLAN)
    assert number(outcome, "odds", side="Ukraine") > number(
        outcome, "odds", side="Ukraine", arms="none"
    )
    assert number(outcome, "odds", side="Ukraine", arms="none") == pytest.approx(
        number(solved(), "odds", side="Ukraine")
    )


def test_the_stake_that_turns_china() -> None:
    """None is needed where it resists anyway; beyond it, resisting has even odds."""
    outcome = solved(trade=FLAT)
    assert number(outcome, "escalation_break_even", scope="industry") == 0
    stake = number(outcome, "escalation_break_even", scope="west")
    assert stake > 0
    worth = stake * number(outcome, "arms_effect", giver="China") / 100
    assert worth < number(outcome, "loss", country="China", scope="west")


def test_the_bargaining_range_shrinks_with_the_prize() -> None:
    outcome = solved(trade=LOW)
    quarter = number(outcome, "bargaining_range", prize="quarter")
    assert quarter == pytest.approx(4 * number(outcome, "bargaining_range", prize="one"))
    assert read(outcome, "rejection_probability", bound="high", prestige="without").note.startswith(
        "Not informative"
    )
    added = number(outcome, "rejection_probability", bound="middle") - number(
        outcome, "rejection_probability", bound="middle", prestige="without"
    )
    assert number(outcome, "prestige_effect", bound="middle") == pytest.approx(added)
    assert added == pytest.approx(0.1 / (2 * 0.25))


def test_ranges_of_ours_are_named_beside_what_they_touch() -> None:
    outcome = solved(PLAN)
    assert "ours" in read(outcome, "concession_probability", scope="west").note
    assert "priors of ours" in read(outcome, "alliance_difference", entrapment="on").note
    assert "ours" in read(outcome, "rejection_probability", bound="low").note
    kinds = {s.source for s in read(outcome, "concession_probability", scope="west").evidence}
    assert len(kinds) >= 3  # trade table, estimates, capabilities


def test_what_is_prepared_survives_pickling() -> None:
    prepared = engine.couple(engine.prepare(WORLD, PLAN), inputs(PLAN))
    copy = pickle.loads(pickle.dumps(prepared))
    one, two = (engine.solve(p, central(engine)) for p in (prepared, copy))
    for name, scope in (("concession_probability", "west"), ("loss_value", "scenario")):
        where = {"scope": scope} | ({"country": "CHN"} if name == "loss_value" else {})
        assert number(one, name, **where) == number(two, name, **where)


@pytest.mark.parametrize(
    ("name", "value"), [("dependence", 3.0), ("prize", 0.0), ("prestige", -1.0)]
)
def test_parameters_out_of_range_are_refused(name: str, value: float) -> None:
    prepared = engine.couple(engine.prepare(WORLD, BASELINE), inputs(BASELINE))
    with pytest.raises(EngineError, match=name):
        engine.solve(prepared, central(engine, {name: value}))
