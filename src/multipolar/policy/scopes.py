"""What a measure covers: industries of the input-output table by code, or groups of them by name."""

from __future__ import annotations

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
    "gas": ("B06", "D"),
    "coal": ("B05",),
    "metals": ("B07", "C24A", "C24B"),
    "minerals": ("B07", "B08"),
    "chemicals": ("C20", "C21", "C22"),
    "manufacturing": tuple(s for s in SECTORS if s.startswith("C")),
    "technology": ("C26", "C302T309", "J61", "J62_63"),
    "electronics": ("C26", "C27"),
    "vehicles": ("C29",),
    "aircraft": ("C302T309",),
    "arms": ("C25", "C28", "C302T309"),
    "transport": ("H49", "H50", "H51", "H52", "H53"),
    "telecoms": ("J61",),
    "finance": ("K",),
}


def sectors(scope: tuple[str, ...]) -> tuple[str, ...]:
    """Return the industry codes a scope names, in the table's order.

    Raises:
        ScenarioError: a word is neither a code nor a group; the nearest one is given.

    Example:
        >>> sectors(("coal", "C19"))
        ('B05', 'C19')
    """
    wanted: set[str] = set()
    for word in scope:
        if word in GROUPS:
            wanted |= set(GROUPS[word])
        elif word in SECTORS:
            wanted.add(word)
        else:
            raise ScenarioError(
                f"no industry or group {word!r}", hint=nearest(word, [*GROUPS, *SECTORS])
            )
    return tuple(s for s in SECTORS if s in wanted)
