"""States and unions that are no more, and in whose figures a source holds a state of today.

``former.csv`` has the states by their last code of ISO 3166-3 (``FRG``, ``YAR``, ``RVN``, ``TAN``,
``RHO``, ``RYU`` and the unions have codes of our own or of the source); ``goes_as`` is the code
under which tables have a state whose code went on. ``parts.csv`` says of a system of codes (BACI,
UN Comtrade as ``trade_history`` has it, GeoDist) which state is inside which, from and to which
year, both included. Each row says where its years were read: the lists of BACI and UN Comtrade
print the last year with the name, as ``Serbia and Montenegro (...2005)``. A list of areas may end
before its state does: the Soviet Union's trade in 1990, the Canal Zone's in 1977.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from multipolar.errors import DataError

SYSTEMS = {
    "energy_trade": "BACI",
    "minerals_trade": "BACI",
    "trade_history": "Comtrade",
    "distances": "GeoDist",
}
_OWN = {"baci": "BACI"}  # of tables a user adds, by the first word of their names
_NORTH = ("DDR", "FRG", "YAR", "YMD")  # beside whom Germany and Yemen are the other part
# former states and unions that tables have rows of, or have under the code of one that goes on
HELD: Mapping[str, frozenset[str]] = {
    "trade_history": frozenset(
        {
            *("ANT", "BLX", "CSK", "DDR", "FRG", "PCI", "PCZ", "PUS", "RHO", "RVN"),
            *("RYU", "SCG", "SKM", "SUN", "TAN", "VDR", "YAR", "YMD", "YUG", "ZA1"),
        }
    ),
    "energy_trade": frozenset({"ANT", "PUS", "SCG", "ZA1"}),
    "distances": frozenset({"ANT", "SCG"}),
    "energy_year": frozenset({"ANT", "CSK", "DDR", "FRG", "SCG", "SUN", "YUG"}),
    "ideal_points": frozenset({*_NORTH, "CSK", "YUG"}),
    "violence_year": frozenset({*_NORTH, "CSK", "YUG"}),
    "conflicts": frozenset({"YAR", "YMD", "YUG"}),
    # of tables a user adds
    "baci": frozenset({"ANT", "BLX", "PUS", "SCG", "ZA1"}),
    "sipri_arms": frozenset({*_NORTH, "CSK", "SUN", "YUG"}),
    "sipri_milex": frozenset({*_NORTH, "CSK", "SUN", "YUG"}),
}
LARGEST = frozenset({"RUS", "SRB", "UKR"})  # of heirs that are too many to name
MOST = 4


@dataclass(frozen=True, slots=True)
class Former:
    """A state that is no more, or a union that tables have as one.

    ``until`` is its last year, 9999 for a union that goes on; ``heirs`` are the states of today on
    its ground; ``goes_as`` is the code that tables have it under.
    """

    code: str
    goes_as: str
    name: str
    also: tuple[str, ...]
    since: int
    until: int
    heirs: tuple[str, ...]

    @property
    def ended(self) -> bool:
        """Whether it is no more."""
        return self.until < 9999


@dataclass(frozen=True, slots=True)
class Part:
    """That a system of codes has a state inside another, from one year to another."""

    system: str
    whole: str
    part: str
    since: int
    until: int


def _rows(name: str) -> Iterator[dict[str, str]]:
    file = resources.files("multipolar.world") / name
    return csv.DictReader(file.read_text("utf-8").splitlines())


@lru_cache(maxsize=1)
def former() -> dict[str, Former]:
    """Return every state and union that tables may have and ISO 3166 does not, by code."""
    return {
        r["code"]: Former(
            r["code"],
            r["goes_as"] or r["code"],
            r["name"],
            tuple(filter(None, r["also"].split("|"))),
            int(r["since"] or 0),
            int(r["until"] or 9999),
            tuple(r["heirs"].split()),
        )
        for r in _rows("former.csv")
    }


@lru_cache(maxsize=1)
def _parts() -> dict[tuple[str, str], tuple[Part, ...]]:
    found: dict[tuple[str, str], tuple[Part, ...]] = {}
    for r in _rows("parts.csv"):
        years = int(r["since"] or 0), int(r["until"] or 9999)
        part = Part(r["system"], r["whole"], r["part"], *years)
        key = (part.system, part.part)
        found[key] = (*found.get(key, ()), part)
    return found


@lru_cache(maxsize=1)
def _named() -> dict[str, str]:
    return {_letters(word): f.code for f in former().values() for word in (f.code, f.name, *f.also)}


def _letters(word: str) -> str:
    letters = "".join(c for c in word.casefold() if c.isalnum())
    return letters.removeprefix("the")


def named(word: str) -> Former | None:
    """Return the former state or union of a name or code, whatever its case and dashes.

    Example:
        >>> named("the Soviet Union").code, named("Belgium-Luxembourg").heirs, named("France")
        ('SUN', ('BEL', 'LUX'), None)
    """
    code = _named().get(_letters(word))
    return None if code is None else former()[code]


def label(code: str) -> str:
    """Return the name of a former state or union, or the code itself.

    Example:
        >>> label("CSK"), label("FRA")
        ('Czechoslovakia', 'FRA')
    """
    found = former().get(code)
    return found.name if found else code


def successors(word: str) -> tuple[str, ...]:
    """Return the states of today on the ground of a former one, by its name or code.

    Raises:
        DataError: nobody went by that name.

    Example:
        >>> successors("Czechoslovakia")
        ('CZE', 'SVK')
    """
    found = named(word)
    if found is None:
        raise DataError(f"no former state {word!r}", hint="name one, say Yugoslavia")
    return found.heirs


def system(table: str) -> str:
    """Return the system of codes a table follows; empty where it has those of today.

    Example:
        >>> system("energy_trade"), system("baci_2023"), system("population")
        ('BACI', 'BACI', '')
    """
    return SYSTEMS.get(table) or _OWN.get(table.partition("_")[0], "")


def of_table(table: str) -> tuple[str, ...]:
    """Return the former states and unions that a table may be asked for, by code.

    Example:
        >>> of_table("conflicts"), of_table("baci_1998")[:2], of_table("population")
        (('YAR', 'YMD', 'YUG'), ('ANT', 'BLX'), ())
    """
    found = HELD.get(table) or HELD.get(table.partition("_")[0], frozenset())
    return tuple(sorted(found))


def stood_for(state: Former, years: Sequence[int]) -> tuple[str, ...]:
    """Return the codes under which tables have a former state or union in some years.

    One whose code went on stands there as long as it was: a union that outlives that is the states
    in it, a state that is gone is nobody.

    Example:
        >>> stood_for(named("West Germany"), [1988]), stood_for(named("West Germany"), [2012])
        (('DEU',), ())
        >>> stood_for(named("Southern African Customs Union"), [2010])[:2]
        ('BWA', 'LSO')
    """
    if state.goes_as == state.code or not years:
        return (state.goes_as,)
    ends = (p.until for parts in _parts().values() for p in parts if p.whole == state.goes_as)
    last = state.until if state.ended else max((e for e in ends if e < 9999), default=9999)
    if max(years) <= last:
        return (state.goes_as,)
    return () if state.ended or min(years) <= last else state.heirs


def part_of(iso3: str, year: int, table: str) -> Part | None:
    """Return in what a table has a state in a year, if it does not have it apart.

    Example:
        >>> part_of("SRB", 2003, "energy_trade").whole, part_of("SRB", 2006, "energy_trade")
        ('SCG', None)
    """
    parts = _parts().get((system(table), iso3), ())
    return next((p for p in parts if p.since <= year <= p.until), None)


@lru_cache(maxsize=4096)
def held(code: str, year: int, table: str) -> tuple[str, ...]:
    """Return the states that a table has inside a code in a year.

    Example:
        >>> held("ZAF", 1997, "energy_trade"), held("ZAF", 2001, "energy_trade")
        (('BWA', 'LSO', 'NAM', 'SWZ'), ())
    """
    own = system(table)
    return tuple(
        sorted(
            p.part
            for (name, _), parts in _parts().items()
            if name == own
            for p in parts
            if p.whole == code and p.since <= year <= p.until
        )
    )


def gone(part: Part, names: Mapping[str, str]) -> tuple[str, str]:
    """Say that a table has a state inside another, and what to ask for; with labels of states.

    Example:
        >>> gone(part_of("SRB", 2003, "energy_trade"), {"SRB": "Serbia"})[0]
        'in BACI Serbia is part of Serbia and Montenegro (SCG) to 2005'
    """
    state, whole = names.get(part.part, part.part), names.get(part.whole) or label(part.whole)
    when = f" to {part.until}" if part.until < 9999 else ""
    when = (f" from {part.since}" if part.since else "") + when
    hint = f"name {whole}" + (f", or a year from {part.until + 1} on" if part.until < 9999 else "")
    return f"in {part.system} {state} is part of {whole} ({part.whole}){when}", hint


def said(codes: Sequence[str], years: Sequence[int], table: str, names: Mapping[str, str]) -> str:
    """Say which of the states asked for a table has with others in it, in these years.

    Example:
        >>> said(["ZAF"], [1998], "energy_trade", {"ZAF": "South Africa", "BWA": "Botswana"})
        'To 1999 BACI has Botswana, LSO, NAM, SWZ in South Africa.'
    """
    out = []
    for code in codes:
        inside = dict.fromkeys(p for y in years for p in held(code, y, table))
        if not inside or code in former():
            continue
        parts = [p for s in inside for p in _parts()[system(table), s] if p.whole == code]
        ends = {p.until for p in parts}
        if ends == {9999}:  # today's custom of the source, not a change of borders
            continue
        last = max(e for e in ends if e < 9999)
        told = [p.part for p in parts if p.until == last]
        states = ", ".join(names.get(s, s) for s in told)
        out.append(f"To {last} {system(table)} has {states} in {names.get(code, code)}.")
    return " ".join(out)


def refusal(word: str, names: Mapping[str, str]) -> tuple[str, str] | None:
    """Return why a former state is not read by its name where no table has it, and a hint.

    Example:
        >>> refusal("Czechoslovakia", {})
        ('Czechoslovakia ended in 1992', 'name CZE or SVK; merchandise.trade_value has its trade')
    """
    found = named(word)
    if found is None:
        return None
    first = sorted(found.heirs, key=lambda c: c not in LARGEST)[:MOST]
    told = [names.get(c, c) for c in first]
    told += [f"another of the {len(found.heirs)} that followed"] if found.heirs[MOST:] else []
    heirs = ", ".join(told[:-1]) + (" or " if told[1:] else "") + told[-1]
    if not found.ended:
        return f"{found.name} is no state", f"name {heirs}"
    where = "; merchandise.trade_value has its trade" if found.code in HELD["trade_history"] else ""
    return f"{found.name} ended in {found.until}", f"name {heirs}{where}"
