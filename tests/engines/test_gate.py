"""Every metric and every dimension: what is asked in the wrong form is refused, whoever asks.

The sweep needs no list of metrics: it goes over all that are registered, and over all that a new
engine adds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multipolar.engines import Dimension, Metric, Registry
from multipolar.engines.api.contract import Outcome
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.api.gate import admit, laid_out, rankable
from multipolar.errors import DataMissing, EngineError, MultipolarError
from multipolar.pipeline.scenarios import solve
from multipolar.policy import BASELINE
from multipolar.world import World

REGISTRY = Registry.default(World.load())
METRICS = {name: metric for name, (_, metric) in REGISTRY.metrics.items()}
PAIRS = [(name, d.name) for name, m in METRICS.items() for d in m.dims]
STATES = ("CHN", "DEU", "RUS", "USA", "UKR", "FRA", "IND")
TEXTS = {
    "route": ("Nord Stream 1", "Power of Siberia"),
    "entity": ("China", "Russia", "World", "EU", "RUS", "USA"),
}
TRIES = 60


@cache
def outcome(engine: str) -> Outcome:
    return solve(BASELINE, engine=engine, registry=REGISTRY)[engine]


def words(metric: Metric, dim: Dimension) -> tuple[Any, ...]:
    """Some right words of a dimension."""
    match dim.kind:
        case "country":
            return STATES
        case "choice":
            return dim.values
        case "year":
            return (2022, 2021, 2023)
        case "date":
            return ("2022", "2021", "2023", "2020")
        case "number":
            return (0.5, 0.6)
        case _:
            return TEXTS[dim.name]


@cache
def base(name: str) -> Mapping[str, Any]:
    """The first place with a reading that is tried, required dimensions alone."""
    metric = METRICS[name]
    needed = [d for d in metric.dims if d.required]
    orders = product(*(words(metric, d) for d in needed))
    spread = np.random.default_rng(0)
    tries: Iterator[tuple[Any, ...]] = islice(orders, 5)
    for values in (
        *tries,
        *(
            tuple(spread.choice(np.array(words(metric, d), object)) for d in needed)
            for _ in range(TRIES)
        ),
    ):
        place = {d.name: v for d, v in zip(needed, values, strict=True)}
        try:
            read(name, place)
        except DataMissing:
            continue
        except EngineError as fault:
            assert "are the same" in fault.what  # a state with itself is no pair
            continue
        return place
    return {d.name: words(metric, d)[0] for d in needed}


def read(name: str, place: Mapping[str, Any]) -> float | str:
    """Read as a claim does: through the registry, then from the outcome."""
    engine, metric = REGISTRY.find(name)
    where = REGISTRY.resolve(metric, place, complete=True)
    value = outcome(engine.name).read(name, where).value
    assert isinstance(value, str) or math.isfinite(value)
    return value


def refused(name: str, place: Mapping[str, Any]) -> str:
    """The line by which a place is refused before an engine sees it."""
    with pytest.raises(MultipolarError) as caught:
        REGISTRY.resolve(METRICS[name], place, complete=True)
    assert not isinstance(caught.value, DataMissing), "a mistake is no gap in the data"
    assert str(caught.value).isprintable()
    return str(caught.value)


@pytest.mark.parametrize(("name", "dim"), PAIRS)
def test_a_list_is_counted_together_or_refused_and_never_one_of_its_values(
    name: str, dim: str
) -> None:
    metric = METRICS[name]
    declared, place = metric.dim(dim), dict(base(name))
    others = [v for k, v in place.items() if k != dim]
    two = [w for w in words(metric, declared) if w not in others][:2]
    if not metric.takes_many(declared):
        assert "takes one value" in refused(name, {**place, dim: two})
        assert "takes one value" in refused(name, {**place, dim: two[:1]})
        with pytest.raises(MultipolarError, match="takes one value"):
            admit(metric, {**place, dim: tuple(two)}, complete=True)
        return
    first, second, both, turned = (
        value_or_gap(name, {**place, dim: v}) for v in (two[0], two[1], two, two[::-1])
    )
    if isinstance(both, float) and isinstance(turned, float):
        assert both == pytest.approx(turned, rel=1e-9, abs=1e-9), "the order of a list is no matter"
    if metric.aggregate == "mean" and isinstance(first, float) and isinstance(second, float):
        assert isinstance(both, float)
        slack = 1e-9 + 1e-9 * abs(first)
        between = min(first, second) - slack <= both <= max(first, second) + slack
        assert between or both == pytest.approx(first + second, rel=0.01)  # by several together


def value_or_gap(name: str, place: Mapping[str, Any]) -> float | str | None:
    try:
        return read(name, place)
    except DataMissing:
        return None
    except MultipolarError as refusal:
        assert str(refusal).isprintable()
        return None


BLANKS = ("", "   ", "\t", [], None)
WRONG = (True, False, float("nan"), float("inf"), {"a": 1}, [["RUS"]], b"RUS", "x" * 100_000)


@pytest.mark.parametrize(("name", "dim"), PAIRS)
def test_blanks_and_wrong_types_are_refused(name: str, dim: str) -> None:
    for value in (*BLANKS, *WRONG):
        line = refused(name, {**base(name), dim: value})
        assert len(line) < 800, "a long word is not repeated at length"


@pytest.mark.parametrize(
    ("name", "dim"), [p for p in PAIRS if METRICS[p[0]].dim(p[1]).kind == "year"]
)
def test_years_are_whole(name: str, dim: str) -> None:
    for value in (
        2022.7,
        "2022.7",
        "２０２２",
        "2_022",
        "+2022",
        "MMXXII",
        20222,
        -2022,
        0,
        2022.5,
    ):
        assert "is not a year" in refused(name, {**base(name), dim: value})
    for value in (2022, "2022", 2022.0, np.int64(2022)):
        where = REGISTRY.resolve(METRICS[name], {**base(name), dim: value}, complete=True)
        assert where[dim] == 2022 and type(where[dim]) is int


@pytest.mark.parametrize(
    ("name", "dim"), [p for p in PAIRS if METRICS[p[0]].dim(p[1]).kind == "country"]
)
def test_nobody_is_refused_and_somebody_without_figures_is_a_gap(name: str, dim: str) -> None:
    assert "Atlantis" in refused(name, {**base(name), dim: "Atlantis"})
    if METRICS[name].takes_many(METRICS[name].dim(dim)):
        assert "Atlantis" in refused(name, {**base(name), dim: ["China", "Atlantis"]})
    else:
        assert "takes one value" in refused(name, {**base(name), dim: "EU"})
    for absent in ("Nauru", "San Marino", "World"):
        value_or_gap(name, {**base(name), dim: absent})  # a number, or one line


@pytest.mark.parametrize("name", METRICS)
def test_every_dimension_that_is_needed_has_to_be_given_and_no_other(name: str) -> None:
    place = base(name)
    for dim in place:
        rest = {k: v for k, v in place.items() if k != dim}
        assert f"{dim} is not given" in refused(name, rest)
    assert "no dimension 'flavour'" in refused(name, {**place, "flavour": "sweet"})


@pytest.mark.parametrize(("name", "dim"), PAIRS)
def test_what_can_be_ranked_is_laid_out_and_says_what_a_reading_says(name: str, dim: str) -> None:
    metric = METRICS[name]
    declared = metric.dim(dim)
    if rankable(metric, declared):
        return
    place = dict(base(name))
    subject = place.get(dim, words(metric, declared)[0])
    try:
        own = read(name, {**place, dim: subject})
    except MultipolarError:
        pytest.skip("nothing is read here")
    engine, _ = REGISTRY.find(name)
    rest = {k: v for k, v in place.items() if k != dim}
    where = laid_out(metric, REGISTRY.resolve(metric, rest, complete=False), dim)
    try:
        array = outcome(engine.name).array(name, where)
    except DataMissing:
        pytest.skip("nothing is laid out here")
    assert dim in array.dims
    along = array.sum([d for d in array.dims if d != dim], skipna=False).to_series()
    assert np.issubdtype(along.dtype, np.number), "a rank needs numbers"
    code = REGISTRY.resolve(metric, {**place, dim: subject}, complete=True)[dim]
    if code in along.index:  # a group of industries, a flow of nothing: not laid out
        assert along[code] == pytest.approx(own, rel=1e-9, abs=1e-9)


OF_TWO = {
    name: sides
    for name, m in METRICS.items()
    if len(sides := [d for d in m.dims if d.kind == "country"]) > 1
}
AT_HOME = {
    "gas.origin",
    "power.banzhaf",
    "power.shapley",
    "trade.reliance",
    "trade.withdrawal_loss",
}


def test_what_has_figures_of_a_state_with_itself_says_so() -> None:
    # what it makes and uses, its vote in a body, its own withdrawal
    told = {name for name, sides in OF_TWO.items() if any(d.own == "itself" for d in sides)}
    assert told == AT_HOME
    assert read("gas.origin", {"origin": "Russia", "country": "Russia", "year": 2022}) > 0


@pytest.mark.parametrize("name", sorted(set(OF_TWO) - AT_HOME))
def test_a_state_is_not_paired_with_itself(name: str) -> None:
    metric, (one, other) = METRICS[name], OF_TWO[name]
    same = {one.name: "Russia", other.name: "RUS"}
    assert f"{one.name} and {other.name} are the same, RUS" in refused(name, {**base(name), **same})
    with pytest.raises(EngineError, match="are the same"):
        admit(metric, {one.name: "RUS", other.name: "RUS"}, complete=False)
    for named, group in ((one, other), (other, one)):
        if not metric.takes_many(group):
            continue
        where = {**base(name), named.name: "Russia", group.name: ["China", "Russia"]}
        if "in a group" in (one.own, other.own):
            REGISTRY.resolve(metric, where, complete=True)
        else:
            assert f"RUS of {named.name} is in {group.name} too" in refused(name, where)
        REGISTRY.resolve(metric, {**where, group.name: "World"}, complete=True)


def test_what_is_laid_out_leaves_a_state_with_itself_out() -> None:
    record = outcome("record").array
    trade = {"sector": "goods", "exporter": "CHN"}
    assert "CHN" not in record("goods.trade_value", trade).importer
    place = {"country": "CHN", "sector": "goods"}
    ranked = record("goods.trade_share", place)
    assert "CHN" not in ranked.partner and "USA" in ranked.partner
    members = record("votes.agreement", {"partner": ("CHN", "RUS")}).country
    assert not {"CHN", "RUS"} & set(members.values) and "IND" in members
    square = record("goods.trade_share", {"sector": "goods"})
    assert np.isnan(np.diag(square)).all() and np.isfinite(square.sel(country="CHN")[1:]).any()
    home = outcome("gas").array("gas.origin", {"country": "RUS", "year": 2022})
    assert float(home.sel(origin="RUS")) > 0


def test_two_groups_that_share_states_are_averaged_over_pairs_and_do_not_contend() -> None:
    pairs = {"country": ["China", "Russia", "India"]}
    inside = read("votes.agreement", {**pairs, "partner": ["China", "Russia", "India"]})
    each = [
        read("votes.agreement", {"country": a, "partner": b})
        for a, b in (("China", "Russia"), ("China", "India"), ("Russia", "India"))
    ]
    assert inside == pytest.approx(np.mean(each), abs=1e-12)
    line = refused("power.aid_ratio", {**pairs, "opponent": ["China", "United States"]})
    assert "CHN of opponent is in country too" in line


def test_a_coalition_that_changed_between_the_years_asked_for_is_refused() -> None:
    where = {"importer": "EU", "exporter": "Russia", "commodity": "crude"}
    line = refused("energy.trade_quantity", {**where, "year": [2010, 2022]})
    assert "other members" in line
    same = REGISTRY.resolve(
        METRICS["energy.trade_quantity"], {**where, "year": [2021, 2022]}, complete=True
    )
    assert len(same["importer"]) == 27


def test_an_outcome_asked_directly_goes_through_the_same_gate() -> None:
    for name, place in (
        ("strategy.odds", {"side": ("Ukraine", "Russia")}),
        ("money.rouble_yuan_ratio", {"case": ["before", "block-only"]}),
        ("energy.trade_quantity", {"commodity": "crude", "year": 2022.7}),
        ("gas.gain", {"country": ["RUS", "DEU"]}),
    ):
        engine, _ = REGISTRY.find(name)
        with pytest.raises(MultipolarError):
            outcome(engine.name).read(name, place)
        with pytest.raises(MultipolarError):
            outcome(engine.name).array(name, place)


def test_arrays_and_numbers_of_numpy_are_read_as_what_they_hold() -> None:
    where = {"commodity": np.array("crude"), "year": np.array([2021, 2022])}
    found = REGISTRY.resolve(METRICS["energy.trade_quantity"], where, complete=True)
    assert found == {"commodity": "crude", "year": (2021, 2022)}
    for empty in (np.array([]), np.array([[]])):
        assert "names nothing" in refused("energy.trade_quantity", where | {"year": empty})


ONE = (
    st.text(max_size=12)
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.none()
    | st.sampled_from(("World", "EU", "China", "all", "2022", "0.5", "１", "\ud800", "NaN"))
)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(PAIRS), ONE | st.lists(ONE, max_size=3) | st.dictionaries(ONE, ONE, max_size=1)
)
def test_whatever_is_asked_is_read_or_refused_in_one_line(
    pair: tuple[str, str], value: Any
) -> None:
    name, dim = pair
    value_or_gap(name, {**base(name), dim: value})


def test_bounds_hold_for_years_as_for_numbers() -> None:
    metric = Metric("toy.size", (dimension("year", bounds=(2021, 2035)),), "Mt", "A size")
    for year in (2021, "2035"):
        assert admit(metric, {"year": year}, complete=True) == {"year": int(year)}
    for year in (2020, 2036):
        with pytest.raises(EngineError, match=f"year is {year}.*from 2021 to 2035"):
            admit(metric, {"year": year}, complete=True)
