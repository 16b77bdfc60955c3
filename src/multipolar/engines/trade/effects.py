"""What a shock did, country by country: exact real income, and the paper's decomposition."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from multipolar.engines.trade.kernel import Economy, Solution, purchases
from multipolar.numerics.arrays import Floats


@dataclass(frozen=True)
class Effects:
    """Two equilibria of one economy, and the changes between them.

    ``before`` is None where it is the economy as the table has it; ``added`` are the tariff rates
    before, shape (J, N, N), where those are not the economy's. Changes are in percent and
    shaped (N,), unless said otherwise.
    """

    economy: Economy
    after: Solution
    before: Solution | None = None
    added: Floats | None = None

    @cached_property
    def _start(self) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Income, spending, log wage, log price and log cost before."""
        if self.before is not None:
            b = self.before
            return b.income, b.spending, np.log(b.wage), np.log(b.price), np.log(b.cost)
        spending = purchases(self.economy)
        bought = np.einsum("dkj,jd->kd", self.economy.inputs, self.economy.output)
        none = np.zeros_like(spending)
        return (spending - bought).sum(axis=0), spending, none[0], none, none

    @property
    def income_before(self) -> Floats:
        """Final spending before, shape (N,), money of the table."""
        return self._start[0]

    @cached_property
    def log_price_index(self) -> Floats:
        """Log change in the price of final spending, shape (N,); world value added is the unit."""
        return np.asarray((self.economy.final * (np.log(self.after.price) - self._start[3])).sum(0))

    @cached_property
    def real_income(self) -> Floats:
        """Spending at constant prices, shape (N,), percent: exact, ``100 (I'/I / P^ - 1)``."""
        change = self.after.income / self.income_before
        return np.asarray(100 * (change * np.exp(-self.log_price_index) - 1))

    @cached_property
    def real_wage(self) -> Floats:
        """Wages at constant prices, shape (N,), percent: exact, ``100 (w^ / P^ - 1)``."""
        change = np.log(self.after.wage) - self._start[2] - self.log_price_index
        return np.asarray(100 * np.expm1(change))

    @cached_property
    def flows_before(self) -> Floats:
        """Trade before, net of tariffs, shape (J, N, N), money."""
        share = self.economy.share if self.before is None else self.before.share
        flows = share * self._start[1][:, None, :]
        return np.asarray(flows if self._tariff is None else flows / (1 + self._tariff))

    @cached_property
    def flows_after(self) -> Floats:
        """Trade after, at the new tariffs' prices net of them, shape (J, N, N), money."""
        return np.asarray(self.after.flows)

    @property
    def _tariff(self) -> Floats | None:
        """Rates before, shape (J, N, N)."""
        return self.economy.tariff if self.added is None else self.added

    @cached_property
    def _cost(self) -> Floats:
        """Change in unit costs, shape (J, N); 0 is none."""
        return np.asarray(np.expm1(np.log(self.after.cost) - self._start[4]))

    @cached_property
    def terms_of_trade(self) -> Floats:
        """Export less import prices, by trade before, shape (N,), percent of income: first order.

        ``100 / I[n] sum_ij (E[n,i,j] dc[n,j] - M[n,i,j] dc[i,j])`` with dc the relative change of
        unit costs, E exports and M imports before; Caliendo & Parro (2015), equation 15.
        """
        sales = np.einsum("jod,jo->o", self.flows_before, self._cost)
        paid = np.einsum("jod,jo->d", self.flows_before, self._cost)
        return np.asarray(100 * (sales - paid) / self.income_before)

    @cached_property
    def volume_of_trade(self) -> Floats:
        """Tariff revenue gained as imports grow, shape (N,), percent of income: first order.

        ``100 / I[n] sum_ij tariff M (dM - dc)``, M imports before, dM and dc relative
        changes; the same source. It is zero where there were no tariffs before.
        """
        if self._tariff is None:
            return np.zeros(len(self.income_before))
        before = self.flows_before
        more = self.flows_after - before - before * self._cost[:, :, None]
        gain = (self._tariff * more).sum(axis=(0, 1))
        return np.asarray(100 * gain / self.income_before)

    @property
    def output_before(self) -> Floats:
        """Value of output before, shape (J, N), money."""
        return self.economy.output if self.before is None else self.before.output

    @cached_property
    def production(self) -> Floats:
        """Change in the quantity produced, percent, shape (J, N); zero where nothing was."""
        output = self.output_before
        price = np.log(self.after.cost) - self._start[4]
        with np.errstate(divide="ignore", invalid="ignore"):
            quantity = self.after.output / output * np.exp(-price)
        return np.where(output > 0, 100 * (quantity - 1), 0.0)

    def group(self, places: list[int]) -> float:
        """Return a group's real income, percent: the mean of its members', by income before."""
        weight = self.income_before[places]
        return float(self.real_income[places] @ weight / weight.sum())
