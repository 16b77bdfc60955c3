"""Parameter draws: space-filling designs over priors, the same for the same seed."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from multipolar.engines.api.contract import Parameter

Method: TypeAlias = Literal["sobol", "latin-hypercube"]
Floats: TypeAlias = NDArray[np.float64]


def child_seed(seed: int, name: str) -> np.random.SeedSequence:
    """Return the seed of one engine's draws: fixed by the run's seed and the engine's name."""
    return np.random.SeedSequence([seed, zlib.crc32(name.encode())])


def design(
    parameters: Sequence[Parameter],
    n: int,
    seed: np.random.SeedSequence,
    method: Method = "sobol",
) -> dict[str, Floats]:
    """Return ``n`` draws of every parameter that has a prior, by name.

    The points fill the unit cube evenly (scrambled Sobol sequence, Owen 1998, or a Latin
    hypercube, McKay et al. 1979) and are mapped through each prior's quantile function.

    Args:
        parameters: those without a prior are left out: they keep their value.
        n: number of draws, at least 1.
        seed: fixes the draws.
        method: ``sobol`` or ``latin-hypercube``.

    Returns:
        Arrays of shape (n,), in each parameter's unit; empty if nothing has a prior.

    Example:
        >>> from multipolar.engines import Parameter, Prior, Reference
        >>> p = Parameter("a", 3.0, "1", "slope", Reference("-"), Prior("uniform", (2.0, 4.0)))
        >>> draws = design([p], 8, child_seed(1, "toy"))["a"]
        >>> draws.shape, bool((2 <= draws).all() and (draws <= 4).all())
        ((8,), True)
    """
    free = [p for p in parameters if p.prior is not None]
    if not free:
        return {}
    from scipy.stats import qmc

    rng = np.random.default_rng(seed)
    if method == "sobol":
        # a power of two keeps the sequence balanced; the surplus points are dropped
        unit = qmc.Sobol(len(free), rng=rng).random_base2(max(0, (n - 1).bit_length()))[:n]
    else:
        unit = qmc.LatinHypercube(len(free), rng=rng).random(n)
    # in order, the points of two engines would go through the same cells at the same draw: their
    # parameters would look tied. Shuffled, each engine's points stay as even, and pair at random
    unit = rng.permutation(unit)
    return {p.name: p.prior.quantile(unit[:, k]) for k, p in enumerate(free) if p.prior is not None}
