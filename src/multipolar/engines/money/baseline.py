"""Shares of currencies before any measure, for every pair of countries.

World trade has zone rules (assumptions), scaled to shares of the world's trade; Russian trade has
the totals the Bank of Russia reported for 2021 and January 2022, spread over partners.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from multipolar.engines.api.memo import Memo
from multipolar.engines.money.data import CNY, CURRENCIES, RUB, Facts
from multipolar.numerics.arrays import Flags, Floats

Basis = Literal["invoicing", "settlement"]
BASES: tuple[Basis, ...] = ("invoicing", "settlement")
K = len(CURRENCIES)
ROUNDS = 60
IMPORT_ZONES = ("euro", "dollar", "west", "yuan", "other")


@dataclass(frozen=True, slots=True)
class Before:
    """What is uncertain in the shares before 2022.

    Attributes:
        from_china: share of the yuan in Russia's imports from China, percent.
        third: the same in its imports from countries without sanctions, China left out, percent.
        swap_odds: odds of the yuan in a country with a swap line over those in one without.
        settled: share of the yuan in payments for China's trade, percent; for the settlement basis.
    """

    from_china: float
    third: float
    swap_odds: float
    settled: float


@dataclass(frozen=True, eq=False)
class Pattern:
    """What no parameter changes of the shares before 2022.

    Attributes:
        facts: the tables.
        world: shares outside Russian trade, scaled to the world's, shape (N, N, K).
        exports: shares in Russian exports by destination, shape (N, K).
        imports: rules for Russian imports by origin, not yet scaled, shape (N, K).
        imported: totals of Russian imports, shape (K,).
        memo: what follows from the pattern alone.
    """

    facts: Facts
    world: Floats
    exports: Floats
    imports: Floats
    imported: Floats
    memo: Memo = field(default_factory=Memo, repr=False)


def read_pattern(facts: Facts) -> Pattern:
    """Return the shares before 2022 as far as no parameter bears on them."""
    weight = np.where(russian(facts), 0.0, facts.value)
    known = facts.shares("world", "WLD", "")[: CNY + 1] / 100
    total = facts.shares("before", "RUS", "WLD", "exports") / 100
    rules = {z: facts.shares("russia", z, "RUS", "imports") / 100 for z in IMPORT_ZONES}
    zones = [
        "west" if z == "other" and facts.west[n] else "other" if z == "rouble" else z
        for n, z in enumerate(facts.zone)
    ]
    return Pattern(
        facts,
        _scaled(_by_zone(facts), weight, known),
        _exports(facts, total),
        np.array([rules[z] for z in zones]),
        facts.shares("before", "RUS", "WLD", "imports") / 100,
    )


def russian(facts: Facts) -> Flags:
    """Return which flows are Russian, shape (N, N)."""
    out = np.zeros(facts.value.shape, dtype=bool)
    out[facts.russia] = out[:, facts.russia] = True
    return out


def baseline(pattern: Pattern, before: Before, basis: Basis = "invoicing") -> Floats:
    """Return the shares of currencies by origin and destination, shape (N, N, K).

    With ``settlement`` the yuan's odds in China's trade are scaled so that its share there is
    ``before.settled``; the rest, and Russian trade, are as with ``invoicing``.

    Example:
        >>> from multipolar.engines.money.data import read_facts
        >>> from multipolar.world import World
        >>> facts = read_facts(World.load())
        >>> s0 = baseline(read_pattern(facts), Before(17.0, 1.0, 4.0, 12.5))
        >>> world = np.einsum("ij,ijk->k", facts.value, s0) / facts.value.sum()
        >>> bool(abs(world[2] - 0.017) < 0.003)
        True
    """
    facts, r = pattern.facts, pattern.facts.russia
    if basis == "settlement":
        s = _settled(facts, pattern.world, before.settled / 100)
    else:
        s = pattern.world.copy()
    s[r] = pattern.exports
    s[:, r] = _imports(pattern, before)
    s[r, r] = np.eye(K)[RUB]
    return s


def _by_zone(facts: Facts) -> Floats:
    zones = sorted(set(facts.zone) - {"rouble"})
    rules = np.zeros((len(zones), len(zones), K))
    for a, one in enumerate(zones):
        for b, other in enumerate(zones):
            found = facts.shares("zone", one, other)
            if np.isnan(found).any():
                found = facts.shares("zone", other, one)
            # trade within a country of its own zone has no rule and no weight
            rules[a, b] = np.full(K, 100 / K) if np.isnan(found).any() else found
    at = np.array([zones.index(z) if z in zones else zones.index("other") for z in facts.zone])
    return np.asarray(rules[at][:, at] / 100)


def _scaled(s: Floats, weight: Floats, known: Floats) -> Floats:
    """Scale currencies' odds so that their shares of all trade are those known, the rest the last.

    Args:
        s: shares, shape (..., K).
        weight: trade, the shape of ``s`` without its last axis.
        known: shares of the first currencies.
    """
    weight = weight / weight.sum()
    flat, w = s.reshape(-1, K), weight.reshape(-1)
    for _ in range(ROUNDS):
        world = w @ flat
        left = 1 - known.sum()
        n = len(known)
        factor = np.append(known / world[:n], np.full(K - n, left / world[n:].sum()))
        flat = flat * factor
        flat /= flat.sum(axis=1, keepdims=True)
        if np.abs(factor - 1).max() < 1e-12:
            break
    return flat.reshape(s.shape)


def _times(s: Floats, odds: float) -> Floats:
    out = s.copy()
    out[..., CNY] *= odds
    return np.asarray(out / out.sum(axis=-1, keepdims=True))


def _settled(facts: Facts, s: Floats, share: float) -> Floats:
    chinese = np.zeros(s.shape[:2], dtype=bool)
    chinese[facts.china] = chinese[:, facts.china] = True
    chinese &= ~russian(facts)
    w = facts.value[chinese] / facts.value[chinese].sum()

    from scipy.optimize import brentq

    def gap(log_odds: float) -> float:
        return float(w @ _times(s[chinese], float(np.exp(log_odds)))[:, CNY]) - share

    out = s.copy()
    out[chinese] = _times(s[chinese], float(np.exp(brentq(gap, -5, 10))))
    return out


def _exports(facts: Facts, total: Floats) -> Floats:
    """Return the currencies of Russian exports, shape (N, K): the yuan mostly with China."""
    s = np.tile(total, (len(facts.countries), 1))
    for partner, who in (("other", slice(None)), ("yuan", facts.china)):
        s[who, CNY] = facts.shares("russia", "RUS", partner, "exports")[CNY] / 100
    return _rest_scaled(s, total, facts.value[facts.russia])


def _imports(pattern: Pattern, before: Before) -> Floats:
    """Return the currencies of Russian imports, shape (N, K)."""
    facts, s = pattern.facts, pattern.imports.copy()
    weight, third = facts.value[:, facts.russia], facts.third
    s[facts.china] = _yuan_at(s[facts.china], before.from_china / 100)
    plain = _plain_share(before.third / 100, before.swap_odds, weight[third], facts.swap[third])
    s[third] = _yuan_at(s[third], plain)
    lined = third & facts.swap
    s[lined] = _times(s[lined], before.swap_odds)
    s[facts.russia] = np.eye(K)[RUB]
    return _rest_scaled(s, pattern.imported, weight)


def _plain_share(mean: float, odds: float, weight: Floats, lined: Flags) -> float:
    """Return the share without a swap line, given the mean over all, weighted by trade."""
    w = float(weight[lined].sum() / weight.sum())

    from scipy.optimize import brentq

    def gap(a: float) -> float:
        return (1 - w) * a + w * odds * a / (1 - a + odds * a) - mean

    return float(brentq(gap, 0.0, 1.0))


def _yuan_at(s: Floats, share: float) -> Floats:
    out = s * (1 - share) / (1 - s[..., CNY : CNY + 1])
    out[..., CNY] = share
    return np.asarray(out)


def _rest_scaled(s: Floats, total: Floats, weight: Floats) -> Floats:
    """Scale currencies other than the yuan to their proportions in the total."""
    rest = np.delete(np.arange(K), CNY)
    yuan = s[:, CNY : CNY + 1]
    inside = s[:, rest] / (1 - yuan)
    w = weight * (1 - yuan[:, 0])
    w = w / w.sum()
    aim = total[rest] / total[rest].sum()
    for _ in range(ROUNDS):
        factor = aim / (w @ inside)
        inside = inside * factor
        inside /= inside.sum(axis=1, keepdims=True)
        if np.abs(factor - 1).max() < 1e-12:
            break
    out = s.copy()
    out[:, rest] = inside * (1 - yuan)
    return out
