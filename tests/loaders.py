"""Every loader of files, with small valid ones of each kind it reads and what must hold of a result."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import math
import os
import random
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

import official_files
from multipolar import limits
from multipolar.claims.load import load_case
from multipolar.errors import MultipolarError
from multipolar.policy import SECTORS
from multipolar.policy.scenario import compose, load_scenarios, resolve
from multipolar.world import (
    World,
    baci_file,
    cow_file,
    figaro_file,
    icio_file,
    official,
    reserves_file,
    sipri_file,
    store,
    worldbank_file,
)
from multipolar.world.boundary import parse_json
from multipolar.world.votes_file import read_votes
from multipolar.world.votes_table import COLUMNS, VOTES, content
from mutate import change, columnar, frame, pack
from voting_files import ATOP, COW_DYADS, LIBRARY, NMC, OWN, VOETEN

CORPUS = Path(__file__).parent / "corpus"
Files = tuple[tuple[str, bytes], ...]
DIRECTED = """\
ddyad,stateA,stateB,year,atopally,defense,offense,neutral,nonagg,consul
2732,2,732,2000,1,1,0,0,0,1
7322,732,2,2000,1,0,0,0,0,1
2740,2,740,2000,1,1,0,0,0,1
"""
FULL = """\
rollcall,session,country,vote,date,resolution,title,important,amendment,paragraph,issues,link,cow
1,74,USA,yes,2019-12-12,A/RES/74/1,One,True,False,False,di hr,1,2
1,74,RUS,no,2019-12-12,A/RES/74/1,One,True,False,False,di hr,1,365
2,75,USA,abstain,2020-12-12,A/RES/75/1,Two,False,False,True,,1,2
2,75,RUS,absent,2020-12-12,A/RES/75/1,Two,False,False,True,,1,365
"""
CASE = {
    "schema": 1,
    "case": "tiny",
    "title": "A case",
    "deck": "For tests.",
    "as_of": "2024-06-30",
    "engines": ["record"],
    "sources": {
        "A": {"title": "One", "author": "X", "stance": "One thing.", "published": "2023-03-20"}
    },
    "evidence": {
        "e1": {"says": "x", "value": 40, "unit": "percent", "date": "2023", "source": "s"}
    },
    "claims": [
        {
            "id": "A-1",
            "source": "A",
            "paragraph": 1,
            "speaker": "the author",
            "kind": "record",
            "topic": "tests",
            "says": "Something is so.",
            "chosen": "To test it.",
            "test": {"evidence": "e1", "at_least": 1},
        },
    ],
}
SCENARIOS = """\
- name: ban
  title: A ban
  year: 2023
  measures:
    - {measure: embargo, senders: EU, targets: Russia, scope: coal, since: 2023-02-05}
    - measure: tariff
      senders: [China]
      targets: [USA, Japan]
      scope: all
      rate: 0.25
- name: wider
  base: ban
  horizon: short
  measures:
    - {measure: ally, members: [China, Russia], obligation: defence, since: "2031", until: 2033-01}
"""
LISTING = {
    "data": {
        "latestVersion": {
            "versionNumber": 37,
            "versionMinorNumber": 0,
            "license": {"name": "CC0 1.0"},
            "files": [
                {
                    "label": "UNVotes.tab",
                    "dataFile": {
                        "id": 7,
                        "filename": "UNVotes.tab",
                        "contentType": "text/tab-separated-values",
                        "originalFileFormat": "text/csv",
                        "originalFileName": "UNVotes.csv",
                        "filesize": 9,
                        "checksum": {"type": "MD5", "value": "0" * 32},
                        "md5": "0" * 32,
                    },
                }
            ],
        }
    }
}
LIBRARY_LISTING = [
    {"name": "2024_ga_voting.csv", "url": "https://example.org/2024_1_2_ga_voting.csv"}
]


@dataclass(frozen=True)
class Loader:
    """A reader of one kind of file.

    Attributes:
        name: by which faults are counted.
        seeds: valid files, by name; the name goes with a changed one.
        read: reads a file and checks the result.
    """

    name: str
    seeds: Callable[[], Files]
    read: Callable[[Path], None]


# What must hold of a result ---------------------------------------------------------------


def votes(path: Path) -> None:
    """Read roll calls."""
    table = read_votes(path).table
    assert tuple(table.columns) == COLUMNS and len(table)
    assert set(table["vote"]) <= set(VOTES)
    assert not table.duplicated(["rollcall", "country"]).any()
    assert (table["country"].astype(str).str.strip() != "").all()
    content(table)


def capabilities(path: Path) -> None:
    """Read capabilities."""
    table = cow_file.read_nmc(path).table
    assert not table.duplicated(["cow", "year"]).any() and len(table)
    for name in ("milex", "milper", "irst", "pec", "tpop", "upop", "cinc"):
        known = table[name].dropna()
        assert np.isfinite(known).all() and (known >= 0).all()


def alliances(path: Path) -> None:
    """Read alliances."""
    found = cow_file.read_dyads(path)
    table = found.table
    assert len(table) and not table.duplicated(["country", "other", "year"]).any()
    assert (table["country"].astype(str) != table["other"].astype(str)).all()
    assert table[list(cow_file.OBLIGATIONS)].astype("boolean").fillna(False).any(axis=1).all()
    pairs = set(zip(table["country"], table["other"], table["year"], strict=True))
    assert found.directed or all((b, a, y) in pairs for a, b, y in pairs)


def icio(path: Path) -> None:
    """Read an input-output table."""
    found = icio_file.read_icio(path, industries=SECTORS, year=2022)
    N, K = len(found.countries), len(found.sectors)
    shapes = ((K, N, N), (K, N, N), (N, K, K))
    for array, shape in zip(
        (found.intermediate_sales, found.final_sales, found.inputs), shapes, strict=True
    ):
        assert array.shape == shape and np.isfinite(array).all() and (array >= 0).all()
    c = found.checked
    assert all(map(math.isfinite, (c.output, c.negative, c.cut)))


def trade(path: Path) -> None:
    """Read a year of trade."""
    table = baci_file.read_baci(path, 2022).table
    assert len(table) and not table.duplicated(["exporter", "importer", "hs2"]).any()
    assert (table["value"] >= 0).all() and (table["unquantified"] <= table["value"] + 1).all()


def official_table(path: Path) -> None:
    """Read a table of figures by whichever reader its name says."""
    codes = {"Russia": "RUS", "Yemen": "YEM", "Poland": "POL", "United States": "USA"}
    found = {
        "bank": lambda: worldbank_file.read_worldbank(path, countries={"BRA", "XKX", "WLD"}),
        "cofer": lambda: reserves_file.read_cofer(path),
        "swift": lambda: reserves_file.read_swift(path),
        "milex": lambda: sipri_file.read_milex(path, code=codes.get),
        "flatfile_eu": lambda: figaro_file.read_figaro(
            path, codes={"IT": "ITA", "ME": "MNE", "GR": "GRC"}
        ),
        "arms": lambda: sipri_file.read_arms(path, code=codes.get),
    }[path.name.partition("-")[0]]()
    json.dumps(dict(found.entry), allow_nan=False)
    assert len(found.table) and {f["name"] for f in found.entry["schema"]["fields"]} == set(
        found.table.columns
    )
    for name in found.table.select_dtypes("number"):
        assert (found.table[name].dropna().abs() <= limits.LARGEST * 1000).all()


def package(path: Path) -> None:
    """Read a data package of the user's, and the tables it lists."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "mine"
        made.mkdir()
        (made / store.PACKAGE).write_bytes(path.read_bytes())
        for name, held in tables():
            (made / name).write_bytes(held)
        _world(made)


def table(path: Path) -> None:
    """Read a table of the user's, which a data package lists as it is."""
    held = path.read_bytes()
    name = path.name.partition("-")[0]
    (entry,) = [e for e in json.loads(entries())["resources"] if e["name"] == name]
    entry |= {"path": path.name, "hash": f"sha256:{hashlib.sha256(held).hexdigest()}"}
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "mine"
        made.mkdir()
        (made / store.PACKAGE).write_text(json.dumps({"resources": [entry]}))
        (made / path.name).write_bytes(held)
        _world(made)


def _world(folder: Path) -> None:
    before = os.environ.get(store.VARIABLE)
    os.environ[store.VARIABLE] = str(folder)
    try:
        world = World.load()
    finally:
        os.environ[store.VARIABLE] = before or ""
    assert repr(world) and len(world.provenance) == len(world.names)
    for name in world.added:
        found = world.table(name)
        if isinstance(found, pd.DataFrame):
            assert {f.name for f in world.info(name).fields} <= set(found.columns)
        else:
            assert all(np.isfinite(a.values).all() for a in found.data_vars.values())


def case(path: Path) -> None:
    """Read a case."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "case.yaml").write_bytes(path.read_bytes())
        assert load_case(folder).case.case


def scenarios(path: Path) -> None:
    """Read scenarios, and find every name in the world."""
    library = load_scenarios(path)
    for name in library:
        applied = resolve(compose(name, library), world()).applied()
        json.dumps(applied, allow_nan=False)


def listing(path: Path) -> None:
    """Read the listing of a publisher."""
    answer = parse_json(path.read_bytes(), path.name)
    asked, official.get_json = official.get_json, lambda *_, **__: answer
    try:
        found = official.dataverse_votes() if "dataverse" in path.name else official.library_votes()
    finally:
        official.get_json = asked
    assert all(isinstance(getattr(found, f), str) for f in ("url", "name", "checksum", "version"))


@cache
def world() -> World:
    """The shipped tables."""
    return World.load()


# Valid files ------------------------------------------------------------------------------


def oecd_table() -> bytes:
    """A table in the OECD's layout, of three countries and two industries."""
    pick = np.random.default_rng(1)
    cells = [f"{c}_{s}" for c in ("DEU", "USA", "ROW") for s in ("A01", "G")]
    demand = [f"{c}_{d}" for c in ("DEU", "USA", "ROW") for d in ("HFCE", "GFCF")]
    frame = pd.DataFrame(0.0, [*cells, "TLS", "VA", "OUT"], [*cells, *demand, "OUT"])
    frame.loc[cells, cells] = pick.lognormal(3, 1, (6, 6)).round(2)
    frame.loc[cells, demand] = pick.lognormal(5, 1, (6, 6)).round(2)
    frame["OUT"] = frame.drop(columns="OUT").sum(axis=1)
    frame.loc["OUT", cells] = frame.loc[cells, "OUT"]
    frame.loc["VA", cells] = frame.loc["OUT", cells] - frame.loc[cells, cells].sum()
    return frame.to_csv(index_label="V1").encode()


@cache
def _added() -> tuple[bytes, Files]:
    """A data package with a table of each kind that a user may add, and the files of it."""
    with tempfile.TemporaryDirectory() as name:
        folder, source = Path(name) / "mine", Path(name) / "2022_SML.csv"
        from multipolar.world.votes_file import add_votes

        fields = World.load().info("io_2022").fields
        for add, text in (
            (lambda p: add_votes(p, folder=folder), VOETEN.encode()),
            (lambda p: cow_file.add_nmc(p, folder=folder), NMC.encode()),
            (lambda p: cow_file.add_dyads(p, folder=folder), ATOP.encode()),
            (
                lambda p: icio_file.add_icio(p, industries=SECTORS, fields=fields, folder=folder),
                oecd_table(),
            ),
        ):
            source.write_bytes(text)
            add(source)
        held = tuple((p.name, p.read_bytes()) for p in sorted(folder.glob("*.*")))
    files = tuple((n, c) for n, c in held if n != store.PACKAGE)
    return dict(held)[store.PACKAGE], files


def entries() -> bytes:
    """The data package of :func:`tables`."""
    return _added()[0]


def tables() -> Files:
    """Files of the tables that a user may add."""
    return _added()[1]


def _parquet_tables() -> Files:
    import pyarrow as pa

    found = []
    for name, held in tables():
        if name.endswith(".parquet"):
            plain = pd.read_parquet(io.BytesIO(held))
            found.append((name, columnar(pa.Table.from_pandas(plain, preserve_index=False))))
    return tuple(found)


LOADERS = {
    loader.name: loader
    for loader in (
        Loader(
            "votes",
            lambda: (
                ("a.csv", VOETEN.encode()),
                ("b.csv", LIBRARY.encode()),
                ("c.csv", OWN.encode()),
            ),
            votes,
        ),
        Loader(
            "votes in Parquet",
            lambda: (("a.parquet", columnar(frame(OWN))), ("b.parquet", columnar(frame(FULL)))),
            votes,
        ),
        Loader(
            "votes in an archive",
            lambda: (("a.zip", pack([("UNVotes.csv", VOETEN.encode())])),),
            votes,
        ),
        Loader("capabilities", lambda: (("nmc.csv", NMC.encode()),), capabilities),
        Loader(
            "capabilities in an archive",
            lambda: (
                (
                    "nmc.zip",
                    pack([("NMC-abridged.zip", pack([("NMC-70-abridged.csv", NMC.encode())]))]),
                ),
            ),
            capabilities,
        ),
        Loader(
            "alliances",
            lambda: (
                ("atop.csv", ATOP.encode()),
                ("cow.csv", COW_DYADS.encode()),
                ("directed.csv", DIRECTED.encode()),
            ),
            alliances,
        ),
        Loader("input-output", lambda: (("2022_SML.csv", oecd_table()),), icio),
        Loader(
            "input-output in an archive",
            lambda: (("2022.zip", pack([("2022_SML.csv", oecd_table())])),),
            icio,
        ),
        Loader("trade", lambda: (("BACI.zip", official_files.baci()),), trade),
        Loader(
            "official tables",
            lambda: (
                ("bank-a.csv", official_files.WORLDBANK.encode()),
                ("bank-b.zip", official_files.worldbank()),
                ("cofer-a.csv", official_files.COFER_API.encode()),
                ("cofer-b.csv", official_files.COFER_TABLE.encode()),
                ("swift-a.csv", official_files.SWIFT.encode()),
                ("arms-a.csv", official_files.ARMS.encode()),
                ("milex-a.zip", official_files.milex()),
                ("flatfile_eu-ic-io_ind-by-ind_26ed_2024.csv", official_files.FIGARO.encode()),
            ),
            official_table,
        ),
        Loader("data package", lambda: ((store.PACKAGE, entries()),), package),
        Loader("added tables", _parquet_tables, table),
        Loader(
            "added arrays", lambda: tuple((n, c) for n, c in tables() if n.endswith(".npz")), table
        ),
        Loader("case", lambda: (("case.yaml", json.dumps(CASE, indent=1).encode()),), case),
        Loader("scenarios", lambda: (("scenarios.yaml", SCENARIOS.encode()),), scenarios),
        Loader(
            "listings",
            lambda: (
                ("dataverse.json", json.dumps(LISTING).encode()),
                ("library.json", json.dumps(LIBRARY_LISTING).encode()),
            ),
            listing,
        ),
    )
}


@cache
def seeds(name: str) -> Files:
    """The valid files of a loader."""
    return LOADERS[name].seeds()


def hostile(name: str, number: int) -> tuple[str, bytes]:
    """Return the changed file of a number: the same each time."""
    pick = random.Random(f"{name} {number}")
    file, held = pick.choice(seeds(name))
    return file, change(held, file.rpartition(".")[2], pick)


def outcome(name: str, file: str, held: bytes, folder: Path) -> str:
    """Read a file, and return ``read`` or ``refused``.

    Raises:
        Exception: whatever else comes, a warning as well; that is the fault looked for.
    """
    path = folder / file
    path.write_bytes(held)
    with _strict():
        try:
            LOADERS[name].read(path)
        except MultipolarError as refusal:
            text = str(refusal)
            # a case tells all its mistakes, a line each
            told = text.splitlines() if name == "case" else [text]
            assert told and all(t.isprintable() and 0 < len(t) < 2000 for t in told), text
            return "refused"
    return "read"


@contextlib.contextmanager
def _strict() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def corpus() -> list[tuple[str, Path]]:
    """The inputs that were faults once: folders by loader."""
    return [
        (folder.name, file)
        for folder in sorted(CORPUS.iterdir())
        if folder.name in LOADERS
        for file in sorted(folder.iterdir())
    ]
