"""The recorded votes of one session, from the validation data."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest

from validation import DATA

VOTES = DATA / "alignment" / "unga_votes.parquet"
POSITION = {"yes": 1.0, "abstain": 0.0, "no": -1.0}  # an absence takes no part

Session = Callable[[int], tuple[np.ndarray, list[str]]]


@cache
def _votes() -> pd.DataFrame:
    return pd.read_parquet(VOTES, columns=["session", "rcid", "iso3", "vote"])


@cache
def _session(number: int) -> tuple[np.ndarray, list[str]]:
    rows = _votes()[lambda f: f["session"] == number]
    rows = rows.assign(
        position=rows["vote"].astype(str).map(POSITION), iso3=rows["iso3"].astype(str)
    )
    table = rows.pivot(index="rcid", columns="iso3", values="position").dropna(axis=1, how="all")
    return table.to_numpy(float), list(table.columns)


@pytest.fixture(scope="session")
def assembly() -> Session:
    """Votes and codes of a session of the Assembly, states that cast no vote left out."""
    if not VOTES.exists():
        pytest.skip("the recorded votes of the General Assembly are not here")
    return _session


@pytest.fixture(scope="session")
def published_points() -> Callable[[int], pd.Series]:
    """Ideal points of a session by country (Bailey, Strezhnev & Voeten 2017)."""
    path = VOTES.with_name("ideal_points_bsv.parquet")
    if not path.exists():
        pytest.skip("the published ideal points are not here")
    frame = pd.read_parquet(path, columns=["session", "iso3", "estimate"])
    return lambda number: frame[frame["session"] == number].set_index("iso3")["estimate"]
