"""What a scenario builds or cuts takes effect, is refused, or is said to change nothing."""

from __future__ import annotations

from functools import cache
from itertools import permutations
from typing import Any

import numpy as np
import pytest

from multipolar.engines.api.contract import Outcome
from multipolar.engines.gas.calibrate import Base, known_of
from multipolar.engines.gas.data import Tables
from multipolar.engines.gas.kernel import Network
from multipolar.engines.gas.market import solve_capped
from multipolar.engines.gas.measures import Changes, changes_of
from multipolar.engines.gas.model import GasEngine, central, prepared_base
from multipolar.engines.gas.solved import Prepared, Solved
from multipolar.engines.gas.years import Year, network_of
from multipolar.errors import EngineError, MultipolarError
from multipolar.policy import Scenario, resolve
from multipolar.world import World

WORLD = World.load()
IDLE = "changes nothing"
FIELDS = (
    "tail",
    "head",
    "capacity",
    "floor",
    "liquefaction",
    "regasification",
    "seller",
    "buyer",
    "most",
    "usual",
    "supply",
    "ceiling",
)


@cache
def calibrated() -> tuple[Base, Tables, dict[str, float]]:
    return prepared_base(WORLD)


def read(*measures: dict[str, Any]) -> Changes:
    scenario = Scenario.model_validate({"name": "test", "measures": measures})
    return changes_of(resolve(scenario, WORLD), calibrated()[1])


def made(year: int, *measures: dict[str, Any]) -> Year:
    return network_of(*calibrated(), year, read(*measures))


def remarks(year: int, *measures: dict[str, Any]) -> str:
    """The note of a year under measures, without the year being solved."""
    base, tables, p = calibrated()
    changes = read(*measures)
    note = " ".join(changes.notes)
    made = Prepared(tables, known_of(tables), changes, "test", year, (), note)
    return Solved(made, p, base).remarks(year)


def same(one: Network, other: Network) -> bool:
    pairs = [(getattr(one, f), getattr(other, f)) for f in FIELDS]
    return all(a.shape == b.shape and (a == b).all() for a, b in pairs)


def solve(year: int, *measures: dict[str, Any]) -> Outcome:
    scenario = Scenario.model_validate({"name": "test", "year": year, "measures": measures})
    engine = GasEngine()
    return engine.solve(engine.prepare(WORLD, scenario), central(WORLD))


def pipe(origin: str = "Russia", destination: str = "Germany", **more: Any) -> dict[str, Any]:
    return {
        "measure": "build_link",
        "origin": origin,
        "destination": destination,
        "commodity": "pipeline_gas",
        "capacity": 110,
        "unit": "bcm/yr",
        **more,
    }


def lng(origin: str, destination: str, **more: Any) -> dict[str, Any]:
    return {
        "measure": "build_link",
        "origin": origin,
        "destination": destination,
        "commodity": "lng",
        "capacity": 10,
        "unit": "Mt/yr",
        **more,
    }


def cut(
    origin: str, destination: str, commodity: str = "pipeline_gas", **more: Any
) -> dict[str, Any]:
    return {
        "measure": "cut_link",
        "origin": origin,
        "destination": destination,
        "commodity": commodity,
        **more,
    }


def test_a_pipe_without_a_first_day_is_there_and_the_note_says_so() -> None:
    for year in (2024, 2026, 2030):
        assert same(made(year, pipe()).network, made(year, pipe(since="2020")).network)
    found = solve(2026, pipe())
    production = found.read("gas.production", {"country": "RUS"})
    plain = solve(2026)
    for metric, place, least in (("production", "RUS", 50), ("consumption", "DEU", 1)):
        now, was = (o.read(f"gas.{metric}", {"country": place}).value for o in (found, plain))
        assert now > was + least
    assert "no first day is given" in found.message
    assert "no first day is given" in production.note
    assert "no first day" in found.array("gas.production", {}).attrs["note"]


def test_a_pipe_that_fills_needs_a_first_day_unless_it_is_drawn() -> None:
    with pytest.raises(EngineError, match="a day that is not given") as refusal:
        read(pipe(ramp_years=5))
    assert "since" in refusal.value.hint
    drawn = pipe("Russia", "China", name="Power of Siberia 2", ramp_years=5)
    assert made(2031, drawn).network.capacity[-1] == 0
    assert made(2032, drawn).network.capacity[-1] > 0
    assert "it starts" not in remarks(2033, drawn) and IDLE not in remarks(2033, drawn)
    assert IDLE in remarks(2031, drawn)


def test_lng_of_russia_is_made_at_a_port() -> None:
    build = lng("Russia", "China", capacity=100, since="2025-01-01")
    assert [x.node for x in read(build).plants] == ["RUS-Y", "CHN"]
    east = lng("Russia", "Japan", name="Sakhalin-2, third train")
    assert [x.node for x in read(east).plants] == ["RUS-S", "JPN"]
    found = solve(2026, build)
    made_more = [o.read("gas.production", {"country": "RUS"}).value for o in (found, solve(2026))]
    assert made_more[0] > made_more[1] + 1
    assert "Russia, Yamal" in found.message


@pytest.mark.parametrize("place", ["Mongolia", "Iran", "Kazakhstan", "Bolivia", "Ukraine", "Iraq"])
def test_lng_where_there_is_no_port_is_refused(place: str) -> None:
    for measure in (lng(place, "China"), lng("Qatar", place)):
        with pytest.raises(EngineError, match="no port there") as refusal:
            read(measure)
        assert "measure 1" in str(refusal.value) and "ports of" in refusal.value.hint


@pytest.mark.parametrize(
    ("origin", "destination"), [("Argentina", "China"), ("Myanmar", "Japan"), ("Qatar", "Norway")]
)
def test_a_first_plant_or_terminal_opens_trade(origin: str, destination: str) -> None:
    year, tables = made(2026, lng(origin, destination, since="2025")), calibrated()[1]
    a, b = (tables.index[tables.home[WORLD.names_index.country(x)]] for x in (origin, destination))
    at = (year.network.seller == a) & (year.network.buyer == b)
    assert at.sum() == 1
    plain = made(2026).network
    assert not ((plain.seller == a) & (plain.buyer == b)).any()
    found = solve_capped(year.network, year.capped)
    assert found.status == "converged"
    assert found.lng[at].item() > 0.01


def test_russia_is_entered_where_its_network_is() -> None:
    assert read(pipe("Kazakhstan", "Russia")).built[0].pipe.head == "RUS-W"
    assert read(pipe("Russia", "China", name="Sakhalin line")).built[0].pipe.tail == "RUS-S"
    assert read(pipe("Russia", "Japan", name="far east")).built[0].pipe.tail == "RUS-S"


def test_a_line_from_the_east_comes_with_its_gas() -> None:
    """Otherwise the contract on it could not be kept."""
    line = pipe("Russia", "China", name="Sakhalin line", capacity=50, since="2026")
    year = made(2030, line)
    found = solve_capped(year.network, year.capped)
    assert found.status == "converged"
    assert found.flow[-1] == pytest.approx(47.3, abs=0.1)
    assert "found in Russia, Sakhalin" in remarks(2030, line)


@pytest.mark.parametrize(
    ("measure", "year", "why"),
    [
        (pipe(since="2030"), 2026, "it starts in 2030"),
        (pipe(until="2024"), 2026, "it ends before, with 2024"),
        (lng("Qatar", "China", since="2028-06"), 2026, "it starts in 2028"),
        (cut("Norway", "Germany", since="2031"), 2030, "it starts in 2031"),
        (cut("Norway", "Germany", until="2030"), 2030, "it ends before, with 2030"),
        (cut("Norway", "Germany", remaining=1.0), 2030, "nothing for it to change"),
        (cut("Qatar", "China", "lng", remaining=1.0), 2030, "nothing for it to change"),
        (cut("Russia", "Germany", name="Nord Stream 1"), 2030, "nothing for it to change"),
        (pipe("Mongolia", "China"), 2030, "nothing for it to change"),
        (
            {"measure": "embargo", "senders": "Bolivia", "targets": "Japan", "scope": "gas"},
            2030,
            "nothing for it to change",
        ),
        (
            {
                "measure": "price_cap",
                "senders": "Japan",
                "targets": "Bolivia",
                "scope": "gas",
                "cap": 5,
                "unit": "USD/MMBtu",
            },
            2030,
            "nothing for it to change",
        ),
    ],
)
def test_what_changes_nothing_in_the_year_is_said_to(
    measure: dict[str, Any], year: int, why: str
) -> None:
    note = remarks(year, measure)
    assert IDLE in note and why in note and f"in {year}" in note
    room = [
        n.capacity[n.capacity > 0].sum() for n in (made(year).network, made(year, measure).network)
    ]
    if measure.get("origin") != "Mongolia":
        assert room[0] == room[1]


def test_each_measure_is_looked_at_for_itself() -> None:
    both = (cut("Norway", "Germany"), cut("Norway", "Germany", since="2033"))
    assert remarks(2030, *both).count(IDLE) == 1
    assert "Measure 2 (cut_link, NOR and DEU)" in remarks(2030, *both)
    # what the first has closed, the second cannot close again
    assert remarks(2034, *both).count(IDLE) == 1


def test_a_measure_within_one_year_counts_for_it() -> None:
    short = cut("Norway", "Germany", since="2030-02", until="2030-11")
    plain, now = made(2030).network, made(2030, short).network
    assert now.capacity.sum() < plain.capacity.sum()
    for year in (2029, 2031):
        assert same(made(year, short).network, made(year).network)


def test_a_share_of_one_leaves_lng_as_it_is() -> None:
    assert same(made(2030, cut("Qatar", "China", "lng", remaining=1.0)).network, made(2030).network)


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        (cut("Bolivia", "Japan", "lng"), "no LNG goes from BOL to JPN"),
        (cut("Norway", "Bolivia", "lng"), "no LNG goes"),
        (cut("United States", "Germany", "lng", name="Freeport"), "not by plant"),
        ({**lng("Bolivia", "Japan"), "measure": "set_capacity"}, "no LNG goes"),
        (cut("Germany", "China"), "no pipe"),
        (cut("Japan", "Brazil"), "no pipe"),
        (cut("Russia", "Germany", name="Nord Stream 7"), "no pipe"),
        (lng("Qatar", "China", ramp_years=3, since="2025"), "does not fill plants"),
        (pipe("Ireland", "United Kingdom"), "not told apart"),
        (pipe("Switzerland", "Italy"), "not told apart"),
        (pipe(unit="TEU/yr"), "does not measure gas"),
        (
            {
                "measure": "price_cap",
                "senders": "EU",
                "targets": "Russia",
                "scope": "gas",
                "cap": 5,
                "unit": "USD/MMBtu",
                "compliance": 0.5,
            },
            "everybody keeps",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_there_is(
    measure: dict[str, Any], words: str
) -> None:
    with pytest.raises(EngineError, match=words) as refusal:
        read(measure)
    assert "measure 1" in str(refusal.value)
    assert refusal.value.hint


def test_lng_by_a_part_of_russia() -> None:
    part = read(cut("Russia", "China", "lng", name="Yamal LNG")).limits[0]
    assert part.sellers == {"RUS-Y"}
    assert read(cut("Russia", "China", "lng")).limits[0].sellers > {"RUS-Y", "RUS-S"}


KINDS: tuple[dict[str, Any], ...] = (
    {"measure": "build_link", "commodity": "pipeline_gas", "capacity": 10, "unit": "bcm/yr"},
    {"measure": "build_link", "commodity": "lng", "capacity": 10, "unit": "Mt/yr", "since": "2026"},
    {"measure": "build_link", "commodity": "lng", "capacity": 5, "unit": "Mt/yr", "since": "2029"},
    {"measure": "cut_link", "commodity": "pipeline_gas"},
    {"measure": "cut_link", "commodity": "lng", "remaining": 0.5},
    {"measure": "cut_link", "commodity": "pipeline_gas", "remaining": 1.0},
    {"measure": "set_capacity", "commodity": "pipeline_gas", "capacity": 3, "unit": "bcm/yr"},
    {"measure": "set_capacity", "commodity": "lng", "capacity": 3, "unit": "Mt/yr"},
)
PLACES = ("Russia", "China", "Germany", "Mongolia", "Qatar", "Iran", "Poland", "Ireland")


@pytest.mark.parametrize("kind", KINDS)
def test_every_link_takes_effect_is_refused_or_is_said_to_change_nothing(
    kind: dict[str, Any],
) -> None:
    plain = made(2026).network
    seen = set()
    for a, b in permutations(PLACES, 2):
        measure = {**kind, "origin": a, "destination": b}
        try:
            note = remarks(2026, measure)
        except MultipolarError as refusal:
            assert "measure 1" in str(refusal)
            seen.add("refused")
            continue
        if IDLE in note:
            seen.add("noted")
            continue
        assert not same(made(2026, measure).network, plain), measure
        seen.add("effect")
    assert "refused" in seen and seen & {"effect", "noted"}


def test_pipes_and_plants_that_nothing_uses_still_leave_an_equilibrium() -> None:
    year = made(2030, pipe("Mongolia", "China"), lng("Singapore", "Norway"))
    found = solve_capped(year.network, year.capped)
    assert found.status == "converged"
    assert np.isfinite(found.price).all()


def test_the_price_of_the_only_pipe_is_that_of_all_gas_by_pipe() -> None:
    """Myanmar has one pipe to China; Russia's gas by one of three is worth more to the seller."""
    found, year = solve(2030), {"year": 2030}
    for side in ("seller", "buyer", "middle", "width"):
        ends = {"exporter": "MMR", "importer": "CHN"}
        one = found.read("gas.line_price", {"route": "Myanmar to China", "price": side, **year})
        every = found.read("gas.reservation_price", {**ends, "price": side, **year})
        assert one.value == pytest.approx(every.value, rel=1e-9)
    low, high = (
        found.read("gas.line_price", {"route": "Power of Siberia 1", "price": s, **year}).value
        for s in ("seller", "buyer")
    )
    assert 0 < low < high
    with pytest.raises(MultipolarError, match="no pipe"):
        found.read("gas.line_price", {"route": "Nabucco", "price": "seller", **year})
