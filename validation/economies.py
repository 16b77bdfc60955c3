"""The two world economies the trade engine is compared on: NAFTA of 1993, and 2022 as observed."""

from __future__ import annotations

import csv
from dataclasses import dataclass

import numpy as np

from multipolar.engines.trade.kernel import Economy, Shock
from multipolar.numerics.arrays import Floats
from validation import DATA

NAFTA, TABLE_2 = DATA / "trade" / "cp2015_nafta.npz", DATA / "trade" / "cp2015_table2.csv"
ICIO = DATA / "trade" / "icio2022_81x50.npz"


@dataclass(frozen=True)
class Nafta:
    """Caliendo and Parro's calibration and the reference's two equilibria.

    Attributes:
        economy: of 1993, with tariffs.
        theta: trade elasticities, shape (sector,).
        regions: names of the countries.
        tariff_after: tariffs with NAFTA, shape (sector, origin, destination).
        reference: arrays of the reference's equilibria, by name.
        table: Table 2 of the paper, by region.
    """

    economy: Economy
    theta: Floats
    regions: tuple[str, ...]
    tariff_after: Floats
    reference: dict[str, Floats]
    table: dict[str, dict[str, str]]

    def shocks(self) -> tuple[Shock, Shock]:
        """The removal of deficits alone, and with the tariffs of NAFTA."""
        before, after = self.economy.tariff, self.tariff_after
        assert before is not None
        cells = np.flatnonzero(after != before)
        log_cost = np.log((1 + after) / (1 + before)).ravel()[cells]
        return (
            Shock(tariff=before, rule="balanced"),
            Shock(cells, log_cost, np.ones(len(cells)), after, "balanced"),
        )


def read_nafta() -> Nafta:
    """Arrays are importer, exporter, sector in the archive; sector, origin, destination here.

    The input coefficients are scaled to make up one with value added; they miss it by 4e-7.
    """
    with np.load(NAFTA, allow_pickle=False) as d:
        inputs, labour = d["gamma_nkj"], d["gamma_nj"]
        whole = inputs.sum(axis=1)
        scale = np.divide(1 - labour, whole, out=np.zeros_like(whole), where=whole > 1e-12)
        economy = Economy(
            share=np.ascontiguousarray(d["pi_nij"].transpose(2, 1, 0)),
            inputs=inputs * scale[:, None, :],
            labour=labour.T.copy(),
            final=d["alpha_nj"].T.copy(),
            output=d["GO_nj"].T.copy(),
            value_added=d["wL_n"],
            deficit=d["D_n_raw"],
            tariff=np.ascontiguousarray(d["tau_nij"].transpose(2, 1, 0)),
        )
        reference = {name: d[name] for name in d.files if name.startswith("ref")}
        after = np.ascontiguousarray(d["tau_nij_cfl"].transpose(2, 1, 0))
        theta, regions = d["theta_j"], tuple(map(str, d["regions"]))
    with TABLE_2.open(encoding="utf-8", newline="") as file:
        table = {row["region"]: row for row in csv.DictReader(file)}
    return Nafta(economy, theta, regions, after, reference, table)


def read_icio() -> tuple[Economy, tuple[str, ...]]:
    """The validation table of 2022, 80 countries and the rest of the world, and its labels."""
    with np.load(ICIO, allow_pickle=False) as d:
        labour = d["beta_jd"]
        economy = Economy(
            share=d["pi_jod"],
            inputs=d["gamma_dkj"] * (1 - labour).T[:, None, :],
            labour=labour,
            final=d["alpha_jd"],
            output=d["Y_jd"],
            value_added=d["VA_d"],
            deficit=-d["D_d"],
        )
        return economy, tuple(map(str, d["countries"]))
