"""Worlds for the tests of the engine power: with a user's tables, and the validation data."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from multipolar.engines import Outcome, Reading, Registry
from multipolar.engines.power import engine
from multipolar.policy import BASELINE, Scenario
from multipolar.world import World, store
from validation import DATA

STATES = {
    2: "USA", 20: "CAN", 40: "CUB", 200: "GBR", 220: "FRA", 255: "DEU", 365: "RUS", 369: "UKR",
    370: "BLR", 371: "ARM", 373: "AZE", 702: "TJK", 703: "KGZ", 704: "UZB", 705: "KAZ",
    710: "CHN", 731: "PRK", 732: "KOR", 740: "JPN", 750: "IND",
}  # fmt: skip


def validation(name: str) -> Path:
    """A file of the validation data, or a skip that says which is not here."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the validation file {name} is not here")
    return path


def capabilities() -> pd.DataFrame:
    """CINC by state and year, under codes of three letters or ``Cnnn`` where none is needed."""
    frame = pd.read_parquet(validation("alignment/cow_nmc7.parquet"))
    code = frame["ccode"].map(lambda c: STATES.get(int(c), f"C{int(c):03d}"))
    return frame.assign(country=code.astype("category"))[["country", "year", "cinc"]]


def dyads() -> pd.DataFrame:
    """Defence duties of ATOP, by pair and year."""
    frame = pd.read_csv(validation("strategy/atop_dyads_2014_2018.csv"))
    names = {
        new: frame[old].map(lambda c: STATES.get(int(c), f"C{int(c):03d}"))
        for new, old in (("country", "ccode1"), ("other", "ccode2"))
    }
    return pd.DataFrame(
        {**names, "year": frame["year"], "defence": frame["atop_defense"].fillna(0) == 1}
    )


def add(folder: Path, name: str, frame: pd.DataFrame) -> None:
    """Put a table into a user's folder, as `multipolar data add` does."""
    content = io.BytesIO()
    frame.to_parquet(content, index=False)
    kinds = {"b": "boolean", "i": "integer", "f": "number"}
    fields = [
        {"name": c, "type": kinds.get(frame[c].dtype.kind, "string"), "description": c}
        for c in frame.columns
    ]
    resource = {
        "name": name,
        "format": "parquet",
        "title": name,
        "description": name,
        "version": "1",
        "date": "2026-11-25",
        "schema": {"fields": fields},
        "sources": [{"title": f"the source of {name}", "path": ""}],
        "licenses": [{"name": "test"}],
    }
    store.put(folder, resource, content.getvalue())


def solved(world: World, measures: Sequence[dict[str, Any]] = (), **changed: float) -> Outcome:
    """Solve a scenario at the central parameters, but for those changed."""
    scenario = (
        Scenario.model_validate({"name": "asked", "measures": list(measures)})
        if measures
        else BASELINE
    )
    values = {p.name: p.value for p in engine.parameters(world)}
    return engine.solve(engine.prepare(world, scenario), values | changed)


def read(world: World, outcome: Outcome, name: str, **where: Any) -> Reading:
    """Read with names resolved, as a test of a case does."""
    registry = Registry(world, {"power": engine})
    metric = registry.find(f"power.{name}")[1]
    return outcome.read(metric.name, registry.resolve(metric, where, complete=True))


def number(world: World, outcome: Outcome, name: str, **where: Any) -> float:
    """Read a number."""
    value = read(world, outcome, name, **where).value
    assert isinstance(value, float)
    return value
