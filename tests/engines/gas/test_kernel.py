"""The gas market of one year: textbook markets, what holds in all of them, and what cannot be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq

from gas_networks import (
    EACH_NODE,
    MONEY,
    VOLUMES,
    imbalance,
    network,
    one_market,
    random_network,
    relabelled,
    scaled,
    solved,
    two_nodes,
    welfare,
)
from multipolar.engines.gas.kernel import (
    ACCEPTED,
    Floats,
    Network,
    Solution,
    slope_of,
    solve,
    violation,
)
from multipolar.engines.gas.surplus import BILLION, surplus

few = settings(max_examples=25, deadline=None, derandomize=True)
seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(3, 7)
conjectures = st.floats(0.05, 1)
choke = st.floats(20, 200)
slopes = st.floats(0.1, 10)
costs = st.lists(st.floats(0, 0.8), min_size=2, max_size=5)  # over the choke price


def residual_of(n: Network, found: Solution) -> float:
    return violation(n, found, slope_of(n, found.consumption)[1])


# -- textbook ---------------------------------------------------------------------------------------

THREE = np.array([10.0, 20.0, 30.0])


def test_cournot_with_three_costs() -> None:
    n = one_market(100.0, 2.0, THREE, 1.0)
    found = solved(n)
    assert found.flow == pytest.approx([15, 10, 5], abs=1e-6)
    assert found.sold == pytest.approx([15, 10, 5], abs=1e-6)
    assert found.price == pytest.approx([10, 20, 30, 40], abs=1e-6)


def test_price_takers_sell_at_the_least_cost() -> None:
    found = solved(one_market(100.0, 2.0, THREE, 0.0))
    assert found.flow == pytest.approx([45, 0, 0], abs=1e-5)
    assert found.price[3] == pytest.approx(10, abs=1e-6)


@given(choke, slopes, st.floats(0, 0.9))
@few
def test_a_monopoly_sells_half(a: float, b: float, share: float) -> None:
    c = share * a
    found = solved(one_market(a, b, np.array([c]), 1.0))
    assert found.flow[0] == pytest.approx((a - c) / (2 * b), rel=1e-6)
    assert found.price[1] == pytest.approx((a + c) / 2, rel=1e-6)


@given(choke, slopes, st.tuples(st.floats(0, 0.3), st.floats(0, 0.3)))
@few
def test_a_duopoly(a: float, b: float, share: tuple[float, float]) -> None:
    c, d = a * share[0], a * share[1]
    found = solved(one_market(a, b, np.array([c, d]), 1.0))
    expected = np.array([a - 2 * c + d, a - 2 * d + c]) / (3 * b)
    assert found.flow == pytest.approx(expected, rel=1e-6)
    assert found.price[2] == pytest.approx((a + c + d) / 3, rel=1e-6)


@given(choke, slopes, costs, conjectures)
@few
def test_conjectures_with_sellers_priced_out(
    a: float, b: float, shares: list[float], theta: float
) -> None:
    """From each seller's p = c + theta b x, the dearest dropping out while they would sell less."""
    c = a * np.sort(shares)
    price = next(
        p
        for m in range(len(c), 0, -1)
        if (p := (theta * a + c[:m].sum()) / (theta + m)) >= c[m - 1]
    )
    found = solved(one_market(a, b, c, theta))
    assert found.price[-1] == pytest.approx(price, rel=1e-6)
    sold = np.maximum(price - c, 0) / (theta * b)
    assert found.flow == pytest.approx(sold, rel=1e-4, abs=1e-5 * a / (theta * b))


@given(choke, slopes, costs, st.floats(0.05, 0.95))
@few
def test_a_conjecture_between_gives_a_price_between(
    a: float, b: float, shares: list[float], theta: float
) -> None:
    c = a * np.array(shares)
    taker, some, cournot = (solved(one_market(a, b, c, k)).price[-1] for k in (0.0, theta, 1.0))
    assert taker == pytest.approx(min(c), rel=1e-6, abs=1e-6 * a)
    # sellers who drop out may leave too little for more than this
    assert taker + 1e-3 * theta * a / 6 < some < cournot - 1e-3 * (1 - theta) * a / 6


@given(choke, slopes, costs, conjectures, st.integers(2, 4))
@few
def test_a_market_divided_in_parts_is_one_market(
    a: float, b: float, shares: list[float], theta: float, parts: int
) -> None:
    c = a * np.array(shares)
    whole, divided = (solved(one_market(a, b, c, theta, k)) for k in (1, parts))
    assert divided.price[len(c) :] == pytest.approx(whole.price[-1], rel=1e-5)
    assert divided.sold == pytest.approx(whole.sold, rel=1e-4, abs=1e-4 * a / b)


@given(st.floats(2.5, 4), st.floats(0.2, 1), st.integers(1, 4), st.floats(1, 5))
@few
def test_markup_over_demand_of_constant_elasticity(
    e: float, theta: float, sellers: int, cost: float
) -> None:
    """Lerner's rule: p (1 - theta s / e) = c where each has the share s of sales."""
    assert lerner(e, theta, sellers, cost) == pytest.approx(
        cost / (1 - theta / (sellers * e)), rel=1e-4
    )


def lerner(e: float, theta: float, sellers: int, cost: float) -> float:
    n = one_market(2 * cost, 1.0, np.full(sellers, cost), theta)
    return float(solved(replace(n, linear=False, elasticity=np.full(sellers + 1, e))).price[-1])


# -- one pipe and one voyage ------------------------------------------------------------------------


def test_a_pipe_with_room_carries_the_price_and_its_tariff() -> None:
    found = solved(two_nodes())
    q = brentq(lambda q: 4 * (q / 10) ** -2 - (2 + 0.1 * (q - 10) + 1), 1, 20)
    assert found.flow[0] == pytest.approx(q, rel=1e-6)
    assert found.price == pytest.approx([2 + 0.1 * (q - 10), 3 + 0.1 * (q - 10)], rel=1e-6)
    assert found.pipe_rent[0] == 0


def test_a_full_pipe_earns_a_rent() -> None:
    found = solved(two_nodes(capacity=5.0))
    assert found.price == pytest.approx([1.5, 16.0], rel=1e-6)
    assert found.pipe_rent[0] == pytest.approx(16 - 1.5 - 1, rel=1e-5)


def test_a_floor_binds_and_makes_a_loss() -> None:
    found = solved(two_nodes(floor=15.0))
    assert found.flow[0] == pytest.approx(15, rel=1e-7)
    assert found.price == pytest.approx([2.5, 4 * (10 / 15) ** 2], rel=1e-6)
    assert found.price[1] < found.price[0]
    assert found.pipe_rent[0] == 0


def test_a_floor_below_what_flows_changes_nothing() -> None:
    free, floored = solved(two_nodes()), solved(two_nodes(floor=8.0))
    assert floored.price == pytest.approx(free.price, rel=1e-6)


def test_stocks_are_used_where_they_are() -> None:
    found = solved(two_nodes(stock=[0.0, 3.0], capacity=5.0))
    assert found.price[1] == pytest.approx(4 * (10 / 8) ** 2, rel=1e-6)


def shipping(**changes: object) -> Network:
    """Gas at cost 2 in node 0 and at cost 12 in node 1, and a voyage with freight 3."""
    given: dict[str, object] = {
        "demand": [20.0, 20.0], "price": [2.0, 12.0], "supply": 30.0, "cost": [2.0, 12.0],
        "ceiling": 100.0, "seller": [0], "buyer": [1], "freight": 3.0, "usual": 4.0, "spread": 5.0,
        "liquefaction": 50.0, "regasification": 50.0, "own_use": 0.1,
    }  # fmt: skip
    return network(2, **{**given, **changes})


def test_a_gain_of_the_spread_doubles_a_usual_flow() -> None:
    """The gain is 12 - 1.1 * 2 - freight."""
    for freight, times in ((4.8, 2.0), (9.8, 1.0), (12.3, 0.5), (14.8, 0.0), (20.0, 0.0)):
        found = solved(shipping(freight=freight))
        assert found.lng[0] == pytest.approx(4 * times, abs=1e-3)
        # seller's plant uses a tenth of what it ships, beside
        assert found.production[0] == pytest.approx(20 + 1.1 * 4 * times, abs=1e-2)


def test_full_plants_and_terminals_earn_what_is_left() -> None:
    """Freight 3 leaves a gain of 6.8, of which the spread takes what the flow is over the usual."""
    plant = solved(shipping(liquefaction=5.0))
    terminal = solved(shipping(regasification=5.0))
    for found in (plant, terminal):
        assert found.lng[0] == pytest.approx(5, rel=1e-6)
    assert plant.plant_rent[0] == pytest.approx(6.8 - 5 * (5 / 4 - 1), rel=1e-5)
    assert terminal.terminal_rent[1] == pytest.approx(6.8 - 5 * (5 / 4 - 1), rel=1e-5)
    assert plant.terminal_rent[1] == pytest.approx(0, abs=1e-5)
    assert terminal.plant_rent[0] == pytest.approx(0, abs=1e-5)


def test_a_voyage_keeps_to_its_limits() -> None:
    assert solved(shipping(most=2.0)).lng[0] == pytest.approx(2, rel=1e-6)
    assert solved(shipping(freight=30.0, least=1.5)).lng[0] == pytest.approx(1.5, rel=1e-6)


# -- what holds in every market ---------------------------------------------------------------------


def drawn(seed: int, N: int, power: bool = False) -> tuple[np.random.Generator, Network]:
    rng = np.random.default_rng(seed)
    return rng, random_network(rng, N, power=power, floors=True)


@given(seeds, sizes, st.booleans())
@few
def test_nodes_balance_and_the_residual_says_so(seed: int, N: int, power: bool) -> None:
    _, n = drawn(seed, N, power)
    found = solved(n)
    assert np.abs(imbalance(n, found)).max() < 1e-5
    assert found.residual < ACCEPTED
    assert (found.flow > n.floor - 1e-6).all() and (found.flow < n.capacity + 1e-6).all()
    assert (found.production > -1e-6).all() and (found.production < n.ceiling + 1e-6).all()


@given(seeds, sizes, st.booleans())
@few
def test_price_gaps_are_costs_and_margins(seed: int, N: int, power: bool) -> None:
    """Over a used pipe that is not full, the price rises by tariff and margin; else by rent, too."""
    _, n = drawn(seed, N, power)
    found = solved(n)
    answer = n.elasticity * found.consumption / found.price  # of consumption to price
    gap = found.price[n.head] - found.price[n.tail] - n.tariff
    for a, k in enumerate(n.power_pipe):
        if k >= 0:
            sold = found.flow[n.power_pipe == k].sum() + found.lng[n.power_voyage == k].sum()
            gap[a] -= n.conjecture[k] * sold / answer[n.market == n.market[n.head[a]]].sum()
    room = n.capacity - found.flow > 0.01
    used = found.flow - n.floor > 0.01
    assert np.abs(gap[used & room]).max(initial=0) < 1e-3
    assert gap[room].max(initial=0) < 1e-3
    assert gap[used].min(initial=0) > -1e-3
    full = used & (gap > 1e-2)
    assert found.pipe_rent[full] == pytest.approx(gap[full], rel=1e-3)
    assert (found.pipe_rent[room] == 0).all()


@given(seeds, sizes)
@few
def test_without_capacities_there_is_no_trade(seed: int, N: int) -> None:
    _, n = drawn(seed, N)
    supply = np.maximum(n.supply, 5.0)
    n = replace(
        n,
        supply=supply,
        ceiling=1.3 * supply,
        steep=n.cost / supply,
        capacity=0 * n.capacity,
        floor=0 * n.floor,
        liquefaction=0 * n.liquefaction,
    )
    found = solved(n)
    assert np.abs(found.flow).max() < 1e-6 and np.abs(found.lng).max() < 1e-6
    for k in range(N):

        def short(p: float, k: int = k) -> float:
            made = np.clip(n.supply[k] + (p - n.cost[k]) / n.steep[k], 0, n.ceiling[k])
            return float(n.demand[k] * (p / n.price[k]) ** -n.elasticity[k] - made - n.stock[k])

        assert found.price[k] == pytest.approx(brentq(short, 1e-3, 1e6, xtol=1e-10), rel=1e-4)


@given(seeds, sizes, st.floats(0.5, 10))
@few
def test_more_capacity_never_lowers_the_surplus(seed: int, N: int, more: float) -> None:
    rng, n = drawn(seed, N)
    before = welfare(n, solved(n))
    for name in ("capacity", "liquefaction", "regasification", "ceiling"):
        at = rng.integers(len(getattr(n, name)))
        raised = getattr(n, name).copy()
        raised[at] += more
        assert welfare(n, solved(replace(n, **{name: raised}))) > before - 1e-4, name


@given(seeds, sizes)
@few
def test_a_rent_is_what_one_more_unit_is_worth(seed: int, N: int) -> None:
    _, n = drawn(seed, N)
    found = solved(n)
    rents = (
        ("capacity", found.pipe_rent),
        ("liquefaction", found.plant_rent),
        ("regasification", found.terminal_rent),
    )
    small = 0.01
    for name, every in rents:
        size = getattr(n, name)
        rent = np.where(size > 0, every, 0.0)  # what has no size has no rent of its own
        at = int(np.argmax(rent))
        if rent[at] < 0.1:
            continue
        up, down = (
            welfare(n, solved(replace(n, **{name: size + d * (np.arange(len(size)) == at)})))
            for d in (small, -small)
        )
        assert (up - down) / (2 * small) == pytest.approx(rent[at], rel=0.02, abs=0.02), name


def test_rents_are_looked_at() -> None:
    """The networks of the test above have rents of each kind."""
    seen = np.zeros(3, int)
    for seed in range(10):
        _, n = drawn(seed, 5)
        found = solved(n)
        seen += [
            (found.pipe_rent > 0.1).any(),
            (found.plant_rent[n.liquefaction > 0] > 0.1).any(),
            (found.terminal_rent[n.regasification > 0] > 0.1).any(),
        ]
    assert (seen >= 3).all()


@given(seeds, sizes, st.booleans())
@few
def test_names_of_nodes_do_not_matter(seed: int, N: int, power: bool) -> None:
    rng, n = drawn(seed, N, power)
    order = rng.permutation(N)
    ours, theirs = solved(n), solved(relabelled(n, order))
    assert theirs.price == pytest.approx(ours.price[order], rel=1e-5)
    assert theirs.consumption == pytest.approx(ours.consumption[order], rel=1e-5)
    assert theirs.production == pytest.approx(ours.production[order], rel=1e-5, abs=1e-4)
    assert theirs.lng[::-1] == pytest.approx(ours.lng, rel=1e-4, abs=1e-4)


@given(seeds, sizes, st.booleans(), st.floats(0.1, 50))
@few
def test_scaling_volumes_scales_flows(seed: int, N: int, power: bool, by: float) -> None:
    _, n = drawn(seed, N, power)
    ours, theirs = solved(n), solved(scaled(scaled(n, VOLUMES, by), ("steep",), 1 / by))
    assert theirs.price == pytest.approx(ours.price, rel=1e-5)
    for name in ("consumption", "production", "lng"):
        scale = getattr(theirs, name) / by
        assert scale == pytest.approx(getattr(ours, name), rel=1e-5, abs=1e-3), name


@given(seeds, sizes, st.floats(0.1, 5))
@few
def test_scaling_money_scales_prices(seed: int, N: int, by: float) -> None:
    _, n = drawn(seed, N)
    ours, theirs = solved(n), solved(scaled(n, MONEY, by))
    assert theirs.price / by == pytest.approx(ours.price, rel=1e-5)
    for name in ("consumption", "production", "lng"):
        value = getattr(theirs, name)
        assert value == pytest.approx(getattr(ours, name), rel=1e-5, abs=1e-3), name


def test_scaling_money_scales_prices_under_power() -> None:
    for seed in (15612, 1, 2, 3):
        _, n = drawn(seed, 7, power=True)
        ours, theirs = solved(n), solved(scaled(n, MONEY, 2.0))
        assert theirs.price / 2 == pytest.approx(ours.price, rel=1e-5)


@given(seeds, sizes, st.booleans())
@few
def test_a_closed_pipe_carries_nothing(seed: int, N: int, power: bool) -> None:
    _, n = drawn(seed, N, power)
    before = solved(n)
    at = int(np.argmax(before.flow))
    shut = np.arange(len(n.tail)) == at
    after = solved(
        replace(n, capacity=np.where(shut, 0, n.capacity), floor=np.where(shut, 0, n.floor))
    )
    assert before.flow[at] > 0.1
    assert abs(after.flow[at]) < 1e-6


@given(seeds, sizes)
@few
def test_a_floor_above_what_flows_binds(seed: int, N: int) -> None:
    _, n = drawn(seed, N)
    n = replace(n, floor=0 * n.floor)
    found = solved(n)
    spare = np.where(n.supply[n.tail] > 3, n.capacity - found.flow, 0)
    at = int(np.argmax(spare))
    gap = found.price[n.head[at]] - found.price[n.tail[at]] - n.tariff[at]
    assume(spare[at] > 1 and gap < -0.5)  # it does not pay to send gas there
    floor = n.floor.copy()
    floor[at] = found.flow[at] + 0.5
    assert solved(replace(n, floor=floor)).flow[at] == pytest.approx(floor[at], rel=1e-6)


@given(st.floats(0.1, 2), st.floats(1.2, 3), st.floats(0.3, 0.9), st.floats(0, 5))
@few
def test_inelastic_demand_answers_a_cut_with_a_higher_price(
    e: float, times: float, left: float, own: float
) -> None:
    """``own`` is what the buyer makes, with marginal cost that rises."""
    price = []
    for elasticity in (e, e * times):
        n = two_nodes(
            elasticity=[1.0, elasticity],
            supply=[10.0, own],
            cost=[2.0, 4.0],
            steep=[0.1, 1.0],
            ceiling=[100.0, 2 * own],
            capacity=left * (10 - own),
        )
        price.append(solved(n).price[1])
    assert price[0] > price[1] + 1e-3 > 4


@given(seeds, sizes, st.booleans())
@few
def test_where_it_starts_does_not_matter(seed: int, N: int, power: bool) -> None:
    rng, n = drawn(seed, N, power)
    ours, theirs = solved(n), solved(n, start=n.demand * rng.uniform(0.3, 3, N))
    assert theirs.price == pytest.approx(ours.price, rel=1e-5)


@given(seeds, sizes)
@few
def test_straight_and_curved_demand_agree_to_first_order(seed: int, N: int) -> None:
    """From where both hold, they differ by the square of a shock."""
    rng, n = drawn(seed, N)
    here = solved(n)
    n = replace(n, demand=here.consumption, price=here.price)
    shock = rng.uniform(-1, 1, N) * np.minimum(n.demand, 5)

    def apart(size: float) -> tuple[float, float]:
        moved = replace(n, stock=n.stock + size * shock)
        curved, straight = (solved(replace(moved, linear=k)).price for k in (False, True))
        change = float(np.abs(curved - n.price).max())
        return change, float(np.abs(curved - straight).max())

    change, large = apart(0.04)
    _, small = apart(0.01)
    assume(change > 0.01 and large > 1e-4)  # otherwise they differ by rounding
    assert large < 0.3 * change
    assert small < large / 8  # a sixteenth, and a limit that starts to bind may blur it


# -- surplus ----------------------------------------------------------------------------------------


def consumers_by_integral(n: Network, before: Solution, after: Solution) -> Floats:
    return np.array(
        [
            quad(
                lambda p, k=k: n.demand[k] * (p / n.price[k]) ** -n.elasticity[k],
                after.price[k],
                before.price[k],
            )[0]
            for k in range(len(n.demand))
        ]
    )


def test_a_billion_cubic_metres_of_40_mj_in_mmbtu() -> None:
    assert pytest.approx(4e16 / 1.05505585e9 / 1e9, rel=1e-3) == BILLION


@given(seeds, sizes)
@few
def test_surplus_is_the_area_at_the_curves(seed: int, N: int) -> None:
    _, n = drawn(seed, N)
    tight = replace(n, capacity=0.5 * n.capacity + 0.5 * n.floor)
    one, two = solved(n), solved(tight)
    choked = (np.maximum(one.price, two.price) > 10 * n.price).any()
    assume(not choked)
    (c, p, _), (c2, p2, _) = surplus(n, one), surplus(tight, two)
    area = BILLION * consumers_by_integral(n, one, two)
    assert c2 - c == pytest.approx(area, rel=1e-3, abs=1e-4)
    made = [
        quad(
            lambda p, k=k: np.clip(n.supply[k] + (p - n.cost[k]) / n.steep[k], 0, n.ceiling[k]),
            one.price[k],
            two.price[k],
            limit=200,
        )[0]
        if n.supply[k] > 0
        else 0.0
        for k in range(N)
    ]
    assert p2 - p == pytest.approx(BILLION * np.array(made), rel=1e-3, abs=1e-4)


@given(st.floats(0.3, 2), st.floats(3, 8))
@few
def test_surplus_adds_up_to_what_the_market_maximises(e: float, capacity: float) -> None:
    """Consumers, producers and the rent of the pipe, by what more capacity adds to each."""
    wide = two_nodes(elasticity=[1.0, e + 0.01 * (e == 1)], capacity=9.0)
    narrow = replace(wide, capacity=np.array([capacity]))
    total = []
    for n in (wide, narrow):
        found = solved(n)
        consumers, producers, _ = surplus(n, found)
        rent = BILLION * found.pipe_rent @ found.flow
        total.append(consumers.sum() + producers.sum() + rent)
    gain = BILLION * (welfare(wide, solved(wide)) - welfare(narrow, solved(narrow)))
    choked = solved(narrow).price[1] > 40
    assume(not choked)
    assert total[0] - total[1] == pytest.approx(gain, rel=1e-3, abs=1e-6)


# -- the check of a solution ------------------------------------------------------------------------


def test_a_wrong_price_flow_or_balance_is_seen() -> None:
    n = two_nodes()
    found = solved(n)
    assert residual_of(n, found) < 1e-5
    up = np.array([0.0, 0.5])
    assert residual_of(n, replace(found, price=found.price + up)) > 0.4
    assert residual_of(n, replace(found, price=found.price - up[::-1])) > 0.4
    assert residual_of(n, replace(found, flow=found.flow + 0.5)) == pytest.approx(0.5, abs=1e-4)
    for name in ("consumption", "production"):
        wrong = replace(found, **{name: getattr(found, name) + up})
        assert residual_of(n, wrong) == pytest.approx(0.5, abs=1e-4), name


def test_a_balanced_flow_that_is_no_equilibrium_is_seen() -> None:
    """One more unit goes all the way, at the price on demand: it does not pay."""
    n = two_nodes()
    found = solved(n)
    q = found.consumption + np.array([0, 1])
    more = replace(
        found,
        consumption=q,
        flow=found.flow + 1,
        production=found.production + np.array([1, 0]),
        price=np.array([2 + 0.1 * (found.production[0] - 9), 4 * (q[1] / 10) ** -2]),
    )
    assert np.abs(imbalance(n, more)).max() < 1e-6
    gap = more.price[1] - more.price[0] - 1
    assert gap < -0.1
    assert residual_of(n, more) == pytest.approx(-gap, rel=1e-4)


def test_a_flow_beyond_a_limit_is_seen() -> None:
    full = solved(two_nodes(capacity=5.0))
    assert residual_of(two_nodes(capacity=4.0), full) == pytest.approx(1, abs=1e-4)
    assert residual_of(two_nodes(floor=7.0), full) > 1.9
    made = solved(two_nodes())
    assert residual_of(two_nodes(ceiling=[9.0, 0.0]), made) > 1


def test_wrong_voyages_and_plants_are_seen() -> None:
    n = shipping(liquefaction=5.0)
    found = solved(n)
    assert residual_of(n, found) < 1e-4
    for name in ("plant_rent", "terminal_rent"):
        wrong = replace(found, **{name: getattr(found, name) + np.array([1.0, 1.0])})
        assert residual_of(n, wrong) > 0.9, name
    assert residual_of(n, replace(found, plant_rent=0 * found.plant_rent)) > 0.9
    assert residual_of(shipping(liquefaction=4.5), found) == pytest.approx(0.5, abs=1e-4)
    assert residual_of(shipping(most=2.0, liquefaction=5.0), found) > 2.9


def test_a_missing_margin_is_seen() -> None:
    n = one_market(100.0, 2.0, THREE, 1.0)
    competitive = solved(replace(n, conjecture=np.zeros(3)))
    assert residual_of(n, competitive) > 10
    wrong = solved(n)
    assert residual_of(n, replace(wrong, sold=wrong.sold + 1)) == pytest.approx(2, abs=1e-4)


@given(seeds, sizes, st.booleans(), st.sampled_from(["consumption", "production"]))
@few
def test_any_imbalance_is_seen_in_full(seed: int, N: int, power: bool, name: str) -> None:
    rng, n = drawn(seed, N, power)
    found = solved(n)
    wrong = getattr(found, name).copy()
    wrong[rng.integers(N)] += 0.7
    assert residual_of(n, replace(found, **{name: wrong})) > 0.69


def test_a_price_off_the_demand_curve_is_seen() -> None:
    """Behind a full pipe nothing else ties the price."""
    n = two_nodes(capacity=5.0)
    found = solved(n)
    assert residual_of(n, replace(found, price=found.price + np.array([0, 1]))) > 0.1


# -- what cannot be ---------------------------------------------------------------------------------


def refused(n: Network) -> tuple[tuple[str, int], ...]:
    found = solve(n)
    assert found.status == "infeasible"
    assert np.isnan(found.price).all() and np.isnan(found.flow).all()
    assert found.residual == np.inf
    return found.conflict


def test_more_than_can_be_made_has_to_flow() -> None:
    assert refused(two_nodes(floor=15.0, ceiling=[12.0, 0.0])) == (("least flow of pipe", 0),)


def test_the_conflict_names_the_pipe_that_is_in_the_way() -> None:
    """Three sellers, each with a pipe of its own; the second's cannot be filled."""
    assert refused(contracted(12.0)) == (("least flow of pipe", 1),)


def test_contracts_that_can_be_kept_are() -> None:
    found = solved(contracted(9.9))
    assert found.flow[1:] == pytest.approx([9.9, 20], rel=1e-6)


def contracted(second: float) -> Network:
    n = one_market(100.0, 2.0, THREE, 0.0)
    ceiling = np.array([50.0, 10.0, 50.0, 0.0])
    return replace(n, ceiling=ceiling, floor=np.array([5.0, second, 20.0]))


def test_what_comes_in_has_to_go_out() -> None:
    """A node that uses nothing gets 8 by contract and can send on 5."""
    n = network(
        3, demand=[0.0, 0.0, 10.0], price=4.0, supply=[10.0, 0.0, 0.0], cost=2.0,
        ceiling=[20.0, 0.0, 0.0], tail=[0, 1], head=[1, 2], floor=[8.0, 0.0], capacity=[9.0, 5.0],
    )  # fmt: skip
    assert refused(n) == (("least flow of pipe", 0),)


def test_a_voyage_that_no_plant_can_fill() -> None:
    assert refused(shipping(least=6.0, liquefaction=5.0)) == (("least flow of voyage", 0),)


def test_a_store_to_fill_without_gas() -> None:
    assert refused(two_nodes(stock=[0.0, -30.0])) == (("balance of node", 1),)


def overdrawn(seed: int) -> tuple[Network, int]:
    """A network and a pipe of it that has to carry more than its node can get."""
    rng, n = drawn(seed, 3 + seed % 5)
    at = int(rng.integers(len(n.tail)))
    k = n.tail[at]
    floor = 0 * n.floor
    floor[at] = 1 + (
        n.ceiling[k] + n.stock[k] + n.capacity[n.head == k].sum() + n.regasification[k]
    )
    return replace(n, floor=floor, capacity=np.maximum(n.capacity, floor)), at


@pytest.mark.parametrize("seed", range(20))
def test_no_numbers_where_floors_cannot_be_met(seed: int) -> None:
    found = solve(overdrawn(seed)[0])
    assert found.status != "converged"
    assert np.isnan(found.price).all() and np.isnan(found.flow).all()


def test_floors_that_cannot_be_met_are_named() -> None:
    for seed in range(20):
        n, at = overdrawn(seed)
        named = refused(n)
        assert all(kind.startswith("least flow") for kind, _ in named)
        # giving up what is named is enough
        floor, least = n.floor.copy(), n.least.copy()
        floor[[k for kind, k in named if "pipe" in kind]] = 0
        least[[k for kind, k in named if "voyage" in kind]] = 0
        assert solve(replace(n, floor=floor, least=least)).status == "converged"
        assert ("least flow of pipe", at) in named


# -- once faulty -------------------------------------------------------------------------------------


def test_gas_passes_through_a_node_that_finds_it_too_dear() -> None:
    """Node 1 pays 10 at most; gas at 15 goes through it to node 2."""
    n = network(
        3,
        linear=True,
        demand=[0.0, 1.0, 10.0],
        price=[1.0, 5.0, 50.0],
        cost=15.0,
        ceiling=[100.0, 0.0, 0.0],
        tail=[0, 1],
        head=[1, 2],
        capacity=50.0,
    )
    found = solved(n)
    assert found.price == pytest.approx([15, 15, 15], abs=1e-5)


def test_markup_where_demand_hardly_answers() -> None:
    assert lerner(1.25, 1.0, 1, 3.0) == pytest.approx(15, rel=1e-4)


def test_inelastic_demand_with_a_tenth_of_its_gas() -> None:
    found = solved(two_nodes(elasticity=[1.0, 0.005], capacity=1.0))
    assert found.price[0] == pytest.approx(2 + 0.1 * (1 - 10), abs=1e-3)


def test_surplus_of_straight_demand() -> None:
    """Demand 100 - 2 Q served at cost: prices of 10 and 20 leave 45^2 and 40^2."""
    cheap, dear = (one_market(100.0, 2.0, np.array([c]), 0.0) for c in (10.0, 20.0))
    gain = surplus(cheap, solved(cheap))[0].sum() - surplus(dear, solved(dear))[0].sum()
    assert gain == pytest.approx(BILLION * (45**2 - 40**2), rel=1e-3)


def test_every_field_of_a_node_is_relabelled() -> None:
    """Of the helper: otherwise the test of names would compare a network with itself."""
    _, n = drawn(1, 5, power=True)
    moved = relabelled(n, np.roll(np.arange(5), 1))
    assert all((getattr(moved, k) != getattr(n, k)).any() for k in EACH_NODE)
