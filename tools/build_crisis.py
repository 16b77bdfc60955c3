"""crisis_estimates: the published estimates of the crisis game, and their covariance.

Usage: python tools/build_crisis.py DATA.csv

computes the covariance at the published coefficients and writes it to
tools/sources/crisis_covariance.csv. DATA.csv are the authors' replication data, one row a pair of
states and decade: the counts sq, cd, sf, bd (status quo, concession, stands firm, backs down) and
the covariates that crisis.yaml names. They are no part of this package. Run it anew when the
coefficients or the game change, and then `python tools/build.py crisis_estimates`.
"""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import numpy as np
import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field

from common import SOURCES, Built, column

COMPUTED = SOURCES / "crisis_covariance.csv"
COUNTS = ["sq", "cd", "sf", "bd"]


class Coefficient(BaseModel):
    """One published coefficient."""

    model_config = ConfigDict(extra="forbid")

    utility: Literal["S_A", "V_A", "C_B", "Wbar_A", "Wbar_B", "abar"]
    covariate: Annotated[str, Field(min_length=3)]
    value: float
    error: Annotated[float, Field(gt=0)]

    @property
    def name(self) -> str:
        """Its name in the package."""
        return f"{self.utility}: {self.covariate}"


class Typed(BaseModel):
    """The typed file."""

    model_config = ConfigDict(extra="forbid")

    source: str
    url: Annotated[str, Field(pattern=r"^https?://")]
    reading: str
    coefficients: tuple[Coefficient, ...]


def typed() -> Typed:
    """Read the typed file."""
    found = Typed.model_validate(yaml.safe_load((SOURCES / "crisis.yaml").read_text("utf-8")))
    names = [c.name for c in found.coefficients]
    if len(set(names)) < len(names):
        raise SystemExit("crisis.yaml: a coefficient is there twice")
    return found


def compute(data: str) -> None:
    """Write the covariance at the published coefficients."""
    from multipolar.engines.strategy.estimation import Data, covariance, log_likelihood

    frame = pd.read_csv(data)
    rows = typed().coefficients
    names = [c.name for c in rows]
    covariates = {c: frame[c].to_numpy(float) for c in {r.covariate for r in rows} - {"constant"}}
    made = Data.of(names, covariates, frame[COUNTS])
    values = np.array([c.value for c in rows])
    matrix, condition = covariance(made, values)
    pd.DataFrame(matrix, names, names).to_csv(COMPUTED, float_format="%.10e")
    level = log_likelihood(made, values)[0]
    print(f"log-likelihood {level:.4f}, condition of the Hessian {condition:.3g}; {COMPUTED.name}")


def build() -> Built:
    """Build the table."""
    found = typed()
    names = [c.name for c in found.coefficients]
    matrix = pd.read_csv(COMPUTED, index_col=0)
    if list(matrix.index) != names or list(matrix.columns) != names:
        raise SystemExit("crisis_covariance.csv has other coefficients than crisis.yaml")
    cells = matrix.to_numpy(float)
    cells = 0.5 * (cells + cells.T)
    frame = pd.DataFrame(
        [
            {
                "utility": c.utility,
                "covariate": c.covariate,
                "value": c.value,
                "error": c.error,
                "computed_error": float(np.sqrt(cells[i, i])),
                "covariance": cells[i].tolist(),
                "source": found.source,
                "reading": found.reading,
            }
            for i, c in enumerate(found.coefficients)
        ]
    )
    return Built(
        name="crisis_estimates",
        read="2026-11-25",
        refresh="nothing: the estimates of one publication",
        grade="report",
        public={
            "rule": "at",
            "date": "2019-12-09",
            "why": "Published online on 9 December 2019, in the journal's volume of 2021",
        },
        title="Estimates of a crisis game on threats of economic sanctions, 1970 to 2000",
        description=(
            "The game of Lewis and Schultz (2003) fitted by Crisman-Cox and Gibilisco (2021) to "
            "threats of sanctions (TIES), 418 pairs of states and decades: coefficients of mean "
            "payoffs in standard deviations of the players' private shocks; V_B is zero. "
            "Log-likelihood -3927.9095. The covariance is computed with this package from the "
            "authors' replication data (inverse Hessian at the published coefficients); the "
            "authors' own errors, by another method, stand beside and are smaller for the "
            "constants, which the data hardly tell apart. senderecondep and "
            "targetecondep are described as trade of the pair over GDP per capita, but by their "
            "values like trade one way over GDP; they enter by their square root."
        ),
        source=found.source.split(", table")[0],
        url=found.url,
        licence="figures are facts; covariance: this package",
        version="2026-11",
        fields=(
            column(
                "utility",
                "string",
                "Payoff: S_A status quo, V_A concession, C_B conceding, Wbar_A and Wbar_B standing firm and war, abar backing down",
            ),
            column("covariate", "string", "Covariate, or constant"),
            column("value", "number", "Coefficient", "standard deviations of a shock"),
            column(
                "error",
                "number",
                "Standard error the authors print, to two digits",
                "standard deviations of a shock",
            ),
            column(
                "computed_error",
                "number",
                "Standard error from the covariance, computed with this package from the authors' replication data",
                "standard deviations of a shock",
            ),
            column(
                "covariance",
                "array",
                "Row of the covariance, in the order of the rows, computed with this package from the authors' replication data",
            ),
            column("source", "string", "Who says so, in what"),
            column("reading", "string", "How it was read"),
        ),
        frame=frame,
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python tools/build_crisis.py DATA.csv")
    compute(sys.argv[1])
