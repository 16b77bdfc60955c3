"""Where final sales go: bilateral final demand reconstructed from intermediate flows and totals.

The source table has every intermediate flow and each producer's final sales, but not their
destination. The reconstruction takes the buyer's import shares from its intermediate imports of
the same product, and its total from absorption (value added less net exports):

    minimise KL(F || Q)  subject to  sum_n F[k,i,n] = z[k,i]   (each producer's final sales)
                                     sum_ki F[k,i,n] = I[n]    (each buyer's final spending)

    Q[k,i,n] = pi[k,i,n] * S[k,n] * h[k]^(i != n)
    pi[k,i,n] = 0.98 Z[k,i,n] / Z[k,.,n] + 0.02 Zg[i,n] / Zg[.,n]      (g: goods or services)
    S[k,n]  = sqrt(z[k,.] * GDP[n] / GDP * (Z[k,n,n] + z[k,n]))

solved by cyclic scaling (RAS). Indices: k product, i producer's country, n buyer's country.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

OWN_SHARE = 0.98
# how much of a foreign supplier's share is left in industries that are sold where they are made;
# set by judgement
FOREIGN = {
    "F": 0.01,
    "L": 0.01,
    "O": 0.005,
    "T": 0.001,
    "E": 0.1,
    "D": 0.15,
    "P": 0.15,
    "Q": 0.05,
    "G": 0.5,
    "S": 0.3,
}
SWEEPS = 3000
TOLERANCE = 1e-12


def prior(Z: Floats, z: Floats, gdp: Floats, sectors: list[str], n_goods: int) -> Floats:
    """Return Q of shape (product, producer, buyer).

    Args:
        Z: intermediate sales by product, producer and buyer, USD.
        z: final sales by product and producer, USD.
        gdp: of each buyer, USD.
        sectors: product codes.
        n_goods: the first products are goods, the others services.
    """
    K, N, _ = Z.shape
    own = _shares(Z)
    wide = np.empty_like(Z)
    for part in (slice(0, n_goods), slice(n_goods, K)):
        wide[part] = _shares(Z[part].sum(axis=0, keepdims=True))
    pi = OWN_SHARE * own + (1 - OWN_SHARE) * wide
    home = np.einsum("knn->kn", Z)
    size = np.sqrt(z.sum(axis=1, keepdims=True) * (gdp / gdp.sum()) * (home + z))
    damp = np.array([FOREIGN.get(s, 1.0) for s in sectors])
    off = np.where(np.eye(N, dtype=bool)[None], 1.0, damp[:, None, None])
    return pi * size[:, None, :] * off


def _shares(flows: Floats) -> Floats:
    total = flows.sum(axis=1, keepdims=True)
    return np.divide(flows, total, out=np.zeros_like(flows), where=total > 0)


def scale(Q: Floats, rows: Floats, columns: Floats) -> Floats:
    """Scale Q to the row totals (product, producer) and the column totals (buyer).

    Raises:
        SystemExit: the margins are not met to 1e-12 of the world total.
    """
    F = Q.copy()
    # a producer with sales but no prior sells at home
    empty = (F.sum(axis=2) == 0) & (rows > 0)
    k, i = np.nonzero(empty)
    F[k, i, i] = 1.0
    for _ in range(SWEEPS):
        total = F.sum(axis=2)
        F *= np.divide(rows, total, out=np.zeros_like(total), where=total > 0)[:, :, None]
        reached = F.sum(axis=(0, 1))
        F *= columns / reached
        gap = np.abs(F.sum(axis=2) - rows).sum() / rows.sum()
        if gap < TOLERANCE:
            return F
    raise SystemExit(f"final demand: margins off by {gap:.1e} after {SWEEPS} sweeps")
