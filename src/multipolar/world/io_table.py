"""The input-output table in model-ready form, derived from its stored flows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from multipolar import limits
from multipolar.errors import DataError
from multipolar.world.archive import read_arrays
from multipolar.world.boundary import reading

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.world.dictionary import TableInfo

Floats = NDArray[np.float64]


def derive(Z: Floats, F: Floats, inputs: Floats) -> dict[str, tuple[tuple[str, ...], Floats]]:
    """Return shares, output and balances whose accounting identities hold to rounding.

    Args:
        Z: intermediate sales, shape (sector, origin, destination), money.
        F: final sales, same shape.
        inputs: purchases of each input, shape (country, input, sector), money.

    Returns:
        By variable, its dimensions and an array of that shape: shares, or money as ``Z``.

    ``Z`` is first scaled so that what a country's industries buy of a product is what the world
    sells them of it. Then, with X spending, Y output, g input coefficients, b value-added shares,
    a final-demand shares and I final spending,

        X[k,d] = sum_j g[d,k,j] (1 - b[j,d]) Y[j,d] + a[k,d] I[d]
        Y[k,o] = sum_d pi[k,o,d] X[k,d].
    """
    bought = inputs.sum(axis=2).T
    sold = Z.sum(axis=1)
    flows = Z * _over(bought, sold)[:, None, :] + F
    # a product bought by industries of a country nobody sells it to is made at home
    k, d = np.nonzero((bought > 0) & (sold == 0))
    flows[k, d, d] += bought[k, d]
    spending, output = flows.sum(axis=1), flows.sum(axis=2)
    used = inputs.sum(axis=1).T
    final = F.sum(axis=1)
    added = (output - used).sum(axis=0)
    sector = ("sector", "country")
    return {
        "trade_share": (("sector", "origin", "destination"), _over(flows, spending[:, None, :])),
        "input_coefficient": (
            ("country", "input", "sector"),
            _over(inputs, inputs.sum(axis=1, keepdims=True)),
        ),
        "value_added_share": (sector, 1 - _over(used, output)),
        "final_demand_share": (sector, final / final.sum(axis=0)),
        "spending": (sector, spending),
        "output": (sector, output),
        "value_added": (("country",), added),
        "final_spending": (("country",), final.sum(axis=0)),
        "balance": (("country",), added - final.sum(axis=0)),
    }


def _over(a: Floats, b: Floats) -> Floats:
    b = np.broadcast_to(b, a.shape)
    return np.divide(a, b, out=np.zeros_like(a), where=b > 0)


def read_io(content: bytes, info: TableInfo, remedy: str = "run `make data`") -> xr.Dataset:
    """Read the stored arrays and return the model-ready table; ``remedy`` is an error's hint.

    Raises:
        DataError: the file lacks an array, or its shapes do not fit.
    """
    import xarray as xr

    raw = read_arrays(content, info.path, hint=remedy)
    with reading(info.path, what=f"table {info.name} is not readable", hint=remedy):
        Z, F, inputs = (
            raw[k].astype(np.float64) for k in ("intermediate_sales", "final_sales", "inputs")
        )
        countries, sectors = raw["country"].astype(str), raw["sector"].astype(str)
        if countries.ndim != 1 or sectors.ndim != 1:
            raise ValueError("names in rows and columns")
    if not all(((a >= 0) & (a <= limits.LARGEST)).all() for a in (Z, F, inputs)):
        raise DataError(
            f"{info.name} has flows that are no numbers up to {limits.LARGEST:g}",
            where=info.path,
            hint=remedy,
        )
    K, N = len(sectors), len(countries)
    if Z.shape != (K, N, N) or F.shape != Z.shape or inputs.shape != (N, K, K):
        raise DataError(f"arrays of {info.name} do not fit", where=info.path, hint=remedy)
    with np.errstate(all="ignore"):
        found = derive(Z, F, inputs)
    if not all(np.isfinite(values).all() for _, values in found.values()):
        raise DataError(
            f"{info.name} has a country without output or final demand",
            where=info.path,
            hint=remedy,
        )
    dims = ("sector", "origin", "destination")
    found |= {"final_sales": (dims, F)}
    for _, values in found.values():
        values.flags.writeable = False  # readers share them
    said = {f.name: (f.unit, f.description) for f in info.fields}
    units = {name: said.get(name, ("", "")) for name in found}
    variables = {
        name: (d, values, {"unit": units[name][0], "long_name": units[name][1]})
        for name, (d, values) in found.items()
    }
    coords = {
        "sector": sectors,
        "input": sectors,
        "country": countries,
        "origin": countries,
        "destination": countries,
    }
    return xr.Dataset(variables, coords, attrs={"title": info.title, "source": info.source})
