"""A pass: engines in order, what each hands to the next, and draws that belong together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import xarray as xr

from multipolar.engines import (
    Coupled,
    Dimension,
    Engine,
    Input,
    Metric,
    Outcome,
    Parameter,
    Prior,
    Reading,
    Reference,
    Registry,
)
from multipolar.engines.api import UNBOUNDED
from multipolar.engines.coupling import trace
from multipolar.errors import DataMissing, EngineError, EngineFailed, MeasureError
from multipolar.pipeline import Ask
from multipolar.pipeline.scenarios import solve_pass, solve_steps
from multipolar.policy import BASELINE, Scenario
from multipolar.uncertainty import child_seed, design
from multipolar.world import World
from sampled import sample_steps
from toy import Toy

OURS = Reference("a toy, for tests")
WHERE = (("side", "own"),)
BAN: dict[str, Any] = {"measure": "embargo", "senders": "EU", "targets": "Russia"}
PACT: dict[str, Any] = {"measure": "ally", "members": ["China", "Russia"]}


def scenario(name: str, *measures: dict[str, Any]) -> Scenario:
    return Scenario.model_validate({"name": name, "measures": measures})


@dataclass(frozen=True)
class Taker:
    """weighed = weight * (what it took, added up); weight is uniform on 0..2."""

    name: str = "taker"
    takes_metric: str = "toy.line"
    variant: Scenario | None = None
    supports: frozenset[str] = frozenset({"ally"})
    title: str = "Toy taker"
    basis: str = "ours"
    references: tuple[Reference, ...] = (OURS,)
    headlines: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    taken: float | None = None

    def parameters(self, world: object) -> tuple[Parameter, ...]:
        prior = Prior("uniform", (0.0, 2.0))
        return (Parameter("weight", 1.0, "1", "the weight", OURS, prior),)

    def metrics(self, world: object) -> tuple[Metric, ...]:
        side = Dimension("side", "choice", ("own",), description="whose")
        return (
            Metric(
                f"{self.name}.weighed", (side,), "Mt", "What it took, weighed", bounds=UNBOUNDED
            ),
        )

    def takes(self, world: object, scenario: Scenario) -> tuple[Input, ...]:
        return (Input("line", self.takes_metric, {}, self.variant),)

    def prepare(self, world: object, scenario: object) -> Taker:
        return self

    def couple(self, prepared: Taker, inputs: Mapping[str, xr.DataArray]) -> Taker:
        return replace(prepared, taken=float(inputs["line"].sum()))

    def solve(self, prepared: Taker, parameters: Mapping[str, float]) -> Outcome:
        if prepared.taken is None:
            raise EngineError("nothing was handed over")
        value = parameters["weight"] * prepared.taken
        array = xr.DataArray([value], {"side": ["own"]}, ["side"], attrs={"unit": "Mt"})
        return Outcome(self.name, "any", lambda m, w: Reading(value, "Mt"), lambda m, w: array)


STEEP = Toy(breaks_above=1.5)


def registry(*engines: Any) -> Registry:
    return Registry(World.load(), {e.name: e for e in engines})


def test_the_toy_keeps_the_protocol() -> None:
    assert isinstance(Taker(), Coupled)
    assert isinstance(Taker(), Engine)
    assert not isinstance(Toy(), Coupled)


def test_an_engine_gets_what_it_takes_and_the_manifest_says_what() -> None:
    both = registry(Taker(), Toy())
    found = solve_steps(both, [trace(both, "taker", BASELINE)], {"toy.slope": 3.0, "weight": 2.0})
    # the line is 3 and 6 at its two points
    assert found.outcomes["taker"].read("taker.weighed", dict(WHERE)).value == 18.0
    (line,) = found.passed
    assert (line.giver, line.metric, line.taker, line.name) == ("toy", "toy.line", "taker", "line")
    assert (line.size, line.low, line.high, line.unit) == (2, 3.0, 6.0, "Mt")
    assert found.parameters["toy"]["slope"] == 3.0
    assert found.parameters["taker"]["weight"] == 2.0


def test_draws_are_joint() -> None:
    both = registry(Taker(), Toy())
    point = Ask("taker.weighed", WHERE)
    line = Ask("toy.line", (("x", "1"),))
    steps = trace(both, "taker", BASELINE), trace(both, "toy", BASELINE)
    found = sample_steps(both, [(steps[0], [point]), (steps[1], [line])], draws=32, seed=3)
    weighed = np.array(found.answer(steps[0], point).values, float)
    first = np.array(found.answer(steps[1], line).values, float)
    weight = found.parameters["taker"]["weight"]
    # with no shift the two points of the line are slope and 2 slope
    assert weighed == pytest.approx(weight * 3 * first)
    assert np.unique(weighed).size == 32


def test_draws_of_two_engines_do_not_move_together() -> None:
    prior = Prior("uniform", (0.0, 1.0))
    one = [Parameter("a", 0.5, "1", "any", OURS, prior)]
    names = ["gas", "trade", "money", "strategy", "power", "corridors"]
    draws = np.array([design(one, 256, child_seed(2023, n))["a"] for n in names])
    tied = np.abs(np.corrcoef(draws) - np.eye(len(names)))
    assert tied.max() < 0.25  # four standard errors; unshuffled, some pairs are beyond 0.9


def test_one_thing_is_solved_once() -> None:
    solved = []

    @dataclass(frozen=True)
    class Counting(Toy):
        def prepare(self, world: object, scenario: object) -> str:
            solved.append(getattr(scenario, "name", ""))
            return super().prepare(world, scenario)

    engines = registry(Taker(), Taker(name="other"), Counting())
    steps = [trace(engines, n, BASELINE) for n in ("taker", "other", "toy")]
    solve_steps(engines, steps)
    assert solved == ["baseline"]
    # a pact means nothing to the toy: its part of the two scenarios is the same
    pact = trace(engines, "taker", scenario("pact", PACT))
    assert pact.key != steps[0].key
    assert pact.inputs[0][1].key == steps[0].inputs[0][1].key


def test_an_input_may_come_from_another_scenario() -> None:
    ban = scenario("ban", BAN)
    engines = registry(Taker(variant=ban), Toy())
    step = trace(engines, "taker", BASELINE)
    assert step.inputs[0][1].scenario is ban
    assert solve_steps(engines, [step]).passed[0].scenario == "ban"


def test_measures_are_read_by_someone_in_the_pass() -> None:
    engines = registry(Taker(), Toy())
    both = trace(engines, "taker", scenario("both", PACT, BAN))
    assert both.left == {}
    assert [m.measure for m in both.read.measures] == ["ally"]
    alone = trace(engines, "toy", scenario("both", PACT, BAN))
    assert alone.left == {"ally": "taker"}
    note = solve_steps(engines, [alone]).outcomes["toy"].read("toy.line", {"x": "1"}).note
    assert note == "Measures that engine toy does not read: ally (taker)."


@pytest.mark.parametrize(
    ("engine", "measures", "says"),
    [
        ("toy", [PACT], "engine toy does not support ally"),
        (
            "taker",
            [PACT, {"measure": "tariff", "senders": "EU", "targets": "India", "rate": 0.1}],
            "engine taker does not support tariff",
        ),
    ],
)
def test_what_nobody_reads_is_refused(engine: str, measures: list[Any], says: str) -> None:
    engines = registry(Taker(), Toy())
    with pytest.raises(EngineError, match=says):
        trace(engines, engine, scenario("odd", *measures))


def test_notes_and_manifest_are_of_the_scenario_asked_for() -> None:
    engines = registry(Taker(), Toy())
    plain, armed = scenario("plain", BAN), scenario("armed", PACT, BAN)
    for order in ((plain, armed), (armed, plain)):
        steps = [trace(engines, "toy", s) for s in order]
        assert steps[0].key == steps[1].key  # the toy reads the same in both
        ask = Ask("toy.line", (("x", "1"),))
        found = sample_steps(engines, [(s, [ask]) for s in steps], draws=2, seed=1)
        notes = {}
        for s in steps:
            central = found.answer(s, ask).central
            assert central is not None
            notes[s.scenario.name] = central.note
        assert notes == {
            "plain": "",
            "armed": "Measures that engine toy does not read: ally (taker).",
        }
    both = [trace(engines, "taker", scenario(n)) for n in ("one", "two")]
    wanted = [(s, [Ask("taker.weighed", WHERE)]) for s in both]
    assert {p.scenario for p in sample_steps(engines, wanted, draws=2, seed=1).passed} == {
        "one",
        "two",
    }
    assert {p.scenario for p in solve_steps(engines, both).passed} == {"one", "two"}


def test_a_single_draw_is_joint_too() -> None:
    engines = registry(Taker(), Toy())
    taker, toy = (trace(engines, n, BASELINE) for n in ("taker", "toy"))
    asks = Ask("taker.weighed", WHERE), Ask("toy.line", (("x", "1"),))
    found = sample_steps(engines, [(taker, asks[:1]), (toy, asks[1:])], draws=1, seed=3)
    (weighed,), (line,) = (
        found.answer(s, a).values for s, a in zip((taker, toy), asks, strict=True)
    )
    assert isinstance(line, float)
    assert weighed == pytest.approx(found.parameters["taker"]["weight"][0] * 3 * line)


def test_circles_and_gaps_are_named() -> None:
    one, two = (
        Taker(takes_metric="other.weighed"),
        Taker(name="other", takes_metric="taker.weighed"),
    )
    with pytest.raises(EngineError, match="taker takes from other takes from taker"):
        trace(registry(one, two), "taker", BASELINE)
    with pytest.raises(EngineError, match=r"takes toy\.line, which no engine at hand has"):
        trace(registry(Taker()), "taker", BASELINE)


def test_an_input_nobody_has_is_told_by_the_engine_at_hand() -> None:
    with pytest.raises(EngineError, match=r"use one of toy\.line") as meant:
        trace(registry(Taker(takes_metric="toy.lime"), Toy()), "taker", BASELINE)
    assert "install" not in str(meant.value)
    with pytest.raises(EngineError, match="install engine toy"):
        trace(registry(Taker()), "taker", BASELINE)


def test_a_failure_before_is_the_failure_of_what_follows() -> None:
    weights = []

    @dataclass(frozen=True)
    class Counting(Taker):
        def solve(self, prepared: Taker, parameters: Mapping[str, float]) -> Outcome:
            weights.append(parameters["weight"])
            return super().solve(prepared, parameters)

    engines = registry(Counting(), Taker(name="last", takes_metric="taker.weighed"), STEEP)
    steps = [trace(engines, name, BASELINE) for name in ("taker", "last")]
    asks = [Ask("taker.weighed", WHERE), Ask("last.weighed", WHERE)]
    wanted = [(s, [a]) for s, a in zip(steps, asks, strict=True)]
    found = sample_steps(engines, wanted, draws=8, seed=1)
    steep = (found.parameters["toy"]["slope"] > 1.5).tolist()
    assert 0 < sum(steep) < 8
    taker, last = (found.answer(s, a) for s, a in zip(steps, asks, strict=True))
    for answer in (taker, last):
        assert [v is None for v in answer.values] == steep
        assert (answer.failed, answer.missing) == (sum(steep), "")
    assert taker.failure.startswith("engine toy gave no toy.line: toy did not solve 'baseline'")
    assert last.failure == f"engine taker gave no taker.weighed: {taker.failure}"
    own = [w for w, bad in zip(found.parameters["taker"]["weight"], steep, strict=True) if not bad]
    assert weights == [1.0, *own]  # of the draws that had an input, and the middle


def test_where_none_of_the_draws_before_solved_none_follows() -> None:
    engines = registry(Taker(), replace(STEEP, breaks_above=1.0))
    step = trace(engines, "taker", BASELINE)
    ask = Ask("taker.weighed", WHERE)
    (draw,) = design(STEEP.parameters(None), 1, child_seed(1, "toy"))["slope"]
    assert draw > 1
    answer = sample_steps(engines, [(step, [ask])], draws=1, seed=1).answer(step, ask)
    assert answer.values == ()
    assert answer.missing.startswith("engine taker takes toy.line, and 1 of 1 draws did not solve")
    assert isinstance(answer.fault, EngineFailed)


def test_a_parameter_nobody_has_is_refused() -> None:
    engines = registry(Taker(), Toy())
    with pytest.raises(EngineError, match=r"no parameter .toy\.slop.") as refusal:
        solve_steps(engines, [trace(engines, "taker", BASELINE)], {"toy.slop": 1.0})
    assert "toy.slope" in refusal.value.hint


def test_an_input_without_a_value_is_no_number() -> None:
    @dataclass(frozen=True)
    class Empty(Toy):
        def solve(self, prepared: str, parameters: Mapping[str, float]) -> Outcome:
            none = xr.DataArray([np.nan], {"x": ["1"]}, ["x"], attrs={"unit": "Mt"})
            return Outcome("toy", prepared, lambda m, w: Reading(0.0, "Mt"), lambda m, w: none)

    engines = registry(Taker(), Empty())
    step = trace(engines, "taker", BASELINE)
    with pytest.raises(DataMissing, match="no value for engine taker"):
        solve_steps(engines, [step])
    ask = Ask("taker.weighed", WHERE)
    answer = sample_steps(engines, [(step, [ask])], draws=2, seed=1).answer(step, ask)
    assert "no value for engine taker" in answer.missing


def test_gas_moves_trade_and_trade_moves_weights() -> None:
    line = {
        "measure": "build_link",
        "origin": "Russia",
        "destination": "China",
        "via": "Mongolia",
        "commodity": "pipeline_gas",
        "capacity": 50,
        "unit": "bcm/yr",
        "since": "2028",
    }
    new = Scenario.model_validate({"name": "line", "year": 2030, "measures": [line]})
    found = solve_pass(new, engine="power")
    assert [(p.giver, p.metric, p.taker) for p in found.passed] == [
        ("gas", "gas.origin", "trade"),
        ("gas", "gas.origin", "trade"),
        ("gas", "gas.price", "trade"),
        ("trade", "trade.real_income", "power"),
    ]
    income = (
        solve_pass(new, engine="trade")
        .outcomes["trade"]
        .read("trade.real_income", {"country": "RUS"})
    )
    assert 0 < income.value < 1
    assert "gas_passed_on" in income.note


def test_what_the_gas_solver_cannot_tell_from_nothing_moves_no_trade() -> None:
    cap = {
        "origin": "Russia",
        "commodity": "pipeline_gas",
        "unit": "bcm/yr",
        "since": "2028",
        "measure": "set_capacity",
    }
    back = Scenario.model_validate(
        {
            "name": "back",
            "year": 2035,
            "measures": [
                {**cap, "destination": "Germany", "name": "Nord Stream 1", "capacity": 27.5},
                {**cap, "destination": "Ukraine", "name": "Ukraine transit", "capacity": 40},
            ],
        }
    )
    income = solve_pass(back, engine="trade").outcomes["trade"].array("trade.real_income", {})
    change = income.to_series()
    # gas that goes west again is a gain to its seller and small to everybody else
    assert change["RUS"] > 0.02
    assert change["NOR"] < 0  # a rival
    assert change.abs().max() < 0.5
    assert (change.abs() > 0.01).sum() < 20


def test_a_measure_out_of_force_changes_no_trade() -> None:
    ban = {"measure": "embargo", "senders": "EU", "targets": "Russia", "since": "2031"}
    block = {
        "measure": "payment_block",
        "senders": "EU",
        "targets": "Russia",
        "since": "2031",
        "channel": "EUR",
    }
    for measure in (ban, block):
        early, late = (
            solve_pass(
                Scenario.model_validate({"name": "dated", "year": year, "measures": [measure]}),
                engine="trade",
            )
            .outcomes["trade"]
            .read("trade.real_income", {"country": "RUS"})
            for year in (2030, 2031)
        )
        assert abs(float(early.value)) < 1e-6
        assert float(late.value) < -0.1


def test_an_engine_that_cannot_read_a_measure_stops_a_pass_of_several() -> None:
    block = {"measure": "payment_block", "senders": "EU", "targets": "Russia", "channel": "XYZ"}
    ban = {"measure": "embargo", "senders": "EU", "targets": "Russia"}
    with pytest.raises(MeasureError, match="scenario both: measure 2: channel"):
        solve_pass(scenario("both", ban, block))


def test_power_weighs_states_after_an_embargo() -> None:
    ban = scenario("ban", {"measure": "embargo", "senders": ["G7", "EU"], "targets": "Russia"})
    found = solve_pass(ban)
    loss = found.outcomes["trade"].read("trade.real_income", {"country": "RUS"}).value
    place = {"country": "RUS", "other": "CHN", "index": "value-added"}
    after = found.outcomes["power"].read("power.ratio", place)
    before = solve_pass(BASELINE, engine="power").outcomes["power"].read("power.ratio", place)
    chinese = found.outcomes["trade"].read("trade.real_income", {"country": "CHN"}).value
    assert after.value == pytest.approx(before.value * (1 + loss / 100) / (1 + chinese / 100))
    assert "Changed by what the scenario does to real income" in after.note


@dataclass(frozen=True)
class Faulty(Taker):
    """A taker whose code fails where ``at`` says."""

    name: str = "faulty"
    at: str = ""

    def _fail(self, where: str) -> None:
        if where == self.at:
            raise ZeroDivisionError(where)

    def takes(self, world: object, scenario: Scenario) -> tuple[Input, ...]:
        self._fail("takes")
        return super().takes(world, scenario)

    def parameters(self, world: object) -> tuple[Parameter, ...]:
        self._fail("parameters")
        return super().parameters(world)

    def prepare(self, world: object, scenario: object) -> Taker:
        self._fail("prepare")
        return super().prepare(world, scenario)

    def solve(self, prepared: Taker, parameters: Mapping[str, float]) -> Outcome:
        self._fail("solve")
        return super().solve(prepared, parameters)


@pytest.mark.parametrize("at", ["takes", "parameters", "prepare", "solve"])
def test_a_fault_of_one_engine_is_told_and_is_no_other_s(at: str) -> None:
    engines = registry(Faulty(at=at), Taker(), Toy())
    pact = scenario("pact", PACT)
    with pytest.raises(EngineError, match=f"^engine faulty failed: ZeroDivisionError: {at}$"):
        solve_steps(engines, [trace(engines, "faulty", pact)])
    assert (
        solve_steps(engines, [trace(engines, "taker", pact)]).outcomes["taker"].status
        == "converged"
    )
    assert trace(engines, "toy", scenario("both", PACT, BAN)).left["ally"] == "faulty"
