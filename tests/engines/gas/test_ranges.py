"""Ranges of flows that are not unique, and years solved together."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from gas_networks import random_network
from multipolar.engines.gas.kernel import solve
from multipolar.engines.gas.model import prepared_base
from multipolar.engines.gas.path import Option, solve_path
from multipolar.engines.gas.ranges import flow_ranges
from multipolar.engines.gas.years import network_of
from multipolar.world import World

BASE, TABLES, CENTRAL = prepared_base(World.load())


@pytest.mark.parametrize("seed", range(8))
def test_the_flow_found_lies_within_its_range(seed: int) -> None:
    n = random_network(np.random.default_rng(seed), 3 + seed % 5)
    found = solve(n)
    low, high = flow_ranges(n, found)
    assert (low <= found.flow + 1e-6).all()
    assert (high >= found.flow - 1e-6).all()
    assert (low >= n.floor - 1e-6).all()


def test_more_slack_widens_the_ranges_and_the_ends_can_be_reached() -> None:
    n = BASE.network
    found = solve(n)
    some = [k for k, f in enumerate(found.flow) if 1 < f < n.capacity[k] - 1][:12]
    tight, wide = flow_ranges(n, found, 0.0, some), flow_ranges(n, found, 1.0, some)
    assert (wide[0] <= tight[0] + 1e-6).all()
    assert (wide[1] >= tight[1] - 1e-6).all()
    assert (wide[1] - wide[0]).max() > (tight[1] - tight[0]).max()


def test_within_europe_flows_are_not_unique_and_exports_are() -> None:
    found = solve(BASE.network)
    low, high = flow_ranges(BASE.network, found)
    by_name = {(p.tail, p.head): k for k, p in enumerate(BASE.pipes)}
    inner, outer = by_name["DEU", "XCE"], by_name["RUS-E", "CHN"]
    assert high[inner] - low[inner] > 1
    assert high[outer] - low[outer] < 0.1


def test_years_without_options_are_the_years_one_by_one() -> None:
    years = (2030, 2031, 2032)
    nets = [network_of(BASE, TABLES, CENTRAL, y).network for y in years]
    path = solve_path(years, nets, [], solver="piqp")
    for n, together in zip(nets, path.solutions, strict=True):
        assert together.price == pytest.approx(solve(n).price, abs=2e-3)


def test_what_is_built_stays_and_earns_its_annuity() -> None:
    years = tuple(range(2028, 2033))
    nets = [network_of(BASE, TABLES, CENTRAL, y).network for y in years]
    node = TABLES.index["QAT"]
    cheap = Option("liquefaction", node, 0.5, 60.0, 2029)
    path = solve_path(years, nets, [cheap], solver="piqp")
    (built,) = path.built
    assert built[0] == pytest.approx(0, abs=1e-4)  # not before it can be there
    assert (np.diff(built) > -1e-4).all()
    assert 1 < built[-1] < 60
    assert path.residual < 1e-2
    # where neither limit binds, discounted rents pay for the plant exactly
    weight = np.array([1.07 ** -(y - years[0]) for y in years])
    rents = np.array([s.plant_rent[node] for s in path.solutions])
    paid = (weight * rents)[1:].sum() / weight[1:].sum()
    assert paid == pytest.approx(0.5, abs=0.02)
    dear = solve_path(years, nets, [Option("liquefaction", node, 2.0, 60.0, 2029)], solver="piqp")
    assert dear.built[0, -1] < built[-1]


def test_the_least_flow_is_a_linear_programme_of_its_own() -> None:
    """One range found again by writing the balances out by hand."""
    n = BASE.network
    found = solve(n)
    k = next(i for i, p in enumerate(BASE.pipes) if (p.tail, p.head) == ("DEU", "FRA"))
    A, N = len(n.tail), len(n.demand)
    matrix = np.zeros((N, A))
    matrix[n.tail, np.arange(A)] += 1
    matrix[n.head, np.arange(A)] -= 1
    done = linprog(
        np.eye(A)[k],
        A_ub=n.tariff[None, :],
        b_ub=[n.tariff @ found.flow],
        A_eq=matrix,
        b_eq=matrix @ found.flow,
        bounds=list(zip(n.floor, n.capacity + 1e-6, strict=True)),
    )
    assert flow_ranges(n, found, 0.0, [k])[0][0] == pytest.approx(done.fun, abs=0.01)
