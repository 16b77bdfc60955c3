"""Questions about sanctions: what a coalition is worth, who pays, who could join, who is deterred.

After Chowdhry, Hinz, Kamin & Wanner (2024), Brothers in Arms: The Value of Coalitions in Sanctions
Regimes, Economic Policy 39(118). Every answer is given at each set of trade elasticities of the
horizon: a value at one of them, and the least and the greatest.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.engines.api.memo import Memo
from multipolar.engines.trade.data import Table, read_elasticities, read_table
from multipolar.engines.trade.effects import Effects
from multipolar.engines.trade.kernel import Economy, Rule, Shock, solve
from multipolar.engines.trade.measures import embargo_at, positions
from multipolar.errors import DataError, EngineError, NotConverged, ScenarioError
from multipolar.numerics.arrays import Floats
from multipolar.numerics.cooperative import sampled_shapley, shapley

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.world import World

CENTRAL = "fontagne"
FEW = 6  # members whose every combination is solved; 2 ** 6 solves a set
SAMPLED = 32  # orders in which members join, where there are more
EQUAL = 1e-6  # percentage points between senders' losses that count as none
ROUNDS = 30

Players = Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class Losses:
    """Real income of every country after a shock, percent, and its income before; shape (N,)."""

    real_income: Floats
    income: Floats

    def group(self, places: Sequence[int]) -> float:
        """Average over a group, by income before."""
        weight = self.income[list(places)]
        return float(self.real_income[list(places)] @ weight / weight.sum())


@dataclass(frozen=True)
class Sanctions:
    """The table and the elasticities that questions are asked of.

    Attributes:
        table: input-output table.
        sets: names of the elasticity sets; ``thetas`` their values, shape (sets, J).
        central: which of them gives the value; the others give the range.
        horizon: ``short``, ``medium`` or ``long``.

    Example:
        >>> from multipolar.world import World
        >>> asked = Sanctions.load(World.load(), sets=["flat"])
        >>> asked.loss({"EU": ["DEU", "FRA"]}, {"Russia": ["RUS"]})["party"].tolist()
        ['Russia', 'EU', 'all senders']
    """

    table: Table
    sets: tuple[str, ...]
    thetas: Floats
    central: int
    horizon: str
    progress: bool = False
    _solved: Memo = field(default_factory=Memo, repr=False, compare=False)

    @classmethod
    def load(
        cls,
        world: World,
        *,
        horizon: str = "long",
        sets: Sequence[str] | None = None,
        progress: bool = False,
    ) -> Sanctions:
        """Read what the questions need.

        Args:
            world: its newest input-output table is used.
            horizon: how long there is to adjust.
            sets: elasticity sets; all that the horizon has if left out. The first gives the
                value, unless the central one is among them.
            progress: show a bar on stderr.

        Raises:
            EngineError: there is no such set at that horizon.
        """
        table = read_table(world)
        names, thetas = read_elasticities(world, table.sectors, horizon)
        chosen = tuple(sets) if sets else names
        for name in chosen:
            if name not in names:
                raise EngineError(
                    f"no elasticities {name!r} at horizon {horizon}", hint=", ".join(names)
                )
        thetas = thetas[[names.index(n) for n in chosen]]
        central = chosen.index(CENTRAL) if CENTRAL in chosen else 0
        return cls(table, chosen, thetas, central, horizon, progress)

    # -- solving -------------------------------------------------------------------------------

    def _places(self, parties: Mapping[str, Sequence[str]]) -> dict[str, list[int]]:
        if not parties:
            raise ScenarioError("nobody is named", hint="name countries or coalitions, say EU")
        found = {}
        for name, codes in parties.items():
            places = positions(list(codes), self.table)
            if not places:
                raise EngineError(
                    f"the table {self.table.name} does not tell {name} apart from the rest of the "
                    "world",
                    hint="`multipolar data show io_2022` lists its 80 countries",
                )
            found[name] = places
        return found

    def _effects(
        self, senders: Iterable[int], targets: Iterable[int], which: int, rule: Rule = "fixed"
    ) -> Losses:
        """Solve an embargo, once for the same countries."""
        key = (frozenset(senders), frozenset(targets), which, rule)

        def losses() -> Losses:
            shock = embargo_at(self.table, sorted(key[0]), sorted(key[1]), rule)
            return _losses(self.table.economy, self.thetas[which], shock)

        return self._solved.once(key, losses)

    def _each(self, ask: Any, label: str) -> Iterator[Any]:
        """Ask at every elasticity set, with a bar if wanted."""
        which = range(len(self.sets))
        if not (self.progress and sys.stderr.isatty()):
            yield from map(ask, which)
            return
        from tqdm import tqdm

        yield from map(ask, tqdm(which, desc=label, unit="set", file=sys.stderr, leave=False))

    def _frame(self, label: str, ask: Any, keys: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
        """Lay rows of values out, one column a set, and name value, least and greatest."""
        import pandas as pd

        columns = np.array(list(self._each(ask, label)), dtype=float).T
        if np.isinf(columns).any():
            raise EngineError(f"the {label} has no finite answer", hint="name other countries")
        rows = [
            {**key, "value": values[self.central], "low": values.min(), "high": values.max()}
            for key, values in zip(keys, columns, strict=True)
        ]
        frame = pd.DataFrame(rows)
        frame.attrs |= {"horizon": self.horizon, "elasticities": ", ".join(self.sets)}
        frame.attrs |= {"value_at": self.sets[self.central], "table": self.table.name}
        return frame

    # -- questions -----------------------------------------------------------------------------

    def loss(
        self, senders: Mapping[str, Sequence[str]], targets: Mapping[str, Sequence[str]]
    ) -> pd.DataFrame:
        """Return what an embargo costs each target and each sender: real income, percent.

        Args:
            senders: ISO codes of each member, by its name; ``targets`` likewise.

        Returns:
            One row for each party, with ``value``, ``low`` and ``high`` over elasticities.
        """
        ours, theirs = self._places(senders), self._places(targets)
        _apart(ours, theirs)
        everyone = {**theirs, **ours, "all senders": _union(ours.values())}
        roles = ["target"] * len(theirs) + ["sender"] * len(ours) + ["all"]

        def ask(which: int) -> list[float]:
            effects = self._effects(everyone["all senders"], _union(theirs.values()), which)
            return [effects.group(list(places)) for places in everyone.values()]

        keys = [
            {"party": name, "role": role, "measure": "real income", "unit": "percent"}
            for name, role in zip(everyone, roles, strict=True)
        ]
        return self._frame("embargo", ask, keys)

    def value(
        self,
        senders: Mapping[str, Sequence[str]],
        targets: Mapping[str, Sequence[str]],
        *,
        orders: int = SAMPLED,
        seed: int = 2023,
    ) -> pd.DataFrame:
        """Return what each member adds to the target's loss.

        ``alone`` is the target's loss by that member only, ``last in`` what the loss falls by if
        it alone leaves, and ``share`` its Shapley value: the mean of what it adds over all orders
        of joining, which sums to the loss by all. Up to six members every combination is solved;
        beyond, orders are sampled (each with its reverse) and ``error`` is the standard error.

        Args:
            senders: members; ``targets``: whom the embargo is on, taken together.
            orders: sampled where members are many, an even number; ``seed`` fixes them.
        """
        ours, theirs = self._places(senders), self._places(targets)
        _apart(ours, theirs)
        target, names, n = _union(theirs.values()), list(ours), len(ours)
        everybody = 2**n - 1  # coalitions are bitmasks

        def ask(which: int) -> list[float]:
            def harm(coalition: int) -> float:
                inside = _union(ours[name] for m, name in enumerate(names) if coalition >> m & 1)
                return -self._effects(inside, target, which).group(target) if inside else 0.0

            def harms(coalitions: Iterable[int]) -> Floats:
                return np.array([harm(c) for c in coalitions])

            whole = harm(everybody)
            alone = harms(1 << m for m in range(n))
            last = whole - harms(everybody ^ 1 << m for m in range(n))
            if n <= FEW:
                share, error = shapley(harms(range(2**n))), np.zeros(n)
            else:
                share, error = sampled_shapley(harms, n, orders, seed)
            return [whole, *np.stack([alone, last, share, error]).T.ravel().tolist()]

        keys = [{"party": "all members", "measure": "loss of the target", "unit": "percent"}]
        kinds = ("alone", "last in", "share", "error")
        keys += [{"party": n, "measure": k, "unit": "points"} for n in names for k in kinds]
        frame = self._frame("coalition", ask, keys)
        return frame[(frame["measure"] != "error") | (frame["high"] > 0)].reset_index(drop=True)

    def burden(
        self, senders: Mapping[str, Sequence[str]], targets: Mapping[str, Sequence[str]]
    ) -> pd.DataFrame:
        """Return the transfers among the senders' countries that equalise their losses.

        Transfers add to or take from each country's deficit, sum to zero, and are found with
        their own effects on prices: each country then loses the same share of real income. In
        USD bn a year; above zero it receives.
        """
        ours, theirs = self._places(senders), self._places(targets)
        _apart(ours, theirs)
        members, target = _union(ours.values()), _union(theirs.values())

        def ask(which: int) -> list[float]:
            unequal = self._effects(members, target, which)
            paid, common = self._equalise(members, target, which)
            rows = np.stack([unequal.real_income[members], paid * 1e-3], axis=1)
            return [*rows.ravel().tolist(), common, float(np.maximum(paid, 0).sum()) * 1e-3]

        keys = []
        for n in members:
            name = self.table.countries[n]
            keys.append({"party": name, "measure": "real income before", "unit": "percent"})
            keys.append({"party": name, "measure": "transfer received", "unit": "USD bn"})
        keys.append({"party": "each", "measure": "real income after", "unit": "percent"})
        keys.append({"party": "all", "measure": "sum transferred", "unit": "USD bn"})
        return self._frame("burden", ask, keys)

    def _equalise(
        self, members: Sequence[int], target: Sequence[int], which: int
    ) -> tuple[Floats, float]:
        economy, theta = self.table.economy, self.thetas[which]
        shock = embargo_at(self.table, members, target)
        places = list(members)
        transfer = np.zeros(len(places))
        for _ in range(ROUNDS):
            deficit = economy.deficit.copy()
            deficit[places] += transfer
            after = solve(replace(economy, deficit=deficit), theta, shock)
            if not after.converged:
                raise NotConverged(after.message)
            effects = Effects(economy, after)
            income = effects.income_before[places]
            loss = effects.real_income[places]
            common = float(loss @ income / income.sum())
            if abs(loss - common).max() < EQUAL:
                return transfer, common
            transfer += (common - loss) / 100 * income
        raise NotConverged("the transfers did not settle", hint="leave the smallest member out")

    def potential(
        self,
        senders: Mapping[str, Sequence[str]],
        targets: Mapping[str, Sequence[str]],
        shock: Shock | None = None,
    ) -> pd.DataFrame:
        """Return how far measures go: the target's loss as a share of what an embargo would do.

        The senders' embargo is set against one by everybody else, and, if ``shock`` is given,
        that milder shock against the senders' embargo. A country cut off from all can have no
        deficit, so that trade is balanced, before and after, in every solve compared here.
        """
        ours, theirs = self._places(senders), self._places(targets)
        _apart(ours, theirs)
        members, target = _union(ours.values()), _union(theirs.values())
        world = [n for n in range(len(self.table.countries)) if n not in target]

        def ask(which: int) -> list[float]:
            full = self._effects(members, target, which, "balanced").group(target)
            alone = self._effects(world, target, which, "balanced").group(target)
            found = [100 * full / alone]
            if shock is not None:
                balanced = replace(shock, rule="balanced")
                mild = _losses(self.table.economy, self.thetas[which], balanced).group(target)
                found.append(100 * mild / full)
            return found

        ratios = ["loss by the senders' embargo, of the loss by the world's"]
        if shock is not None:
            ratios.append("loss by the measures, of the loss by the senders' embargo")
        party = ", ".join(theirs)
        keys = [{"party": party, "measure": ratio, "unit": "percent"} for ratio in ratios]
        return self._frame("potential", ask, keys)

    def joins(
        self,
        senders: Mapping[str, Sequence[str]],
        targets: Mapping[str, Sequence[str]],
        candidate: Mapping[str, Sequence[str]],
    ) -> pd.DataFrame:
        """Return what changes if somebody joins an embargo: for target, senders and itself."""
        ours, theirs = self._places(senders), self._places(targets)
        third = self._places(candidate)
        _apart(ours, theirs, third)
        members, target = _union(ours.values()), _union(theirs.values())
        new = _union(third.values())

        def ask(which: int) -> list[float]:
            without = self._effects(members, target, which)
            joined = self._effects([*members, *new], target, which)
            pairs = [(e.group(target), e.group(members), e.group(new)) for e in (without, joined)]
            more = 100 * (pairs[1][0] / pairs[0][0] - 1)
            return [v for two in zip(*pairs, strict=True) for v in two] + [more]

        who = (", ".join(theirs), "all senders", ", ".join(third))
        keys = [
            {"party": party, "measure": f"real income {when}", "unit": "percent"}
            for party in who
            for when in ("without", "joined")
        ]
        keys.append({"party": who[0], "measure": "loss increased by", "unit": "percent"})
        return self._frame("joins", ask, keys)

    def threat(
        self,
        senders: Mapping[str, Sequence[str]],
        targets: Mapping[str, Sequence[str]],
        third: Mapping[str, Sequence[str]],
    ) -> pd.DataFrame:
        """Return what defying a threat of secondary sanctions costs a third party, and gains it.

        The cost is its loss if the senders stop all trade with it while they embargo the target;
        the gain, what its trade with the target is then worth: its loss if it joined instead.
        ``probability`` is that of the threat being carried out at which the two are equal: above
        it, trade with the target does not pay. NaN where being punished costs nothing: there is
        none.
        """
        ours, theirs = self._places(senders), self._places(targets)
        others = self._places(third)
        _apart(ours, theirs, others)
        members, target = _union(ours.values()), _union(theirs.values())
        defiant = _union(others.values())

        def ask(which: int) -> list[float]:
            base = self._effects(members, target, which)
            complied = self._effects([*members, *defiant], target, which)
            punished = self._effects(members, [*target, *defiant], which)
            gain = base.group(defiant) - complied.group(defiant)
            cost = base.group(defiant) - punished.group(defiant)
            sent = base.group(members) - punished.group(members)
            return [gain, cost, sent, gain / cost if cost > 0 else math.nan]

        name = ", ".join(others)
        keys = [
            {"party": name, "measure": "gain from trade with the target", "unit": "points"},
            {"party": name, "measure": "cost of being punished", "unit": "points"},
            {"party": "all senders", "measure": "cost of punishing", "unit": "points"},
            {"party": name, "measure": "probability at which it stops paying", "unit": "1"},
        ]
        return self._frame("threat", ask, keys)


def parties(names: Sequence[str], world: World, *, apart: bool = False) -> dict[str, list[str]]:
    """Return the ISO codes each name stands for; with ``apart`` each country by itself.

    Raises:
        ScenarioError: nobody goes by a name; the nearest is given.

    Example:
        >>> from multipolar.world import World
        >>> {k: len(v) for k, v in parties(["EU", "Japan"], World.load()).items()}
        {'EU': 27, 'Japan': 1}
    """
    found: dict[str, list[str]] = {}
    for name in names:
        try:
            codes = world.countries_named(name)
        except DataError as fault:
            raise ScenarioError(fault.what, hint=fault.hint) from None
        if apart and len(codes) > 1:
            found |= {c: [c] for c in codes}
        else:
            label = world.names_index.label(codes[0]) if len(codes) == 1 else name
            found[label] = list(codes)
    return found


def _losses(economy: Economy, theta: Floats, shock: Shock) -> Losses:
    """Solve a shock; where trade is balanced after it, it is balanced before it too."""
    before = solve(economy, theta, Shock(rule="balanced")) if shock.rule == "balanced" else None
    after = solve(economy, theta, shock)
    for solution in (before, after):
        if solution is not None and not solution.converged:
            raise NotConverged(solution.message, hint="leave a country out")
    effects = Effects(economy, after, before)
    return Losses(effects.real_income, effects.income_before)


def _union(groups: Iterable[Sequence[int]]) -> list[int]:
    return list(dict.fromkeys(n for group in groups for n in group))


def _apart(*sides: Players) -> None:
    """Refuse a country that stands on two sides."""
    seen: dict[int, str] = {}
    for side in sides:
        here = {n: name for name, places in side.items() for n in places}
        for n, name in here.items():
            if n in seen:
                raise EngineError(f"{name} and {seen[n]} share a country", hint="name one of them")
        seen |= here
