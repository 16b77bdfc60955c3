"""What a measure covers: industries of the input-output table by code, or groups by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from multipolar.errors import ScenarioError, nearest

# ISIC Rev. 4 divisions as the OECD inter-country input-output tables (release 2025) group them
SECTORS: tuple[str, ...] = (
    "A01", "A02", "A03", "B05", "B06", "B07", "B08", "B09", "C10T12", "C13T15", "C16", "C17_18",
    "C19", "C20", "C21", "C22", "C23", "C24A", "C24B", "C25", "C26", "C27", "C28", "C29", "C301",
    "C302T309", "C31T33", "D", "E", "F", "G", "H49", "H50", "H51", "H52", "H53", "I", "J58T60",
    "J61", "J62_63", "K", "L", "M", "N", "O", "P", "Q", "R", "S", "T",
)  # fmt: skip
GOODS = SECTORS[: SECTORS.index("D")]

GROUPS: dict[str, tuple[str, ...]] = {
    "all": SECTORS,
    "goods": GOODS,
    "services": SECTORS[SECTORS.index("D") :],
    "agriculture": ("A01", "A02", "A03", "C10T12"),
    "energy": ("B05", "B06", "B09", "C19", "D"),
    "oil": ("B06", "C19"),
    "gas": ("B06",),
    "coal": ("B05",),
    "metals": ("B07", "C24A", "C24B"),
    "minerals": ("B07", "B08"),
    "chemicals": ("C20", "C21", "C22"),
    "manufacturing": tuple(s for s in SECTORS if s.startswith("C")),
    "technology": ("C26", "C302T309", "J61"),
    "electronics": ("C26", "C27"),
    "vehicles": ("C29",),
    "aircraft": ("C302T309",),
    "arms": ("C25", "C28", "C302T309"),
    "transport": ("H49", "H50", "H51", "H52", "H53"),
    "telecoms": ("J61",),
    "finance": ("K",),
}


# goods finer than any industry of the table, with the industries that hold them
PRODUCTS: dict[str, tuple[str, ...]] = {
    "crude": ("B06",),
    "pipeline_gas": ("B06",),
    "lng": ("B06",),
    "oil_products": ("C19",),
    "uranium": ("B07", "C20"),
    "fertilisers": ("C20",),
    "semiconductors": ("C26",),
}

Commodity: TypeAlias = Literal["crude", "oil_products", "pipeline_gas", "lng", "coal"]
COMMODITIES: tuple[Commodity, ...] = get_args(Commodity)
# the energy commodities each word covers; a word that is not here covers those of its industries
_COMMODITIES: dict[str, tuple[Commodity, ...]] = {
    "B05": ("coal",),
    "B06": ("crude", "pipeline_gas", "lng"),
    "C19": ("oil_products",),
    "oil": ("crude", "oil_products"),
    "gas": ("pipeline_gas", "lng"),
    "crude": ("crude",),
    "pipeline_gas": ("pipeline_gas",),
    "lng": ("lng",),
}
# words that cover only a part of their industries
_PARTIAL = frozenset(PRODUCTS) - {"oil_products"} | {"oil", "gas", "arms", "minerals"}
_WORDS = {word.casefold(): word for word in (*SECTORS, *PRODUCTS, *GROUPS)}


@dataclass(frozen=True, slots=True)
class Scope:
    """What a measure covers, resolved.

    Attributes:
        names: industry codes and groups as asked for.
        sectors: industry codes, in the table's order.
        commodities: energy commodities among them.
        coarse: the names whose industries hold more than was asked for (crude oil and natural gas
            are one industry), so that an engine by industry covers too much and has to say so.
    """

    names: tuple[str, ...]
    sectors: tuple[str, ...]
    commodities: tuple[Commodity, ...]
    coarse: tuple[str, ...]


def resolve_scope(scope: tuple[str, ...]) -> Scope:
    """Return the industries and energy commodities a scope names.

    Raises:
        ScenarioError: a word is neither a code nor a group; the nearest one is given.

    Example:
        >>> scope = resolve_scope(("LNG", "coal"))
        >>> scope.sectors, scope.commodities, scope.coarse
        (('B05', 'B06'), ('lng', 'coal'), ('lng',))
    """
    names = tuple(dict.fromkeys(_known(word) for word in scope))
    held = {name: _industries(name) for name in names}
    whole = {s for name, codes in held.items() if name not in _PARTIAL for s in codes}
    wanted = {s for codes in held.values() for s in codes}
    energy = {
        c
        for name, codes in held.items()
        for key in ((name,) if name in _COMMODITIES else codes)
        for c in _COMMODITIES.get(key, ())
    }
    return Scope(
        names,
        tuple(s for s in SECTORS if s in wanted),
        tuple(c for c in COMMODITIES if c in energy),
        tuple(n for n in names if n in _PARTIAL and not set(held[n]) <= whole),
    )


def sectors(scope: tuple[str, ...]) -> tuple[str, ...]:
    """Return the industry codes a scope names, in the table's order.

    Raises:
        ScenarioError: a word is neither a code nor a group; the nearest one is given.

    Example:
        >>> sectors(("coal", "C19"))
        ('B05', 'C19')
    """
    return resolve_scope(scope).sectors


def _known(word: str) -> str:
    found = _WORDS.get("_".join(word.casefold().split()))
    if found is None:
        raise ScenarioError(
            f"no industry or group {word!r}", hint=nearest(word, [*GROUPS, *PRODUCTS, *SECTORS])
        )
    return found


def _industries(word: str) -> tuple[str, ...]:
    return GROUPS.get(word) or PRODUCTS.get(word) or (word,)
