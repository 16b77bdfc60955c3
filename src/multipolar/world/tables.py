"""The tables: a Frictionless data package, read with its dictionary and its hashes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import ref

from multipolar.errors import DataError, DataMissing, nearest
from multipolar.text.dates import iso_date, last_day
from multipolar.text.phrases import long_date
from multipolar.world import boundary, store
from multipolar.world.check_added import check
from multipolar.world.dictionary import TableInfo, table_info
from multipolar.world.public import Withheld

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from multipolar.world.names import Names
    from multipolar.world.own_table import OwnTable

    Table: TypeAlias = "pd.DataFrame | xr.Dataset"

MOST_INDEXES = 16
_INDEXES: dict[tuple[str, str], Names] = {}  # by the hashes of the tables they are made of


def _copy_deep() -> bool:
    """Say whether only a deep copy of a frame is safe from its reader: before pandas 3."""
    import pandas as pd

    return int(pd.__version__.split(".")[0]) < 3


class World:
    """Dated, immutable tables of the international system, with their provenance.

    Loading reads the data package alone; a table is read, and its hash checked, when it is first
    asked for. ``day`` is the date up to which its rows were public; empty where none is withheld.

    Example:
        >>> world = World.load()
        >>> votes = world.table("un_votes")
        >>> int((votes.query("resolution == 'A/RES/ES-11/1'").vote == "yes").sum())
        141
    """

    def __init__(self, folder: Path, package: Mapping[str, Any]) -> None:
        self._folder = folder
        self._infos = {r["name"]: table_info(r) for r in package["resources"]}
        self._added: dict[str, Path] = {}
        self._tables: dict[str | tuple[str, tuple[str, ...]], Any] = {}
        self._own: dict[str, OwnTable] = {}
        self._base: World | None = None
        self._views: dict[str, ref[World]] = {}
        self.day = ""
        self.version = str(package["version"])
        self.date = str(package["created"])

    @classmethod
    def load(cls, folder: str | Path | None = None) -> World:
        """Read the data package in ``folder``, by default the one that is shipped.

        The shipped tables come with those the user has added (`multipolar data add`); a folder
        that is named stands alone.

        Raises:
            DataError: there is no data package, or it cannot be read.
        """
        if folder is not None:
            return cls._read_package(boundary.expanded(folder))
        world = cls._read_package(Path(str(resources.files("multipolar"))) / "world" / "data")
        world._add(store.user_folder())
        return world

    @classmethod
    def _read_package(cls, place: Path) -> World:
        path = place / store.PACKAGE
        try:
            package = boundary.read_json(
                path, hint="name a folder with a datapackage.json, or reinstall multipolar"
            )
        except DataError as fault:
            raise DataError(
                f"no data package that can be read ({fault.what})",
                where=fault.where,
                hint=fault.hint,
            ) from None
        with boundary.reading(
            boundary.shown(path),
            what="the data package cannot be read",
            hint="restore datapackage.json",
        ):
            return cls(place, package)

    def _add(self, folder: Path) -> None:
        """Take in the tables of a user's folder."""
        package = store.read_package(folder)
        if package is None:
            return
        where = str(folder / store.PACKAGE)
        for resource in package["resources"]:
            name = resource["name"]
            if name in self._infos:
                raise DataError(
                    f"table {name!r} is one of the shipped tables, which cannot be replaced",
                    where=where,
                    hint=f"take it out: multipolar data remove {name}",
                )
            with boundary.reading(
                where,
                what=f"the entry of table {name!r} cannot be read",
                hint=f"take it out and add it again: multipolar data remove {name}",
            ):
                self._infos[name] = table_info(resource)
            self._added[name] = folder

    def __repr__(self) -> str:
        day = f", as of {self.day}" if self.day else ""
        return f"World({self.version}{day}, {len(self._infos)} tables, sha256 {self.sha256[:12]})"

    def __getstate__(self) -> dict[str, Any]:
        # workers read the tables they need themselves
        return {**self.__dict__, "_tables": {}, "_views": {}}

    def as_of(self, date: str) -> World:
        """Return the world as it was public on a date: no table holds what came out later.

        Each table's dictionary entry says how its rows are dated
        (:mod:`multipolar.world.public`). A table of which nothing was public is not among the
        names, and reading it says when it was published. Where nothing is withheld, this is the
        world itself; else tables that are cut have other hashes.

        Args:
            date: an ISO day; a month or a year stands for its last day.

        Raises:
            DataError: it is no date.

        Example:
            >>> then = World.load().as_of("2022-08-22")
            >>> sorted(set(then.table("un_votes").date))[-1]
            '2022-04-07'
            >>> then.table("io_2022")
            Traceback (most recent call last):
            multipolar.errors.DataMissing: table io_2022 was published in 2025, after 22 August...
        """
        try:
            day = last_day(iso_date(date))
        except ValueError as fault:
            raise DataError(f"as of: {fault}") from None
        base, day = self.whole, min(day, self.day or day)
        if all(i.public.state(day) == "all" for i in base._infos.values()):
            return base
        kept = base._views.get(day)
        found = kept() if kept else None
        if found is None:
            found = base._cut(day)
            base._views[day] = ref(found)
        return found

    def _cut(self, day: str) -> World:
        found = self._bare()
        found._base, found.day = self, day
        states = {name: info.public.state(day) for name, info in self._infos.items()}
        found._infos = {
            name: info if states[name] == "all" else replace(info, sha256=_hash(info.sha256, day))
            for name, info in self._infos.items()
            if states[name] != "none"
        }
        return found

    def _bare(self) -> World:
        """Return a copy without what was read, or derived."""
        found = copy(self)
        for derived in ("sha256", "labels", "names_index"):
            found.__dict__.pop(derived, None)
        found._tables, found._views = {}, {}
        return found

    @property
    def whole(self) -> World:
        """The world with all that is public now: for what can be asked, never for an answer."""
        return self if self._base is None else self._base

    def withheld(self, name: str) -> Withheld | None:
        """Return what of a table came out after the world's date; None where nothing did.

        Raises:
            DataError: there is no such table.

        Example:
            >>> world = World.load()
            >>> world.withheld("un_votes") is None
            True
            >>> world.as_of("2022-08-22").withheld("un_votes").first
            '2022-10-12'
        """
        public = self.whole.info(name).public
        if self._base is None or public.state(self.day) == "all":
            return None
        if public.state(self.day) == "none":
            said = public.date if public.rule == "at" else ""
            return Withheld(name, self.day, public.first, public.last, whole=True, said=said)
        later = [d for d in public.changes(self._base.table(name)) if d > self.day]
        return Withheld(name, self.day, later[0], later[-1])

    def with_own(self, tables: Mapping[str, OwnTable]) -> World:
        """Return a world that has tables of a case as well, each named as its metric.

        Raises:
            DataError: a table is called so already.
        """
        if not tables:
            return self
        if self._base is not None:
            return self._base.with_own(tables).as_of(self.day)
        found = self._bare()
        for name in set(tables) & set(self._infos):
            raise DataError(f"there is a table {name!r} already", hint="rename yours")
        found._infos = {**self._infos, **{n: t.info for n, t in tables.items()}}
        found._own = {**self._own, **tables}
        return found

    @property
    def own(self) -> Mapping[str, OwnTable]:
        """Tables of the case, by name."""
        return {n: t for n, t in self._own.items() if n in self._infos}

    def only(self, names: Iterable[str]) -> World:
        """Return a world that has no tables but these, and those that names are read from.

        Example:
            >>> sorted(World.load().only({"un_votes"}).names)
            ['coalitions', 'countries', 'un_votes']
        """
        keep = {"countries", "coalitions", *names}
        found = self._bare()
        if self._base is not None:
            found._base = self._base.only(keep)
        found._infos = {k: v for k, v in self._infos.items() if k in keep}
        return found

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the tables, but for those of which nothing was public at the world's date."""
        return tuple(self._infos)

    @property
    def added(self) -> tuple[str, ...]:
        """Names of the tables the user has added."""
        return tuple(name for name in self._added if name in self._infos)

    def info(self, name: str) -> TableInfo:
        """Return the dictionary entry of a table.

        Raises:
            DataMissing: nothing of it was public at the world's date.
            DataError: there is no such table; the nearest name is given.
        """
        if name not in self._infos and self._base is not None and (gap := self.withheld(name)):
            raise DataMissing(str(gap), hint="cite what was known, or take a later date")
        if name not in self._infos:
            raise DataError(f"no table {name!r}", hint=nearest(name, self._infos))
        return self._infos[name]

    def table(self, name: str, columns: Sequence[str] | None = None) -> Any:
        """Return a table: a pandas.DataFrame, or an xarray.Dataset for ``io_2022``
        and the ``icio_YYYY`` a user has added.

        Args:
            name: of the table.
            columns: those of a frame that are wanted, which is quicker; all by default.

        Raises:
            DataMissing: nothing of it was public at the world's date.
            DataError: no such table or column, or its file is missing or not the one the data
                package lists.
        """
        known = [f.name for f in self.info(name).fields]
        for column in columns or ():
            if column not in known:
                raise DataError(
                    f"table {name} has no column {column!r}", hint=nearest(column, known)
                )
        whole = columns is None or name in self._tables or self._base is not None
        wanted = None if columns is None or whole else tuple(columns)
        key = name if wanted is None else (name, wanted)
        if key not in self._tables:
            self._tables[key] = self._held(self.info(name), wanted)
        found = self._tables[key]
        return (found if columns is None else found[list(columns)]).copy(deep=_copy_deep())

    def _held(self, info: TableInfo, columns: Sequence[str] | None = None) -> Any:
        """Return a table, or what was public of it at the world's date."""
        if self._base is None:
            return self._read(info, columns)
        whole = self._base.table(info.name)
        public = info.public
        return whole if public.state(self.day) == "all" else public.cut(whole, self.day)

    def _read(self, info: TableInfo, columns: Sequence[str] | None = None) -> Any:
        if info.name in self._own:
            frame = self._own[info.name].frame
            return frame if columns is None else frame[list(columns)]
        folder = self._added.get(info.name)
        path = (folder or self._folder) / info.path
        hint = "add it again with `multipolar data add`" if folder else "reinstall multipolar"
        try:
            content = boundary.read_file(path, hint=hint)
        except DataError as fault:
            raise DataError(
                f"table {info.name} cannot be read ({fault.what})", where=fault.where, hint=hint
            ) from None
        where = boundary.shown(path) if folder else path.name
        if hashlib.sha256(content).hexdigest() != info.sha256:
            raise DataError(
                f"table {info.name} is not the one its data package lists: the hash differs",
                where=where,
                hint=hint if folder else f"{hint}, or rebuild the tables with `make data`",
            )
        is_arrays = path.suffix == ".npz"
        if folder and is_arrays != bool(re.fullmatch(r"icio_\d{4}", info.name)):
            kind = "arrays, and engines read a table" if is_arrays else "a table, and no arrays"
            raise DataError(f"{info.name} is {kind}", where=where, hint=hint)
        if is_arrays:
            from multipolar.world.io_table import read_io

            return read_io(content, info, *([hint] if folder else []))
        some = None if folder else columns  # what a user has added is checked whole
        table = boundary.read_parquet(
            content, name=where, columns=some, nested=not folder, hint=hint
        )
        if folder:
            check(table, info, where, hint)
        return table if columns is None else table[list(columns)]

    @cached_property
    def sha256(self) -> str:
        """Hash over the hashes of all tables: two worlds with the same one hold the same data."""
        lines = [f"{i.name} {i.sha256}" for i in sorted(self._infos.values(), key=lambda i: i.name)]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @property
    def provenance(self) -> pd.DataFrame:
        """One row a table: title, source, url, licence, version, date, bytes, sha256, units.

        ``date`` is the day its sources were read, ``newest`` the last period it has figures for,
        and ``refresh`` says what would have newer ones.
        ``units`` lists the fields that have one, as ``value_usd: USD; quantity_t: t``.

        Example:
            >>> World.load().provenance.set_index("table").licence["energy_trade"]
            'Etalab Open Licence 2.0'
        """
        import pandas as pd

        return pd.DataFrame(list(self._rows()))

    def _rows(self) -> Iterator[dict[str, Any]]:
        keep = (
            "title",
            "source",
            "url",
            "licence",
            "version",
            "date",
            "newest",
            "refresh",
            "bytes",
            "sha256",
        )
        for info in self._infos.values():
            units = "; ".join(f"{f.name}: {f.unit}" for f in info.fields if f.unit)
            yield {"table": info.name, **{k: getattr(info, k) for k in keep}, "units": units}

    @cached_property
    def labels(self) -> dict[str, str]:
        """Names by code: of countries, and of the groups that models tell apart."""
        nodes = self.table("gas_nodes")
        groups = dict(zip(nodes["node"], nodes["name"], strict=True))
        own = {code: name for code, name in groups.items() if code.startswith("X")}
        return {**own, "ROW": "Rest of the world", **self.names_index.labels}

    @cached_property
    def names_index(self) -> Names:
        """The index of country and coalition names."""
        from multipolar.world.names import Names

        key = self.info("countries").sha256, self.info("coalitions").sha256
        if key not in _INDEXES:
            if len(_INDEXES) >= MOST_INDEXES:
                _INDEXES.pop(next(iter(_INDEXES)), None)
            _INDEXES[key] = Names.build(self.table("countries"), self.table("coalitions"))
        return _INDEXES[key]

    def countries_named(self, name: str, date: str | None = None) -> tuple[str, ...]:
        """Return the ISO codes a country or coalition name stands for at a date.

        ``World`` stands for everybody: the single code ``WLD``.

        Raises:
            DataMissing: a coalition that had no member yet at the world's date.
            DataError: nobody goes by that name; the nearest one is given.

        Example:
            >>> World.load().countries_named("Britain")
            ('GBR',)
        """
        if name.casefold() in {"world", "wld"}:
            return ("WLD",)
        date = date or self.date
        if self._base is None:
            return self.names_index.countries(name, date)
        later = self._base.countries_named(name, date)  # also tells whether anybody goes by it
        try:
            return self.names_index.countries(name, date)
        except DataError:
            what = f"{name} had no members by {long_date(self.day)}"
            raise DataMissing(what, hint=f"it has {len(later)} now") from None


def _hash(digest: str, day: str) -> str:
    """Return the hash of a table that is cut at a day."""
    return hashlib.sha256(f"{digest} as of {day}".encode()).hexdigest()
