"""What `multipolar data add`, `fetch` and `remove` do: tables of the user's own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from multipolar.errors import DataError
from multipolar.output import line
from multipolar.text.clean import printable

if TYPE_CHECKING:
    from multipolar.world.official import Remote
    from multipolar.world.own_entry import Official


def add(args: argparse.Namespace) -> int:
    """Read a file the user has, and put it among the user's tables."""
    adder, most, years = ADDERS[args.kind]
    if len(args.path) > most:
        raise DataError(
            f"{len(args.path)} files for {args.kind}",
            hint=f"name {'one or two' if most == 2 else 'one'}",
        )
    if args.year and len(args.year) > years:
        raise DataError(
            f"--year {'is given more than once' if years else f'does not go with {args.kind}'}",
            hint="name one" if years else "leave it out",
        )
    return adder(args)


def _add_icio(args: argparse.Namespace) -> int:
    from multipolar.policy import SECTORS
    from multipolar.world import World
    from multipolar.world.icio_file import add_icio
    from multipolar.world.store import user_folder

    fields = World.load().info("io_2022").fields
    found, before = add_icio(
        args.path[0],
        industries=SECTORS,
        fields=fields,
        year=args.year[0] if args.year else None,
        progress=sys.stderr.isatty(),
    )
    c, name = found.checked, f"icio_{found.year}"
    line(
        f"{name}: {len(found.countries) - 1} countries and rest of world x {len(found.sectors)} "
        f"industries, output of USD {c.output / 1e6:,.1f} tn, in {user_folder()}\n"
        f"  uses are within 0.1% of output in {c.rows} of {c.cells} industries, costs in "
        f"{c.columns}\n  sales below zero set to zero: {c.negative:.2%} of world output"
    )
    if c.thin:
        line(f"  purchases cut in {c.thin} industries: {c.cut:.2%} of world output")
    gone = [s for s in SECTORS if s not in found.sectors]
    if gone:
        line(f"  not in the file: {', '.join(gone)}; a measure on these does nothing")
    _replaced(name, before)
    return _undo(name)


def _replaced(name: str, before: dict[str, Any] | None) -> None:
    if before:
        line(f"  it replaces the {name} added on {before.get('date', 'an unknown day')}")


def _undo(name: str) -> int:
    line(f"`multipolar data show {name}` describes it, `multipolar data remove {name}` undoes this")
    return 0


def _add_unga(args: argparse.Namespace, licence: str = "", version: str = "") -> int:
    from multipolar.world.store import user_folder
    from multipolar.world.votes_file import add_votes

    found = add_votes(*args.path, progress=sys.stderr.isatty(), licence=licence, version=version)
    table = found.table
    line(
        f"unga: {len(table):,} votes of {table['country'].nunique()} states on "
        f"{table['rollcall'].nunique():,} roll calls, sessions {table['session'].min()}-"
        f"{table['session'].max()}, in {user_folder()}"
    )
    names = {"voeten": "Voeten's file", "undl": "UN Digital Library", "own": "your own table"}
    for kind, file, count in found.parts:
        line(f"  {count:,} roll calls of {file} ({names[kind]})")
    line(
        f"  {found.linked:,} roll calls repeat an earlier one; {found.outside:,} rows left out: "
        "no member"
    )
    if found.undated:
        line(f"  {found.undated:,} roll calls have no date that can be read")
    _replaced("unga", found.before)
    return _undo("unga")


def _add_cow(args: argparse.Namespace) -> int:
    from multipolar.world.cow_file import add_nmc
    from multipolar.world.store import user_folder

    found = add_nmc(args.path[0], progress=sys.stderr.isatty())
    table = found.table
    line(
        f"cow_nmc: {len(table):,} rows of {table['cow'].nunique()} states, "
        f"{table['year'].min()}-{table['year'].max()}, {found.kind or 'no version said'}, "
        f"in {user_folder()}"
    )
    _replaced("cow_nmc", found.before)
    return _undo("cow_nmc")


def _add_alliances(args: argparse.Namespace) -> int:
    from multipolar.world.cow_file import add_dyads
    from multipolar.world.store import user_folder

    found = add_dyads(args.path[0], progress=sys.stderr.isatty())
    table, sides = found.table, "each side's own" if found.directed else "both ways"
    line(
        f"alliances_dyads: {len(table):,} pairs and years, {sides}, {table['year'].min()}-"
        f"{table['year'].max()}, {found.kind}, in {user_folder()}"
    )
    if found.left_out:
        line(f"  {found.left_out:,} rows left out: a state in them has no ISO code")
    _replaced("alliances_dyads", found.before)
    return _undo("alliances_dyads")


def _add_baci(args: argparse.Namespace) -> int:
    from multipolar.world.baci_file import add_baci
    from multipolar.world.store import user_folder

    name = ""
    for found in add_baci(args.path[0], years=args.year or (), progress=sys.stderr.isatty()):
        table, name = found.table, f"baci_{found.year}"
        value, open_ = table["value"].sum(), table["unquantified"].sum()
        line(
            f"{name}: {found.lines:,} flows by product in {len(table):,} rows by chapter, "
            f"{table['exporter'].nunique()} exporters, USD {value / 1e9:,.1f} bn, "
            f"{open_ / value:.1%} of it without a quantity; {found.revision}, {found.version}, "
            f"in {user_folder()}"
        )
        _replaced(name, found.before)
    return _undo(name)


def _add_worldbank(args: argparse.Namespace) -> int:
    from multipolar.world import World
    from multipolar.world.worldbank_file import NAME, read_worldbank

    world = World.load()
    return _put(
        read_worldbank(
            args.path[0],
            countries={*world.table("countries")["iso3"], "WLD"},
            before=world.table(NAME) if NAME in world.added else None,
        )
    )


def _add_figaro(args: argparse.Namespace) -> int:
    from multipolar.world import World
    from multipolar.world.figaro_file import read_figaro

    countries = World.load().table("countries")
    codes = dict(zip(countries["iso2"], countries["iso3"], strict=True))
    return _put(read_figaro(args.path[0], codes=codes, progress=sys.stderr.isatty()))


def _add_cofer(args: argparse.Namespace) -> int:
    from multipolar.world.reserves_file import read_cofer

    return _put(read_cofer(args.path[0]))


def _add_swift(args: argparse.Namespace) -> int:
    from multipolar.world.reserves_file import read_swift

    return _put(read_swift(args.path[0]))


def _add_milex(args: argparse.Namespace) -> int:
    from multipolar.world.sipri_file import read_milex

    return _put(read_milex(args.path[0], code=_codes()))


def _add_arms(args: argparse.Namespace) -> int:
    from multipolar.world.sipri_file import read_arms

    return _put(read_arms(args.path[0], code=_codes()))


def _codes() -> Callable[[str], str | None]:
    """Return what gives the code of a state that a name stands for, None if it is none."""
    from multipolar.world import World

    names = World.load().names_index

    def code(name: str) -> str | None:
        try:
            return names.country(name)
        except DataError:
            return None

    return code


def _put(found: Official) -> int:
    from multipolar.world.own_entry import put
    from multipolar.world.store import user_folder

    found = put(found)
    name = str(found.entry["name"])
    line(f"{name}: {found.says}, in {user_folder()}")
    if found.left_out:
        line(f"  {'; '.join(found.left_out)}")
    if name != "worldbank":  # what was there stays
        _replaced(name, found.before)
    return _undo(name)


def fetch(args: argparse.Namespace) -> int:
    """Download an official file, and add it."""
    from multipolar.world.download import download

    remote = _remote(args)
    line(remote.terms)
    got = download(remote.url, remote.name, checksum=remote.checksum)
    state = "at hand already" if got.cached else "downloaded"
    if got.resumed:
        state += f", {got.resumed:,} of them by an earlier run"
    check = f"{got.checked} is right" if got.checked else f"not checked: {remote.unchecked}"
    line(f"{got.path}: {got.size:,} bytes, {state}; {check}")
    args.path, args.year = [got.path], args.year or []
    if args.kind == "unga":
        return _add_unga(args, remote.licence, remote.version)
    return ADDERS[args.kind][0](args)


def _remote(args: argparse.Namespace) -> Remote:
    """Return where the file is that is asked for.

    Raises:
        DataError: a word of the command belongs to another kind, or one is missing.
    """
    from multipolar.world import official

    if args.name and args.kind not in ("worldbank", "baci"):
        raise DataError(f"{args.kind} takes no {printable(args.name)!r}", hint="leave it out")
    if args.year and args.kind != "baci":
        raise DataError(f"--year does not go with {args.kind}", hint="leave it out")
    match args.kind:
        case "cow":
            return official.cow_capabilities(args.url)
        case "baci":
            return official.baci_release(args.name, args.url)
        case "worldbank" if not args.name:
            raise DataError(
                "which indicator is not said", hint="name one: worldbank NY.GDP.MKTP.CD, say"
            )
        case "worldbank":
            return official.bank_indicator(args.name, args.url)
        case _ if args.source == "undl":
            return official.library_votes(args.url)
        case _ if args.url:
            raise DataError("--url goes with --source undl, or another kind", hint="leave it out")
        case _:
            return official.dataverse_votes(args.base)


def remove(args: argparse.Namespace) -> int:
    """Take out a table that was added."""
    from multipolar.world import store

    folder = store.user_folder()
    store.remove(folder, args.name)
    line(f"{args.name} is gone from {folder}")
    return 0


ACTIONS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "add": add,
    "fetch": fetch,
    "remove": remove,
}
# what reads a kind of file, how many files it takes, and how many years
ADDERS: Mapping[str, tuple[Callable[[argparse.Namespace], int], int, int]] = {
    "icio": (_add_icio, 1, 1),
    "unga": (_add_unga, 2, 0),
    "cow": (_add_cow, 1, 0),
    "alliances": (_add_alliances, 1, 0),
    "baci": (_add_baci, 1, 100),
    "figaro": (_add_figaro, 1, 0),
    "worldbank": (_add_worldbank, 1, 0),
    "cofer": (_add_cofer, 1, 0),
    "swift": (_add_swift, 1, 0),
    "milex": (_add_milex, 1, 0),
    "arms": (_add_arms, 1, 0),
}
