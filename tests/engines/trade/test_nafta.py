"""NAFTA as Caliendo and Parro (2015) have it: their Table 2, and an independent replication.

Table 2 has no deficits in either equilibrium, so it compares two solves. The reference arrays
come from a replication of ours in another program, solved to 1e-7. Its hats are relative to the
data and its numeraire is not quite the kernel's: money and prices differ by a constant factor
(about 1.00013), which is why both are divided by their own world value added, ``sum(w^ wL)``,
before they are compared.
"""

from __future__ import annotations

import numpy as np
import pytest

from multipolar.engines.trade.effects import Effects
from multipolar.engines.trade.kernel import Solution
from multipolar.numerics.arrays import Floats
from trade_economies import needs_nafta, solved
from validation.economies import Nafta, read_nafta

pytestmark = needs_nafta
MEMBERS = ("Mexico", "Canada", "USA")


@pytest.fixture(scope="module")
def nafta() -> Nafta:
    return read_nafta()


@pytest.fixture(scope="module")
def pair(nafta: Nafta) -> tuple[Solution, Solution]:
    before, after = (solved(nafta.economy, nafta.theta, s, 1e-10) for s in nafta.shocks())
    return before, after


@pytest.fixture(scope="module")
def columns(nafta: Nafta, pair: tuple[Solution, Solution]) -> dict[str, Floats]:
    effects = Effects(nafta.economy, after=pair[1], before=pair[0])
    return {
        "welfare": effects.terms_of_trade + effects.volume_of_trade,
        "tot": effects.terms_of_trade,
        "vot": effects.volume_of_trade,
        "realwage": effects.real_wage,
        "exact_real_income": effects.real_income,
    }


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("column", ["welfare", "tot", "vot", "realwage"])
def test_published_table_2(
    nafta: Nafta, columns: dict[str, Floats], member: str, column: str
) -> None:
    published = float(nafta.table[member][f"published_{column}_pct"])
    assert abs(columns[column][nafta.regions.index(member)] - published) < 0.01


@pytest.mark.parametrize("column", ["welfare", "tot", "vot", "realwage", "exact_real_income"])
def test_replication_of_all_31_countries(
    nafta: Nafta, columns: dict[str, Floats], column: str
) -> None:
    replicated = [float(nafta.table[n][f"repl_{column}_pct"]) for n in nafta.regions]
    assert len(replicated) == 31
    assert np.abs(columns[column] - replicated).max() < 1e-4


@pytest.mark.parametrize("which", [0, 1])
def test_reference_arrays_in_one_numeraire(
    nafta: Nafta, pair: tuple[Solution, Solution], which: int
) -> None:
    e, ours = nafta.economy, pair[which]
    ref = {k.split("_", 1)[1]: v for k, v in nafta.reference.items() if k[3] == str(which)}
    world = e.value_added.sum()
    theirs = (ref["w_hat_n"] * e.value_added).sum() / world
    assert (ours.wage * e.value_added).sum() / world == pytest.approx(1, abs=1e-12)
    index = np.exp((e.final * np.log(ours.price)).sum(axis=0))
    for mine, name in (
        (ours.wage, "w_hat_n"),
        (ours.cost.T, "c_hat_nj"),
        (ours.price.T, "P_hat_nj"),
        (index, "P_hat_n"),
        (ours.income, "I_n"),
        (ours.spending.T, "X_nj"),
    ):
        assert mine == pytest.approx(ref[name] / theirs, rel=1e-6, abs=0), name


def test_decomposition_is_not_exact_real_income(nafta: Nafta, columns: dict[str, Floats]) -> None:
    mexico = nafta.regions.index("Mexico")
    assert columns["welfare"][mexico] == pytest.approx(1.31, abs=0.01)
    assert columns["exact_real_income"][mexico] == pytest.approx(0.0073, abs=1e-4)
