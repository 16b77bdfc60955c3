"""Measures as changes in the value of currencies, flow by flow.

    dU[i, j, k] = -delta blocked[i, j, k] + mu lined[i, j, k]
                  + eta pulled[i, j] (1 - blocked[i, j, k])  where k is the yuan

``blocked`` joins two of the components: payments that are stopped (probability times loss), and
those that third-party banks may refuse under a threat. Clearing costs and the cost of working
capital are components of U that no measure here changes, so that they drop out of the changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multipolar.engines.api.reader import some
from multipolar.engines.money.data import CNY, CURRENCIES, EUR, OWN, RUB, TABLE, USD, Facts
from multipolar.errors import EngineError, nearest
from multipolar.numerics.arrays import Floats
from multipolar.policy import ResolvedScenario, measure_faults

SUPPORTS = frozenset({"payment_block", "swap_line", "secondary_sanction_threat"})
# networks, and the currencies that are cleared on them
CHANNELS: dict[str, tuple[int, ...]] = {
    "USD": (USD,),
    "EUR": (EUR,),
    "CNY": (CNY,),
    "RUB": (RUB,),
    "SWIFT": (USD, EUR),
    "CHIPS": (USD,),
    "FEDWIRE": (USD,),
    "TARGET2": (EUR,),
    "CIPS": (CNY,),
    "SPFS": (RUB,),
}
ISSUERS = {USD: "dollar", EUR: "euro", CNY: "yuan", RUB: "rouble"}


@dataclass(frozen=True, slots=True)
class Shock:
    """What measures do to payments.

    Attributes:
        blocked: share of payments blocked, or probability that they are, shape (N, N, K).
        pulled: share to which the dollar or the euro is blocked, so that the yuan gains eta, shape
            (N, N).
        lined: 1 where a swap line in the currency bears on a flow, else 0, shape (N, N, K).
    """

    blocked: Floats
    pulled: Floats
    lined: Floats

    @staticmethod
    def none(N: int) -> Shock:
        """Return no shock."""
        K = len(CURRENCIES)
        return Shock(np.zeros((N, N, K)), np.zeros((N, N)), np.zeros((N, N, K)))

    @property
    def touched(self) -> NDArray[np.bool_]:
        """Flows that a measure bears on, shape (N, N)."""
        return np.asarray((self.blocked != 0).any(axis=2) | (self.lined != 0).any(axis=2))


def change(shock: Shock, delta: float, eta: float, mu: float = 0.0) -> Floats:
    """Return the change in the value of each currency, logs of odds, shape (N, N, K).

    Args:
        shock: what measures do.
        delta: loss of a currency that is blocked, logs of odds.
        eta: gain of the yuan where the dollar or the euro is blocked, logs of odds.
        mu: gain of a currency by a swap line, logs of odds.
    """
    dU = mu * shock.lined - delta * shock.blocked
    # what pulls the yuan does so as far as the yuan itself can be paid
    dU[..., CNY] += eta * shock.pulled * (1 - shock.blocked[..., CNY])
    return np.asarray(dU)


def block(
    shock: Shock,
    facts: Facts,
    senders: NDArray[np.intp],
    targets: NDArray[np.intp],
    channel: str,
    share: float,
) -> Shock:
    """Return a shock with payments of the targets blocked besides.

    If a sender issues the currency, all flows of the targets are blocked in it, since it is cleared
    at home; otherwise flows with the senders. Senders' other currencies are blocked on SWIFT.

    Args:
        shock: what measures so far do.
        facts: the tables.
        senders: positions of countries, shape (senders,).
        targets: the same, shape (targets,).
        channel: a key of :data:`CHANNELS`.
        share: of payments that are blocked.
    """
    blocked, pulled = shock.blocked.copy(), shock.pulled.copy()
    N = len(facts.countries)
    theirs = np.zeros((N, N), dtype=bool)
    theirs[targets] = theirs[:, targets] = True
    np.fill_diagonal(theirs, False)
    between = np.zeros((N, N), dtype=bool)
    between[np.ix_(senders, targets)] = between[np.ix_(targets, senders)] = True
    np.fill_diagonal(between, False)
    zones = {facts.zone[n] for n in senders}
    for k in CHANNELS[channel]:
        where = theirs if ISSUERS[k] in zones else between
        blocked[where, k] = 1 - (1 - blocked[where, k]) * (1 - share)
        if k in {USD, EUR}:
            pulled[where] = np.maximum(pulled[where], share)
    if channel == "SWIFT":
        blocked[between, OWN] = 1 - (1 - blocked[between, OWN]) * (1 - share)
    return replace(shock, blocked=blocked, pulled=pulled)


def western_block(facts: Facts) -> Shock:
    """Return the shock of a full block of Russia's payments by who has sanctions on it."""
    senders = np.flatnonzero(facts.west)
    none = Shock.none(len(facts.countries))
    return block(none, facts, senders, np.array([facts.russia]), "SWIFT", 1.0)


@measure_faults()
def shock_of(scenario: ResolvedScenario, facts: Facts) -> tuple[Shock, tuple[str, ...]]:
    """Return what a scenario does to payments, and what a reader should know of how it was read.

    Raises:
        EngineError: a measure names a network or currency that is not known, or only countries
            that the table does not tell apart.
    """
    shock = Shock.none(len(facts.countries))
    measures, notes = scenario.in_force()
    for measure in measures:
        place = f"scenario {measure['scenario']}: measure {measure['number']}"
        notes += _unread(measure)
        match measure["measure"]:
            case "payment_block":
                shock = block(
                    shock,
                    facts,
                    _places(measure, "senders", facts, place, notes),
                    _places(measure, "targets", facts, place, notes),
                    _channel(measure["channel"], place),
                    measure["share"],
                )
            case "secondary_sanction_threat":
                shock = _threatened(shock, measure, facts, place, notes)
            case "swap_line":
                shock = _lined(shock, measure, facts, place, notes)
    return shock, tuple(dict.fromkeys(notes))


def _unread(measure: Mapping[str, Any]) -> list[str]:
    """Say what of a measure payments do not tell apart: nothing is left out in silence."""
    name = f"Measure {measure['number']} ({measure['measure']})"
    pays = measure["measure"] == "payment_block" or measure.get("consequence") == "payment_block"
    found = []
    if pays and "all" not in measure.get("scope_names", ["all"]):
        found.append(f"{name} counts for all payments: what they are for is not told apart.")
    if measure["measure"] == "swap_line" and measure.get("amount"):
        found.append(f"{name} counts as a line without a limit: its amount is not read.")
    return found


def _threatened(
    shock: Shock, measure: Mapping[str, Any], facts: Facts, place: str, notes: list[str]
) -> Shock:
    """Return a shock with payments that banks of third parties may refuse, in their currencies."""
    if measure["consequence"] == "embargo":
        notes.append("A threat of an embargo changes no payments; the trade engine answers it.")
        return shock
    third = _places(measure, "third_parties", facts, place, notes)
    targets = _places(measure, "targets", facts, place, notes)
    blocked = shock.blocked.copy()
    between = np.zeros(blocked.shape[:2], dtype=bool)
    between[np.ix_(third, targets)] = between[np.ix_(targets, third)] = True
    np.fill_diagonal(between, False)
    for k in (CNY, OWN):
        blocked[between, k] = 1 - (1 - blocked[between, k]) * (1 - measure["probability"])
    notes.append("A threatened bank may refuse the yuan and its own currency, not the rouble.")
    return replace(shock, blocked=blocked)


def _lined(
    shock: Shock, measure: Mapping[str, Any], facts: Facts, place: str, notes: list[str]
) -> Shock:
    """Return a shock with a swap line; one that there was before 2022 changes nothing."""
    (borrower,) = _places(measure, "borrower", facts, place, notes)
    (lender,) = _places(measure, "lender", facts, place, notes)
    currency = measure["currency"]
    if currency in CURRENCIES[:OWN]:
        k = CURRENCIES.index(currency)
    elif facts.zone[lender] == "other":
        k = OWN
    else:
        raise EngineError(
            f"{currency} is not told apart in payments",
            where=f"{place}: currency",
            hint=f"give one of {', '.join(CURRENCIES[:OWN])}",
        )
    if k == CNY and facts.swap[borrower]:
        notes.append(f"{facts.countries[borrower]} had a yuan swap line before 2022: no change.")
        return shock
    lined = shock.lined.copy()
    lined[borrower, :, k] = lined[:, borrower, k] = 1.0
    lined[borrower, borrower, k] = 0.0
    return replace(shock, lined=lined)


def _channel(name: str, place: str) -> str:
    if name.upper() not in CHANNELS:
        raise EngineError(
            f"no currency or network {name!r}",
            where=f"{place}: channel",
            hint=nearest(name.upper(), CHANNELS),
        )
    return name.upper()


def _places(
    measure: Mapping[str, Any], side: str, facts: Facts, place: str, notes: list[str]
) -> NDArray[np.intp]:
    """Return the positions of the countries of one side of a measure."""
    codes: Sequence[str] = (
        [measure[side]] if isinstance(measure[side], str) else sorted(set(measure[side]))
    )
    found = [n for n, c in enumerate(facts.countries) if c in codes]
    if not found:
        raise EngineError(
            f"the table {TABLE} does not tell {some(codes)} apart from the rest of the world",
            where=f"{place}: {side}",
            hint="`multipolar data show io_2022` lists its 80 countries",
        )
    gone = [c for c in codes if c not in facts.countries]
    if gone:
        notes.append(f"Not in the table, so left out: {some(gone)}.")
    return np.array(found, dtype=np.intp)
