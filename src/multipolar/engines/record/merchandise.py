"""``merchandise.*``: goods between states by year, from whichever table has them.

Tables are tried in the order of :data:`BOOKS`: what states reported, all pairs of them first, then
what is made of such reports. A reading says which table it is of, and what others have; two
readings of one comparison are of one table (:mod:`multipolar.pipeline.parts`), and so are all cells
of an array.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from multipolar.engines.api.contract import FROM_ZERO, Dimension, Metric, Scalar
from multipolar.engines.api.declare import Declared, Place, Value
from multipolar.engines.api.dimensions import dimension
from multipolar.engines.api.gate import EVERYBODY
from multipolar.engines.api.memo import per_world
from multipolar.engines.api.reader import joined, some, table_source
from multipolar.engines.record import accounts, russia, widths
from multipolar.engines.record.flows import NAMED
from multipolar.engines.record.history import Asked, history
from multipolar.engines.record.partners import partners
from multipolar.engines.record.places import check_size, labelled, left_open, listed, yearly
from multipolar.errors import DataMissing
from multipolar.numerics.arrays import Floats
from multipolar.world import former

if TYPE_CHECKING:
    import xarray as xr

    from multipolar.world import World

ANY = "any"
FLOWS = ("exports", "imports", "both")
SIDES = ("exporter", "importer", "country", "partner")
Book = Callable[["World", Asked, Asked, int], Value]


BACI = NAMED["baci.value"]


def _baci(world: World, exporters: Asked, importers: Asked, year: int) -> Value:
    at = {"exporter": exporters or EVERYBODY, "importer": importers or EVERYBODY, "year": year}
    return BACI.read(world, at)


def _history(world: World, exporters: Asked, importers: Asked, year: int) -> Value:
    return history(world).value(exporters, importers, year)


def _accounts(world: World, exporters: Asked, importers: Asked, year: int) -> Value:
    if str(year) != accounts.YEAR:
        raise DataMissing(f"the table io_2022 has {accounts.YEAR}, not {year}", hint="name it")
    at = {"exporter": exporters, "importer": importers, "sector": "goods"}
    found = accounts.traded(world, {k: v for k, v in at.items() if v is not None})
    return replace(found, note=joined(found.note, "Basic prices, final part reconstructed."))


def _russia(world: World, exporters: Asked, importers: Asked, year: int) -> Value:
    sides = {"exports": (exporters, importers), "imports": (importers, exporters)}
    for flow, (own, others) in sides.items():
        if own == ("RUS",) and others != ("RUS",):
            at = {"flow": flow, "year": year} | ({} if others is None else {"partner": others})
            found = russia.traded(world, at)
            value = 1e3 * float(found.value)
            return replace(found, value=value, error=widths.TRADE * value, unit="")
    raise DataMissing("the table russia_trade has trade of Russia", hint="name Russia on one side")


def _partners(world: World, exporters: Asked, importers: Asked, year: int) -> Value:
    return partners(world).value(exporters, importers, year)


# which tables are read, the first that answers: reports before what is made of them
BOOKS: Mapping[str, Book] = {
    "baci": _baci,
    "trade_history": _history,
    "russia_trade": _russia,
    "io_2022": _accounts,
    "trade_partners": _partners,
}


def _tables(world: World, name: str) -> tuple[str, ...]:
    """Return the tables of a world that a book is read from."""
    if name != "baci":
        return (name,) if name in world.names else ()
    return tuple(BACI.tables(world).values())


def _there(world: World) -> tuple[str, ...]:
    return tuple(b for b in BOOKS if _tables(world, b))


def _asked(at: Place) -> tuple[str, ...]:
    word = str(at.get("source", ANY))
    return tuple(BOOKS) if word == ANY else (word,)


Reader = Callable[["World", str], Value]


def _first(world: World, at: Place, read: Reader) -> Value:
    """Return what the first table says that answers, with the others that would.

    Raises:
        DataMissing: none answers; the reason of the first that has the year is given.
    """
    found: dict[str, Value] = {}
    gaps: dict[str, DataMissing] = {}
    for name in (b for b in _asked(at) if b in _there(world)):
        try:
            found[name] = read(world, name)
        except DataMissing as gap:
            gaps[name] = gap
    if not found:
        raise _gap(world, at, gaps)
    chosen, *others = found
    more = [f"{b} has {float(found[b].value):,.3g}" for b in others]
    value = found[chosen]
    said = f"Read from {chosen}" + (f"; {', '.join(more)}." if more else ".")
    return replace(value, note=joined(said, value.note), chosen=chosen, choices=tuple(found))


def _gap(world: World, at: Place, gaps: Mapping[str, DataMissing]) -> DataMissing:
    year = int(at["year"])
    if not gaps:
        return DataMissing(
            f"there is no table {some(list(_asked(at)))}",
            hint="`multipolar data add baci` adds all pairs of a year",
        )
    having = [b for b in gaps if year in _years(world, b)]
    if having:  # what russia_trade lacks of other states says nothing
        return gaps[min(having, key=lambda b: b == "russia_trade")]
    years = sorted({y for b in gaps for y in _years(world, b)})
    return DataMissing(
        f"no table of trade between states has {year}",
        hint=f"there are {some([str(y) for y in years], most=24)}; `multipolar data add baci` "
        "adds a year",
    )


@per_world
def _years(world: World, book: str) -> tuple[int, ...]:
    """Return the years a book has."""
    if book == "baci":
        return tuple(BACI.tables(world))
    if book == "trade_history":
        return history(world).years
    if book == "trade_partners":
        return partners(world).usual
    return tuple(russia.years(world)) if book == "russia_trade" else (int(accounts.YEAR),)


def _value(world: World, at: Place) -> Value:
    sides = listed(at, "exporter"), listed(at, "importer")
    year = int(at["year"])
    return _first(world, at, lambda world, name: BOOKS[name](world, *sides, year))


def _share(world: World, at: Place) -> Value:
    """Read the share of partners in a state's exports, imports or both, percent."""
    return _first(world, at, lambda world, name: _share_in(world, name, at))


def _share_in(world: World, name: str, at: Place) -> Value:
    country, others = listed(at, "country"), listed(at, "partner")
    if country is None:
        raise DataMissing("of whose trade it is a share has to be named", hint="name a country")
    flow, year = str(at["flow"]), int(at["year"])
    flows = FLOWS[:2] if flow == FLOWS[2] else (flow,)
    if name == "trade_partners":
        return _listed_share(world, flows, country, others, year)
    book = BOOKS[name]
    parts = [book(world, *_sides(f, country, others), year) for f in flows]
    wholes = [book(world, *_sides(f, country, None), year) for f in flows]
    of = sum(float(p.value) for p in parts), sum(float(w.value) for w in wholes)
    if not of[1]:
        raise DataMissing(f"no trade of {some(country)} to take a share of", hint="name another")
    source = replace(parts[0].evidence[0], unit="percent", value=None)
    evidence = tuple(dict.fromkeys(replace(s, unit="percent") for p in parts for s in p.evidence))
    notes = [n for p in parts for n in [p.note]]
    silent = name == "trade_history" and "imports" in flows
    return Value(
        100 * of[0] / of[1],
        evidence or (source,),
        note=joined(*notes, "Imports are what the exporters that reported sold." if silent else ""),
        error=100 * widths.of_ratio(*of, widths.TRADE),
        error_of=widths.REPORTERS,
        through=parts[0].through,
    )


def _sides(flow: str, country: Asked, others: Asked) -> tuple[Asked, Asked]:
    return (country, others) if flow == "exports" else (others, country)


def _listed_share(
    world: World, flows: Sequence[str], country: tuple[str, ...], others: Asked, year: int
) -> Value:
    """Read shares as a list of partners has them; several partners add up."""
    if len(country) > 1 or len(flows) > 1 or others is None:
        raise DataMissing(
            "the table trade_partners has shares in the exports or the imports of one state",
            hint="name one country, its exports or imports, and partners",
        )
    found = [partners(world).share(country[0], flows[0], p, year) for p in others]
    return replace(
        found[0],
        value=sum(float(f.value) for f in found),
        note=joined(*(f.note for f in found)),
        error=float(np.hypot.reduce([f.error or 0.0 for f in found])),
    )


# arrays -------------------------------------------------------------------------------------


@per_world
def _cube(world: World, book: str) -> tuple[tuple[int, ...], tuple[str, ...], Floats]:
    """Return years, codes and flows of all pairs of a book, as :class:`Cube` has them."""
    if book == "trade_history":
        table = history(world)
        return table.years, table.codes, table.cube
    if book == "baci":
        years = _years(world, book)
        codes = tuple(sorted({c for y in years for c in BACI.known(world, y)}))
        check_size("merchandise.trade_value", (len(years), len(codes), len(codes)))
        return years, codes, np.stack([BACI.square(world, y, codes) for y in years])
    if book == "io_2022":
        codes, flows = accounts.laid(world)
        return (int(accounts.YEAR),), codes, flows[None]
    raise DataMissing(
        f"the table {book} does not have all pairs of states",
        hint="name both sides, or a table that does: baci, trade_history or io_2022",
    )


class Cube(NamedTuple):
    """All pairs of a book, USD mn: flows of shape (years, codes, codes), NaN where not known."""

    book: str
    years: tuple[int, ...]
    codes: tuple[str, ...]
    flows: Floats
    note: str


def _laid(world: World, at: Place) -> Cube:
    """Return the cube an array is cut from: the first table of all pairs that has the year."""
    words = [b for b in _asked(at) if b in _there(world)]
    gap: DataMissing | None = None
    passed = []
    for book in words:
        if "year" in at and int(at["year"]) not in _years(world, book):
            continue
        try:
            cube = _cube(world, book)
        except DataMissing as missing:
            gap = gap or missing
            passed.append(book)
            continue
        said = f"All read from {book}, which has all pairs of states"
        said += f"; one reading may be of {some(passed)}." if passed else "."
        return Cube(book, *cube, said)
    raise gap or _gap(world, {"year": 0, **at}, {b: DataMissing(b) for b in words})


def _array(metric: Metric, world: World, at: Place) -> xr.DataArray:
    cube = _laid(world, at)
    labels: dict[str, Sequence[Any]] = {
        "year": cube.years,
        "exporter": cube.codes,
        "importer": cube.codes,
    }
    return _cut(metric, world, at, labels, cube.flows, cube)


def _share_array(metric: Metric, world: World, at: Place) -> xr.DataArray:
    cube = _laid(world, at)
    sold = cube.flows
    parts = {"exports": [sold], "imports": [sold.transpose(0, 2, 1)]}
    parts["both"] = [*parts["exports"], *parts["imports"]]
    flows = (str(at["flow"]),) if "flow" in at else FLOWS
    shares = np.stack([_shares(parts[f]) for f in flows])
    if "flow" in at:
        shares = shares[0]
    labels: dict[str, Sequence[Any]] = {} if "flow" in at else {"flow": flows}
    labels |= {"year": cube.years, "country": cube.codes, "partner": cube.codes}
    return _cut(metric, world, at, labels, shares, cube)


def _shares(parts: Sequence[Floats]) -> Floats:
    """Return the shares of partners in sums of flows, percent, laid out as these."""
    wholes = [np.where(np.isfinite(p).any(axis=2), np.nansum(p, axis=2), np.nan) for p in parts]
    with np.errstate(divide="ignore", invalid="ignore"):
        found = 100 * np.sum(parts, axis=0) / np.sum(wholes, axis=0)[:, :, None]
    return np.asarray(found)


def _cut(
    metric: Metric,
    world: World,
    at: Place,
    labels: dict[str, Sequence[Any]],
    cells: Floats,
    cube: Cube,
) -> xr.DataArray:
    """Take what is asked for of a cube; lists are added up where all of them are known."""
    for axis, (name, words) in reversed(list(enumerate(labels.items()))):
        if name not in at:
            continue
        asked = listed(at, name)
        if asked is None:
            gone = np.isnan(cells).all(axis=axis)
            cells = np.where(gone, np.nan, np.nansum(cells, axis=axis))
        else:
            unknown = [w for w in asked if w not in words]
            if unknown:
                raise DataMissing(f"{some([str(w) for w in unknown])}: not in the table here")
            cells = np.take(cells, [words.index(w) for w in asked], axis=axis).sum(axis=axis)
    open_ = left_open(metric, at)
    rest = {n: list(labels[n]) for n in labels if n not in at}
    keep = {n: [k for k, w in enumerate(ws) if w not in ("XXX", "ROW")] for n, ws in rest.items()}
    for axis, name in enumerate(rest):
        cells = np.take(cells, keep[name], axis=axis)
    coords = {n: [rest[n][k] for k in keep[n]] for n in rest}
    tables = _tables(world, cube.book)
    dated = [t for t in tables if t.endswith(str(at.get("year", "")))]
    array = labelled(cells, coords, table_source(world, (dated or tables)[0]))
    return array.assign_attrs(note=cube.note).transpose(*open_)


# declared -----------------------------------------------------------------------------------


def covered(world: World, dim: Dimension, place: Place) -> Sequence[Scalar] | None:
    """Return the states or years for which a table has trade, with the rest as asked."""
    books = [b for b in _asked(place) if b in _there(world)]
    sides = [place.get(s) for s in SIDES if s in place]
    if dim.kind == "year":
        years = sorted({y for b in books for y in _years(world, b)})
        if len(sides) < 2 or not all(isinstance(s, (str, tuple)) for s in sides):
            return years
        return [y for y in years if _answers(world, {**place, "year": y})]
    if dim.kind != "country":
        return None
    other = next((place[s] for s in SIDES if s in place and s != dim.name), None)
    found: set[str] = set()
    for book in books:
        if "year" in place and int(place["year"]) not in _years(world, book):
            continue
        if book == "trade_partners":
            found |= partners(world).beside(other if isinstance(other, str) else "")
        elif book != "russia_trade":
            found |= set(_cube(world, book)[1])
    return sorted(found - {"XXX", "ROW"})


def _answers(world: World, at: Place) -> bool:
    try:
        (_share if "flow" in at else _value)(world, at)
    except DataMissing:
        return False
    return True


def merchandise(world: World) -> tuple[Declared[World], ...]:
    """Declare the metrics of trade in goods between states."""
    if not _there(world):
        return ()
    years = sorted({y for b in _there(world) for y in _years(world, b)})
    year = dimension("year", f"calendar year: {some([str(y) for y in years], most=30)}", many=False)
    source = dimension(
        "source",
        "which table; if left out the first that has it, and the reading says which",
        (ANY, *BOOKS),
        required=False,
    )
    also = tuple(sorted({*former.of_table("trade_history"), *former.of_table("baci")}))

    def side(name: str, says: str) -> Dimension:
        return replace(dimension(name, says), also=also)

    value = Metric(
        "merchandise.trade_value",
        (
            side("exporter", "who sells; World for everybody"),
            side("importer", "who buys; World for everybody"),
            year,
            source,
        ),
        "USD mn",
        "Trade in goods: exports of one state to another, imports of the other; current prices",
        "sum",
        error_of=widths.REPORTERS,
        quantity="goods trade by year",
        siblings=("merchandise.trade_share",),
        label="Trade in goods",
        bounds=FROM_ZERO,
    )
    share = Metric(
        "merchandise.trade_share",
        (
            side("country", "whose trade"),
            dimension("flow", "its exports, imports, or both together", FLOWS),
            replace(side("partner", "the other side"), own="in a group"),
            year,
            source,
        ),
        "percent",
        "Share of a partner in a state's trade in goods",
        "sum",
        error_of=widths.REPORTERS,
        quantity="share in goods trade by year",
        siblings=("merchandise.trade_value",),
        label="Share in trade in goods",
    )
    over = partial(_over, world.names_index.labels)
    return (
        Declared(value, yearly(_value, value), over, partial(_array, value), many=True),
        Declared(share, yearly(_share, share), over, partial(_share_array, share), many=True),
    )


def _over(labels: Mapping[str, str], world: World, dim: Dimension, at: Place) -> Sequence[Scalar]:
    return tuple(labels) if dim.kind == "country" else dim.values
