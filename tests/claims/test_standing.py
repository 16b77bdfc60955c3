"""Who stands where is gathered by metric, from whatever engine declares it, and never invented."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from claims.conftest import claim
from multipolar.claims.load import load_case
from multipolar.engines import Dimension, Metric, Outcome, Reading, Reference, Registry
from multipolar.engines.api.contract import Parameter, Source
from multipolar.errors import DataMissing
from multipolar.pipeline.standing import Standing, named_states, standing
from multipolar.policy import Scenario
from multipolar.run import run_case
from multipolar.world import World

STATES = ("CHN", "RUS", "USA", "BRA")
POSITION = dict(zip(STATES, (-1.5, -2.5, 1.0, 0.1), strict=True))
YEARS = (2021, 2022)
RATIO = {"CHN": 3.0, "RUS": 24.0, "USA": 0.5}
Read = Callable[[str, Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Fake:
    """An engine made of two functions; ``read`` is given the scenario's name too."""

    name: str
    declared: tuple[Metric, ...]
    scalar: Callable[[str, str, Mapping[str, Any]], Reading]
    labelled: Read
    supports: frozenset[str] = frozenset({"ally"})
    title: str = "Made by hand"
    basis: str = "published"
    references: tuple[Reference, ...] = ()
    headlines: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    solved: list[str] = field(default_factory=list, compare=False)

    def parameters(self, world: World) -> tuple[Parameter, ...]:
        return ()

    def metrics(self, world: World) -> tuple[Metric, ...]:
        return self.declared

    def prepare(self, world: World, scenario: Scenario) -> str:
        return scenario.name

    def solve(self, prepared: str, parameters: Mapping[str, float]) -> Outcome:
        self.solved.append(prepared)
        return Outcome(self.name, prepared, lambda m, w: self.scalar(prepared, m, w), self.labelled)


def _dims(*names: str) -> tuple[Dimension, ...]:
    kinds = {"country": "country", "other": "country", "year": "year", "states": "country"}
    choices = {"network": ("covariance",), "on": ("ukraine", "all"),
               "variant": ("published", "linked"), "index": ("gdp", "arms")}  # fmt: skip
    return tuple(
        Dimension(n, kinds.get(n, "choice"), choices.get(n, ()),  # type: ignore[arg-type]
                  n in ("country", "other", "index", "network"))
        for n in names
    )  # fmt: skip


def voting(name: str = "alignment", *, record: bool = False) -> Fake:
    """Positions of four states; on the full record if there is one, with one year apart."""
    metrics = (
        *(Metric(f"alignment.{m}", _dims("country", "on", "year", "variant"), "sd", "", "mean")
          for m in ("position", "position_error", "contested_votes")),
        Metric("alignment.bloc", _dims("country", "network"), "number", ""),
        Metric("alignment.together", _dims("country", "other", "network"), "share", ""),
    )  # fmt: skip

    def array(metric: str, where: Mapping[str, Any]) -> xr.DataArray:
        attrs = {"unit": "sd", "source": "Votes"}
        if metric == "alignment.together":
            side = np.sign(list(POSITION.values()))
            return xr.DataArray(
                (side[:, None] == side[None, :]) * 0.75, dims=("country", "other"),
                coords={"country": list(STATES), "other": list(STATES)}, attrs=attrs,
            )  # fmt: skip
        values = {
            "alignment.position": list(POSITION.values()),
            "alignment.position_error": [0.1, 0.2, 0.3, 0.4],
            "alignment.contested_votes": [10.0, 30.0, 30.0, 30.0],
            "alignment.bloc": [1.0, 1.0, 2.0, 0.0],
        }[metric]
        if where.get("on") != "all":
            return xr.DataArray(values, {"country": list(STATES)}, ["country"], attrs=attrs)
        if not record:
            raise DataMissing("the record has not been added", hint="`multipolar data fetch it`")
        grid = np.repeat(np.array(values)[:, None], 2, axis=1)
        grid[STATES.index("CHN"), 0] = np.nan  # had no seat
        if where["variant"] == "linked" and metric == "alignment.position":
            grid[:, 1] += [0.0, 0.5, 0.001, 0.0]
        coords = {"country": list(STATES), "year": list(YEARS)}
        return xr.DataArray(grid, coords, ["country", "year"], attrs=attrs)

    def scalar(scenario: str, metric: str, where: Mapping[str, Any]) -> Reading:
        return Reading(1.0, "1", note="Over 9 runs.")

    return Fake(name, metrics, scalar, array)


def weighing(name: str = "power") -> Fake:
    """Poles by two indices; arms are known of some states only; a pact halves two ratios."""
    metrics = (
        Metric("power.poles", _dims("index", "year"), "poles", "", "none", "2023-12-31"),
        Metric("power.concentration", _dims("index", "year"), "index", "", "none"),
        Metric("power.share", _dims("country", "index", "year"), "percent", "", "sum"),
        Metric("power.vulnerability", _dims("country"), "1", "Attack over defence", "sum"),
        Metric("power.attackers", _dims("country"), "word", "", "none"),
    )

    def scalar(scenario: str, metric: str, where: Mapping[str, Any]) -> Reading:
        row = (Source("A table"),)
        if metric == "power.vulnerability":
            if where["country"] not in RATIO:
                raise DataMissing("no figure")
            half = scenario != "baseline" and where["country"] in ("CHN", "RUS")
            note = "Led by USA with 3 allies. Of 2022."
            return Reading(RATIO[where["country"]] / (2 if half else 1), "1", row, note=note)
        if metric == "power.attackers":
            return Reading("USA JPN" if scenario == "baseline" else "IND", "word", row)
        years = {"gdp": (2020, 2021, 2022), "arms": (2022,)}[where["index"]]
        if where["year"] not in years:
            raise DataMissing("no such year")
        if metric == "power.share" and where["index"] == "arms" and "CAN" in where["country"]:
            raise DataMissing("no figure of CAN")
        upper = " An upper bound." if where["index"] == "arms" else ""
        note = f"{where['index'].upper()} of {where['year']}, USD bn.{upper}"
        return Reading(float(where["year"] - 2015), "poles", row, note=note)

    def array(metric: str, where: Mapping[str, Any]) -> xr.DataArray:
        return xr.DataArray([20.0, 30.0], {"country": ["CHN", "USA"]}, ["country"])

    return Fake(name, metrics, scalar, array)


VOTES = claim(
    "A-1",
    test={"all": [
        {"metric": "alignment.position", "where": {"country": "China"}, "label": "x", "below": 0},
        {"metric": "alignment.position", "where": {"country": "Russia"}, "label": "y",
         "short_of": {"where": {"country": "Brazil"}}},
        {"metric": "alignment.position", "where": {"country": ["Russia", "United States"]},
         "label": "z", "below": 3},
        {"metric": "alignment.position", "where": {"country": "G7"}, "label": "g", "below": 3},
    ]},
)  # fmt: skip
POLES = claim(
    "B-1",
    test={"metric": "power.poles", "where": {"index": "gdp", "year": 2022}, "label": "p",
          "at_least": 2},
)  # fmt: skip
PACT = {"schema": 1, "name": "pact", "measures": [{"measure": "ally",
        "members": ["China", "Russia"]}]}  # fmt: skip
MIXED = {"schema": 1, "name": "mixed", "measures": [
    {"measure": "ally", "members": ["China", "India"]},
    {"measure": "supply_arms", "senders": ["China"], "recipient": "India", "value": 1.0}]}  # fmt: skip

Gather = Callable[..., Standing | None]


@pytest.fixture
def gather(write: Callable[..., Path], world: World) -> Gather:
    def gathered(claims: list[Any], *engines: Fake, listed: Any = None, **more: Any) -> Any:
        names = [e.name for e in engines]
        folder = write(claims, engines=listed or names, **more)
        return standing(load_case(folder), Registry(world, {e.name: e for e in engines}), {})  # type: ignore[misc]

    return gathered


def test_a_list_counts_once_and_a_coalition_names_nobody(
    write: Callable[..., Path], world: World
) -> None:
    loaded = load_case(write([VOTES], engines=["alignment"]))
    registry = Registry(world, {"alignment": voting()})  # type: ignore[dict-item]
    # Russia 1.5, China and Brazil 1, the United States half
    assert named_states(loaded, registry) == ("RUS", "CHN", "BRA", "USA")
    assert named_states(loaded, registry, 2) == ("RUS", "CHN")


def test_a_case_that_asks_nothing_of_the_kind_has_none(gather: Gather) -> None:
    other = claim("A-1", test={"untestable": "no measure"})
    assert gather([other], voting(), weighing()) is None
    # read, but by a case that does not list the engine
    assert gather([VOTES], voting(), listed=["record"]) is None


def test_positions_and_blocs_are_read_by_metric_whoever_declares_it(gather: Gather) -> None:
    found = gather([VOTES], voting("somebody-else"))
    assert found is not None and found.votes is not None
    assert found.votes.positions["RUS"] == (-2.5, 0.2)
    assert found.votes.blocs == {"CHN": 1, "RUS": 1, "USA": 2, "BRA": 0}
    assert found.votes.note == "Over 9 runs."
    assert found.votes.together["RUS", "CHN"] == 0.75
    assert found.votes.together["RUS", "BRA"] == 0.0
    assert len(found.votes.together) == 6  # each pair once
    assert found.weights == () and found.pacts == ()


def test_without_the_record_it_is_said_what_brings_it(gather: Gather) -> None:
    found = gather([VOTES], voting())
    assert found is not None and found.track is None
    assert "`multipolar data fetch it`" in found.gap


def test_over_years_only_what_there_is_and_only_what_differs(gather: Gather) -> None:
    found = gather([VOTES], voting(record=True))
    assert found is not None and found.track is not None
    assert found.gap == ""
    lines = found.track.lines
    assert [p.year for p in lines["CHN"]] == [2022]
    assert [(p.year, p.value, p.error, p.votes) for p in lines["RUS"]] == [
        (2021, -2.5, 0.2, 30.0), (2022, -2.5, 0.2, 30.0)
    ]  # fmt: skip
    assert found.track.linked["RUS"] == {2022: -2.0}
    assert found.track.linked["USA"] == {}  # a thousandth apart is the same


def test_weights_are_of_the_years_that_can_be_read(gather: Gather) -> None:
    found = gather([POLES], weighing(), scenarios=[PACT])
    assert found is not None and found.votes is None
    gdp, arms = found.weights
    assert gdp.poles == {2020: 5.0, 2021: 6.0, 2022: 7.0}
    assert (gdp.label, gdp.unit, gdp.year, gdp.bound) == ("GDP", "USD bn", 2022, False)
    assert (arms.label, arms.bound, arms.concentration) == ("ARMS", True, 7.0)
    assert arms.shares == {"China and Russia": 7.0, "G7": "no figure of CAN"}
    assert found.groups["China and Russia"] == ("CHN", "RUS")
    assert set(found.groups["G7"]) >= {"USA", "CAN", "JPN"}


def test_a_pact_alone_is_set_against_the_world_as_it_is(gather: Gather) -> None:
    power = weighing()
    found = gather([VOTES, POLES], voting(), power, scenarios=[PACT, MIXED])
    assert found is not None
    (pact,) = found.pacts  # the mixed one is no effect of a pact
    assert pact.members == ("CHN", "RUS")
    assert pact.before == {"CHN": 3.0, "RUS": 24.0, "USA": 0.5}  # none of Brazil is known
    assert pact.after == {"CHN": 1.5, "RUS": 12.0, "USA": 0.5}
    assert pact.leads["CHN"] == ("USA", "IND")
    assert pact.note == "Of 2022."  # what is true of every state, not of the first alone
    assert "mixed" not in power.solved


def test_what_was_solved_for_the_claims_is_read_again(
    write: Callable[..., Path], world: World
) -> None:
    power = weighing()
    registry = Registry(world, {"power": power})  # type: ignore[dict-item]
    loaded = load_case(write([POLES], engines=["power"], scenarios=[PACT]))
    kept = {("power", name): power.solve(name, {}) for name in ("baseline", "pact")}
    power.solved.clear()
    assert standing(loaded, registry, kept) is not None
    assert power.solved == []


def test_verdicts_keep_their_form(write: Callable[..., Path], world: World) -> None:
    registry = Registry(world, {"power": weighing(), "alignment": voting()})  # type: ignore[dict-item]
    folder = write([VOTES, POLES], engines=["alignment", "power"])
    one, two = (
        run_case(folder, draws=4, seed=1, workers=1, progress=False, registry=registry)
        for _ in range(2)
    )
    assert one.standing is not None
    assert json.dumps(one.document()) == json.dumps(two.document())
    assert set(one.document()) == {
        "schema", "case", "title", "as_of", "world", "seed", "draws", "versions", "engines",
        "scenarios", "passed", "counts", "bases", "claims", "outlooks", "reconciliations",
    }  # fmt: skip
