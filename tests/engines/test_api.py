"""The engine API: engines from parts, the one reader, what is supported, priors, names."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from multipolar.engines import Dimension, Engine, Metric, Parameter, Prior, Reference, Registry
from multipolar.engines.api import Declared, Input, Model, Source, Support, Value, outcome
from multipolar.engines.api.contract import UNIT_OF_ROW, answers
from multipolar.engines.api.dimensions import VOCABULARY, dimension
from multipolar.engines.api.gate import admit, resolve
from multipolar.engines.coupling import trace
from multipolar.engines.discovery import discover
from multipolar.errors import DataMissing, EngineError, Infeasible, NotConverged
from multipolar.policy import BASELINE, Scenario
from multipolar.text.former import listening
from multipolar.world import World

WORLD = World.load()
OURS = Reference("a toy, for tests")
COUNTRY = dimension("country")
SIZES = {"CHN": 5.0, "DEU": 2.0, "IND": 3.0}


def by_country(solved: Any, at: Any) -> float:
    return float(solved[at["country"]])


def codes(solved: Any, dim: Dimension, at: Any) -> list[str]:
    return list(solved)


def size(aggregate: Any = "sum", **more: Any) -> Declared[Any]:
    metric = Metric("toy.size", (COUNTRY,), "Mt", "Size", aggregate)
    return Declared(metric, by_country, over=codes, **more)


def read(declared: Declared[Any], solved: Any, **where: Any) -> Any:
    return outcome("toy", "any", [declared], solved).read(declared.metric.name, where)


def array(declared: Declared[Any], solved: Any, **where: Any) -> xr.DataArray:
    return outcome("toy", "any", [declared], solved).array(declared.metric.name, where)


# engines from parts -----------------------------------------------------------------------------

toy = Model(
    name="toy",
    title="Twice the income",
    basis="ours",
    references=(OURS,),
    supports=frozenset({"embargo"}),
    parameters=(Parameter("factor", 2.0, "1", "a factor", OURS, Prior("uniform", (1.0, 3.0))),),
    takes=(Input("income", "trade.real_income"),),
    metrics=(
        Declared(
            Metric("toy.size", (COUNTRY,), "percent", "Twice it", "mean"), by_country, over=codes
        ),
    ),
    solve=lambda work, parameters, inputs: {
        str(c): parameters["factor"] * float(v) for c, v in inputs["income"].to_series().items()
    },
)
INCOME = xr.DataArray([-1.0, -2.0], {"country": ["CHN", "DEU"]}, ["country"])
BAN = Scenario.model_validate(
    {"name": "ban", "measures": [{"measure": "embargo", "senders": "EU", "targets": "Russia"}]}
)


def test_an_engine_of_parts_keeps_the_contract_and_is_solved_with_what_it_takes() -> None:
    assert isinstance(toy, Engine)
    assert toy.headlines == (("toy.size", {}),)
    step = trace(Registry(WORLD, {**discover().engines, "toy": toy}), "toy", BAN)
    assert [s.engine for s in step.order()][-2:] == ["trade", "toy"]
    ready = pickle.loads(pickle.dumps(toy.couple(toy.prepare(WORLD, BAN), {"income": INCOME})))
    found = toy.solve(ready, {"factor": 3.0})
    assert found.scenario == "ban"
    assert found.read("toy.size", {"country": "DEU"}).value == -6.0
    assert found.read("toy.size", {"country": "WLD"}).value == -4.5


def test_it_goes_to_another_process_by_its_name() -> None:
    assert pickle.loads(pickle.dumps(toy)) is toy
    with pytest.raises(pickle.PicklingError, match="no variable"):
        pickle.dumps(
            Model(
                name="lost",
                title="",
                basis="ours",
                references=(),
                metrics=(),
                solve=lambda work, parameters, inputs: 0,
            )
        )


def test_it_is_not_solved_without_what_it_takes() -> None:
    with pytest.raises(
        EngineError, match=r"not handed trade\.real_income.*couple\(prepared, inputs\)"
    ):
        toy.solve(toy.prepare(WORLD, BAN), {"factor": 2.0})


def test_it_refuses_what_it_does_not_support() -> None:
    deal = {"measure": "ally", "members": ["China", "Russia"]}
    with pytest.raises(EngineError, match="does not support ally"):
        toy.prepare(WORLD, Scenario.model_validate({"name": "pact", "measures": [deal]}))


@pytest.mark.parametrize(
    ("fault", "status"), [(Infeasible("no"), "infeasible"), (NotConverged("no"), "not converged")]
)
def test_without_a_solution_there_are_no_numbers(fault: EngineError, status: str) -> None:
    def solve(work: Any, parameters: Any, inputs: Any) -> Any:
        raise fault

    engine = Model(
        name="toy", title="T", basis="ours", references=(), metrics=(size(),), solve=solve
    )
    found = engine.solve(engine.prepare(WORLD, BASELINE), {})
    assert found.status == status
    with pytest.raises(type(fault)):
        found.read("toy.size", {"country": "CHN"})


def test_parts_may_hang_on_the_world_and_the_scenario() -> None:
    engine = Model(
        name="toy",
        title="T",
        basis="ours",
        references=(),
        parameters=lambda world: (
            Parameter("n", len(world.table("un_votes")), "1", "states", OURS),
        ),
        metrics=lambda world: (size(),),
        takes=lambda world, scenario: (
            (Input("income", "trade.real_income"),) * bool(scenario.measures)
        ),
        prepare=lambda world, scenario: scenario.name,
        solve=lambda work, parameters, inputs: {"CHN": parameters["n"], work: 1.0},
    )
    assert engine.takes(WORLD, BASELINE) == ()
    assert [m.name for m in engine.metrics(WORLD)] == ["toy.size"]
    values = {p.name: p.value for p in engine.parameters(WORLD)}
    found = engine.solve(engine.prepare(WORLD, BASELINE), values)
    assert found.array("toy.size", {})["country"].values.tolist() == ["CHN", "baseline"]
    assert values["n"] == len(WORLD.table("un_votes"))


# the reader -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("aggregate", "value"), [("sum", 7.0), ("mean", 3.5)])
def test_a_list_is_added_up_or_averaged(aggregate: Any, value: float) -> None:
    assert read(size(aggregate), SIZES, country=["CHN", "DEU"]).value == value


@pytest.mark.parametrize(("aggregate", "value"), [("sum", 10.0), ("mean", 10 / 3)])
def test_the_world_is_everybody_with_figures(aggregate: Any, value: float) -> None:
    assert read(size(aggregate), SIZES, country="WLD").value == pytest.approx(value)


def test_the_world_is_nobody_where_one_is_due() -> None:
    with pytest.raises(DataMissing, match="the world has no value here"):
        read(size("none"), SIZES, country="WLD")


def test_who_has_no_figures_is_a_gap_and_in_a_list_is_named() -> None:
    with pytest.raises(DataMissing, match="LIE: no figures"):
        read(size(), SIZES, country="LIE")
    found = read(size(), SIZES, country=("CHN", "LIE"))
    assert found.value == 5.0
    assert found.note == "Without LIE, which the table does not tell apart."


def test_what_has_no_value_in_a_list_is_said_and_never_nought() -> None:
    def value(solved: Any, at: Any) -> float:
        if at["country"] == "DEU":
            raise DataMissing("no row for DEU")
        return float("nan") if at["country"] == "IND" else 5.0

    declared = replace(size(), value=value)
    found = read(declared, SIZES, country=("CHN", "DEU", "IND"))
    assert (found.value, found.note) == (5.0, "Without 2 of 3, which have no value here.")
    with pytest.raises(DataMissing, match="no row for DEU"):
        read(declared, SIZES, country=("DEU", "IND"))
    labelled = array(declared, SIZES)
    assert labelled.isnull().values.tolist() == [False, True, True]
    with pytest.raises(DataMissing, match="no row for DEU"):
        array(declared, {"DEU": 1.0})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_a_gap(value: float) -> None:
    with pytest.raises(DataMissing, match=r"no finite value here. Hint: nobody sells"):
        read(size(hint="nobody sells"), {"CHN": value}, country="CHN")
    assert array(size(), {"CHN": value, "DEU": 1.0}).isnull().values.tolist() == [True, False]


@dataclass
class Solved:
    """What an engine solved, with everything that the host takes from it."""

    countries: tuple[str, ...] = ("CHN", "DEU")
    known: tuple[str, ...] = ("CHN", "DEU")
    sources: tuple[Source, ...] = (Source("table"),)
    defaults: dict[str, Any] = field(default_factory=lambda: {"year": 2030, "colour": "red"})
    message: str = "read so"
    residual: float = 1e-9
    iterations: int = 3

    def note(self, metric: Metric, at: Any) -> str:
        return f"In {at['year']}."


WAY = Dimension("way", "choice", ("up", "down"), required=False)
YEAR = dimension("year", required=False)
RICH = Metric("toy.rich", (COUNTRY, WAY, YEAR), UNIT_OF_ROW, "Rich", "sum")


def rich(solved: Solved, at: Any) -> Value:
    sign = {"up": 1.0, "down": -1.0}[at["way"]]
    row = (Source("row"), Source("table"))
    return Value(
        sign * at["year"], row, (Source("rival", value=1.0),), "Said.", "t", "What", "upper"
    )


def test_a_reading_has_all_that_the_function_and_the_scenario_say() -> None:
    found = read(Declared(RICH, rich, many=True), Solved(), country=("CHN", "LIE"))
    assert (found.value, found.unit, found.label, found.bound) == (2030.0, "t", "What", "upper")
    assert [s.source for s in found.evidence] == ["row", "table"]
    assert [s.source for s in found.alternatives] == ["rival"]
    assert found.note == "Said. Without LIE, which the table does not tell apart. In 2030."
    solved = outcome("toy", "any", [Declared(RICH, rich)], Solved())
    assert (solved.message, solved.residual, solved.iterations) == ("read so", 1e-9, 3)


def test_what_is_left_out_stands_for_the_first_word_the_scenario_s_or_the_metric_s() -> None:
    declared = Declared(RICH, rich, many=True, defaults={"year": 2040})
    assert read(declared, Solved(), country="CHN").value == 2040.0
    assert read(declared, Solved(), country="CHN", way="down", year=2021).value == -2021.0


def test_an_array_has_labels_unit_source_and_note() -> None:
    found = array(Declared(RICH, rich), Solved())
    assert found.dims == ("country",)
    assert found["country"].values.tolist() == ["CHN", "DEU"]
    assert found.attrs == {
        "unit": "t",
        "source": "table",
        "long_name": "Rich",
        "note": "Said. In 2030.",
    }
    assert found.name == "toy.rich"


def test_words_are_empty_where_there_is_none() -> None:
    def word(solved: Any, at: Any) -> str:
        if at["country"] == "DEU":
            raise DataMissing("no vote")
        return "yes"

    metric = Metric("toy.vote", (COUNTRY,), "word", "Vote")
    declared = Declared(metric, word, over=codes)
    assert read(declared, SIZES, country="CHN").value == "yes"
    assert array(declared, SIZES).values.tolist() == ["yes", "", "yes"]


SIDES = (dimension("exporter", own="itself"), dimension("importer"))
PAIR = Metric("toy.pair", SIDES, "Mt", "Pair", "sum")


@pytest.mark.parametrize("labelled", [False, True])
def test_a_grid_gives_all_cells_at_once(labelled: bool) -> None:
    def grid(solved: Any, at: Any) -> Any:
        if "exporter" in at:
            return None
        values = np.outer([5.0, np.inf], [1.0, 2.0])
        if not labelled:
            return values
        names = {"exporter": ["CHN", "DEU"], "importer": ["CHN", "DEU"]}
        return xr.DataArray(values, names, list(names), attrs={"source": "own", "note": "Own."})

    declared = Declared(PAIR, lambda solved, at: 7.0, grid=grid)
    found = array(declared, NOTED)
    assert found.sel(exporter="CHN", importer="DEU").item() == 10.0
    assert np.isnan(found.sel(exporter="DEU", importer="DEU").item())
    assert found.attrs["source"] == ("own" if labelled else "table")
    assert found.attrs["note"] == ("Own. Said." if labelled else "Said.")
    assert array(declared, NOTED, exporter="CHN").values.tolist() == [7.0, 7.0]


NOTED = SimpleNamespace(countries=("CHN", "DEU"), sources=(Source("table"),), note="Said.")


def test_the_array_adds_up_to_the_reading() -> None:
    def value(solved: Any, at: Any) -> float:
        return SIZES[at["exporter"]] * SIZES[at["importer"]]

    declared = Declared(PAIR, value)
    whole = array(declared, NOTED)
    assert whole.shape == (2, 2)
    assert whole.sum().item() == read(declared, NOTED, exporter="WLD", importer="WLD").value == 49.0
    assert array(declared, NOTED, importer="WLD").values.tolist() == [35.0, 14.0]


def test_a_sum_leaves_a_state_with_itself_out_unless_the_metric_has_it() -> None:
    def value(solved: Any, at: Any) -> float:
        return SIZES[at["exporter"]] * SIZES[at["importer"]]

    abroad = Declared(replace(PAIR, dims=(dimension("exporter"), SIDES[1])), value)
    both = ("CHN", "DEU")
    assert read(abroad, NOTED, exporter="WLD", importer="WLD").value == 20.0
    assert read(abroad, NOTED, exporter=both, importer=both).value == 20.0
    assert read(abroad, NOTED, exporter=both, importer="DEU").value == 10.0
    assert np.isnan(np.diag(array(abroad, NOTED))).all()
    assert array(abroad, NOTED, importer="WLD").values.tolist() == [10.0, 10.0]
    assert array(abroad, NOTED, importer="DEU").values.tolist() == [10.0]


def test_too_large_an_array_is_refused() -> None:
    many = SimpleNamespace(countries=tuple(map(str, range(2000))))
    with pytest.raises(EngineError, match="2000 x 2000 is too large"):
        array(Declared(PAIR, lambda solved, at: 1.0), many)


def test_different_units_are_not_added_up() -> None:
    declared = Declared(size().metric, lambda s, at: Value(1.0, unit=at["country"]), over=codes)
    with pytest.raises(DataMissing, match="values in CHN, DEU"):
        read(declared, SIZES, country=("CHN", "DEU"))


def test_an_unknown_metric_is_refused_with_the_nearest() -> None:
    with pytest.raises(EngineError, match=r"no metric 'toy.sise'. Hint: .*toy\.size"):
        outcome("toy", "any", [size()], SIZES).read("toy.sise", {})


# what is supported ------------------------------------------------------------------------------


def test_what_is_supported_is_one_declaration() -> None:
    piped = Support("build_link", commodity=("lng",))
    supports = frozenset({"embargo", piped})
    assert "build_link" in supports and sorted(supports) == ["build_link", "embargo"]
    assert pickle.loads(pickle.dumps(piped)).words == {"commodity": ("lng",)}
    measure: Any = SimpleNamespace(measure="build_link", commodity="rail")
    assert not answers(supports, measure)
    assert answers(frozenset({"build_link"}), measure)


@pytest.mark.parametrize(("commodity", "reader"), [("rail", "corridors"), ("lng", "gas")])
def test_a_link_is_read_by_the_engine_that_carries_it(commodity: str, reader: str) -> None:
    link = {
        "measure": "cut_link",
        "origin": "Russia",
        "destination": "China",
        "commodity": commodity,
    }
    ban = {"measure": "embargo", "senders": "EU", "targets": "Russia"}
    both = Scenario.model_validate({"name": "both", "measures": [link, ban]})
    other = {"gas": "corridors", "corridors": "gas"}[reader]
    registry = Registry.default(WORLD)
    assert trace(registry, reader, both).read.measures[0].measure == "cut_link"
    if other == "gas":
        assert trace(registry, other, both).left == {"cut_link": "corridors"}


# priors -----------------------------------------------------------------------------------------


def by_hand(prior: Prior, u: float) -> float:
    a = prior.args
    if prior.kind == "uniform":
        return a[0] + u * (a[1] - a[0])
    if prior.kind == "loguniform":
        return float(a[0] * (a[1] / a[0]) ** u)
    if prior.kind == "triangular":
        low, mode, high = a
        if u < (mode - low) / (high - low):
            return float(low + np.sqrt(u * (high - low) * (mode - low)))
        return float(high - np.sqrt((1 - u) * (high - low) * (high - mode)))
    return a[min(int(u * len(a)), len(a) - 1)]


PRIORS = [
    Prior("uniform", (-2.0, 4.0)),
    Prior("loguniform", (0.01, 300.0)),
    Prior("triangular", (1.0, 2.0, 5.0)),
    Prior("triangular", (1.0, 1.0, 5.0)),
    Prior("triangular", (1.0, 5.0, 5.0)),
    Prior("choice", (3.0, 1.0, 2.0)),
    Prior("uniform", (2.0, 2.0)),
    Prior("loguniform", (2.0, 2.0)),
]


@pytest.mark.parametrize("prior", PRIORS, ids=lambda p: f"{p.kind}{p.args}")
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
@settings(deadline=None)  # scipy is imported when something is first drawn
def test_quantiles_are_those_of_the_textbook_one_by_one_or_at_once(
    prior: Prior, shares: list[float]
) -> None:
    found = prior.quantile(np.array(shares))
    assert found.tolist() == [prior.quantile(u) for u in shares]
    assert found == pytest.approx([by_hand(prior, u) for u in shares], rel=1e-12, abs=1e-12)


def test_the_normal_is_cut_at_three_sd() -> None:
    prior = Prior("normal", (10.0, 2.0))
    assert prior.quantile(np.array([0.0, 0.5, 1.0])) == pytest.approx([4.0, 10.0, 16.0])
    shares, tail = np.linspace(0, 1, 21), ndtr(-3.0)
    by_hand = 10 + 2 * ndtri(tail + shares * (1 - 2 * tail))
    assert prior.quantile(shares) == pytest.approx(by_hand, rel=1e-12)


def test_priors_of_builtin_engines_can_be_drawn_from() -> None:
    for engine in discover().engines.values():
        for p in engine.parameters(WORLD):
            assert p.prior is None or not p.prior.fault(), (engine.name, p.name)


def test_nothing_of_scipy_is_imported_with_the_contract() -> None:
    code = "import sys, multipolar.engines.api; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# names ------------------------------------------------------------------------------------------

SALES = Metric("toy.sales", (dimension("importer", formerly=("buyer",)),), "Mt", "Sales")


def test_a_former_name_is_read_and_told_once() -> None:
    with listening() as said:
        for _ in range(3):
            assert resolve(WORLD, SALES, {"buyer": "China"}, complete=True) == {"importer": "CHN"}
    assert said == [
        "buyer is called importer now (toy.sales); the next release does not read buyer"
    ]
    # what an engine hands to another is nothing a user can mend
    with listening() as said:
        assert admit(SALES, {"buyer": "CHN"}, complete=True) == {"importer": "CHN"}
    assert not said
    assert SALES.dim("buyer").name == "importer"


def test_a_name_and_its_former_one_are_not_given_both() -> None:
    with pytest.raises(EngineError, match="importer is given twice"):
        admit(SALES, {"importer": "CHN", "buyer": "IND"}, complete=True)


def test_the_vocabulary_says_what_kind_a_name_is() -> None:
    with pytest.raises(EngineError, match=r"no dimension 'exporters'. Hint: .*exporter"):
        dimension("exporters")
    with pytest.raises(EngineError, match="exporter is of kind country"):
        dimension("exporter", values=("China",))
    assert dimension("route").kind == "text"
    assert dimension("route", values=("sea",)).kind == "choice"


@pytest.mark.parametrize("name", sorted(discover().builtin))
def test_builtin_metrics_use_the_vocabulary(name: str) -> None:
    dims = [(m.name, d) for m in discover().engines[name].metrics(WORLD) for d in m.dims]
    odd = {f"{metric}: {d.name}" for metric, d in dims if d.name not in VOCABULARY}
    odd |= {
        f"{metric}: {d.name} is a {d.kind}"
        for metric, d in dims
        if d.name in VOCABULARY and d.kind not in VOCABULARY[d.name].kinds
    }
    assert not odd, sorted(odd)
