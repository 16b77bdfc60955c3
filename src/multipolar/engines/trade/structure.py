"""Power and dependence, read from the table as it is: no shock, no equilibrium."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from multipolar.engines.trade.kernel import Economy, purchases
from multipolar.numerics.arrays import Floats

MOST_ROUNDS = 500
CLOSE = 1e-13


def reliance(economy: Economy, baskets: Floats) -> Floats:
    """Return where the inputs of baskets of goods come from, through all suppliers' suppliers.

    Of everything that has to be produced, anywhere and at every stage, for a basket of output,
    the share produced in each origin, the basket itself not counted. For one unit of industry j
    in country d that is ``sum_i (L - 1)[io, jd] / sum_io (L - 1)[io, jd]`` with L the inverse of
    Leontief. The idea is that of Baldwin, Freeman & Theodorakopoulos (2023), Brookings Papers on
    Economic Activity, Fall; this normalisation is ours.

    Args:
        economy: the table.
        baskets: output by sector and country of K baskets, shape (J, N, K).

    Returns:
        Shares, shape (K, N), each row summing to 1 (0 where nothing is needed).

    Example:
        >>> share = np.array([[[1.0, 0.5], [0.0, 0.5]]])  # 1 buys half of it at home
        >>> e = Economy(share, np.full((2, 1, 1), 0.5), np.full((1, 2), 0.5), np.ones((1, 2)),
        ...             np.ones((1, 2)), np.full(2, 0.5), np.zeros(2))
        >>> basket = np.array([[[0.0], [1.0]]])
        >>> reliance(e, basket).round(3).tolist()  # at home 1/4 + 1/16 + ..., of all 1/2 + 1/4 ...
        [[0.667, 0.333]]
    """
    size = np.asarray(baskets, dtype=float).sum(axis=(0, 1))
    latest = baskets / np.where(size > 0, size, 1.0)
    total = np.zeros_like(latest)
    for _ in range(MOST_ROUNDS):
        # what each country's industries buy, then whom they buy it from
        bought = np.matmul(economy.inputs, latest.transpose(1, 0, 2)).transpose(1, 0, 2)
        latest = np.matmul(economy.share, bought)
        total += latest
        if latest.max(initial=0.0) < CLOSE:
            break
    made: Floats = total.sum(axis=0).T
    whole = made.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(made, whole, out=np.zeros_like(made), where=whole > 0))


def withdrawal_loss(economy: Economy, theta: Floats, senders: Sequence[int]) -> Floats:
    """Return what each country loses if it can buy nothing from a coalition any more, in percent.

    ``100 sum_s beta[n,s] / theta[s] * ln(1 / (1 - omega[n,s]))``: beta is spending on s over
    income, omega the coalition's share of it, theta the elasticity of substitution less one.
    Costs elsewhere stay what they are. Infinite where nobody else supplies. Source: Clayton,
    Maggiori & Schreger (2024), A Theory of Economic Coercion and Fragmentation; with spending
    over income in the place of final shares, so that inputs count. A country's purchases from
    itself are never cut.

    Returns:
        Losses, shape (N,).

    Example:
        >>> half = np.full((1, 2, 2), 0.5)
        >>> pair = Economy(half, np.zeros((2, 1, 1)), np.ones((1, 2)), np.ones((1, 2)),
        ...                np.ones((1, 2)), np.ones(2), np.zeros(2))
        >>> withdrawal_loss(pair, np.array([4.0]), [0]).round(2).tolist()  # 100 ln(2) / 4
        [0.0, 17.33]
    """
    spending = purchases(economy)
    bought = np.einsum("dkj,jd->kd", economy.inputs, economy.output)
    income = (spending - bought).sum(axis=0)
    lost = economy.share[:, list(senders), :].sum(axis=1)
    for n in senders:
        lost[:, n] -= economy.share[:, n, n]
    omega = np.clip(lost, 0.0, 1.0)
    weight = spending / income / theta[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        loss = np.where(weight > 0, -weight * np.log1p(-omega), 0.0)
    return np.asarray(100 * loss.sum(axis=0))


def exposure(flows: Floats, theta: float) -> Floats:
    """Return how real income in n answers productivity growth in i, as elasticities.

    With S[n,i] the share of n's spending that goes to i and T[i,n] the share of i's sales that
    goes to n, ``U = (I - S) W + S``, ``W = -theta/(theta+1) (I - V)^-1 (T S - I)``,
    ``V = (T + theta T S)/(theta+1) - Q`` and Q the world's income shares in each row. Positive:
    a friend, whose growth raises n's income; negative: an enemy. Source: Kleinman, Liu & Redding
    (2024), American Economic Journal: Macroeconomics 16(4), with one sector and no inputs.

    Args:
        flows: value of sales from origin to destination, own sales included, shape (N, N).
        theta: trade elasticity.

    Returns:
        Elasticities, shape (N, N): [n, i].

    Example:
        >>> exposure(np.array([[3.0, 1.0], [1.0, 3.0]]), 4.0).sum(axis=1).round(6).tolist()
        [1.0, 1.0]
    """
    N = len(flows)
    S = (flows / flows.sum(axis=0)).T
    T = flows / flows.sum(axis=1, keepdims=True)
    sales = flows.sum(axis=1)
    Q = np.tile(sales / sales.sum(), (N, 1))
    V = (T + theta * T @ S) / (theta + 1) - Q
    W = -theta / (theta + 1) * np.linalg.solve(np.eye(N) - V, T @ S - np.eye(N))
    return np.asarray((np.eye(N) - S) @ W + S)
