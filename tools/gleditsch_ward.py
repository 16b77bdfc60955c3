"""ISO codes of states as the Uppsala programme numbers them: Gleditsch and Ward, not COW.

The two lists agree but for a few states. Numbers of states without an ISO code (Hyderabad in 1947
and 1948) have none.
"""

from __future__ import annotations

from multipolar.world.states import iso3

# where the number means another state in the COW list, or none
DIFFERENT = {
    260: "DEU",
    327: "VAT",
    347: "XKX",
    678: "YEM",
    751: "",
    970: "KIR",
    971: "NRU",
    972: "TON",
    973: "TUV",
}


def code(number: int, year: int) -> str:
    """ISO 3166 alpha-3 code of a numbered state in a year; empty if it never had one."""
    if number in DIFFERENT:
        return DIFFERENT[number]
    found = iso3(number, year)
    if found is None:
        raise SystemExit(f"no state has the number {number}")
    return found


def codes(numbers: str, year: int) -> str:
    """Those of several, set apart by commas in the source and by spaces here."""
    said = [code(int(float(n)), year) for n in str(numbers).split(",") if n.strip()]
    return " ".join(dict.fromkeys(c for c in said if c))
